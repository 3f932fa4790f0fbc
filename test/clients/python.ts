import { existsSync } from 'node:fs';

import { python as installed } from './drivers/roster.ts';

/** The Python that has the drivers, or the machine's own. */
export const python = {
  program: existsSync(installed) ? installed : 'python3',
  how: 'run test/clients/drivers/install.sh',
} as const;

import type { Command } from 'commander';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { configDefault, withConfig } from '../options.ts';
import type { Configured } from '../options.ts';

export function ca(program: Command, io: Io): void {
  withConfig(
    program.command('ca').description('print the certificate of the authority that clients must trust (PEM)'),
  ).action(async (options: Configured) => {
    const pem = await (await io.local()).authority(options.config ?? configDefault);
    say(io, options, { people: [pem.trimEnd()], machine: { pem } });
  });
}

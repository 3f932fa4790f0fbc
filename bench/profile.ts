// `npm run bench:profile -- [--seconds S]`: where the gateway's time goes under `pgbench -S -M prepared`
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { mainProfiles, summarise } from './cpu-profile.ts';
import { pgbench } from './measures.ts';
import { saveProfile } from './profile-report.ts';
import type { Profiled } from './profile-report.ts';
import { machineFacts } from './report.ts';
import { setStage } from './stage.ts';

const clientCounts = [1, 16] as const;
const warmUpSeconds = 4;

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '12' } } });
const seconds = Number(options.seconds);
const facts = machineFacts(['pgbench', 'pgbouncer']);
const dir = mkdtempSync(join(tmpdir(), 'sallyport-profile-'));
try {
  const stage = await setStage(dir);
  const cpuMicros: number[] = [];
  try {
    for (const clients of clientCounts) {
      // A process, and so a profile, of its own.
      await stage.restart();
      await pgbench(stage.gateway, clients, warmUpSeconds);
      cpuMicros.push((await pgbench(stage.gateway, clients, seconds)).cpuMicros ?? Number.NaN);
    }
  } finally {
    await stage.stop();
  }
  // The first is of the process that ran before the first restart.
  const profiled = mainProfiles(dir)
    .slice(-clientCounts.length)
    .map((file, at): Profiled => ({
      clients: clientCounts[at] ?? 0,
      parts: summarise(file),
      cpuMicros: cpuMicros[at] ?? Number.NaN,
    }));
  saveProfile(profiled, facts, seconds);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

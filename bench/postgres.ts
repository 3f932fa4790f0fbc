// `npm run bench:postgres -- [--rounds N] [--seconds S] [--only throughput,workers,rows,sessions,idle,start] [--profile DIR]`
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { idleBytes, openMs, pgbench, rowsByPsqlMs, rowsMs } from './measures.ts';
import { save } from './postgres-report.ts';
import { line, machineFacts } from './report.ts';
import { idleRow, openRows, rowsRow, startRow, throughputRows, workerRows } from './rows.ts';
import type { Row } from './rows.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';

const parts = ['throughput', 'workers', 'rows', 'sessions', 'idle', 'start'] as const;
const clientCounts = [1, 16] as const;
const readers = [
  ['a client that counts bytes', rowsMs],
  ['`psql -A -o /dev/null`', rowsByPsqlMs],
] as const;
/** A gateway runs for days: the seconds in which V8 still compiles are not what is asked for. */
const warmUpSeconds = 8;
const workerCount = 2;
const opens = 300;
const idleSessions = 500;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: parts.join(',') },
    profile: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
if (!(rounds >= 1) || !(seconds >= 1)) fail('--rounds and --seconds take numbers from 1 on');
for (const tool of ['pgbench', 'psql', 'pgbouncer']) {
  if (spawnSync(tool, ['--version']).error !== undefined) {
    fail(`${tool} is not installed. On Debian: apt-get install postgresql postgresql-client pgbouncer`);
  }
}

const wanted = new Set(options.only.split(','));
// Before anything of ours loads the machine.
const facts = machineFacts(['pgbench', 'pgbouncer']);
const stage = await setStage(options.profile);
try {
  const rows: Row[] = [];
  const show = (...more: Row[]): void => {
    rows.push(...more);
    process.stdout.write(more.map((row) => `${line(row)}\n`).join(''));
  };
  if (wanted.has('throughput')) for (const count of clientCounts) show(...(await throughput(stage, count)));
  if (wanted.has('workers')) show(...(await inWorkers(stage)));
  if (wanted.has('rows')) for (const [reader, ms] of readers) show(await millionRows(stage, reader, ms));
  if (wanted.has('sessions')) show(...(await sessions(stage)));
  if (wanted.has('idle')) show(idleRow(await idleBytes(stage, idleSessions), idleSessions));
  if (wanted.has('start')) show(startRow(await repeated(() => stage.restart())));
  const whole = parts.every((part) => wanted.has(part)) && rounds >= 5;
  if (whole) save(rows, facts, { rounds, seconds });
  else process.stdout.write('Only a part, or less than 5 rounds: bench/RESULTS.md stays as it is.\n');
} finally {
  await stage.stop();
}

/** The three ways one after the other in every round, so that a machine that grows slower does so for all. */
async function throughput({ direct, bouncer, gateway }: Stage, clients: number): Promise<Row[]> {
  await pgbench(gateway, clients, warmUpSeconds);
  const found = await repeated(async () => ({
    direct: await pgbench(direct, clients, seconds),
    bouncer: await pgbench(bouncer, clients, seconds),
    gateway: await pgbench(gateway, clients, seconds),
  }));
  return throughputRows(clients, found);
}

/** The same in several processes, which share the machine's cores with clients and server. */
async function inWorkers({ bouncer, gateway, withWorkers }: Stage): Promise<Row[]> {
  const clients = Math.max(...clientCounts);
  const found = await withWorkers(workerCount, async (workers) => {
    await pgbench(workers, clients, warmUpSeconds);
    return repeated(async () => ({
      bouncer: await pgbench(bouncer, clients, seconds),
      gateway: await pgbench(gateway, clients, seconds),
      workers: await pgbench(workers, clients, seconds),
    }));
  });
  return workerRows(clients, workerCount, found);
}

async function millionRows({ direct, gateway }: Stage, reader: string, ms: typeof rowsMs): Promise<Row> {
  await ms(gateway);
  const found = await repeated(async () => ({ direct: await ms(direct), gateway: await ms(gateway) }));
  return rowsRow(reader, found);
}

async function sessions({ direct, gateway, minting }: Stage): Promise<Row[]> {
  await openMs(minting, 20);
  return openRows({
    direct: await openMs(direct, opens),
    fixed: await openMs(gateway, opens),
    minted: await openMs(minting, opens),
  });
}

async function repeated<T>(measure: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let round = 0; round < rounds; round++) found.push(await measure());
  return found;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

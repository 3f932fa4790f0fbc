import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { cpuMs, familyCpuMs, residentBytes } from './process-facts.ts';
import { RawClient } from './raw-client.ts';
import type { Place } from './raw-client.ts';
import type { Stage } from './stage.ts';

const run = promisify(execFile);

/** One round of `pgbench -S -M prepared`. */
export interface Throughput {
  readonly tps: number;
  /** CPU time of what is between client and server for each statement, workers included; undefined where nothing is. */
  readonly cpuMicros: number | undefined;
}

export async function pgbench(
  place: Place & { readonly pid?: number },
  clients: number,
  seconds: number,
): Promise<Throughput> {
  const { port, user, database, password, pid } = place;
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', user];
  const how = ['-n', '-S', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', String(seconds)];
  const before = pid === undefined ? 0 : familyCpuMs(pid);
  const { stdout } = await run('pgbench', [...at, ...how, database], { env: clientEnv(password) });
  const after = pid === undefined ? 0 : familyCpuMs(pid);
  const tps = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  const count = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1]);
  const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
  if (!(tps > 0) || failed > 0) throw new Error(`pgbench says: ${stdout}`);
  return { tps, cpuMicros: pid === undefined ? undefined : ((after - before) * 1000) / count };
}

/** No TLS on any way, so that all do the same work; on loopback the gateway takes that. */
function clientEnv(password: string): NodeJS.ProcessEnv {
  return { ...process.env, PGPASSWORD: password, PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' };
}

const everybody = 'SELECT id, name, email, city, since FROM people';

/** Milliseconds for a million rows, read by a client that only counts bytes. */
export async function rowsMs(place: Place): Promise<number> {
  const client = await RawClient.open(place);
  const from = performance.now();
  const bytes = await client.query(everybody);
  const took = performance.now() - from;
  await client.close();
  if (bytes < 1_000_000 * 60) throw new Error(`only ${bytes} bytes came`);
  return took;
}

/** The same with psql, which reads all of it into memory and prints it. */
export async function rowsByPsqlMs({ port, user, database, password }: Place): Promise<number> {
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', user];
  const from = performance.now();
  await run('psql', [...at, '-XAtq', '-o', '/dev/null', '-c', everybody, database], {
    env: clientEnv(password),
  });
  return performance.now() - from;
}

/** Milliseconds from `connect` to ReadyForQuery, one session after the other. */
export async function openMs(place: Place, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index++) {
    const from = performance.now();
    const client = await RawClient.open(place);
    took.push(performance.now() - from);
    await client.close();
  }
  return took;
}

/** Bytes of the gateway's memory for each of `count` sessions that have run one statement and now rest. */
export async function idleBytes({ gateway }: Stage, count: number): Promise<number> {
  const pid = gateway.pid;
  // What a first load makes the heap grow by is not the idle sessions'.
  await Promise.all((await openAll(gateway, count)).map((client) => client.close()));
  await settled(pid);
  const before = residentBytes(pid);
  const clients = await openAll(gateway, count);
  await settled(pid);
  const after = residentBytes(pid);
  await Promise.all(clients.map((client) => client.close()));
  return (after - before) / count;
}

async function openAll(place: Place, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (let index = 0; index < count; index++) {
    const client = await RawClient.open(place);
    await client.query('SELECT abalance FROM pgbench_accounts WHERE aid = 1');
    clients.push(client);
  }
  return clients;
}

/** Resolves when a process has been at rest for a second. */
export async function settled(pid: number): Promise<void> {
  for (let before = cpuMs(pid), used = Infinity; used > 20;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = cpuMs(pid);
    used = now - before;
    before = now;
  }
}

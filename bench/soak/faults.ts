import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

import type { PostgresServer } from '../../test/fixtures/postgres-server.ts';
import type { Chance } from './chance.ts';
import type { Disturbances } from './disturbances.ts';
import type { SoakGateway } from './gateway.ts';
import type { Ledger } from './ledger.ts';

export type Fault = 'gateway' | 'worker' | 'server' | 'backend';

export interface Planned {
  readonly fault: Fault;
  readonly atMs: number;
  /** How long what was killed stays away. */
  readonly awayMs: number;
}

const faultsMin = 3;
const perMinute = 3;
const lastPart = 0.95;

/**
 * What is killed when, spread over the run. The gateway only in its first third, so that one process of it lives long
 * enough to see whether its memory grows.
 */
export function planFaults(chance: Chance, durationMs: number, workers = 0): readonly Planned[] {
  const later = ['server', 'backend', ...(workers === 0 ? [] : (['worker', 'worker'] as const))] as const;
  const count = Math.max(faultsMin, Math.round((durationMs / 60_000) * perMinute));
  const stepMs = (durationMs * lastPart) / count;
  return Array.from({ length: count }, (_, index): Planned => {
    const atMs = stepMs * (index + 0.3 + chance.unit() * 0.5);
    const early = atMs < durationMs / 3;
    const fault = early ? chance.one(['gateway', 'gateway', 'server'] as const) : chance.one(later);
    return { fault: index === 0 ? 'gateway' : fault, atMs, awayMs: chance.from(0, 2_000) };
  });
}

interface Victims {
  readonly server: PostgresServer;
  readonly gateway: SoakGateway;
  readonly disturbances: Disturbances;
  readonly ledger: Ledger;
}

/** Does what was planned. */
export async function disturb(plan: readonly Planned[], victims: Victims): Promise<void> {
  const startMs = performance.now();
  for (const { fault, atMs, awayMs } of plan) {
    await pause(Math.max(0, startMs + atMs - performance.now()));
    const over = victims.disturbances.begin();
    await inflict(fault, awayMs, victims);
    over();
    victims.ledger.count(`killed: ${fault}`);
  }
}

async function inflict(fault: Fault, awayMs: number, { server, gateway }: Victims): Promise<void> {
  switch (fault) {
    case 'gateway':
      await gateway.kill();
      await pause(awayMs);
      return gateway.start();
    case 'worker':
      return gateway.killWorker();
    case 'server':
      await killServer(server);
      await pause(awayMs);
      server.revive();
      return answering(server);
    case 'backend':
      // The server ends all sessions then, and recovers.
      await killBackend(server);
      return answering(server);
  }
}

/** Its main process first, so that it makes no more, and then those of the sessions. */
async function killServer(server: PostgresServer): Promise<void> {
  server.kill();
  for (;;) {
    const left = processesIn(join(server.socketDir, 'data'));
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
    await pause(5);
  }
}

/** One that serves a session of the gateway's, if there is any. */
async function killBackend(server: PostgresServer): Promise<void> {
  const main = Number(readFileSync(join(server.socketDir, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const sessions = processesIn(join(server.socketDir, 'data')).filter(
    (pid) => pid !== main && titleOf(pid).includes(' sp_'),
  );
  const [victim] = sessions;
  if (victim !== undefined) kill(victim);
}

/** PostgreSQL's processes, all of them, work in the folder of its data. */
function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => cwdOf(pid) === folder)
    .map(Number);
}

function cwdOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // it has ended
  }
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

async function answering(server: PostgresServer): Promise<void> {
  for (;;) {
    const client = new Client(server.url());
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return await client.end();
    } catch {
      client.connection.stream.destroy();
      await pause(20);
    }
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '../../test/fixtures/postgres-server.ts';
import { nothingLeft, tablesOf, unspoken, verified } from './aftermath.ts';
import { approve } from './approver.ts';
import { Chance } from './chance.ts';
import { check, compare } from './checks.ts';
import type { Check } from './checks.ts';
import { roam, roamers } from './clients.ts';
import type { Run } from './clients.ts';
import { Disturbances } from './disturbances.ts';
import { openPg } from './drivers.ts';
import { disturb, planFaults } from './faults.ts';
import { SoakGateway } from './gateway.ts';
import { busy, flat } from './health.ts';
import { killSessions } from './killer.ts';
import { Ledger } from './ledger.ts';
import { readRecord } from './record.ts';
import { adminUrl, fillShop, shopConfig } from './shop.ts';
import { descriptors, MemoryWatch } from './watch.ts';
import type { Memory } from './watch.ts';

export interface Outcome {
  readonly checks: readonly Check[];
  readonly counts: ReadonlyMap<string, number>;
  readonly memory: Memory;
  readonly clients: readonly string[];
  readonly missing: readonly string[];
  readonly events: number;
  readonly sessions: number;
  readonly receivedBytes: number;
  /** All that clients complained of. */
  readonly wrong: readonly string[];
  /** The gateway's, from `warn` on. */
  readonly log: string;
}

export interface Soak {
  readonly seed: number;
  readonly durationMs: number;
  readonly say: (what: string) => void;
}

/** Everything at once for a while, through every fault; then a look at what is left of it. */
export async function soak(it: Soak): Promise<Outcome> {
  await using undo = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-soak-'));
  undo.defer(() => rmSync(dir, { recursive: true, force: true }));
  // What a client was told of must be there after a kill, and no page half written.
  const lasting = { synchronous_commit: 'on', full_page_writes: 'on' };
  const server = await startPostgres({ ...lasting, max_connections: '300' });
  undo.defer(() => server.stop());
  await fillShop(server.url());
  const gateway = await SoakGateway.start(dir, shopConfig(server.port), {
    SOAK_ADMIN_URL: adminUrl(server.port),
  });
  undo.defer(() => gateway.kill());

  const ledger = new Ledger();
  const stray = (error: unknown): void => ledger.complain(`nobody waited for ${String(error)}`);
  process.on('unhandledRejection', stray);
  undo.defer(() => void process.off('unhandledRejection', stray));
  const disturbances = new Disturbances();
  const tokens = {
    crews: await gateway.token('crew', 'agent', 'crews'),
    loaders: await gateway.token('loader', 'agent', 'loaders'),
  };
  await Promise.all(Array.from({ length: firstSessions }, () => firstSession(gateway.port, tokens.loaders)));
  const descriptorsBefore = descriptors(gateway.pid);
  const memory = new MemoryWatch(() => gateway.pid);
  const over = new AbortController();
  const dana = gateway.api(await gateway.token('dana', 'human', 'dba'));
  const sam = gateway.api(await gateway.token('sam', 'human', 'security'));
  const approver = approve(dana, { ledger, disturbances, signal: over.signal });

  const chance = new Chance(it.seed, 'sessions');
  const killer = killSessions(sam, { chance, ledger, disturbances, signal: over.signal });

  const run: Run = {
    seed: it.seed,
    untilMs: performance.now() + it.durationMs,
    gatewayPort: gateway.port,
    tokens,
    ledger,
    disturbances,
  };
  const { all, missing } = roamers(run);
  for (const name of missing) it.say(`without ${name}`);
  const plan = planFaults(new Chance(it.seed, 'faults'), it.durationMs);
  const faults = disturb(plan, { server, gateway, disturbances, ledger });
  const roamed = await Promise.all(all.map((roamer) => roam(run, roamer)));
  await faults;
  const remembered = memory.stop();
  over.abort();
  await Promise.all([approver, killer]);
  it.say('the clients have gone; looking at what is left');

  const left = await nothingLeft(gateway, { api: sam, databaseUrl: server.url(), descriptorsBefore });
  const exitCode = await gateway.end();
  const record = await readRecord(join(gateway.dataDir, 'journal'));
  const receivedBytes = roamed.reduce((sum, { receivedBytes: bytes }) => sum + bytes, 0);
  const leaks = ledger.wrong.filter((what) => what.includes(' received '));
  const others = ledger.wrong.filter((what) => !what.includes(' received '));
  const checks = [
    busy(roamed, ledger, it.durationMs),
    check(
      'every answer was to its question, and nothing failed without a reason',
      others,
      `${ledger.answered.size} answers`,
    ),
    check(
      'no hidden value in any byte that a client received',
      leaks,
      `${(receivedBytes / 1e6).toFixed(0)} MB`,
    ),
    unspoken(gateway),
    ...compare(await tablesOf(server.url()), record, ledger),
    await verified(gateway.configFile),
    ...left,
    flat(remembered, it.durationMs),
    check('the gateway ends in order', exitCode === 0 ? [] : [`with exit code ${exitCode}`], 'exit code 0'),
  ];
  return {
    checks,
    counts: ledger.counts,
    memory: remembered,
    clients: all.map(({ name }) => name),
    missing,
    events: record.events,
    sessions: record.sessions,
    receivedBytes,
    wrong: ledger.wrong,
    log: gateway.log,
  };
}

/** As many as it has administrators' connections, and more. */
const firstSessions = 10;

/** After these the gateway has made what it makes but once: its administrators' connections, its parser's thread. */
async function firstSession(port: number, password: string): Promise<void> {
  const connection = await openPg('extended')({
    port,
    user: 'anybody',
    database: 'orders',
    password,
    application: 'first',
  });
  await connection.ask('SELECT 1');
  await connection.end();
}

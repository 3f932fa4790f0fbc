import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Client as Api } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { startPostgres } from '../../test/fixtures/postgres-server.ts';
import type { PostgresServer } from '../../test/fixtures/postgres-server.ts';
import { nothingLeft, tablesOf, unspoken, verified } from './aftermath.ts';
import { approve } from './approver.ts';
import { Chance } from './chance.ts';
import { check, compare } from './checks.ts';
import type { Check } from './checks.ts';
import { roam, roamers } from './clients.ts';
import type { Roamed, Run } from './clients.ts';
import { Disturbances } from './disturbances.ts';
import { openPg } from './drivers.ts';
import { disturb, planFaults } from './faults.ts';
import { SoakGateway } from './gateway.ts';
import { busy, complaints, flat } from './health.ts';
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
  /** Processes that take clients beside the first one; absent: that one does all. */
  readonly workers?: number;
  readonly say: (what: string) => void;
}

/** Everything at once for a while, through every fault; then a look at what is left of it. */
export async function soak(it: Soak): Promise<Outcome> {
  await using undo = new AsyncDisposableStack();
  const ledger = new Ledger();
  const stray = (error: unknown): void => ledger.complain(`nobody waited for ${String(error)}`);
  process.on('unhandledRejection', stray);
  undo.defer(() => void process.off('unhandledRejection', stray));
  const stage = await setStage(undo, ledger, it.workers);
  const { gateway, server } = stage;
  const memory = new MemoryWatch(() => gateway.pid);
  const { roamed, missing } = await play(stage, it);
  const remembered = memory.stop();
  it.say('the clients have gone; looking at what is left');

  const left = await nothingLeft(gateway, { ...stage, databaseUrl: server.url() });
  const exitCode = await gateway.end();
  const record = await readRecord(join(gateway.dataDir, 'journal'));
  const receivedBytes = roamed.reduce((sum, { receivedBytes: bytes }) => sum + bytes, 0);
  const checks = [
    busy(roamed, ledger, it.durationMs),
    ...complaints(ledger, receivedBytes),
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
    clients: roamed.map(({ name }) => name),
    missing,
    events: record.events,
    sessions: record.sessions,
    receivedBytes,
    wrong: ledger.wrong,
    log: gateway.log,
  };
}

interface Stage {
  readonly server: PostgresServer;
  readonly gateway: SoakGateway;
  readonly ledger: Ledger;
  /** Of one who may see all of the gateway, and end sessions. */
  readonly api: Api;
  /** The gateway's, before the first client came. */
  readonly descriptorsBefore: readonly string[];
}

async function setStage(
  undo: AsyncDisposableStack,
  ledger: Ledger,
  workers: number | undefined,
): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-soak-'));
  undo.defer(() => rmSync(dir, { recursive: true, force: true }));
  // What a client was told of must be there after a kill, and no page half written.
  const lasting = { synchronous_commit: 'on', full_page_writes: 'on' };
  const server = await startPostgres({ ...lasting, max_connections: '300' });
  undo.defer(() => server.stop());
  await fillShop(server.url());
  const env = { SOAK_ADMIN_URL: adminUrl(server.port) };
  const gateway = await SoakGateway.start(dir, shopConfig(server.port), env, workers);
  undo.defer(() => gateway.kill());
  const token = await gateway.token('first', 'agent', 'loaders');
  await Promise.all(Array.from({ length: firstSessions }, () => firstSession(gateway.port, token)));
  const api = gateway.api(await gateway.token('sam', 'human', 'security'));
  // From then on the index has open what it keeps open.
  await api.call(routes.searchEvents, { query: {} });
  return { server, gateway, ledger, api, descriptorsBefore: descriptors(gateway.pid) };
}

/** Clients, people and faults, all at once, until the time is over. */
async function play(
  { server, gateway, ledger, api }: Stage,
  { seed, durationMs, workers, say }: Soak,
): Promise<{ readonly roamed: readonly Roamed[]; readonly missing: readonly string[] }> {
  const disturbances = new Disturbances();
  const over = new AbortController();
  const people = { ledger, disturbances, signal: over.signal };
  const dana = gateway.api(await gateway.token('dana', 'human', 'dba'));
  const deciding = approve(dana, people);
  const ending = killSessions(api, { ...people, chance: new Chance(seed, 'sessions') });
  const run: Run = {
    seed,
    untilMs: performance.now() + durationMs,
    gatewayPort: gateway.port,
    tokens: {
      crews: await gateway.token('crew', 'agent', 'crews'),
      loaders: await gateway.token('loader', 'agent', 'loaders'),
    },
    ledger,
    disturbances,
  };
  const { all, missing } = roamers(run);
  for (const name of missing) say(`without ${name}`);
  const plan = planFaults(new Chance(seed, 'faults'), durationMs, workers);
  const [roamed] = await Promise.all([
    Promise.all(all.map((roamer) => roam(run, roamer))),
    disturb(plan, { server, gateway, disturbances, ledger }),
  ]);
  over.abort();
  await Promise.all([deciding, ending]);
  return { roamed, missing };
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

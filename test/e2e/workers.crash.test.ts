import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Client as Direct } from 'pg';

import { startGateway } from '../../src/compose.ts';
import type { StampedEvent } from '../../src/core/event.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { Verification } from '../../src/journal/verify.ts';
import { Visitor, connectDirect, ended, refusal } from '../fixtures/clients.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { GatewayProcess } from '../fixtures/gateway-process.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { chainsOf, oneOnEach } from '../fixtures/workers.ts';

// Whatever dies in the middle of commands: what ran is on record, the record is whole, no role is left.

let server: PostgresServer;
let direct: Direct;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(`
    CREATE ROLE app_rw;
    CREATE TABLE marks (mark text PRIMARY KEY);
    GRANT ALL ON marks TO app_rw`);
});
after(async () => {
  await direct?.end();
  await server?.stop();
});

/** Every session has a role of its own. */
function config(): string {
  return `
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { mint: { admin: "${server.url('postgres')}", member_of: [app_rw] } }
rules:
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write.insert] }
  - name: deletes wait
    who: { groups: [crews] }
    targets: [orders]
    hold: [write.delete]
    approvers: { groups: [dba] }
    wait: 1s
    valid: 10m
  - name: updates wait longer
    who: { groups: [crews] }
    targets: [orders]
    hold: [write.update]
    approvers: { groups: [dba] }
    wait: 5m
`;
}

async function killable(t: TestContext, dir: string): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(dir, {}, ['--workers', '2']);
  t.after(() => gateway.stop('SIGKILL'));
  return gateway;
}

async function inWorkers(t: TestContext): Promise<TestGateway> {
  const gateway = await startTestGateway(config(), { workers: 2 });
  t.after(() => gateway.stop());
  return gateway;
}

/** Writes one mark after the other, until its connection ends or it is told to stop. */
class Marker {
  readonly #client: Visitor;
  readonly #name: string;
  #stopping = false;
  /** Marks that the client knows to be written. */
  confirmed = 0;
  readonly done: Promise<void>;

  constructor(client: Visitor, name: string) {
    this.#client = client;
    this.#name = name;
    this.done = this.#write();
  }

  stop(): Promise<void> {
    this.#stopping = true;
    return this.done;
  }

  async #write(): Promise<void> {
    for (let i = 0; !this.#stopping; i++) {
      try {
        await this.#client.query(`INSERT INTO marks VALUES ('${this.#name}-${i}')`);
      } catch {
        return;
      }
      this.confirmed++;
    }
  }
}

async function verified(dataDir: string): Promise<Verification> {
  const dir = join(dataDir, 'journal');
  return verifyJournal(dir, readFileSync(join(dir, 'journal-public.pem'), 'utf8'));
}

/** Marks that were written and are on no record. */
async function unrecorded(events: readonly StampedEvent[]): Promise<string[]> {
  const texts = events.map((event) => (event.type === 'command' ? event.text : ''));
  const recorded = new Set(texts.map((text) => /VALUES \('([^']+)'\)/.exec(text)?.[1]));
  const { rows } = await direct.query<{ mark: string }>('SELECT mark FROM marks');
  assert.ok(rows.length > 0, 'nothing was written');
  return rows.map(({ mark }) => mark).filter((mark) => !recorded.has(mark));
}

async function roles(): Promise<number> {
  const { rows } = await direct.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_roles WHERE rolname LIKE 'sp\\_%'",
  );
  return rows[0]?.n ?? -1;
}

test('a worker is killed while all write', async (t) => {
  await direct.query('TRUNCATE marks');
  const gateway = await inWorkers(t);
  const clients = await oneOnEach(gateway);
  const markers = clients.map((client, index) => new Marker(client, `worker${index}`));
  await until('marks of all', () => markers.every(({ confirmed }) => confirmed > 20));
  const [victim] = gateway.gateway.workerIds();
  assert.ok(victim !== undefined);
  process.kill(victim, 'SIGKILL');
  await until('another in its place', () => {
    const now = gateway.gateway.workerIds();
    return now.length === 2 && !now.includes(victim);
  });
  const alive = markers.filter((_, index) => clients[index]?.failure === undefined);
  assert.ok(alive.length > 0 && alive.length < markers.length, 'some end with it, some go on');
  const counts = alive.map(({ confirmed }) => confirmed);
  await until('more marks', () => alive.every(({ confirmed }, index) => confirmed > (counts[index] ?? 0)));
  await Promise.all(markers.map((marker) => marker.stop()));
  const fresh = await oneOnEach(gateway);
  await until('its end on record', async () => {
    const events = await gateway.events();
    return events.some((event) => event.type === 'worker.ended' && event.lost);
  });
  const events = await gateway.events();
  assert.deepEqual(await unrecorded(events), []);
  const closed = events.flatMap((event) => (event.type === 'session.closed' ? [event.reason] : []));
  assert.deepEqual(
    closed,
    Array.from({ length: markers.length - alive.length }, () => 'worker_lost'),
  );
  assert.partialDeepStrictEqual(await verified(gateway.dataDir), { intact: true, workers: 2 });
  await Promise.all([...clients, ...fresh].map((client) => client.end().catch(() => undefined)));
  await until('no role', async () => (await roles()) === 0);
});

describe('the first process is killed while all write', () => {
  test('its workers end with it, and the next start has everything on record', async (t) => {
    await direct.query('TRUNCATE marks');
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-workers-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(join(dir, 'sallyport.yaml'), config());
    const gateway = await killable(t, dir);
    const clients: Visitor[] = [];
    for (let i = 0; i < 4; i++) clients.push(await visit(gateway));
    const markers = clients.map((client, index) => new Marker(client, `first${index}`));
    await until('marks of all', () => markers.every(({ confirmed }) => confirmed > 20));
    const gone = clients.map(ended);
    await gateway.stop('SIGKILL');
    await Promise.all(gone);
    await Promise.all(markers.map(({ done }) => done));
    assert.equal(chainsOf(gateway.dataDir).length, 2);
    assert.partialDeepStrictEqual(await verified(gateway.dataDir), { intact: true, workers: 2 });

    const next = await killable(t, dir);
    const events = await next.events();
    assert.deepEqual(await unrecorded(events), []);
    const lost = events.filter((event) => event.type === 'worker.ended' && event.lost);
    assert.equal(lost.length, 2);
    await until('no role', async () => (await roles()) === 0);
    assert.partialDeepStrictEqual(await verified(next.dataDir), { intact: true, workers: 2 });
    await next.stop();
    const result = await verified(next.dataDir);
    assert.ok(result.intact && result.workers === undefined, JSON.stringify(result));
  });

  test('where a folder of a worker goes meanwhile, that is found', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-workers-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(join(dir, 'sallyport.yaml'), config());
    const gateway = await killable(t, dir);
    const client = await visit(gateway);
    const left = ended(client);
    await gateway.stop('SIGKILL');
    await left;
    const [victim = ''] = chainsOf(gateway.dataDir);
    rmSync(join(gateway.dataDir, 'journal', victim), { recursive: true });
    assert.partialDeepStrictEqual(await verified(gateway.dataDir), {
      intact: false,
      file: victim,
      reason: 'the folder of this worker is missing',
    });
  });
});

async function visit(gateway: GatewayProcess): Promise<Visitor> {
  const { host, port } = gateway;
  const password = await gateway.token();
  const client = new Visitor({ host, port, database: 'orders', user: 'anybody', password });
  await client.connect();
  return client;
}

describe('THREATS 7: a worker dies while one of its clients waits for people', () => {
  const dba = {
    subject: 'dana',
    issuer: 'https://idp',
    kind: 'human' as const,
    groups: ['dba'],
    claims: {},
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
  const deletes = "DELETE FROM marks WHERE mark = 'kept'";

  test('the command never runs; one that may come back runs once, on any worker', async (t) => {
    await direct.query("TRUNCATE marks; INSERT INTO marks VALUES ('kept')");
    const gateway = await inWorkers(t);
    const { approvals } = gateway.gateway;
    const [first, second] = await oneOnEach(gateway);
    assert.ok(first !== undefined && second !== undefined);
    const { approval = '' } = await refusal(first.query(deletes));
    await approvals.decide({ approvalId: approval, by: dba, decision: 'approve' });
    const waiting = second
      .query("UPDATE marks SET mark = 'changed' WHERE mark = 'kept'")
      .catch(() => undefined);
    const held = await until('a hold', async () =>
      (await approvals.list({ status: 'pending' })).find((one) => one.waiting),
    );
    const before = gateway.gateway.workerIds();
    for (const id of before) process.kill(id, 'SIGKILL');
    await waiting;
    await until('it is withdrawn', async () => (await approvals.get(held.id)).state === 'withdrawn');
    await assert.rejects(approvals.decide({ approvalId: held.id, by: dba, decision: 'approve' }), {
      code: 'conflict',
    });
    await until('others in their place', () => {
      const now = gateway.gateway.workerIds();
      return now.length === 2 && now.every((id) => !before.includes(id));
    });
    const [again] = await oneOnEach(gateway);
    assert.equal((await again?.query(deletes))?.rowCount, 1);
    assert.equal((await refusal(again?.query(deletes) ?? Promise.reject())).code, 'hold_pending');
  });
});

test('workers that cannot read who is shut out serve nobody until they can', async (t) => {
  const gateway = await inWorkers(t);
  const clients = await oneOnEach(gateway);
  const gone = clients.map(ended);
  const store = new DatabaseSync(join(gateway.dataDir, 'sallyport.db'), { timeout: 5_000 });
  t.after(() => store.close());
  store.exec('ALTER TABLE revocations RENAME TO away');
  for (const client of clients) {
    const refused = await until('a refusal', () =>
      client.query('SELECT 1').then(
        () => undefined,
        (error: Error) => error,
      ),
    );
    assert.match(refused.message, /who was shut out cannot be read/);
  }
  await Promise.all(gone);
  await until('nobody who serves', () => gateway.gateway.workerIds().length === 0);
  store.exec('ALTER TABLE away RENAME TO revocations');
  await until('others in their place', () => gateway.gateway.workerIds().length === 2);
  for (const client of await oneOnEach(gateway)) await client.end();
});

test('a second gateway on the same folder is refused', async (t) => {
  const gateway = await inWorkers(t);
  await assert.rejects(startGateway(gateway.configFile), { code: 'conflict' });
});

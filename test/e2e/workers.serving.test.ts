import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client as Direct } from 'pg';

import { routes } from '../../src/api/contract/routes.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { connect, connectDirect, ended, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, requestCancel, send } from '../fixtures/wire-client.ts';
import { apiOf, chainsOf, oneOnEach } from '../fixtures/workers.ts';

// What people do at the first process reaches clients of every worker.

const security: Who = { subject: 'sam', kind: 'human', groups: ['security'] };
const dba: Who = { subject: 'dana', kind: 'human', groups: ['dba'] };

const rules = `
  - { name: security watches, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }
  - { name: all read, who: { any: true }, targets: [orders], allow: [read, execute] }
  - name: writes wait
    who: { groups: [crews] }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba] }
    wait: 10m
  - name: repairs
    who: { groups: [oncall] }
    targets: [orders]
    allow: [write]
    on_request: { approvers: { groups: [dba] }, for: 1h }`;

function config(it: { rules?: string; more?: string } = {}): string {
  return shopConfig({ port: server.port, rules, ...it });
}

let server: PostgresServer;
let direct: Direct;
let gateway: TestGateway;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query('CREATE TABLE counts (id int PRIMARY KEY, n int); INSERT INTO counts VALUES (1, 0)');
  gateway = await startTestGateway(config(), { workers: 2 });
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

async function leave(visitors: readonly Visitor[]): Promise<void> {
  await Promise.all(visitors.map((one) => one.end()));
  await until('an empty house', () => gateway.gateway.live.size === 0);
}

async function sessionsOf(subject: string): Promise<readonly { id: string; commands: number }[]> {
  const client = await apiOf(gateway, security);
  return (await client.call(routes.listSessions, { query: { subject, state: 'live' } })).sessions;
}

test('sessions of all workers are listed, with what they have done', async () => {
  const visitors = await oneOnEach(gateway, { subject: 'lister' });
  const counted = await until('all counts', async () => {
    const found = await sessionsOf('lister');
    return found.length === visitors.length && found.every(({ commands }) => commands === 1) && found;
  });
  assert.ok(counted.length >= 2);
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}/metrics`;
  const metrics = async (): Promise<string> => (await fetch(url)).text();
  await until('they are counted', async () =>
    (await metrics()).includes(`sallyport_commands_total{verdict="allow"} ${visitors.length}`),
  );
  assert.match(await metrics(), new RegExp(`^sallyport_sessions ${visitors.length}$`, 'm'));
  await leave(visitors);
});

test('a revocation ends the sessions of every worker, lets nobody in, and touches nobody else', async () => {
  const visitors = await oneOnEach(gateway, { subject: 'rogue' });
  const others = await oneOnEach(gateway, { subject: 'good' });
  const client = await apiOf(gateway, security);
  const { ended: count } = await client.call(routes.revoke, { body: { subject: 'rogue' } });
  assert.equal(count, visitors.length);
  await Promise.all(visitors.map(ended));
  for (const { failure } of visitors) assert.match(failure?.message ?? '', /this identity was revoked/);
  for (let door = 0; door < 4; door++) {
    await assert.rejects(connect(gateway, { subject: 'rogue' }), /revoked/);
  }
  for (const other of others) assert.deepEqual(await other.rows('SELECT 1'), [[1]]);
  await client.call(routes.restore, { params: { subject: 'rogue' }, query: {} });
  await until('the way back', () =>
    oneOnEach(gateway, { subject: 'rogue' }).then(
      (back) => leave([...back, ...others]).then(() => true),
      () => false,
    ),
  );
});

test('a revocation of which no news comes is read from the store', async () => {
  const visitors = await oneOnEach(gateway, { subject: 'quiet' });
  const store = await openSqliteStore(join(gateway.dataDir, 'sallyport.db'), { joins: true });
  const by = { subject: 'sam', issuer: 'sallyport', kind: 'human', groups: [] } as const;
  await store.revocations.add({ subject: 'quiet', issuer: null, atMs: Date.now(), by });
  await store.close();
  await Promise.all(visitors.map(ended));
  for (const { failure } of visitors) assert.match(failure?.message ?? '', /this identity was revoked/);
  await until('an empty house', () => gateway.gateway.live.size === 0);
});

test('a kill ends one session, on whichever worker', async () => {
  const visitors = await oneOnEach(gateway, { subject: 'victim' });
  const client = await apiOf(gateway, security);
  for (const { id } of await sessionsOf('victim')) {
    assert.deepEqual(await client.call(routes.killSession, { params: { id } }), { ended: 1 });
  }
  await Promise.all(visitors.map(ended));
  for (const { failure } of visitors) assert.match(failure?.message ?? '', /sam ended this session/);
  await until('an empty house', () => gateway.gateway.live.size === 0);
});

test('a ticket that is ended ends what lives on it, on every worker', async () => {
  const client = await apiOf(gateway, { subject: 'carrier' });
  const { secret, id } = await ticketOf(client);
  const visitors = [];
  for (let i = 0; i < 4; i++) visitors.push(await connect(gateway, {}, { password: secret }));
  await until('all to be known', () => gateway.gateway.live.size === visitors.length);
  const { sessions } = await client.call(routes.endTicket, { params: { id } });
  assert.equal(sessions, 4);
  await Promise.all(visitors.map(ended));
  for (let door = 0; door < 4; door++)
    await assert.rejects(connect(gateway, {}, { password: secret }), /ended/);
});

async function ticketOf(client: Awaited<ReturnType<typeof apiOf>>): Promise<{ secret: string; id: string }> {
  const { ticket: secret } = await client.exchange({});
  const [ticket] = (await client.call(routes.listTickets, {})).tickets;
  assert.ok(ticket !== undefined);
  return { secret, id: ticket.id };
}

test('a hold is approved for the worker whose client waits', async () => {
  const visitors = await oneOnEach(gateway);
  const approver = await apiOf(gateway, dba);
  for (const visitor of visitors) {
    const answer = visitor.query('UPDATE counts SET n = n + 1 WHERE id = 1');
    const hold = await until('a hold', async () => {
      const { approvals } = await approver.call(routes.listApprovals, { query: { state: 'pending' } });
      return approvals.find(({ waiting }) => waiting);
    });
    await approver.call(routes.decideApproval, { params: { id: hold.id }, body: { decision: 'approve' } });
    assert.equal((await answer).rowCount, 1);
  }
  const { rows } = await direct.query('SELECT n FROM counts');
  assert.deepEqual(rows, [{ n: visitors.length }]);
  await leave(visitors);
});

test('a grant wakes its rule on every worker, and ends there', async () => {
  const oncall: Who = { subject: 'oona', kind: 'human', groups: ['oncall'] };
  const visitors = await oneOnEach(gateway, oncall);
  const change = 'UPDATE counts SET n = 0 WHERE id = 1';
  for (const visitor of visitors) assert.equal((await refusal(visitor.query(change))).code, 'denied');
  const asking = await apiOf(gateway, oncall);
  const because = 'incident 4711';
  const { id } = await asking.call(routes.openRequest, {
    body: { target: 'orders', rule: 'repairs', because },
  });
  await (
    await apiOf(gateway, dba)
  ).call(routes.decideRequest, { params: { id }, body: { decision: 'approve' } });
  for (const visitor of visitors) {
    await until('the rule awake', () =>
      visitor.query(change).then(
        () => true,
        () => false,
      ),
    );
  }
  await asking.call(routes.endRequest, { params: { id } });
  for (const visitor of visitors) {
    await until('the rule asleep', () =>
      visitor.query(change).then(
        () => false,
        () => true,
      ),
    );
  }
  await leave(visitors);
});

test('THREATS 5: a cancel request finds its session from every worker, and with a wrong key from none', async () => {
  const password = await gateway.token();
  const client = await WireClient.login({ port: gateway.port, database: 'orders', password });
  const wrong = Buffer.alloc(client.key.secretKey.length);
  // Connections go to the workers by turns: of two requests one comes in where the session is not.
  for (let door = 0; door < 2; door++) {
    client.take();
    client.write(send.query('SELECT pg_sleep(600)'));
    await until('it runs', async () => {
      const running = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)'";
      return ((await direct.query(running)).rowCount ?? 0) > 0;
    });
    for (let guess = 0; guess < 2; guess++) {
      await requestCancel(gateway.port, { ...client.key, secretKey: wrong });
    }
    await requestCancel(gateway.port, client.key);
    assert.match((await client.upTo('ReadyForQuery')).join('\n'), /ErrorResponse 57014/);
  }
  client.socket.destroy();
  await until('an empty house', () => gateway.gateway.live.size === 0);
});

test('another configuration is in force on every worker', async () => {
  const visitors = await oneOnEach(gateway);
  gateway.rewrite(
    config({ rules: rules.replace('allow: [read, execute] }', 'deny: [read], because: Closed. }') }),
  );
  for (const visitor of visitors) {
    await until('no', () =>
      visitor.query('SELECT 2').then(
        () => false,
        () => true,
      ),
    );
  }
  gateway.rewrite(config());
  for (const visitor of visitors) {
    await until('yes', () =>
      visitor.query('SELECT 3').then(
        () => true,
        () => false,
      ),
    );
  }
  await leave(visitors);
});

test('events are paged while all write: each once, none left out', async () => {
  const visitors = await oneOnEach(gateway, { subject: 'writer' });
  const from = (await gateway.events()).at(-1)?.seq ?? 0;
  const each = 60;
  let writing = true;
  const written = Promise.all(
    visitors.map(async (visitor, index) => {
      for (let i = 0; i < each; i++) await visitor.rows(`SELECT 'w${index}-${i}'`);
    }),
  ).finally(() => (writing = false));
  const client = await apiOf(gateway, security);
  const seen: { seq: number; text: string }[] = [];
  const total = each * visitors.length;
  await until('all of them', async () => {
    const ending = !writing;
    const after = seen.at(-1)?.seq ?? from;
    for await (const event of client.stream({ after, follow: 'false' })) {
      const text = String(event.text);
      if (event.type === 'command' && text.includes("'w")) seen.push({ seq: event.seq, text });
    }
    return ending && seen.length >= total;
  });
  await written;
  assert.equal(seen.length, total);
  assert.equal(new Set(seen.map(({ text }) => text)).size, total);
  await leave(visitors);
});

describe('a budget of a day', () => {
  test('is one for all workers', async () => {
    await gateway.stop();
    const budgets =
      'budgets: [{ name: small, who: { kind: agent }, targets: [orders], per: day, commands: 20 }]';
    gateway = await startTestGateway(config({ more: budgets }), { workers: 2 });
    const visitors = await oneOnEach(gateway);
    await until('it is spent on each', async () => {
      const spent = await Promise.all(
        visitors.map((visitor) =>
          visitor.query('SELECT 1').then(
            () => false,
            () => true,
          ),
        ),
      );
      return spent.every((one) => one);
    });
    const commands = (await gateway.events()).filter(({ type }) => type === 'command').length;
    // What others use within half a second is not known yet.
    assert.ok(commands >= 20 && commands < 200, `${commands} commands`);
    await Promise.all(visitors.map((one) => one.end()));
  });
});

test('a gateway that is stopped leaves no chain of a worker, and one that starts anew has others', async () => {
  const before = chainsOf(gateway.dataDir);
  gateway = await gateway.restart();
  const after = chainsOf(gateway.dataDir);
  assert.equal(after.length, 2);
  assert.ok(before.every((name) => !after.includes(name)));
  const endings = (await gateway.events()).flatMap((event) =>
    event.type === 'worker.ended' ? [event.lost] : [],
  );
  assert.deepEqual(endings, [false, false]);
});

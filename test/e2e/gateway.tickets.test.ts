import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { DatabaseError } from 'pg';

import { createClient } from '../../src/api/client.ts';
import type { Client, TicketAsked } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { connect, ended, visitor } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { startProvider } from '../fixtures/oidc-provider.ts';
import type { TestProvider } from '../fixtures/oidc-provider.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// Tickets from end to end: a real provider, a real driver, a real server. THREATS 39, 41, 42.

let server: PostgresServer;
let provider: TestProvider;
/** An API of somebody's. */
let notes: Server;
let gateway: TestGateway;

const anna: Who = { subject: 'anna', kind: 'human', groups: ['dba'] };
const sam: Who = { subject: 'sam', kind: 'human', groups: ['security'] };

function config(issuers: string): string {
  const target = (name: string): string => `
  ${name}:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: ${server.password} } }`;
  return `
listen: { host: 127.0.0.1, postgres: 0, http: 0, targets: 0 }
data: ./data
identity:
  local: true
  issuers: ${issuers}
targets: ${target('orders')} ${target('billing')}
  notes:
    http: { url: "http://127.0.0.1:${(notes.address() as AddressInfo).port}" }
    credential: { headers: { x-api-key: only-for-this-test } }
rules:
  - { name: crews note, who: { groups: [crews] }, targets: [notes], allow: [read, write] }
  - { name: crews read, who: { groups: [crews] }, targets: [orders, billing], allow: [read] }
  - { name: crews write, who: { groups: [crews] }, targets: [orders], allow: [write] }
  - { name: people do all, who: { groups: [dba] }, targets: [orders, billing], allow: [read, write, schema] }
  - { name: repairs alone, who: { any: true }, targets: [orders], deny: [schema], when: 'identity.purpose != "repair"' }
  - { name: watch, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }
`;
}

const trusted = (): string => `[{ issuer: "${provider.issuer}", audience: sallyport, kind: agent }]`;

before(async () => {
  [server, provider] = await Promise.all([startPostgres(), startProvider('first')]);
  notes = createServer((_request, response) => void response.end('noted'));
  await new Promise<void>((resolve) => notes.listen(0, '127.0.0.1', resolve));
  gateway = await startTestGateway(config(trusted()));
});
after(async () => {
  await gateway?.stop();
  await provider?.stop();
  await new Promise((resolve) => notes.close(resolve));
  await server?.stop();
});

function api(token: string): Client {
  return createClient({ url: `http://127.0.0.1:${gateway.gateway.ports.http}`, token, fetch });
}

/** A token of the real provider: agent `crew-7` in group `crews`. */
const crew = (): Promise<string> => provider.token('sallyport');

async function ticketOf(token: string, asked: TicketAsked = {}): Promise<string> {
  return (await api(token).exchange(asked)).ticket;
}

async function refusedLogin(password: string, database = 'orders'): Promise<DatabaseError> {
  const client = await visitor(gateway, {}, { password, database });
  return client.connect().then(
    () => assert.fail('let in'),
    (error: DatabaseError) => error,
  );
}

/** `in`, or why not. */
async function tried(password: string): Promise<string> {
  const client = await visitor(gateway, {}, { password });
  return client.connect().then(
    () => client.end().then(() => 'in'),
    ({ message }: DatabaseError) => message,
  );
}

function refused(client: Visitor, sql: string): Promise<DatabaseError> {
  return client.query(sql).then(
    () => assert.fail('it ran'),
    (error: DatabaseError) => error,
  );
}

describe('a ticket for less', () => {
  test('opens its target alone, by its rules alone, and is on record', async () => {
    const password = await ticketOf(await crew(), {
      targets: ['orders'],
      rules: ['crews read'],
      lifetimeMs: 60_000,
      purpose: 'report',
      task: 'T-1',
    });
    const client = await connect(gateway, {}, { password });
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    const denied = await refused(client, 'CREATE TEMP TABLE x (); UPDATE pg_class SET relname = relname');
    assert.equal(denied.code, '42501');
    assert.match((await refused(client, 'DELETE FROM pg_class')).message, /no rule allows write\.delete/);
    await client.end();
    assert.equal((await refusedLogin(password, 'billing')).code, '3D000');

    const opened = (await gateway.events()).findLast(({ type }) => type === 'session.opened');
    assert.ok(opened?.type === 'session.opened');
    const { ticket, ...who } = opened.identity;
    assert.deepEqual(who, {
      subject: 'crew-7',
      issuer: provider.issuer,
      kind: 'agent',
      groups: ['crews'],
      purpose: 'report',
      task: 'T-1',
    });
    assert.equal(ticket, password.slice(4, 26));
  });

  test('is taken by the API, which says what it leaves', async () => {
    const token = await ticketOf(await crew(), { targets: ['orders'] });
    const me = await api(token).call(routes.me, {});
    assert.deepEqual([me.subject, me.within], ['crew-7', { targets: ['orders'] }]);
    const { targets } = await api(token).call(routes.listTargets, {});
    assert.deepEqual(
      targets.map(({ name }) => name),
      ['orders'],
    );
  });

  test('opens a target of HTTP, until it is ended', async () => {
    const token = await ticketOf(await crew(), { targets: ['notes'], rules: ['crews note'] });
    const ask = async (): Promise<[number, string]> => {
      const address = `http://127.0.0.1:${gateway.gateway.ports.targets}/t/notes/a`;
      const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      return [response.status, await response.text()];
    };
    assert.deepEqual(await ask(), [200, 'noted']);
    assert.equal((await refusedLogin(token)).code, '3D000');
    await api(token).call(routes.endTicket, { params: { id: token.slice(4, 26) } });
    const [status, said] = await ask();
    assert.equal(status, 401);
    assert.match(said, /ended early/);
  });

  test('gives no wider one', async () => {
    const narrow = await ticketOf(await crew(), {
      targets: ['orders'],
      rules: ['crews read'],
      purpose: 'report',
    });
    const wider: readonly TicketAsked[] = [
      { targets: ['billing'] },
      { rules: ['crews write'] },
      { purpose: 'repair' },
    ];
    for (const asked of wider) await assert.rejects(api(narrow).exchange(asked), { status: 400 });
    const password = await ticketOf(narrow);
    assert.equal((await refusedLogin(password, 'billing')).code, '3D000');
  });

  test('has the right to watch the gateway only if it is for that', async () => {
    const token = await gateway.token(sam);
    const without = await ticketOf(token, { rules: ['watch'] });
    assert.ok((await api(without).call(routes.me, {})).rights.includes('write.revoke'));
    const other = await ticketOf(await gateway.token({ ...sam, groups: ['security', 'dba'] }), {
      targets: ['orders'],
    });
    assert.deepEqual((await api(other).call(routes.me, {})).rights, []);
    await assert.rejects(api(other).call(routes.revoke, { body: { subject: 'x' } }), { status: 403 });
  });

  test('decides by what its holder says it is for', async () => {
    const client = await connect(gateway, {}, { password: await ticketOf(await gateway.token(anna)) });
    assert.match((await refused(client, 'CREATE TABLE tickets_purpose ()')).message, /"repairs alone"/);
    await client.end();
    const purposeful = await ticketOf(await gateway.token(anna), { purpose: 'repair' });
    const repairing = await connect(gateway, {}, { password: purposeful });
    await repairing.query('CREATE TABLE tickets_purpose ()');
    await repairing.query('DROP TABLE tickets_purpose');
    await repairing.end();
  });
});

describe('an agent that acts for a person', () => {
  const forAnna = async (asked: TicketAsked = {}): Promise<string> =>
    ticketOf(await gateway.token(anna), { actorToken: await crew(), ...asked });

  test('may do what both may, and both are on record', async () => {
    const client = await connect(gateway, {}, { password: await forAnna() });
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    // Anna might, with that purpose; the crew never.
    assert.equal((await refused(client, 'CREATE TABLE acting ()')).code, '42501');
    await client.end();
    const opened = (await gateway.events()).findLast(({ type }) => type === 'session.opened');
    assert.ok(opened?.type === 'session.opened');
    assert.equal(opened.identity.subject, 'anna');
    assert.deepEqual(opened.identity.actor, { subject: 'crew-7', issuer: provider.issuer, kind: 'agent' });
  });

  test('is out as soon as the agent is revoked, or the person; a ticket does not come back', async () => {
    const watcher = api(await gateway.token(sam));
    for (const subject of ['crew-7', 'anna']) {
      const password = await forAnna();
      const client = await connect(gateway, {}, { password });
      const bystander = await connect(gateway, { subject: 'good' });
      await watcher.call(routes.revoke, { body: { subject } });
      await ended(client);
      assert.match(client.failure?.message ?? '', /revoked/);
      assert.deepEqual(await bystander.rows('SELECT 1'), [[1]]);
      await bystander.end();
      assert.ok(['28P01', '57P01'].includes((await refusedLogin(password)).code ?? ''));
      await watcher.call(routes.restore, { params: { subject }, query: {} });
      assert.match((await refusedLogin(password)).message, /ended early/);
    }
    const client = await connect(gateway, {}, { password: await forAnna() });
    await client.end();
  });

  test('sees of the API what it did, and not what the person did alone', async () => {
    const alone = await connect(gateway, anna);
    await alone.query('SELECT 1');
    await alone.end();
    const token = await forAnna();
    const client = await connect(gateway, {}, { password: token });
    const { sessions } = await api(token).call(routes.listSessions, { query: {} });
    assert.equal(sessions[0]?.identity.ticket, token.slice(4, 26));
    assert.ok(sessions.every(({ identity }) => identity.actor?.subject === 'crew-7'));
    const narrow = await ticketOf(token, { targets: ['orders'] });
    assert.deepEqual((await api(narrow).call(routes.listSessions, { query: {} })).sessions, []);
    await client.end();
    const all = await api(await gateway.token(anna)).call(routes.listSessions, { query: {} });
    assert.ok(all.sessions.length > 1, 'the person sees both');
  });
});

describe('a ticket ends', () => {
  test('when it is ended, with its sessions and all that came from it', async () => {
    const first = await ticketOf(await crew());
    const second = await ticketOf(first, { targets: ['orders'] });
    const client = await connect(gateway, {}, { password: second });
    const ending = await api(await crew()).call(routes.endTicket, { params: { id: first.slice(4, 26) } });
    assert.deepEqual(ending, { tickets: 2, sessions: 1 });
    await ended(client);
    assert.match(client.failure?.message ?? '', /ticket of this session was ended/);
    for (const password of [first, second])
      assert.match((await refusedLogin(password)).message, /ended early/);
    assert.ok((await gateway.events()).some(({ type }) => type === 'ticket.ended'));
  });

  test('when its time is over, in mid-session', async () => {
    const password = await ticketOf(await crew(), { lifetimeMs: 5_000 });
    const client = await connect(gateway, {}, { password });
    await ended(client);
    assert.match(client.failure?.message ?? '', /proof of identity has expired/);
    assert.equal((await refusedLogin(password)).code, '28P01');
  });

  test('when its issuer is no longer trusted', async () => {
    const password = await ticketOf(await crew());
    gateway.rewrite(config('[]'));
    await until('the ticket to be refused', async () => /no configured issuer/.test(await tried(password)));
    gateway.rewrite(config(trusted()));
    await until('the ticket to be taken', async () => (await tried(password)) === 'in');
  });

  test('and not with a restart; what was ended stays so', async () => {
    const good = await ticketOf(await crew());
    const bad = await ticketOf(await crew());
    await api(bad).call(routes.endTicket, { params: { id: bad.slice(4, 26) } });
    gateway = await gateway.restart();
    const client = await connect(gateway, {}, { password: good });
    await client.end();
    assert.match((await refusedLogin(bad)).message, /ended early/);
  });
});

describe('agents', () => {
  test('are seen with what they used and what was refused, disabled within the moment, and enabled again', async () => {
    const watcher = api(await gateway.token(sam));
    const who: Who = { subject: 'seen-1' };
    const client = await connect(gateway, who);
    await client.rows('SELECT 1');
    await refused(client, 'CREATE TABLE seen_1 ()');
    const ticket = await ticketOf(await gateway.token(who));
    const one = await until('the counts', async () => {
      const { agents } = await watcher.call(routes.listAgents, { query: { subject: 'seen-1' } });
      return agents.find(({ refusals }) => refusals > 0);
    });
    assert.deepEqual(
      [one.kind, one.issuer, one.groups, one.disabled],
      ['agent', 'sallyport', ['crews'], null],
    );
    assert.deepEqual([one.sessions, one.liveSessions, one.liveTickets], [1, 1, 1]);
    assert.deepEqual([one.commands, one.refusals], [1, 1]);
    assert.deepEqual(
      [one.targets, one.rules].map((uses) =>
        uses.map(({ name, commands, refusals }) => [name, commands, refusals]),
      ),
      [
        [['orders', 1, 1]],
        [
          ['crews read', 1, 0],
          ['repairs alone', 0, 1],
        ],
      ],
    );
    await watcher.call(routes.revoke, { body: { subject: 'seen-1', because: 'went mad' } });
    await ended(client);
    const { agents } = await watcher.call(routes.listAgents, { query: { subject: 'seen-1' } });
    assert.deepEqual([agents[0]?.disabled?.because, agents[0]?.liveTickets], ['went mad', 0]);
    assert.match(await tried(await gateway.token(who)), /revoked/);
    await watcher.call(routes.restore, { params: { subject: 'seen-1' }, query: {} });
    assert.equal(await tried(await gateway.token(who)), 'in');
    assert.match(await tried(ticket), /ended early/);
  });

  test('are nobody’s business who has no right to it', async () => {
    await assert.rejects(api(await crew()).call(routes.listAgents, { query: {} }), { status: 403 });
  });
});

test('a ticket of another gateway opens nothing, and is not repeated', async () => {
  const password = await ticketOf(await crew());
  const other = await startTestGateway(config(trusted()));
  try {
    const client = await visitor(other, {}, { password });
    const error = await client.connect().then(
      () => assert.fail('let in'),
      (thrown: DatabaseError) => thrown,
    );
    assert.match(error.message, /no ticket of this gateway/);
    assert.ok(!JSON.stringify([error, await other.events()]).includes(password.slice(4)));
  } finally {
    await other.stop();
  }
});

test('its key is private, and no ticket is in the record or the store in clear', async () => {
  assert.equal(statSync(join(gateway.dataDir, 'ticket-key')).mode & 0o777, 0o600);
  const secret = (await ticketOf(await crew())).slice(26);
  assert.ok(!JSON.stringify(await gateway.events()).includes(secret));
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Client as Direct } from 'pg';

import { createClient } from '../../src/api/client.ts';
import type { Client } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import type { EventType } from '../../src/core/event.ts';
import { connect, connectDirect, ended, refusal, visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// Dormant rules from the request to the end of the grant, through a real gateway, server, driver and the API.

const rules = `
  - { name: crews read, who: { groups: [crews] }, targets: [orders], allow: [read] }
  - name: crews repair
    who: { groups: [crews, oncall] }
    targets: [orders]
    allow: [read, write]
    on_request: { approvers: { groups: [lead] }, for: 1h }
  - name: break the glass
    who: { groups: [oncall] }
    targets: [orders]
    allow: [read]
    on_request: { self: true, for: 1h }
  - { name: frozen, targets: [orders], deny: [write.truncate], because: Frozen. }
  - { name: security, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }`;

let server: PostgresServer;
let direct: Direct;
let gateway: TestGateway;
let config: string;

const crew: Who = {};
const oncall: Who = { subject: 'olga', kind: 'human', groups: ['oncall'] };
const lead: Who = { subject: 'lena', kind: 'human', groups: ['lead'] };
const security: Who = { subject: 'sam', kind: 'human', groups: ['security'] };
const update = 'UPDATE counts SET n = n + 1 WHERE id = 1';

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query('CREATE TABLE counts (id int PRIMARY KEY, n int); INSERT INTO counts VALUES (1, 0)');
  config = shopConfig({ port: server.port, rules });
});
beforeEach(() => direct.query('UPDATE counts SET n = 0'));
after(async () => {
  await direct?.end();
  await server?.stop();
});

/** Each on a gateway of its own, for grants outlive their sessions. */
function played(title: string, play: () => Promise<void>): void {
  test(title, async () => {
    gateway = await startTestGateway(config);
    try {
      await play();
    } finally {
      await gateway.stop();
    }
  });
}

async function api(who: Who): Promise<Client> {
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
  return createClient({ url, token: await gateway.token(who), fetch });
}

async function ask(who = crew, rule = 'crews repair', forMs?: number): Promise<string> {
  const body = { target: 'orders', rule, because: 'ticket 4711', ...(forMs === undefined ? {} : { forMs }) };
  return (await (await api(who)).call(routes.openRequest, { body })).id;
}

async function decide(id: string, by = lead, decision: 'approve' | 'deny' = 'approve') {
  return (await (await api(by)).call(routes.decideRequest, { params: { id }, body: { decision } })).state;
}

async function end(id: string, by: Who) {
  return (await (await api(by)).call(routes.endRequest, { params: { id } })).state;
}

async function count(): Promise<number> {
  const { rows } = await direct.query<{ n: number }>('SELECT n FROM counts WHERE id = 1');
  return rows[0]?.n ?? -1;
}

async function eventsOf(request: string): Promise<EventType[]> {
  const events = await gateway.events();
  return events.filter((event) => 'request' in event && event.request === request).map(({ type }) => type);
}

describe('access on request', () => {
  played('a refusal names the line that asks; once granted the same session may', async () => {
    const client = await connect(gateway, crew);
    const { error, code } = await refusal(client.query(update));
    assert.equal(code, 'denied');
    const line = "sallyport request orders --rule 'crews repair' --because 'why'";
    assert.match(error.hint ?? '', new RegExp(`Ask for it: ${line}\\.$`));
    assert.deepEqual(JSON.parse(error.detail ?? '').requestable, [{ rule: 'crews repair', ask: line }]);
    const id = await ask();
    await refusal(client.query(update));
    assert.equal(await decide(id), 'granted');
    await client.query(update);
    assert.equal(await count(), 1);
    assert.equal(
      (await refusal(client.query('TRUNCATE counts'))).error.message,
      'Sallyport: rule "frozen" refuses it: Frozen.',
    );
    await client.end();
    assert.deepEqual(await eventsOf(id), [
      'request.opened',
      'request.decided',
      'request.ended',
      'grant.started',
    ]);
    const commands = (await gateway.events()).filter((event) => event.type === 'command');
    assert.ok(commands.some(({ rules: took }) => took.includes('crews repair')));
  });

  played('a closed door tells those who may ask, and nobody else', async () => {
    const closed = await visitor(gateway, oncall);
    await assert.rejects(closed.connect(), {
      message: 'Sallyport: orders is closed to olga until a request is granted',
      hint: /sallyport request orders --rule 'crews repair' --because 'why' or sallyport request/,
    });
    const stranger = await visitor(gateway, { subject: 'eve', groups: ['hr'] });
    await assert.rejects(stranger.connect(), { message: /there is no target "orders" for eve/ });
    await decide(await ask(oncall));
    const client = await connect(gateway, oncall);
    await client.query(update);
    await client.end();
    assert.equal(await count(), 1);
  });

  played('denied it lets nothing', async () => {
    const id = await ask();
    assert.equal(await decide(id, lead, 'deny'), 'denied');
    const client = await connect(gateway, crew);
    await refusal(client.query(update));
    await client.end();
    assert.deepEqual(await eventsOf(id), ['request.opened', 'request.decided', 'request.ended']);
  });

  played('a restart forgets no grant', async () => {
    await decide(await ask());
    gateway = await gateway.restart();
    const client = await connect(gateway, crew);
    await client.query(update);
    await client.end();
    assert.equal(await count(), 1);
  });

  played('lists what concerns one, and what one may ask for', async () => {
    const id = await ask();
    const seen = await Promise.all(
      [crew, lead, security, oncall].map(async (who) => {
        const { requests, requestable } = await (await api(who)).call(routes.listRequests, {});
        return [requests.map((one) => one.id), requestable.map(({ rule, self }) => [rule, self])];
      }),
    );
    assert.deepEqual(seen, [
      [[id], [['crews repair', false]]],
      [[id], []],
      [[id], []],
      [
        [],
        [
          ['crews repair', false],
          ['break the glass', true],
        ],
      ],
    ]);
  });
});

describe('THREATS 41: what is taken away in mid-session, the next command sees', () => {
  const ends: readonly (readonly [title: string, how: (id: string) => Promise<unknown>, outcome: string])[] =
    [
      ['its time is over', async () => {}, 'over'],
      ['whoever asked ends it', (id) => end(id, crew), 'ended'],
      ['an approver ends it', (id) => end(id, lead), 'ended'],
      ['security ends it', (id) => end(id, security), 'ended'],
      [
        'the rule is changed',
        async () =>
          gateway.rewrite(config.replace('for: 1h }\n  - name: break', 'for: 2h }\n  - name: break')),
        'changed',
      ],
    ];
  for (const [title, how, outcome] of ends) {
    played(`a grant, when ${title}`, async () => {
      const client = await connect(gateway, crew);
      const id = await ask(crew, 'crews repair', outcome === 'over' ? 5_000 : 60_000);
      await decide(id);
      await client.query(update);
      await how(id);
      await until('the end', async () => (await eventsOf(id)).includes('grant.ended'));
      assert.equal((await refusal(client.query(update))).code, 'denied');
      assert.equal(await count(), 1);
      // What standing rules let, it still may.
      assert.deepEqual(await client.rows('SELECT n FROM counts'), [[1]]);
      await client.end();
      const last = (await gateway.events()).findLast(({ type }) => type === 'grant.ended');
      assert.partialDeepStrictEqual(last, { outcome });
    });
  }

  played('a session that nothing else lets in, by its end', async () => {
    const id = await ask(oncall);
    await decide(id);
    const client = await connect(gateway, oncall);
    const bystander = await connect(gateway, crew);
    await client.query(update);
    await end(id, oncall);
    await ended(client);
    assert.match(client.failure?.message ?? '', /the grant that let you in is over/);
    assert.deepEqual(await bystander.rows('SELECT 1'), [[1]]);
    await bystander.end();
    const again = await visitor(gateway, oncall);
    await assert.rejects(again.connect(), /closed to olga/);
  });

  played('a transaction under way', async () => {
    const id = await ask(oncall);
    await decide(id);
    const client = await connect(gateway, { ...oncall, groups: ['oncall', 'crews'] });
    await client.query('BEGIN');
    await client.query('UPDATE counts SET n = 5 WHERE id = 1');
    await end(id, oncall);
    await refusal(client.query('UPDATE counts SET n = 6 WHERE id = 1'));
    await client.query('ROLLBACK');
    await client.end();
    assert.equal(await count(), 0);
  });
});

describe('break glass', () => {
  played('wakes at once for whom the rule is, and is on record as such', async () => {
    const id = await ask(oncall, 'break the glass');
    const client = await connect(gateway, oncall);
    assert.deepEqual(await client.rows('SELECT n FROM counts'), [[0]]);
    assert.equal((await refusal(client.query(update))).code, 'denied');
    await client.end();
    const started = (await gateway.events()).find(({ type }) => type === 'grant.started');
    assert.partialDeepStrictEqual(started, { request: id, self: true, rule: 'break the glass' });
    await assert.rejects(ask(crew, 'break the glass'), { code: 'not_found' });
  });
});

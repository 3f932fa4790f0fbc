import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Client as Direct } from 'pg';

import { createClient } from '../../src/api/client.ts';
import type { Client } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import type { ApprovalBody } from '../../src/api/contract/schemas.ts';
import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// What approvers see of a held command, and approvals that stand for a while.

const rules = `
  - { name: all read, who: { any: true }, targets: [orders], allow: [read] }
  - name: writes wait
    who: { any: true }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba], until: 1h }
    wait: 1m
  - { name: security watches, who: { groups: [security] }, targets: [sallyport], allow: [read] }`;

let server: PostgresServer;
let direct: Direct;
let gateway: TestGateway;

const dba: Who = { subject: 'dana', kind: 'human', groups: ['dba'] };
const watcher: Who = { subject: 'wanda', kind: 'human', groups: ['security'] };

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(`
    CREATE TABLE counts (id int PRIMARY KEY, n int, name text);
    INSERT INTO counts SELECT i, 0, 'name ' || i FROM generate_series(1, 1000) AS i;
    CREATE SCHEMA side; CREATE TABLE side.counts (id int, n int);
    CREATE FUNCTION careless(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN INSERT INTO side.counts VALUES (1, 1); RETURN 1; END $$;
    ANALYZE counts`);
  gateway = await startTestGateway(
    shopConfig({
      port: server.port,
      rules: `${rules}\n  - { name: runs, who: { any: true }, targets: [orders], allow: [execute] }`,
    }),
  );
});
beforeEach(() => direct.query('UPDATE counts SET n = 0 WHERE n <> 0; TRUNCATE side.counts'));
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

async function api(who: Who): Promise<Client> {
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
  return createClient({ url, token: await gateway.token(who), fetch });
}

async function waiting(who = dba): Promise<ApprovalBody> {
  const client = await api(who);
  return until('a hold', async () => {
    const { approvals } = await client.call(routes.listApprovals, { query: { state: 'pending' } });
    return approvals.find((one) => one.waiting);
  });
}

async function decide(id: string, more: { decision: 'approve' | 'deny'; until?: string }) {
  return (await (await api(dba)).call(routes.decideApproval, { params: { id }, body: more })).state;
}

/** What the record tells up to a hold, of its text. */
async function told(approval: string): Promise<string[]> {
  const events = await gateway.events();
  const held = events.findLast((event) => event.type === 'hold.opened' && event.approval === approval);
  assert.ok(held?.type === 'hold.opened');
  return events
    .filter((event) => 'text' in event && event.session === held.session && event.text === held.text)
    .map(({ type }) => type);
}

async function count(): Promise<number> {
  const { rows } = await direct.query<{ n: string }>('SELECT sum(n) AS n FROM counts');
  return Number(rows[0]?.n);
}

async function withClient(play: (client: Visitor) => Promise<void>): Promise<void> {
  const client = await connect(gateway);
  try {
    await play(client);
  } finally {
    await client.end();
  }
}

describe('what the planner expects', () => {
  const rows: readonly [title: string, text: string, values: unknown[] | undefined, rows: number][] = [
    ['one row by its key', 'UPDATE counts SET n = 1 WHERE id = 7', undefined, 1],
    ['every row', 'UPDATE counts SET n = 1', undefined, 1000],
    ['by a parameter', 'UPDATE counts SET n = $1 WHERE id < $2', [1, 501], 500],
    ['rows that are removed', 'DELETE FROM counts WHERE id > 900', undefined, 100],
    ['behind a comment', '/* now */ DELETE FROM counts WHERE id = 1;', undefined, 1],
  ];
  for (const [title, text, values, expected] of rows) {
    test(`${title} is shown to the approver, and has not happened`, async () => {
      await withClient(async (client) => {
        const answer = refusal(client.query(text, values));
        const { id, estimate } = await waiting();
        assert.ok(
          estimate !== null && Math.abs(estimate.rows - expected) <= expected / 20,
          JSON.stringify(estimate),
        );
        assert.ok(estimate.cost > 0);
        for (const groups of [['crews'], ['security']]) {
          assert.equal((await waiting({ groups })).estimate, null, `not to whoever asked, of ${groups}`);
        }
        assert.deepEqual((await waiting(watcher)).estimate, estimate);
        assert.deepEqual(await told(id), ['command.estimated', 'hold.opened']);
        assert.equal(await count(), 0);
        await decide(id, { decision: 'deny' });
        await answer;
      });
    });
  }

  const unknown: readonly [title: string, before: readonly string[], text: string][] = [
    ['of another schema', ['SET search_path = side'], 'UPDATE counts SET n = 1'],
    ['of several statements', [], 'UPDATE counts SET n = 1; UPDATE counts SET n = 2'],
    ['that calls a function of a user’s', [], 'UPDATE counts SET n = careless(1) WHERE id = 1'],
    [
      'of a table that is locked',
      ['BEGIN', 'LOCK counts IN ACCESS EXCLUSIVE MODE'],
      'UPDATE counts SET n = 1',
    ],
  ];
  for (const [title, first, text] of unknown) {
    test(`is not asked for a command ${title}, which is held all the same`, async () => {
      await withClient(async (client) => {
        for (const one of first) {
          const done = client.query(one);
          if (one.startsWith('LOCK')) await decide((await waiting()).id, { decision: 'approve' });
          await done;
        }
        const answer = refusal(client.query(text));
        const { id, estimate } = await waiting();
        assert.equal(estimate, null);
        const { rows: ran } = await direct.query('SELECT count(*)::int AS n FROM side.counts');
        assert.deepEqual(ran, [{ n: 0 }]);
        await decide(id, { decision: 'deny' });
        await answer;
      });
    });
  }

  test('leaves the transaction of whoever asked as it is', async () => {
    await withClient(async (client) => {
      await client.query('BEGIN');
      const answer = client.query('UPDATE counts SET n = 1 WHERE id = 1');
      const { id, estimate } = await waiting();
      assert.equal(estimate?.rows, 1);
      await decide(id, { decision: 'approve' });
      await answer;
      await client.query('COMMIT');
      assert.equal(await count(), 1);
    });
  });
});

describe('an approval until a time', () => {
  const text = 'UPDATE counts SET n = n + 1 WHERE id = 1';

  test('lets the very same command run again, in any session of the identity, until it is ended', async () => {
    let id = '';
    await withClient(async (client) => {
      const answer = client.query(text);
      id = (await waiting()).id;
      await decide(id, { decision: 'approve', until: new Date(Date.now() + 3_000_000).toISOString() });
      await answer;
      await client.query(text);
      assert.equal(await count(), 2);
    });
    await withClient(async (client) => {
      await client.query(text);
      assert.equal(await count(), 3);
      const another = refusal(client.query(`${text} AND true`));
      await decide((await waiting()).id, { decision: 'deny' });
      await another;
      assert.equal(await decide(id, { decision: 'deny' }), 'denied');
      const held = refusal(client.query(text));
      await decide((await waiting()).id, { decision: 'deny' });
      await held;
      assert.equal(await count(), 3);
    });
    const ran = (await gateway.events()).filter((event) => event.type === 'command' && event.approval === id);
    assert.equal(ran.length, 3);
  });

  test('is refused beyond what the rule lets', async () => {
    await withClient(async (client) => {
      const answer = refusal(client.query(text));
      const { id } = await waiting();
      const tooLong = new Date(Date.now() + 7_200_000).toISOString();
      await assert.rejects(decide(id, { decision: 'approve', until: tooLong }), { code: 'denied' });
      await decide(id, { decision: 'deny' });
      await answer;
    });
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, ended, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// THREATS 41: a change of the configuration counts for live sessions from their next command on.

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;
let client: Visitor;

interface Parts {
  readonly rules?: string;
  readonly more?: string;
  readonly user?: string;
}

const mayDoAll = '  - { name: all, who: { any: true }, targets: ["*"], allow: [read, write] }';
const mayRead = mayDoAll.replace(', write', '');

function config({ rules = mayDoAll, more = '', user = 'postgres' }: Parts = {}): string {
  const target = `
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: ${user}, password: ${server.password} } }`;
  return `
listen: { host: 127.0.0.1, postgres: 0 }
data: ./data
identity: { local: true }
targets:
  orders:${target}
${more.includes('# no second') ? '' : `  second:${target}`}
${more}
rules:
${rules}
`;
}

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(
    "CREATE TABLE users (id int, email text); INSERT INTO users VALUES (1, 'ann@acme.test')",
  );
  gateway = await startTestGateway(config());
  client = await connect(gateway);
});
after(async () => {
  await client?.end();
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

/** Puts it in force, or has it refused, and waits until the gateway says so. */
async function change(text: string, type: 'config.loaded' | 'config.refused' = 'config.loaded') {
  const before = (await gateway.events()).length;
  gateway.rewrite(text);
  return until(type, async () => (await gateway.events()).slice(before).find((one) => one.type === type));
}

describe('a good change', () => {
  test('takes what it takes, and gives what it gives', async () => {
    await client.query('UPDATE users SET id = 1');
    await change(config({ rules: mayRead }));
    await refusal(client.query('UPDATE users SET id = 2'));
    assert.deepEqual(await client.rows('SELECT id FROM users'), [[1]]);
    await change(config());
    await client.query('UPDATE users SET id = 1');
  });

  test('counts in the middle of a transaction', async () => {
    await client.query('BEGIN');
    await client.query('UPDATE users SET id = 3');
    await change(config({ rules: mayRead }));
    await refusal(client.query('UPDATE users SET id = 4'));
    await client.query('ROLLBACK');
    assert.deepEqual(await client.rows('SELECT id FROM users'), [[1]]);
    await change(config());
  });

  test('hides a column from the next command on, also in what was prepared before', async () => {
    const prepared = { name: 'kept', text: 'SELECT email FROM users WHERE id = $1', values: [1] };
    assert.deepEqual((await client.query(prepared)).rows, [{ email: 'ann@acme.test' }]);
    await change(config({ more: 'sensitive: { orders: { public.users.email: email } }' }));
    const from = client.received.length;
    assert.deepEqual((await client.query(prepared)).rows, [{ email: 'a***@***.test' }]);
    assert.deepEqual(await client.rows('SELECT email FROM users'), [['a***@***.test']]);
    assert.deepEqual(await client.rows('SELECT upper(email) FROM users'), [['[redacted]']]);
    await refusal(client.query("SELECT id FROM users WHERE email > 'm'"));
    assert.doesNotMatch(Buffer.concat(client.received.slice(from)).toString('latin1'), /ann@/);
    await change(config());
    assert.deepEqual(await client.rows('SELECT email FROM users'), [['ann@acme.test']]);
  });

  test('ends the sessions of a target that is gone, and of no other', async () => {
    const second = await connect(gateway, {}, { database: 'second' });
    await change(config({ more: '# no second' }));
    await ended(second);
    assert.match(second.failure?.message ?? '', /this target was changed or removed/);
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    await assert.rejects(connect(gateway, {}, { database: 'second' }), { code: '3D000' });
    await change(config());
    const back = await connect(gateway, {}, { database: 'second' });
    await back.end();
  });
});

describe('a bad change', () => {
  const rows: readonly (readonly [title: string, text: () => string, says: RegExp])[] = [
    ['an unknown key', () => `${config()}\nallow_everything: true\n`, /allow_everything/],
    ['a dangling name', () => config().replace('targets: ["*"]', 'targets: [no_such]'), /no_such/],
    [
      'a condition that is none',
      () => config({ rules: mayDoAll.replace('{', '{ when: "1 +",') }),
      /condition/,
    ],
    ['no YAML', () => 'listen: [', /./],
  ];

  for (const [title, text, says] of rows) {
    test(`${title}: refused with its place, and the old one stays in force`, async () => {
      const event = await change(text(), 'config.refused');
      assert.ok(event.type === 'config.refused');
      assert.match(event.errors.join('\n'), says);
      assert.match(event.errors[0] ?? '', /^\d+:\d+: /);
      await client.query('UPDATE users SET id = 1');
      await change(config({ more: `# after ${title}` }));
    });
  }
});

test('a changed credential ends the sessions that used the old one', async () => {
  await direct.query(`CREATE ROLE fresh SUPERUSER LOGIN PASSWORD '${server.password}'`);
  const old = await connect(gateway);
  await change(config({ user: 'fresh' }));
  await ended(old);
  const next = await connect(gateway);
  assert.deepEqual(await next.rows('SELECT current_user'), [['fresh']]);
  await next.end();
});

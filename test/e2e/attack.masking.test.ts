import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { plantedColumns, plantedIn, plantedShop } from '../fixtures/planted.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// Ways around a mask that were once open: each of them gave a planted value away.

const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema, execute] }
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(plantedShop);
  await direct.query(`
    CREATE TABLE mine (id int, email text);
    INSERT INTO mine VALUES (1, 'none')`);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: plantedColumns }));
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

const copies: readonly string[] = [
  'UPDATE mine SET email = excluded.email FROM users AS excluded WHERE mine.id = excluded.id',
  `MERGE INTO mine USING users AS excluded ON mine.id = excluded.id
     WHEN MATCHED THEN UPDATE SET email = excluded.email`,
  `WITH w AS (INSERT INTO notes (body) VALUES ('x'))
     UPDATE mine SET email = excluded.email FROM users AS excluded`,
];
for (const sql of copies) {
  test(`a table that calls itself "excluded" is a table like any other: ${sql}`, async () => {
    const client = await connect(gateway);
    const { code } = await refusal(client.query(sql));
    await client.end();
    assert.equal(code, 'undisclosable');
    assert.deepEqual((await direct.query('SELECT email FROM mine')).rows, [{ email: 'none' }]);
  });
}

test('types of a client’s making do not stand between the gateway and the catalog', async () => {
  // With `search_path = public, pg_catalog` a cast to it would cut names: `public` would be `publi`, and not sensitive.
  await direct.query('CREATE DOMAIN public.text AS varchar(5)');
  // Another gateway, which has not read the catalog yet.
  const fresh = await startTestGateway(shopConfig({ port: server.port, rules, more: plantedColumns }));
  try {
    const options = '-c search_path=public,pg_catalog';
    const first = await connect(fresh, {}, { options });
    await first.query('SELECT email FROM users');
    assert.deepEqual(plantedIn(first.text()), []);
    await first.end();
  } finally {
    await fresh.stop();
    await direct.query('DROP DOMAIN public.text');
  }
});

const meanings: readonly string[] = [
  "CREATE DOMAIN mine_too AS text CHECK (VALUE < 'm')",
  "ALTER DOMAIN mine_too ADD CHECK (VALUE NOT LIKE 'a%')",
  'CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.text_lt)',
  'CREATE CAST (text AS int) WITH INOUT AS IMPLICIT',
  'CREATE COLLATION public.loose (provider = icu, locale = $$und$$, deterministic = false)',
];
for (const sql of meanings) {
  test(`SQL keeps its meaning for whom something is hidden: ${sql}`, async () => {
    const client = await connect(gateway);
    const { code } = await refusal(client.query(sql));
    await client.end();
    assert.equal(code, 'undisclosable');
  });
}

const measured: readonly string[] = [
  "EXPLAIN (ANALYZE, SERIALIZE TEXT) SELECT ltrim(email, 'q') FROM users",
  'EXPLAIN ANALYZE SELECT id FROM (SELECT id, email FROM users ORDER BY id OFFSET 0) x',
  'EXPLAIN (ANALYZE, WAL) INSERT INTO users (id, email) SELECT id + 9, email FROM users',
  "SELECT length(repeat('x', 1073741807) || ltrim(email, 'q')) FROM users",
  'SELECT random(1500000000, salary) FROM users',
  'CLUSTER users USING users_email_key',
  'SET enable_seqscan = off',
  "SELECT set_config('work_mem', '64kB', false)",
];
for (const sql of measured) {
  test(`no size, order or error tells of hidden values: ${sql}`, async () => {
    const client = await connect(gateway);
    const { code } = await refusal(client.query(sql));
    await client.end();
    assert.equal(code, 'undisclosable');
  });
}

test('a connection may not begin with settings that steer the planner', async () => {
  await assert.rejects(
    connect(gateway, {}, { options: '-c enable_seqscan=off' }),
    /enable_seqscan may not be set/,
  );
});

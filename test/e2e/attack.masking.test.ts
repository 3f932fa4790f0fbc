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
  const client = await connect(gateway);
  await client.query('CREATE DOMAIN public.text AS varchar(5)');
  await client.end();
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

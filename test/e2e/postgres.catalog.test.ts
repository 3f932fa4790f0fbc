import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';

import { adminUrl, buildShop } from '../../demo/shop.ts';
import { connect } from '../fixtures/clients.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

let server: PostgresServer;
let owner: Client;
let gateway: TestGateway;

before(async () => {
  server = await startPostgres();
  owner = await buildShop(server.url);
  await owner.query('GRANT CREATE ON SCHEMA public TO shop_rw');
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
identity: { local: true }
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: shop, tls: disable }
    credential: { mint: { admin: "${adminUrl(server.port)}", member_of: [shop_rw] } }
sensitive: { orders: { public.customers.email: email } }
rules:
  - { name: migrations, who: { any: true }, targets: [orders], allow: [read, write, schema] }
`);
});
after(async () => {
  await owner?.end();
  await gateway?.stop();
  await server?.stop();
});

// Every new table makes the gateway read the catalog on connections beside the session's, and the minted role may have
// few at once: one that still closes counts.
test('a session that goes on changing the schema has its catalog read each time', async () => {
  const client = await connect(gateway);
  for (let n = 0; n < 40; n++) {
    await client.query(`CREATE TABLE made_${n} (id integer)`);
    await client.query(`INSERT INTO made_${n} VALUES (${n})`);
    assert.deepEqual(await client.rows(`SELECT id FROM made_${n}`), [[n]]);
  }
  await client.end();
});

test('a new name, when it is time to ask whether all is as it was, takes one connection more and not two', async () => {
  const client = await connect(gateway);
  const [[role]] = (await client.rows('SELECT current_user')) as [[string]];
  await owner.query(`ALTER ROLE "${role}" CONNECTION LIMIT 2`);
  const open = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1';
  await until('the session to be all', async () => (await owner.query(open, [role])).rows[0].n === 1);
  // What was read is confirmed when it is a second old.
  await pause(1_050);
  await owner.query('CREATE TABLE meanwhile (id integer); GRANT SELECT ON meanwhile TO shop_rw');
  assert.deepEqual(await client.rows('SELECT id FROM meanwhile'), []);
  await client.end();
});

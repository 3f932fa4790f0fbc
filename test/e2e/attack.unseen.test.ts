import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { plantedColumns, plantedIn, plantedShop } from '../fixtures/planted.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// Functions that run though no statement calls them by name: behind operators, casts, defaults and triggers.

const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema, execute] }
  - { name: readers read, who: { groups: [readers] }, targets: [orders], allow: [read, write] }
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(plantedShop);
  await direct.query(`
    CREATE FUNCTION tell_of(int, int) RETURNS text LANGUAGE sql AS 'SELECT email FROM public.users';
    CREATE OPERATOR @#@ (FUNCTION = tell_of, LEFTARG = int, RIGHTARG = int);
    CREATE VIEW told AS SELECT 1 @#@ 2 AS it;
    CREATE FUNCTION announce() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM pg_notify('changes', row_to_json(NEW)::text); RETURN NEW; END$$;
    CREATE TRIGGER announce AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION announce()`);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: plantedColumns }));
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

test('an operator is the function behind it', async () => {
  for (const sql of ['SELECT 1 @#@ 2', 'SELECT 1 OPERATOR(public.@#@) 2', 'SELECT 1 @#@ ANY (ARRAY[2])']) {
    const client = await connect(gateway, { groups: ['readers'] });
    const { code, uncovered } = await refusal(client.query(sql));
    await client.end();
    assert.equal(code, 'denied', sql);
    assert.deepEqual(uncovered, ['execute.operator public."@#@"'], sql);
  }
  const client = await connect(gateway);
  for (const sql of ['SELECT 1 @#@ 2', 'SELECT * FROM told']) {
    assert.equal((await refusal(client.query(sql))).code, 'undisclosable', sql);
  }
  await client.end();
});

test('what a trigger tells those who listen is withheld from whoever may not see it', async () => {
  const client = await connect(gateway, { groups: ['readers'] });
  const heard: string[] = [];
  client.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await client.query('LISTEN changes');
  await client.query("UPDATE users SET name = 'Eve' WHERE id = 1");
  await until('a notification', () => heard.length > 0);
  assert.deepEqual(plantedIn(client.text()), []);
  await client.end();
});

test('where the server keeps its secrets is more than a read', async () => {
  const plain = await startTestGateway(shopConfig({ port: server.port, rules }));
  try {
    const client = await connect(plain, { groups: ['readers'] });
    const secrets = ['pg_authid', 'pg_shadow', 'pg_user_mapping', 'information_schema._pg_user_mappings'];
    for (const name of secrets) {
      const { code, uncovered } = await refusal(client.query(`SELECT * FROM ${name}`));
      assert.equal(code, 'denied', name);
      assert.match(uncovered.join(), /^access\.secrets /, name);
    }
    await client.query('SELECT rolname FROM pg_roles');
    await client.end();
  } finally {
    await plain.stop();
  }
});

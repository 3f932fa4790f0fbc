import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../../../test/fixtures/postgres-server.ts';
import { under } from '../tree.ts';
import { outputName } from './output-name.ts';

const items = [
  '1',
  '$1::int',
  'now()',
  'lower($1)',
  '1::int8',
  "'a'::text",
  "date '2020-01-01'",
  'a',
  't.a',
  '(t).a',
  'a + 1',
  'a::text',
  'upper(b)::varchar(3)',
  'CASE WHEN true THEN 1 END',
  'CASE WHEN true THEN 1 ELSE a END',
  'CASE WHEN true THEN 1 ELSE 2::int8 END',
  '(CASE WHEN true THEN 1 END)::text',
  'coalesce(a, 1)',
  'coalesce(a, 1)::text',
  'nullif(a, 1)',
  'greatest(a, 1)',
  'least(a, 1)',
  'ARRAY[a]',
  'ARRAY(SELECT 1)',
  'EXISTS (SELECT 1)',
  '(SELECT 1)',
  '(SELECT a)',
  '(SELECT 1 AS x)',
  'ROW(1, 2)',
  'a = 1',
  'a IS NULL',
  'NOT true',
  'true AND false',
  'b COLLATE "C"',
  'extract(year FROM now())',
  'trim(b)',
  "position('x' IN b)",
  'count(*)',
  'c[1]',
  "now() AT TIME ZONE 'utc'",
] as const;

let server: PostgresServer;
let client: Client;
before(async () => {
  await loadModule();
  server = await startPostgres();
  client = new Client(server.url());
  await client.connect();
  await client.query('CREATE TABLE t (a int, b text, c int[])');
});
after(async () => {
  await client?.end();
  await server?.stop();
});

for (const item of items) {
  test(`the name of ${item}`, async () => {
    const sql = `SELECT ${item.replaceAll('$1', "'1'")} FROM t GROUP BY t.*, a, b, c`;
    const [{ stmt } = {}] = parseSync(sql).stmts ?? [];
    const target = under(under(stmt, 'SelectStmt')?.targetList?.[0], 'ResTarget');
    const { fields } = await client.query(sql);
    assert.equal(outputName(target?.val), fields[0]?.name);
  });
}

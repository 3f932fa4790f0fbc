import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import type { LineageCatalog, LineageRelation } from './lineage.ts';
import { lineageOf } from './lineage-of.ts';

const relations = [relation('users', 'public'), relation('orders', 'public'), ...['one', 'two'].map(twin)];

function relation(name: string, schema: string): LineageRelation {
  const origins = name === 'orders' ? [] : [{ resource: `${schema}.${name}.email`, plain: true }];
  return { schema, name, oid: 1, ruleReads: [], columns: [{ name: 'email', typeOid: 25, origins }] };
}

function twin(schema: string): LineageRelation {
  return relation('twins', schema);
}

const catalog: LineageCatalog = {
  relations: (schema, name) =>
    relations.filter((it) => it.name === name && (schema === undefined || it.schema === schema)),
  returnsSet: () => false,
  shadowsType: () => false,
  redefines: () => false,
  readBy: () => [],
};

before(() => loadModule());

/** SQL, and what is named in it without a schema though it must be the one relation. */
const rows: readonly (readonly [sql: string, ...names: string[]])[] = [
  ['SELECT 1 FROM users u, orders, public.users v', 'public.users u'],
  ['UPDATE ONLY users SET email = $1', 'public.users SET'],
  ['DELETE FROM "users" WHERE email IN (TABLE users)', 'public."users"', 'public.users)'],
  ["SELECT 'ö' FROM users", 'public.users'],
  ['COPY users FROM STDIN', 'public.users FR'],
  ['UPDATE one.twins SET email = $1::text', 'pg_catalog.text'],
  ['DELETE FROM one.twins WHERE email = ANY (CAST($1 AS text[]))', 'pg_catalog.text[]'],
  ['DELETE FROM one.twins WHERE email = $1::pg_catalog.text OR email = $2::varchar'],
  ['WITH users AS (SELECT 1) SELECT 1 FROM users'],
  ['WITH users AS (SELECT 1) DELETE FROM users', 'public.users'],
  ['SELECT 1 FROM twins'],
  ['SELECT 1 FROM one.twins'],
];

for (const [sql, ...names] of rows) {
  test(sql, () => {
    const [{ stmt } = {}] = parseSync(sql).stmts ?? [];
    assert.ok(stmt);
    const found = lineageOf(stmt, catalog).unqualified.map(
      ({ at, schema }) => `${schema}.${Buffer.from(sql).subarray(at).toString()}`,
    );
    assert.equal(found.length, names.length);
    for (const [index, name] of names.entries()) assert.equal(found[index]?.startsWith(name), true, name);
  });
}

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { ParseResult } from '@pgsql/types';
import { loadModule, parseSync } from 'libpg-query';
import { analyseTree } from './analyse.ts';
import type { LineageCatalog, LineageColumn, LineageRelation } from './lineage/lineage.ts';
import { lineageOf } from './lineage/lineage-of.ts';
import { normalFormOf } from './normal-form.ts';
import { type Parsed, watch, watchText } from './watch.ts';

before(() => loadModule());

const email: LineageColumn = {
  name: 'email',
  typeOid: 25,
  origins: [{ resource: 'public.users.email', plain: true }],
};
const payload: LineageColumn = {
  name: 'payload',
  typeOid: 3802,
  origins: [{ resource: 'public.users.payload#/phone', pointer: ['phone'], plain: true }],
};
const users: LineageRelation = {
  schema: 'public',
  name: 'users',
  oid: 1,
  ruleReads: [],
  columns: [{ name: 'id', typeOid: 23, origins: [] }, email, payload],
};
const catalog: LineageCatalog = {
  relations: (schema, name) => (name === 'users' && schema !== 'other' ? [users] : []),
  returnsSet: () => false,
  shadowsType: () => false,
  redefines: () => false,
  readBy: () => [],
};

function parsed(text: string): Parsed {
  const form = normalFormOf(text);
  assert.ok(form, `it has no normal form: ${text}`);
  return { text, form, tree: parseSync(text) };
}

/** Which of facts and lineage hold for all texts of its normal form. */
function shared(text: string): string {
  const { tree } = parsed(text);
  const looked = watchText(text, tree, parse);
  if (looked === undefined) return 'nothing';
  analyseTree(tree, text);
  const facts = looked() ? [] : ['facts'];
  lineagesOf(tree);
  const lineage = looked() ? [] : ['lineage'];
  return [...facts, ...lineage].join(' and ') || 'neither';
}

function parse(text: string): ParseResult | undefined {
  try {
    return parseSync(text);
  } catch {
    return undefined;
  }
}

function lineagesOf({ stmts = [] }: ParseResult): unknown[] {
  return stmts.flatMap(({ stmt }) =>
    stmt === undefined ? [] : [lineageOf(stmt, catalog, { tokens: false })],
  );
}

const everything = 'facts and lineage';
const table: readonly (readonly [text: string, what: string])[] = [
  ['SELECT 1', everything],
  ["SELECT id, email FROM users WHERE id = 5 AND email = 'a'", everything],
  ["SELECT * FROM users WHERE email IN ('a', 'b') AND id BETWEEN 1 AND -2", everything],
  ["SELECT upper(email) || 'x' FROM users LIMIT 10 OFFSET 5", everything],
  ["SELECT date '2026-01-01', interval '1' day, 'x'::regclass, 5::text, numeric(4, 2) '1'", everything],
  ["SELECT email::varchar(10) FROM users WHERE id = '5'::int", everything],
  ["INSERT INTO users VALUES (1.5, -0.25, - 12.0, 'a')", everything],
  ['SELECT a[1:2], array[1, 2] FROM users TABLESAMPLE bernoulli (10) REPEATABLE (5)', everything],
  ["SELECT CASE id WHEN 1 THEN 'a' ELSE 'b' END, extract('year' FROM now()) FROM users", everything],
  ["SELECT * FROM users WHERE email LIKE 'a' ESCAPE 'b'", everything],
  ["INSERT INTO users VALUES (1, 'a'), (2, 'b') ON CONFLICT (id) DO UPDATE SET email = 'c'", everything],
  ["UPDATE users SET email = 'a' WHERE id = 5", everything],
  ["UPDATE users SET email = 'a' WHERE id IN (5, '6'::int) AND email <> 'b'", everything],
  ['DELETE FROM users WHERE 1 = 1', everything],
  ["SELECT 1; SELECT email FROM users; SELECT 'a'", everything],
  ['SELECT 1 FROM users ORDER BY email, id', everything],
  ['PREPARE p AS SELECT 1', everything],
  ['COPY (SELECT email FROM users WHERE id = 1) TO STDOUT', everything],
  ["SET TIME ZONE INTERVAL '1' HOUR TO MINUTE", 'lineage'],
  // A look at what a literal says.
  ['SELECT email FROM users ORDER BY 1', 'facts'],
  ['SELECT email, count(1) FROM users GROUP BY 1', 'facts'],
  ['SELECT DISTINCT ON (1) email FROM users', 'facts'],
  ["SELECT payload -> 'phone' FROM users", 'facts'],
  ["SELECT payload #>> '{phone,0}' FROM users", 'facts'],
  ["SELECT jsonb_extract_path(payload, 'a') FROM users", 'facts'],
  ["SELECT to_char(id, '999') FROM users", 'facts'],
  ['SELECT set_config(1.5, 2.5, false)', 'lineage'],
  ["EXECUTE p ('a', 1)", 'facts'],
  ["UPDATE users SET id = 1 WHERE email LIKE 'a%'", 'lineage'],
  ['DELETE FROM users WHERE id BETWEEN 1 AND 5', 'lineage'],
  ["DELETE FROM users WHERE seen < '2026-01-01'", 'lineage'],
  ["DELETE FROM users WHERE seen < now() - interval '90 days'", 'lineage'],
  ["SELECT set_config('search_path', 'a', false)", 'lineage'],
  ["SELECT nextval('a')", 'lineage'],
  ["SELECT setval('a'::regclass, 5)", 'lineage'],
  ["SET search_path = 'a'", 'lineage'],
  ['SET statement_timeout = 5', 'lineage'],
  ["SET LOCAL role = 'a'", 'lineage'],
  ["SET TIME ZONE 'UTC'", 'lineage'],
  // A literal that becomes something else than a constant, or none of its own value and place.
  ['SELECT id::float(24) FROM users', 'nothing'],
  ['SELECT - - 5', 'nothing'],
  ['FETCH 5 FROM c', 'nothing'],
  ["COPY users TO STDOUT DELIMITER ','", 'nothing'],
  ["COPY users FROM STDIN (FORMAT 'csv')", 'nothing'],
  ["COPY users TO 'a'", 'nothing'],
  ["EXPLAIN (FORMAT 'json') SELECT 1", 'nothing'],
  ['EXPLAIN (ANALYZE 0) SELECT 1', 'nothing'],
  ["DO 'BEGIN END'", 'nothing'],
  ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'nothing'],
  ["NOTIFY c, 'a'", 'nothing'],
  ["LOAD 'a'", 'nothing'],
  ["PREPARE TRANSACTION 'a'", 'nothing'],
  ["ALTER ROLE a PASSWORD 'a'", 'nothing'],
  ["COMMENT ON TABLE users IS 'a'", 'nothing'],
  ['CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (START 5))', 'nothing'],
  ["CREATE TYPE t AS ENUM ('a')", 'nothing'],
  ['ALTER SEQUENCE s RESTART 5', 'nothing'],
  ['CREATE TABLE t PARTITION OF p FOR VALUES WITH (MODULUS 4, REMAINDER 1)', 'nothing'],
];
for (const [text, what] of table) test(`${what} shared: ${text}`, () => assert.equal(shared(text), what));

test('a tree that cannot be shared stays as it was', () => {
  const text = "SELECT 'a', 1::float(24) FROM users";
  const own = parsed(text);
  assert.equal(watch(own, parsed("SELECT 'b', 1::float(25) FROM users")), undefined);
  assert.deepEqual(own.tree, parseSync(text));
});

test('each literal is a constant, and the trees differ elsewhere: nothing is shared', () => {
  const trees = [
    'SELECT 2 FROM people',
    'SELECT ALL 2, 2 FROM users',
    'SELECT 2 FROM  users',
    'SELECT 2 FROM users u',
  ];
  for (const tree of trees) {
    const other = { ...parsed('SELECT 2 FROM users'), tree: parseSync(tree) };
    assert.equal(watch(parsed('SELECT 1 FROM users'), other), undefined, tree);
  }
});

test('any look is noted, whoever takes it', () => {
  const looks: readonly ((tree: ParseResult) => unknown)[] = [
    (tree) => JSON.stringify(tree),
    (tree) => structuredClone(tree),
    (tree) => everyValue(tree),
  ];
  for (const look of looks) {
    const own = parsed('SELECT 1 FROM users');
    const looked = watch(own, parsed('SELECT 2 FROM users'));
    assert.equal(looked?.(), false);
    look(own.tree);
    assert.equal(looked?.(), true);
    assert.equal(looked?.(), false, 'from then on');
  }
});

test('the trees of texts that differ in more than their literals are not alike', () => {
  const pairs: readonly (readonly [string, string])[] = [
    ['SELECT 1 FROM users', 'SELECT 2 FROM people'],
    ['SELECT 1, 2', 'SELECT 2'],
    ["SELECT 1, 'a'", "SELECT 'a', 1"],
    ['SELECT 1 AS a', 'SELECT 2 AS b'],
    ['SELECT 1 FROM users', 'SELECT 2  FROM users'],
    ['SELECT 5, 6', 'SELECT 5, - 6'],
  ];
  for (const [one, other] of pairs)
    assert.equal(watch(parsed(one), parsed(other)), undefined, `${one} | ${other}`);
});

test('places are gone, but for those of relations', () => {
  const own = parsed("SELECT lower(email) FROM users WHERE id = 5 AND email IN ('a', 'b')");
  assert.ok(watch(own, parsed("SELECT lower(email) FROM users WHERE id = 66 AND email IN ('', 'c')")));
  const places: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'number' && /location|_start|_end/.test(path)) places.push(path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
  };
  visit(own.tree, '');
  assert.equal(places.length, 1);
  assert.match(places[0] ?? '', /RangeVar\.location$/);
});

function everyValue(value: unknown): void {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) everyValue(one);
}

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { analyseTree, type FunctionCall } from './analyse.ts';
import type { Catalog, CatalogFunction, CatalogRelation, Volatility } from './catalog.ts';
import { effectsOf } from './effects.ts';

before(loadModule);

const relations: readonly CatalogRelation[] = [
  { schema: 'shop', name: 'orders', oid: 1, kind: 'table' },
  { schema: 'archive', name: 'orders', oid: 2, kind: 'table' },
  { schema: 'shop', name: 'users', oid: 3, kind: 'table' },
  { schema: 'pg_catalog', name: 'pg_class', oid: 4, kind: 'table' },
  { schema: 'pg_temp_3', name: 'users', oid: 5, kind: 'table' },
  { schema: 'shop', name: 'watched', oid: 6, kind: 'view' },
  { schema: 'shop', name: 'kept', oid: 7, kind: 'matview' },
];
const builtins = new Map<string, Volatility>([
  ['lower', 'immutable'],
  ['now', 'stable'],
  ['random', 'volatile'],
  ['pg_sleep', 'volatile'],
  ['new_in_19', 'volatile'],
  ['pg_read_file', 'volatile'],
  ['set_config', 'volatile'],
]);
const routines: readonly CatalogFunction[] = [
  { schema: 'shop', name: 'refund', volatility: 'volatile', trusted: false, unary: true },
  { schema: 'shop', name: 'total', volatility: 'immutable', trusted: false, unary: true },
  { schema: 'shop', name: 'add_two', volatility: 'immutable', trusted: false, unary: false },
  { schema: 'evil', name: 'lower', volatility: 'immutable', trusted: false, unary: true },
  { schema: 'public', name: 'similarity', volatility: 'immutable', trusted: true, unary: false },
  { schema: 'public', name: 'crosstab', volatility: 'stable', trusted: false, unary: true },
];
const unseen: readonly FunctionCall[] = [
  { schema: 'shop', name: 'refund' },
  { schema: 'pg_catalog', name: 'nextval' },
  { schema: 'pg_catalog', name: 'now' },
  { schema: 'shop', name: 'checked', type: true },
];
const catalog: Catalog = {
  relationsNamed: (name) => relations.filter((relation) => relation.name === name),
  relation: (schema, name) => relations.find((it) => it.schema === schema && it.name === name),
  builtin: (name) => builtins.get(name),
  userFunctions: (name) => routines.filter((routine) => routine.name === name),
  runBy: (schema, name) => (schema === 'shop' && ['watched', 'kept'].includes(name) ? unseen : []),
  typesThatRun: (name) => (name === 'checked' ? ['shop'] : []),
};

const ran = 'execute.function shop.refund, execute.type shop.checked';

/** Effects on this catalog, but for the `read.select` of having no table. */
const table: readonly (readonly [sql: string, effects: string])[] = [
  ['SELECT * FROM orders', 'read.select archive.orders, read.select shop.orders'],
  ['SELECT * FROM shop.orders', 'read.select shop.orders'],
  ['DELETE FROM users WHERE id = 1', 'write.delete pg_temp_3.users, write.delete shop.users'],
  ['SELECT * FROM brand_new', 'read.select public.brand_new'],
  ['SELECT * FROM pg_class', 'read.select pg_catalog.pg_class'],
  ['SELECT now()', ''],
  ['SELECT random()', ''],
  ['SELECT pg_sleep(1)', 'execute.pg_sleep pg_catalog.pg_sleep'],
  ['SELECT new_in_19()', 'execute.new_in_19 pg_catalog.new_in_19'],
  ['SELECT gone()', 'execute.function public.gone'],
  ['SELECT pg_catalog.gone()', 'execute.function pg_catalog.gone'],
  ['SELECT information_schema._pg_truetypid(a, b) FROM shop.users', 'read.select shop.users'],
  ['SELECT refund(1)', 'execute.function shop.refund'],
  ['SELECT shop.refund(1)', 'execute.function shop.refund'],
  ['SELECT other.refund(1)', 'execute.function other.refund'],
  ["SELECT lower('A')", 'execute.function evil.lower'],
  ["SELECT pg_catalog.lower('A')", ''],
  ["SELECT evil.lower('A')", 'execute.function evil.lower'],
  ["SELECT similarity('a', 'b'), public.similarity('a', 'b')", ''],
  [
    "SELECT crosstab('SELECT * FROM secret')",
    'execute.crosstab pg_catalog.crosstab, execute.function public.crosstab',
  ],
  ['CALL refund(1)', 'execute.call shop.refund'],
  ['CALL gone(1)', 'execute.call public.gone'],
  // Attribute notation: a field, unless there is a function of that name.
  ['SELECT u.email FROM shop.users u', 'read.select shop.users'],
  ['SELECT u.total FROM shop.users u', 'execute.function shop.total, read.select shop.users'],
  ['SELECT total FROM shop.users', 'read.select shop.users'],
  ['SELECT u.add_two FROM shop.users u', 'read.select shop.users'],
  ['SELECT (u).refund FROM shop.users u', 'execute.function shop.refund, read.select shop.users'],
  ["SELECT ('x'::text).pg_read_file", 'execute.pg_read_file pg_catalog.pg_read_file'],
  ['SELECT (1.5::float8).pg_sleep', 'execute.pg_sleep pg_catalog.pg_sleep'],
  ['SELECT u.lo_amount, u.pg_sleep_s FROM shop.users u', 'read.select shop.users'],
  ['SELECT u.* FROM shop.users u', 'read.select shop.users'],
  // What a view runs, whoever reads it or writes through it.
  ['SELECT * FROM watched', `${ran}, read.select shop.watched, write.nextval`],
  ['COPY shop.watched TO STDOUT', `${ran}, read.copy_to shop.watched, write.nextval`],
  ['UPDATE watched SET a = 1', `${ran}, write.nextval, write.update shop.watched`],
  ['DROP VIEW watched', 'schema.drop shop.watched'],
  ['SELECT * FROM kept', 'read.select shop.kept'],
  ['REFRESH MATERIALIZED VIEW kept', `${ran}, schema.refresh shop.kept, write.nextval`],
  // Types whose checks or casts run something.
  ["SELECT 'x'::checked, CAST('x' AS shop.checked[])", 'execute.type shop.checked'],
  ["SELECT 'x'::other.checked, 'x'::text", ''],
  ["SELECT shop.checked 'x'", 'execute.type shop.checked'],
  [
    "SELECT * FROM json_to_record('{}') AS t (a checked)",
    'execute.function public.json_to_record, execute.type shop.checked',
  ],
  ['SELECT (u.name).checked FROM shop.users u', 'execute.type shop.checked, read.select shop.users'],
  ['PREPARE p (checked) AS SELECT $1', 'execute.type shop.checked'],
  [
    'CREATE TRIGGER g BEFORE INSERT ON shop.users EXECUTE FUNCTION refund()',
    'execute.function shop.refund, schema.create shop.users',
  ],
];

test('names and calls mean what the catalog says', () => {
  for (const [sql, expected] of table) {
    const found = analyseTree(parseSync(sql), sql).statements.flatMap((facts) => effectsOf(facts, catalog));
    const words = found.map(({ kind, action, resource }) => `${kind}.${action} ${resource}`.trim());
    assert.equal(
      words
        .filter((word) => word !== 'read.select')
        .sort()
        .join(', '),
      expected,
      sql,
    );
  }
});

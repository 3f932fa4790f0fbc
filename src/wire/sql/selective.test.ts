import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { analyseTree } from './analyse.ts';

before(loadModule);

function unbounded(sql: string): boolean {
  return analyseTree(parseSync(sql), sql).statements.some((statement) => statement.unbounded);
}

/** What stands behind `DELETE FROM t WHERE`. */
const keepsNothing = [
  'true',
  '1 = 1',
  "'a' = 'a'",
  'id = id',
  't.id = t.id',
  '(id) = (id)',
  'id = id + 0',
  'id = abs(id)',
  'EXISTS (SELECT 1)',
  'EXISTS (SELECT 1 FROM u WHERE u.k = 1)',
  'id IS NOT NULL',
  'id IS NULL OR id IS NOT NULL',
  'true OR id = 3',
  'id = 3 OR true',
  'id = 3 OR id IS NOT NULL',
  'NOT false',
  'NOT (id = 3)',
  'id <> 3',
  'id != 3',
  'id NOT IN (3)',
  'id IN (SELECT id FROM t)',
  'id = ANY (SELECT id FROM t)',
  'id = ANY (ARRAY(SELECT id FROM t))',
  'id = (SELECT t.id)',
  'id IN (SELECT t.id FROM u WHERE u.k = 1)',
  'id IN (SELECT id FROM u WHERE u.k = 1)', // `id` may be t's own
  'id IN (SELECT id FROM t WHERE true)',
  'id IN (SELECT id FROM t WHERE k = 1 UNION SELECT id FROM t)',
  'id IN (SELECT t.id FROM t, u WHERE u.k = 1)',
  'id IN (SELECT t.id FROM t LEFT JOIN u ON t.id = u.id AND u.k = 1)',
  'id = ALL (ARRAY[]::int[])',
  'id <> ALL (ARRAY[3])',
  'id > 0',
  'id >= $1',
  'id < 1000000000',
  "name >= ''",
  "created < 'infinity'",
  'created < now()',
  'id BETWEEN 0 AND 1000000000',
  'id BETWEEN $1 AND $2',
  'id NOT BETWEEN 1 AND 2',
  "name LIKE '%'",
  "name LIKE '_%'",
  'name LIKE $1',
  "name NOT LIKE 'a%'",
  "name ~ '.*'",
  "name ILIKE 'a%'",
  'id = NULL',
  'active = true',
  'active',
  "tableoid = 't'::regclass",
  'coalesce(id, 1) = 1',
  'id * 0 = 0',
  '(id > 0)::int = 1',
  'id::boolean = $1',
  'id = 3 AND true OR true',
  'random() < 2',
  '$1',
  'f(id)',
  'other.id = 3',
];

const keepsFew = [
  'id = 3',
  '3 = id',
  't.id = $1',
  'public.t.id = 3',
  "id = '3'::int",
  "id::text = '3'",
  "lower(name) = 'x'",
  'id = 3 AND true',
  'id IS NOT NULL AND id = 3',
  'id = 3 OR id = 4',
  '(id = 3 AND a) OR (id = 4 AND b)',
  'id IN (1, 2, 3)',
  'id IN ($1, $2)',
  'id = ANY ($1)',
  "id = ANY ('{1,2}')",
  'id = ANY (ARRAY[1, 2])',
  'id IS NOT DISTINCT FROM 3',
  '(a, b) = (1, 2)',
  '(a, b) IN ((1, 2), (3, 4))',
  'id BETWEEN 1 AND 20',
  "created BETWEEN '2024-01-01' AND '2024-02-01'",
  "created < '2020-01-01'",
  "created < '2020-01-01'::timestamptz",
  "created < now() - interval '90 days'",
  "created < current_date - interval '90 days'",
  "name LIKE 'ab%'",
  'id IN (SELECT id FROM t WHERE k = 1)',
  'id IN (SELECT t_id FROM u WHERE k = 1)',
  'id IN (SELECT u.t_id FROM u JOIN v ON u.id = v.id WHERE v.k = 1)',
  'id = (SELECT t_id FROM u WHERE u.k = $1)',
  'id IN (VALUES (1), (2))',
  'id IN (SELECT 1)',
  'CURRENT OF c',
];

const statements: readonly (readonly [sql: string, unbounded: boolean])[] = [
  ['DELETE FROM t', true],
  ['UPDATE t SET a = 1', true],
  ['TRUNCATE t', true],
  ['INSERT INTO t SELECT * FROM t', false],
  ['SELECT * FROM t', false],
  ['WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d', true],
  ['WITH d AS (DELETE FROM t WHERE id = 1 RETURNING *) SELECT * FROM d', false],
  ['EXPLAIN DELETE FROM t', false],
  ['EXPLAIN ANALYZE DELETE FROM t', true],
  ['PREPARE p AS DELETE FROM t', true],
  ['COPY (DELETE FROM t RETURNING *) TO STDOUT', true],
  ['DELETE FROM t AS x WHERE x.id = 1', false],
  ['DELETE FROM t AS x WHERE t.id = 1', true],
  ['DELETE FROM t USING u WHERE u.id = 1', true],
  ['DELETE FROM t USING u WHERE id = 1', true],
  ['DELETE FROM t USING u WHERE t.id = u.id', true],
  ['DELETE FROM t USING u WHERE t.id = u.id AND u.k = 1', false],
  ['DELETE FROM t USING u JOIN v ON u.id = v.id WHERE t.id = u.id AND v.k = 1', false],
  ['DELETE FROM t USING u LEFT JOIN v ON v.k = 1 WHERE t.id = u.id', true],
  ['UPDATE t SET a = v.a FROM (VALUES (1, 2)) AS v (id, a) WHERE t.id = v.id', false],
  ['UPDATE t SET a = v.a FROM unnest($1::int[], $2::int[]) AS v (id, a) WHERE t.id = v.id', false],
  ['UPDATE t SET a = v.a FROM (SELECT * FROM u) AS v WHERE t.id = v.id', true],
  ['UPDATE t SET a = v.a FROM generate_series(1, 1000000) AS v (id) WHERE t.id = v.id', true],
  ['MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE', true],
  ['MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET a = 1', true],
  ['MERGE INTO t USING s ON t.id = 3 WHEN MATCHED THEN DELETE', false],
  ['MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND t.id = 3 THEN DELETE', false],
  ['MERGE INTO t USING (VALUES (1)) AS s (id) ON t.id = s.id WHEN MATCHED THEN DELETE', false],
  ['MERGE INTO t USING (VALUES (1)) AS s (id) ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE', true],
  ['MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (1)', false],
  ['INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1', false],
];

test('a WHERE that keeps nothing back leaves it unbounded', () => {
  for (const where of keepsNothing) {
    assert.equal(unbounded(`DELETE FROM t WHERE ${where}`), true, where);
    assert.equal(unbounded(`UPDATE t SET a = 1 WHERE ${where}`), true, where);
  }
});

test('a WHERE that compares a column with something else bounds it', () => {
  for (const where of keepsFew) assert.equal(unbounded(`DELETE FROM t WHERE ${where}`), false, where);
});

test('statements that are unbounded, and not', () => {
  for (const [sql, expected] of statements) assert.equal(unbounded(sql), expected, sql);
});

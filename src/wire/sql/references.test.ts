import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { type References, references } from './references.ts';

function referencesOf(sql: string): References {
  const stmt = parseSync(sql).stmts?.[0]?.stmt;
  assert.ok(stmt !== undefined);
  return references(stmt);
}

/** `output u.email; equality id` */
function mentions({ columns }: References): string {
  return columns.map(({ place, path }) => `${place} ${path.join('.')}`).join('; ');
}

function relations({ ranges }: References): string {
  return ranges
    .flatMap(({ relation }) => (relation === undefined ? [] : [[relation.schema, relation.name].join('.')]))
    .map((name) => name.replace(/^\./, ''))
    .join(' ');
}

describe('references', () => {
  before(loadModule);

  const places: [string, string][] = [
    ['SELECT a, u.b, *, u.* FROM u', 'output a; output u.b; output *; output u.*'],
    ['SELECT a + 1, (b)::text, (c).d FROM u', 'expression a; expression b; expression c'],
    ["SELECT 1 FROM u WHERE a = 'x' AND (b IN (1, $1) OR c = ANY($2))", 'equality a; equality b; equality c'],
    ['SELECT 1 FROM u WHERE NOT a = 1', 'expression a'],
    ['SELECT 1 FROM u WHERE a = b', 'join a; join b'],
    ['SELECT 1 FROM u WHERE a LIKE $1 OR lower(b) ~ $2', 'pattern a; pattern b'],
    ['SELECT 1 FROM u WHERE a < 1 AND b BETWEEN 1 AND c', 'range a; range b; range c'],
    ['SELECT a FROM u ORDER BY 1', 'output a; order a'],
    ['SELECT a AS x FROM u ORDER BY x', 'output a; order a; order x'],
    ['SELECT *, a FROM u ORDER BY 2', 'output *; output a; order *; order a'],
    ['SELECT DISTINCT a FROM u', 'output a; group a'],
    ['SELECT 1 FROM u GROUP BY ROLLUP (a, b)', 'group a; group b'],
    ['SELECT 1 FROM u JOIN o ON u.a = o.a', 'join u.a; join o.a'],
    ['SELECT (SELECT a FROM u)', 'carried a'],
    ['SELECT a FROM u UNION SELECT b FROM o', 'carried a; carried b'],
    ['SELECT 1 WHERE EXISTS (SELECT * FROM u)', 'exists *'],
    ['INSERT INTO u (a) SELECT b FROM o RETURNING c', 'write a; copy b; output c'],
    ['UPDATE u SET a = b WHERE c = 1', 'write a; copy b; equality c'],
    [
      'INSERT INTO u (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a',
      'write a; equality a; write a',
    ],
    ['COPY u (a) TO STDOUT', 'copy a'],
    ['COPY u FROM STDIN', 'write *'],
    ['EXPLAIN SELECT a FROM u', 'output a'],
    ['DECLARE c CURSOR FOR SELECT a FROM u', 'output a'],
    ['CREATE TABLE t AS SELECT a FROM u', 'copy a'],
    ['CREATE VIEW t AS SELECT a FROM u', 'carried a'],
    ['SELECT a, a, a FROM u', 'output a'],
  ];
  for (const [sql, expected] of places) {
    it(`${sql} → ${expected}`, () => assert.equal(mentions(referencesOf(sql)), expected));
  }

  const named: [string, string][] = [
    ['SELECT 1 FROM a, s.b x JOIN "C D" ON true', 'a s.b C D'],
    ['WITH a AS (SELECT 1 FROM a) SELECT 1 FROM a', 'a'],
    ['WITH RECURSIVE a AS (SELECT 1 FROM a) SELECT 1 FROM a', ''],
    ['WITH a AS (SELECT 1) SELECT 1 FROM s.a', 's.a'],
    ['SELECT 1 FROM (WITH a AS (SELECT 1) SELECT 1 FROM a) x, a', 'a'],
    ['WITH a AS (SELECT 1) DELETE FROM a', 'a'],
    ['SELECT 1 FROM a FOR UPDATE OF a', 'a'],
    ['TRUNCATE a, b', 'a b'],
    ['CREATE TABLE t (x int REFERENCES a)', 'a'],
  ];
  for (const [sql, expected] of named) {
    it(`${sql} names ${expected || 'no relation'}`, () =>
      assert.equal(relations(referencesOf(sql)), expected));
  }

  it('is plain data', () => {
    const found = referencesOf('SELECT u.*, o.a FROM (u CROSS JOIN o) j(x) NATURAL JOIN p');
    assert.deepEqual(structuredClone(found), found);
  });
});

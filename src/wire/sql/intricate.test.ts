import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { analyseTree } from './analyse.ts';
import { IntricateError } from './intricate.ts';

before(() => loadModule());

const list = (count: number, one: (index: number) => string, separator = ','): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(separator);

/** The same shape with as many things as a text may name, and with too many. */
const rows: readonly [what: string, text: (count: number) => string, within: number, beyond: number][] = [
  ['relations', (count) => `SELECT 1 FROM ${list(count, (i) => `t${i}`)}`, 5_000, 5_001],
  ['functions', (count) => `SELECT ${list(count, (i) => `f${i}()`)}`, 5_000, 5_001],
  ['CTEs', (count) => `WITH ${list(count, (i) => `a${i} AS (SELECT 1)`)} SELECT 1`, 1_000, 1_001],
  ['several statements', (count) => list(count, (i) => `SELECT f${i}(), g${i}()`, ';'), 2_500, 2_501],
];

for (const [what, text, within, beyond] of rows) {
  test(`${what}: ${within} are understood, ${beyond} are too many`, () => {
    const analyse = (sql: string) => analyseTree(parseSync(sql), sql);
    assert.ok(analyse(text(within)).statements.length > 0);
    assert.throws(() => analyse(text(beyond)), IntricateError);
  });
}

test('a query in a WITH sees those before it, and itself only where it is recursive', () => {
  const reads = (sql: string) =>
    analyseTree(parseSync(sql), sql).statements[0]?.effects.map(
      (effect) => 'relation' in effect && effect.relation,
    );
  const t = { name: 't' };
  assert.deepEqual(reads('WITH t AS (SELECT * FROM t), u AS (SELECT * FROM t) SELECT * FROM u'), [t]);
  assert.deepEqual(reads('WITH u AS (SELECT * FROM t), t AS (SELECT 1) SELECT * FROM u, t'), [t]);
  assert.deepEqual(reads('WITH RECURSIVE u AS (SELECT * FROM t), t AS (SELECT 1) SELECT * FROM u, t'), [
    false,
  ]);
});

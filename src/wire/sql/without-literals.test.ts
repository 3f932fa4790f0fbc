import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { withoutLiterals } from './without-literals.ts';

const rows: readonly [text: string, shown: string][] = [
  ["UPDATE users SET email = 'a@b.c' WHERE id = 7", 'UPDATE users SET email = ? WHERE id = ?'],
  ["SELECT 'it''s' || 'two'", 'SELECT ? || ?'],
  ["SELECT E'a\\'secret' , b FROM t", 'SELECT E?'],
  ["SELECT 'a\\' , secret FROM t", 'SELECT ?'],
  ["SELECT 'c:\\path' , b FROM t", 'SELECT ? , b FROM t'],
  ["SELECT U&'d\\0061t', B'01', X'ff', N'x'", 'SELECT U&?, B?, X?, N?'],
  ['SELECT $$secret$$, $tag$se$$cret$tag$, $1', 'SELECT ?, ?, $1'],
  ['SELECT $$never ended', 'SELECT ?'],
  ["SELECT 'never ended", 'SELECT ?'],
  ['SELECT 1.5e-10, .5, 0xFF, 1_000, -3, a1, users2.b_3', 'SELECT ?, ?, ?, ?, -?, a1, users2.b_3'],
  ['SELECT 1 -- secret\n, b /* secret /* nested */ secret */ FROM t', 'SELECT ? , b FROM t'],
  ['SELECT a-1, a/b, a - b', 'SELECT a-?, a/b, a - b'],
  ['SELECT a /* never ended', 'SELECT a'],
  ['SELECT x AS "Odd Case", y AS "4111 1111 1111 1111"', 'SELECT x AS "Odd Case", y AS "?"'],
  ['SELECT x AS "pw=hunter2;"', 'SELECT x AS "?"'],
  ['SELECT "never ended', 'SELECT "?"'],
  ["CREATE ROLE r PASSWORD 'pw'", 'CREATE ROLE r PASSWORD ?'],
  ["SELECT größe FROM übung WHERE 名 = '値'", 'SELECT größe FROM übung WHERE 名 = ?'],
  ["SELECT a::text, b[3], c->'k', d @> '{}'", 'SELECT a::text, b[?], c->?, d @> ?'],
  ['', ''],
];
for (const [text, shown] of rows) {
  test(`${JSON.stringify(text)} is shown without values`, () => assert.equal(withoutLiterals(text), shown));
}

test('no value in quotes, in dollars or in digits is left, whatever stands in it', () => {
  const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(value, value, (one, two) => {
      const quoted = `'planted${one.replaceAll("'", "''").replaceAll('\\', '')}'`;
      const dollared = `$q$planted${two.replaceAll('$', '')}$q$`;
      const shown = withoutLiterals(`SELECT ${quoted}, b FROM t WHERE c = ${dollared} AND d = 815`);
      assert.equal(shown, 'SELECT ?, b FROM t WHERE c = ? AND d = ?');
    }),
  );
});

test('any text is cut without an error, and in time of its length', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void withoutLiterals(text)));
  for (const part of ['/*', '$a', "'", '"', '1e', '--\n', '$$', '-', '(((('])
    withoutLiterals(part.repeat(50_000));
});

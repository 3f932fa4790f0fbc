import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { withParameters } from './token-parameters.ts';
import type { PlacedLiteral } from './token-parameters.ts';

before(() => loadModule());

/** Every string constant that begins with `tok`, where PostgreSQL's own parser finds it. */
function literalsOf(value: unknown): PlacedLiteral[] {
  if (typeof value !== 'object' || value === null) return [];
  const constant = (value as { A_Const?: { sval?: { sval?: string }; location?: number } }).A_Const;
  const text = constant?.sval?.sval;
  if (text?.startsWith('tok')) return [{ at: constant?.location ?? 0, value: text }];
  return Object.values(value).flatMap(literalsOf);
}

const rewritten: readonly (readonly [text: string, sent: string])[] = [
  ["SELECT 1 WHERE a = 'tok'", 'SELECT 1 WHERE a =  $8 '],
  ["SELECT 1 WHERE a='tok'AND b = 'x'", "SELECT 1 WHERE a= $8 AND b = 'x'"],
  ["SELECT 1 WHERE a = E'tok' OR e'tok2' = a", 'SELECT 1 WHERE a =  $8  OR  $9  = a'],
  ["SELECT 'ö' WHERE 'ü' = ö AND a IN ('tok', 'tok2')", "SELECT 'ö' WHERE 'ü' = ö AND a IN ( $8 ,  $9 )"],
  ["SELECT 1 WHERE a = 'tok'::text", 'SELECT 1 WHERE a =  $8 ::text'],
  ["SELECT 1 WHERE a = 'tok' -- 'tok'", "SELECT 1 WHERE a =  $8  -- 'tok'"],
  ["SELECT 1 WHERE a = CAST('tok' AS text)", 'SELECT 1 WHERE a = CAST( $8  AS text)'],
  ["SELECT 1 WHERE a IS DISTINCT FROM 'tok'", 'SELECT 1 WHERE a IS DISTINCT FROM  $8 '],
  ["SELECT 1 WHERE a = /* it is */'tok'", "SELECT 1 WHERE a = /* it is */'tok'"],
  ["INSERT INTO t VALUES ('tok'), ($$tok$$)", "INSERT INTO t VALUES ('tok'), ($$tok$$)"],
  ["SELECT 1 WHERE a = text 'tok'", "SELECT 1 WHERE a = text 'tok'"],
  ['SELECT 1 WHERE a = "my type" \'tok\'', 'SELECT 1 WHERE a = "my type" \'tok\''],
  ["SELECT 1 WHERE a = varchar(3) 'tok'", "SELECT 1 WHERE a = varchar(3) 'tok'"],
  ["SELECT 1 WHERE a = U&'tok'", "SELECT 1 WHERE a = U&'tok'"],
  ["SELECT 1 WHERE a = 'to\\u006b'", "SELECT 1 WHERE a = 'to\\u006b'"],
  ["SELECT 1 WHERE a = E'to\\u006b'", "SELECT 1 WHERE a = E'to\\u006b'"],
  ["SELECT 1 WHERE a = 'tok''s'", "SELECT 1 WHERE a = 'tok''s'"],
  ["SELECT 1 WHERE a = 'tok'\n'en'", "SELECT 1 WHERE a = 'tok'\n'en'"],
];

describe('literals into parameters', () => {
  for (const [text, sent] of rewritten) {
    test(text, () => {
      const found = withParameters(text, literalsOf(parseSync(text)), 8, []);
      assert.equal(found ?? text, sent);
      parseSync(sent);
    });
  }
});

test('names get their schemas', () => {
  const text = `SELECT 'ö' FROM users u WHERE u.a = 'tok' AND EXISTS (TABLE "Odd")`;
  const at = (name: string): number => Buffer.from(text).indexOf(name);
  const unqualified = [
    { at: at('"Odd"'), schema: 'My "own"' },
    { at: at('users'), schema: 'public' },
  ];
  assert.equal(
    withParameters(text, literalsOf(parseSync(text)), 1, unqualified),
    `SELECT 'ö' FROM public.users u WHERE u.a =  $1  AND EXISTS (TABLE "My ""own"""."Odd")`,
  );
});

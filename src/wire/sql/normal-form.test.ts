import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { loadModule, scanSync } from 'libpg-query';
import type { ScanToken } from 'libpg-query';
import { type Literal, normalFormOf, placeInText, placesInForm, sibling, valueOf } from './normal-form.ts';

before(() => loadModule());

const formed: readonly (readonly [text: string, form: string])[] = [
  ['SELECT 1', 'SELECT 0'],
  ["SELECT * FROM t1 WHERE a2 = 'x' AND b_3 = 44", "SELECT * FROM t1 WHERE a2 = '' AND b_3 = 0"],
  ["SELECT ''''", "SELECT ''"],
  ["SELECT 'it''s', ''", "SELECT '', ''"],
  ["SELECT '1; DROP TABLE t'", "SELECT ''"],
  ['SELECT a-1, -1, (2)', 'SELECT a-0, -0, (0)'],
  ["SELECT interval '1' day", "SELECT interval '' day"],
  ["SELECT date '2026-01-01'", "SELECT date ''"],
  ["SELECT 'x'::regclass", "SELECT ''::regclass"],
  ["SELECT\n\t'a line\nand another'", "SELECT\n\t''"],
  ['SELECT 007, 999999999', 'SELECT 0, 0'],
  ['SELECT a FROM t LIMIT 10', 'SELECT a FROM t LIMIT 0'],
  ['SELECT 1.5, -0.25, (12.0)', 'SELECT 0.0, -0.0, (0.0)'],
  ['SELECT "a" FROM "b" WHERE "c" = 1', 'SELECT "a" FROM "b" WHERE "c" = 0'],
  [`SELECT "it's", "1", "a""b'" FROM t WHERE a = '"'`, `SELECT "it's", "1", "a""b'" FROM t WHERE a = ''`],
  ['SELECT "--", "/*", "$1", 5', 'SELECT "--", "/*", "$1", 0'],
  [`INSERT INTO t VALUES ('{"a": "$1 -- /* u&"}')`, "INSERT INTO t VALUES ('')"],
];
for (const [text, form] of formed) {
  test(`normal form: ${text}`, () => {
    const found = normalFormOf(text);
    assert.equal(found?.text, form);
    assert.equal(normalFormOf(form)?.text, form, 'it is its own normal form');
  });
}

const formless: readonly (readonly [why: string, text: string])[] = [
  ['no literal', 'SELECT a FROM b'],
  ['a backslash', String.raw`SELECT 'a\'`],
  ['an escape string', "SELECT E'a'"],
  ['a national string', "SELECT N'a'"],
  ['a bit string', "SELECT B'1'"],
  ['a hexadecimal string', "SELECT x'1f'"],
  ['a Unicode string', "SELECT U&'d!0061' UESCAPE '!'"],
  ['a Unicode name', 'SELECT u&"a", 1'],
  ['a word right before a quote', "SELECT _'a'"],
  ['a digit right before a quote', "SELECT 1'a'"],
  ['a word right behind a quote', "SELECT 'a'AND 1"],
  ['a digit right behind a quote', "SELECT 'a'1"],
  ['a quote that nothing closes', "SELECT 1, 'a"],
  ['a quote that nothing closes, before a number', "SELECT ' , 1"],
  ['an odd number of quotes', "SELECT 'a''"],
  ['strings over two lines, which are one', "SELECT 'a'\n'b'"],
  ['strings on one line', "SELECT 'a' 'b'"],
  ['strings with nothing but a tab and a line feed between', "SELECT 'a'\t\n'b'"],
  ['a name in quotes right before a string', `SELECT "a"'b'`],
  ['a string right before a name in quotes', `SELECT 'b'"a"`],
  ['a name in quotes right before a number', 'SELECT "a"1'],
  ['a double quote that nothing closes', 'SELECT 1, "a'],
  ['a double quote that nothing closes, before a string', `SELECT " , 'a'`],
  ['a dollar in a name', 'SELECT a$b, 1'],
  ['a dollar quote', 'SELECT $$a$$, 1'],
  ['a parameter', 'SELECT $1, 1'],
  ['a comment to the end of the line', "SELECT 1 -- 'a"],
  ['a comment', "SELECT 1 /* ' */"],
  ['two signs in a row, which are a comment', 'SELECT 1--1'],
  ['a character beyond ASCII', "SELECT 'ä'"],
  ['a control character', 'SELECT 1\x01'],
  ['a carriage return', 'SELECT 1\r\n'],
  ['a NUL', 'SELECT 1\0'],
  ['a fraction without a zero', 'SELECT .5'],
  ['a number with a dot behind it', 'SELECT 5.'],
  ['an exponent', 'SELECT 1e5'],
  ['a fraction with an exponent', 'SELECT 1.5e5'],
  ['a fraction in groups', 'SELECT 1_0.5_0'],
  ['three numbers with dots', 'SELECT 1.2.3'],
  ['a fraction and a word in one', 'SELECT 1.5a'],
  ['a hexadecimal number', 'SELECT 0x1F'],
  ['an octal number', 'SELECT 0o17'],
  ['a number in groups', 'SELECT 1_000'],
  ['a number that may not fit', 'SELECT 1234567890'],
  ['a number and a word in one', 'SELECT 1a'],
  ['two dots', 'SELECT 1..2'],
  ['a token', "SELECT 'tok_12345678_abc'"],
  ['a comment that would hide a quote', "SELECT 1 --'\n, 'a'"],
  ['too long a text', `SELECT '${'x'.repeat(16 * 1024)}'`],
];
for (const [why, text] of formless) {
  test(`no normal form: ${why}`, () => assert.equal(normalFormOf(text), undefined));
}

const different: readonly (readonly [string, string])[] = [
  ['SELECT 1', "SELECT '1'"],
  ['SELECT 1', 'SELECT -1'],
  ['SELECT 1', 'SELECT 1.0'],
  ['SELECT 1', 'SELECT  1'],
  ['SELECT 1', 'select 1'],
  ['SELECT a FROM t1 WHERE b = 1', 'SELECT a FROM t2 WHERE b = 1'],
  ["SELECT 'a', 1", "SELECT 1, 'a'"],
  ["SELECT date '2026-01-01'", "SELECT time '10:00'"],
  ['SELECT 1', 'SELECT 1;'],
  ['SELECT "a", 1', 'SELECT "b", 1'],
  ['SELECT "a", 1', 'SELECT a, 1'],
  ['SELECT "1", 1', 'SELECT "2", 1'],
];
for (const [one, other] of different) {
  test(`not one normal form: ${one} | ${other}`, () => {
    assert.notEqual(normalFormOf(one)?.text, normalFormOf(other)?.text);
  });
}

describe('any text', () => {
  const part = fc.constantFrom(
    ..."SELECT|FROM| |\n|'|''|'a'|'it''s'|1|22|1.5|999999999|a1|_|.|,|-|+|(|)|N|x|=|'||'|::|t|\"|\"a\"|\"'\"|$|--|u&".split(
      '|',
    ),
  );
  const texts = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 12 }), fc.constantFrom('', ' ', ' ', ', '))
    .map(([parts, between]) => parts.join(between));

  test('has the normal form of its normal form, and of its sibling', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const form = normalFormOf(text);
        if (form === undefined) return;
        assert.equal(normalFormOf(form.text)?.text, form.text);
        const other = sibling(text, form);
        const otherForm = normalFormOf(other);
        assert.equal(otherForm?.text, form.text);
        for (const [at, literal] of form.literals.entries()) {
          const its: Literal | undefined = otherForm?.literals[at];
          assert.ok(its !== undefined && its.kind === literal.kind);
          assert.notEqual(valueOf(other, its), valueOf(text, literal));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("has the literals that PostgreSQL's own scanner finds", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const form = normalFormOf(text);
        const tokens = form === undefined ? undefined : scanned(text);
        if (form === undefined || tokens === undefined) return;
        const constants = tokens.filter(({ tokenName }) => /CONST|PARAM|COMMENT/.test(tokenName));
        assert.deepEqual(
          constants.map(({ tokenName, start, end }) => ({ tokenName, start, end })),
          form.literals.map(({ kind, start, end }) => ({
            tokenName: tokenNames[kind],
            start,
            end,
          })),
        );
      }),
      { numRuns: 20_000 },
    );
  });

  test('has its places in the order of those of its normal form', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const form = normalFormOf(text);
        if (form === undefined) return;
        const places = placesInForm(text, form);
        const within = (at: number): boolean =>
          form.literals.some(({ start, end }) => at > start && at < end);
        for (const [at, place] of places.entries()) {
          if (within(at)) continue;
          assert.equal(placeInText(place, form), at);
          if (!form.literals.some(({ start }) => start === at)) assert.equal(form.text[place], text[at]);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

const tokenNames = { string: 'SCONST', number: 'ICONST', fraction: 'FCONST' } as const;

/** Undefined where it finds something that is not closed. */
function scanned(text: string): readonly ScanToken[] | undefined {
  try {
    return scanSync(text).tokens;
  } catch {
    return undefined;
  }
}

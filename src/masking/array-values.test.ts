import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { elementsMax, mapArray } from './array-values.ts';

/** Elements with `x` in them change. */
function change(element: Buffer): Buffer {
  const text = element.toString();
  return text.includes('x') ? Buffer.from(text.replaceAll('x', '')) : element;
}

function inText(value: string): string | undefined {
  return mapArray(Buffer.from(value), 'text', change)?.toString();
}

const texts: readonly (readonly [array: string, out: string | undefined])[] = [
  ['{}', '{}'],
  ['{a,b}', '{a,b}'],
  ['{ax,bx}', '{a,b}'],
  ['{x}', '{""}'],
  ['{"x,y"}', '{",y"}'],
  ['{"x\\"\\\\"}', '{"\\"\\\\"}'],
  ['{"a\\xb"}', '{ab}'],
  ['{"a b","c\\"d",NULL,"NULL",null}', '{"a b","c\\"d",NULL,"NULL",null}'],
  ['{"xNULL",NULLx,nullx}', '{"NULL","NULL","null"}'],
  ['{"x {}"}', '{" {}"}'],
  ['{{a,bx},{NULL,"x"}}', '{{a,b},{NULL,""}}'],
  ['{{{ax}}}', '{{{a}}}'],
  ['[2:3]={ax,b}', '[2:3]={a,b}'],
  ['[0:0][-1:0]={{ax,b}}', '[0:0][-1:0]={{a,b}}'],
  ['{größex}', '{größe}'],
  // What the server does not write:
  ['', undefined],
  ['x', undefined],
  ['{', undefined],
  ['{x', undefined],
  ['{x,', undefined],
  ['{x,}', undefined],
  ['{,x}', undefined],
  ['{x,,y}', undefined],
  ['{x}y', undefined],
  ['{x}}', undefined],
  ['{{x}', undefined],
  ['{{x}{y}}', undefined],
  ['{"x}', undefined],
  ['{"x\\"}', undefined],
  ['{"x"y}', undefined],
  ['{x"y"}', undefined],
  ['{x y}', undefined],
  ['{a\\x}', undefined],
  ['{{{{{{{x}}}}}}}', undefined],
  ['[1:2={x}', undefined],
  ['[1:2]=x', undefined],
  ['[1:2]={', undefined],
];

describe('an array in text', () => {
  for (const [array, out] of texts) test(array, () => assert.equal(inText(array), out));

  test('of too many elements', () => {
    const many = (count: number): string => `{${Array.from({ length: count }).fill('a').join()}}`;
    assert.equal(inText(many(elementsMax)), many(elementsMax));
    assert.equal(inText(many(elementsMax + 1)), undefined);
  });
});

type Value = string | null;

function int32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, index * 4);
  return bytes;
}

/** array_send of text[]. */
function binary(sizes: readonly number[], values: readonly Value[]): Buffer {
  const elements = values.flatMap((value) =>
    value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)],
  );
  const hasNull = values.includes(null) ? 1 : 0;
  return Buffer.concat([
    int32(sizes.length, hasNull, 25, ...sizes.flatMap((size) => [size, 1])),
    ...elements,
  ]);
}

describe('an array in binary', () => {
  const arrays: readonly (readonly [string, Buffer, Buffer | undefined])[] = [
    ['empty', binary([], []), binary([], [])],
    ['changed', binary([2], ['ax', 'b']), binary([2], ['a', 'b'])],
    ['NULLs and empty ones', binary([3], [null, '', 'x']), binary([3], [null, '', ''])],
    ['of two dimensions', binary([2, 1], ['x{}', 'NULL']), binary([2, 1], ['{}', 'NULL'])],
    ['nothing at all', Buffer.alloc(0), undefined],
    ['cut in its head', binary([1], ['x']).subarray(0, 15), undefined],
    ['cut in an element', binary([1], ['ax']).subarray(0, -1), undefined],
    ['cut before a length', binary([2], ['x']), undefined],
    ['with more behind it', binary([1], ['x', 'y']), undefined],
    ['of seven dimensions', binary([1, 1, 1, 1, 1, 1, 1], ['x']), undefined],
    ['of less than no dimension', int32(-1, 0, 25), undefined],
    ['of less than no element', binary([-1], []), undefined],
    ['with a length below NULL', Buffer.concat([int32(1, 0, 25, 1, 1), int32(-2)]), undefined],
    [
      'of too many elements',
      binary(
        [elementsMax + 1],
        Array.from({ length: elementsMax + 1 }, () => ''),
      ),
      undefined,
    ],
  ];
  for (const [what, array, out] of arrays) {
    test(what, () => assert.deepEqual(mapArray(array, 'binary', change), out));
  }
});

describe('whatever the array', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.string({ unit: fc.constantFrom(...'ax,{}"\\ N\nß') }),
    fc.string(),
  );

  test('both formats give the same elements', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const wanted = values.map((it) => it && it.replaceAll('x', ''));
        assert.deepEqual(
          mapArray(binary([values.length], values), 'binary', change),
          binary([wanted.length], wanted),
        );
        assert.deepEqual(elements(mapArray(Buffer.from(written(values)), 'text', change)), wanted);
      }),
    );
  });

  test('it throws on no bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('text', 'binary'), (bytes, format) => {
        mapArray(Buffer.from(bytes), format, change);
      }),
    );
    fc.assert(fc.property(fc.stringMatching(/^[{}",\\xN[\]:=1 ]*$/), (text) => void inText(text)));
  });

  function written(values: readonly Value[]): string {
    return `{${values.map((it) => (it === null ? 'NULL' : `"${it.replaceAll(/["\\]/g, '\\$&')}"`)).join()}}`;
  }
  function elements(array: Buffer | undefined): Value[] {
    const found: Value[] = [];
    const text = array?.toString() ?? assert.fail();
    for (const [, quoted, bare] of text
      .slice(1, -1)
      .matchAll(/(?:"((?:[^"\\]|\\[\s\S])*)"|([^,]+))(?:,|$)/g)) {
      if (quoted !== undefined) found.push(quoted.replaceAll(/\\([\s\S])/g, '$1'));
      else found.push(bare === 'NULL' ? null : (bare ?? ''));
    }
    return found;
  }
});

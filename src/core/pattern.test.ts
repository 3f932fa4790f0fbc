import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, PatternError } from './pattern.ts';

const taken: readonly string[] = [
  'EMP-\\d{6}',
  '\\bEMP\\b',
  '(?i)customer no\\. [0-9]+',
  'a|b',
  '^x$',
  '[äöü]-\\d',
  '\\p{L}{100}',
  'x(y|z)?',
];

for (const pattern of taken) {
  test(`${pattern} is taken`, () => assert.ok(compilePattern(pattern).programSize() > 0));
}

const refused: readonly [pattern: string, message: RegExp, offset?: number][] = [
  ['EMP-(?=x)', /Perl syntax/, 4],
  ['(?<!x)EMP', /named capture/],
  ['(a)\\1', /invalid escape/, 3],
  ['(a', /missing closing/],
  ['a{2000}', /invalid repeat count/, 1],
  ['((x{100}){100}){100}', /repeat count/],
  ['(x{10}){100}', /too large/],
  ['x'.repeat(1001), /longer than/],
  ['', /nothing/],
  ['a*', /nothing/],
  ['a?|b', /nothing/],
  ['\\b', /nothing/],
  ['\\B', /nothing/],
  ['(?m)^', /nothing/],
  ['$', /nothing/],
  ['x*\\b', /nothing/],
];

for (const [pattern, message, offset = 0] of refused) {
  test(`${pattern.slice(0, 30)} is refused: ${message.source}`, () => {
    assert.throws(
      () => compilePattern(pattern),
      (error) => error instanceof PatternError && message.test(error.message) && error.offset === offset,
    );
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globsMeet, matchesAnyGlob, matchesGlob } from './glob.ts';

const rows: readonly [glob: string, text: string, matches: boolean][] = [
  ['*', '', true],
  ['*', 'public.users', true],
  ['', '', true],
  ['', 'x', false],
  ['public.users', 'public.users', true],
  ['public.users', 'public.users.email', false],
  ['public.users', 'xpublic.users', false],
  ['public.*', 'public.users', true],
  ['public.*', 'public.users.email', true],
  ['public.*', 'public.', true],
  ['public.*', 'public', false],
  ['public.*', 'publicity.users', false],
  ['*.email', 'public.users.email', true],
  ['*.email', 'public.users.email2', false],
  ['public.*.email', 'public.users.email', true],
  ['public.*.email', 'public.email', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a*bc*c', 'abc', false],
  ['**', 'anything', true],
  ['public."Odd*"."E-Mail"', 'public."Odd Case"."E-Mail"', true],
  ['public.u?ers', 'public.users', false],
  ['public.[u]sers', 'public.users', false],
  ['PUBLIC.*', 'public.users', false],
];

for (const [glob, text, matches] of rows) {
  test(`${JSON.stringify(glob)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
    assert.equal(matchesGlob(glob, text), matches);
  });
}

test('one of several globs is enough, and none match nothing', () => {
  assert.equal(matchesAnyGlob(['a.*', 'b.*'], 'b.x'), true);
  assert.equal(matchesAnyGlob([], 'b.x'), false);
});

const pairs: readonly [one: string, other: string, meet: boolean][] = [
  ['', '', true],
  ['*', '', true],
  ['a', 'a', true],
  ['a', 'b', false],
  ['a*', '*b', true],
  ['a*', 'b*', false],
  ['table/secret', 'table/*', true],
  ['table/*', 'queue/*', false],
  ['*secret*', 'table/*', true],
  ['a*c', 'ab*', true],
  ['a*c', 'ab', false],
  ['*a*b*', 'ba', false],
  ['*a*b*', '*ba', true],
  ['**', 'x', true],
];

for (const [one, other, meet] of pairs) {
  test(`what ${one} and ${other} have in common: ${meet ? 'something' : 'nothing'}`, () => {
    assert.equal(globsMeet(one, other), meet);
    assert.equal(globsMeet(other, one), meet);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesGlob } from './glob.ts';

const table: readonly [glob: string, text: string, fits: boolean][] = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'public.users.email', true],
  ['public.*', 'public.users', true],
  ['public.*', 'public.users.email', true],
  ['public.*', 'xpublic.users', false],
  ['public.*', 'public', false],
  ['*.email', 'public.users.email', true],
  ['*.email', 'public.users.email2', false],
  ['public.users', 'public.users', true],
  ['public.users', 'public.users2', false],
  ['public.users', 'PUBLIC.users', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['ab*ba', 'aba', false],
  ['*ab*ab*', 'ab', false],
  ['*ab*ab*', 'xabyabz', true],
  ['**', 'x', true],
  ['a.c', 'abc', false],
  ['[a]?', 'a', false],
  ['[a]?', '[a]?', true],
];

for (const [glob, text, fits] of table) {
  test(`"${glob}" ${fits ? 'fits' : 'does not fit'} "${text}"`, () => {
    assert.equal(matchesGlob(glob, text), fits);
  });
}

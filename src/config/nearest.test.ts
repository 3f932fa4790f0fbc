import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMsMax, parseDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';

const names = ['resources', 'rules', 'reveal', 'when', 'who'];
const rows: readonly [name: string, meant: string | undefined][] = [
  ['recources', 'resources'],
  ['resuorces', 'resources'],
  ['Rules', 'rules'],
  ['whn', 'when'],
  ['hwo', 'who'],
  ['reveals', 'reveal'],
  ['zebra', undefined],
  ['', undefined],
];
for (const [name, meant] of rows) {
  test(`"${name}" means ${meant ?? 'nothing known'}`, () => {
    assert.equal(didYouMean(name, names), meant && `did you mean "${meant}"?`);
  });
}

const durations: readonly [text: string, ms: number | undefined][] = [
  ['500ms', 500],
  ['30s', 30_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['0s', undefined],
  ['-1s', undefined],
  ['1.5h', undefined],
  ['1 h', undefined],
  ['30', undefined],
  ['s', undefined],
  ['1e3s', undefined],
  ['', undefined],
];
for (const [text, ms] of durations) {
  test(`"${text}" is ${ms === undefined ? 'no duration' : `${ms} ms`}`, () => {
    assert.equal(parseDuration(text), ms);
  });
}

test('the longest duration is what a timer can wait', () => {
  assert.equal(durationMsMax, 2 ** 31 - 1);
});

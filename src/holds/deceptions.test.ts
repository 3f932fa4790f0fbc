import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedValue } from '../core/event.ts';
import { deceptions } from './deceptions.ts';

const cases: readonly { name: string; text: string; parameters?: RecordedValue[]; told: RegExp[] }[] = [
  { name: 'plain SQL', text: "UPDATE t\r\n\tSET a = 'ä', b = '漢字'\nWHERE id = 1", told: [] },
  { name: 'right-to-left override', text: 'SELECT 1 \u202E--', told: [/direction/] },
  { name: 'isolate', text: 'SELECT \u20661\u2069', told: [/direction/] },
  { name: 'zero-width space', text: 'SELECT a\u200Bb', told: [/cannot be seen/] },
  { name: 'tag characters', text: 'SELECT 1 \u{E0041}', told: [/cannot be seen/] },
  { name: 'ANSI escape', text: 'SELECT 1 --\u001b[2K\u001b[1A', told: [/control/] },
  { name: 'C1 control', text: 'SELECT 1 \u009b2K', told: [/control/] },
  { name: 'an empty Braille cell', text: 'SELECT a\u2800b', told: [/cannot be seen/] },
  { name: 'a line separator in a comment', text: 'SELECT 1 --\u2028, 2', told: [/control/] },
  { name: 'a look-alike letter', text: 'DELETE FROM c\u043Eunts', told: [/two alphabets/] },
  {
    name: 'a word of another alphabet',
    text: "UPDATE t SET a = '\u043F\u0440\u0438\u0432\u0435\u0442 \u03B1'",
    told: [],
  },
  {
    name: 'carriage return that overwrites the line',
    text: 'DROP TABLE t --\rSELECT 1     ',
    told: [/control/],
  },
  { name: 'pushed out of sight below', text: `SELECT 1${'\n'.repeat(40)}; DROP TABLE t`, told: [/nothing/] },
  { name: 'pushed out of sight to the right', text: `SELECT 1${' '.repeat(300)}, f()`, told: [/nothing/] },
  { name: 'very long', text: `SELECT '${'x'.repeat(6_000)}'`, told: [/6009 characters/] },
  {
    name: 'in a parameter',
    text: 'SELECT $1',
    parameters: [null, { hex: '1b' }, 'a\u202Eb'],
    told: [/direction/],
  },
  {
    name: 'a parameter shown in part',
    text: 'SELECT $1',
    parameters: [{ hex: '00', bytes: 2_000_000, sha256: 'ab' }],
    told: [/beginning/],
  },
  { name: 'two at once', text: '\u202E\u001b', told: [/direction/, /control/] },
];

for (const { name, text, parameters = [], told } of cases) {
  test(`an approver is told: ${name}`, () => {
    const found = deceptions(text, parameters);
    assert.equal(found.length, told.length, found.join(' '));
    for (const [position, pattern] of told.entries()) assert.match(found[position] ?? '', pattern);
  });
}

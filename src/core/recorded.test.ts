import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { commandOf } from '../../test/fixtures/commands.ts';
import type { Parameter } from './command.ts';
import type { RecordedValue } from './event.ts';
import { recordedParameters, recordedValue } from './recorded.ts';

const rows: readonly [what: string, bytes: Buffer | null, Parameter['format'], RecordedValue][] = [
  ['NULL', null, 'text', null],
  ['a binary NULL', null, 'binary', null],
  ['text', Buffer.from('Grüße 👋'), 'text', 'Grüße 👋'],
  ['empty text', Buffer.from(''), 'text', ''],
  ['text with a byte order mark, which stays', Buffer.from('\ufeffx'), 'text', '\ufeffx'],
  ['text with control characters, which stay', Buffer.from('a\u0000\u001b[2J'), 'text', 'a\u0000\u001b[2J'],
  ['text that is no UTF-8', Buffer.from([0x61, 0xff]), 'text', { hex: '61ff' }],
  ['half a surrogate pair', Buffer.from([0xed, 0xa0, 0x80]), 'text', { hex: 'eda080' }],
  ['bytes', Buffer.from([0, 1, 254]), 'binary', { hex: '0001fe' }],
  ['bytes that happen to be text', Buffer.from('ab'), 'binary', { hex: '6162' }],
  ['a slice of a larger buffer', Buffer.from('xaby').subarray(1, 3), 'binary', { hex: '6162' }],
];

for (const [what, bytes, format, expected] of rows) {
  test(`the record shows ${what}`, () => {
    assert.deepEqual(recordedValue(bytes, format), expected);
  });
}

test('parameters are recorded in their order', () => {
  assert.deepEqual(recordedParameters(commandOf('SELECT 1')), []);
  const parameters = [
    { bytes: null, format: 'text' },
    { bytes: Buffer.from('2'), format: 'text' },
  ] as const;
  assert.deepEqual(recordedParameters(commandOf('SELECT $1, $2', { parameters })), [null, '2']);
});

test('of very large parameters the beginning, the length and the digest are recorded', () => {
  const text = (length: number): Parameter => ({ bytes: Buffer.alloc(length, 'x'), format: 'text' });
  const parameters = [text(1_000_000), text(100_000), text(20_000), text(256), { ...text(0), bytes: null }];
  const [first, second, ...rest] = recordedParameters({ ...commandOf('SELECT $1'), parameters });
  assert.equal(first, 'x'.repeat(1_000_000));
  assert.deepEqual(second, {
    hex: '78'.repeat(256),
    bytes: 100_000,
    sha256: createHash('sha256').update('x'.repeat(100_000)).digest('hex'),
  });
  assert.deepEqual(rest, ['x'.repeat(20_000), 'x'.repeat(256), null]);
});

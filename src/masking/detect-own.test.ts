import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypeOid } from '../wire/postgres/types.ts';
import { compileDetectors } from './detect.ts';
import { detectionOf } from './detect-field.ts';
import { cleanFields } from './error-text.ts';
import { MaskKeys } from './keys.ts';
import type { ColumnType } from './masks.ts';

const textArray = 1009;
const jsonbArray = 3807;
const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');
const staff = { name: 'staff', pattern: '\\bEMP-\\d{6}\\b' };
const whole = { name: 'whole', pattern: '^4711\\d{3}$' };
const set = compileDetectors([{ find: [staff, whole], mask: 'redact' }], keys);
assert.ok(set);

/** What leaves of a value of this type; itself where nothing was found. */
function seen(oid: number, format: ColumnType['format'], value: Buffer): Buffer | null {
  assert.ok(set);
  const detection = detectionOf(set, { oid, format });
  assert.ok(detection);
  const found = detection.mayContain(value, 0, value.length) ? detection.clean(value) : undefined;
  return found === undefined ? value : found.value;
}

const texts: readonly [title: string, oid: number, value: string, seen: string][] = [
  ['text', TypeOid.text, 'ask EMP-123456!', 'ask [redacted]!'],
  ['varchar, the whole of it', TypeOid.varchar, '4711123', '[redacted]'],
  ['varchar, a part of it', TypeOid.varchar, '4711123 ', '4711123 '],
  ['a JSON string', TypeOid.json, '{"a":"EMP-123456"}', '{"a":"[redacted]"}'],
  ['an escaped JSON string', TypeOid.json, '"\\u0045MP-\\u0031\\u00323456"', '"[redacted]"'],
  ['jsonb', TypeOid.jsonb, '["EMP-123456", 1]', '["[redacted]", 1]'],
  ['a JSON number', TypeOid.json, '4711123', '"[redacted]"'],
  ['an array', textArray, '{a,EMP-123456}', '{a,[redacted]}'],
  ['a record', 2249, '(1,EMP-123456)', '(1,[redacted])'],
  ['xml', TypeOid.xml, '<a>EMP-123456</a>', '<a>[redacted]</a>'],
  ['nothing', TypeOid.text, 'EMP-12345', 'EMP-12345'],
];

for (const [title, oid, value, expected] of texts) {
  test(`a pattern in ${title}`, () => {
    assert.equal(seen(oid, 'text', Buffer.from(value))?.toString(), expected);
  });
}

/** One dimension, none of them NULL. */
function binaryArray(elementOid: number, ...elements: Buffer[]): Buffer {
  const words = [1, 0, elementOid, elements.length, 1];
  const head = Buffer.alloc(20);
  for (const [i, word] of words.entries()) head.writeInt32BE(word, i * 4);
  return Buffer.concat([head, ...elements.flatMap((each) => [int32(each.length), each])]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const version = Buffer.from([1]);
const hidden: readonly [title: string, oid: number, value: Buffer, secret: string][] = [
  ['jsonb', TypeOid.jsonb, Buffer.concat([version, Buffer.from('4711123')]), '4711123'],
  ['an array', textArray, binaryArray(TypeOid.text, Buffer.from('EMP-123456')), 'EMP-123456'],
  // 65 characters: the length of the element ends in a letter.
  [
    'an array of long texts',
    textArray,
    binaryArray(TypeOid.text, Buffer.from('EMP-123456'.padEnd(65))),
    'EMP-123456',
  ],
  [
    'an array, the whole of an element',
    textArray,
    binaryArray(TypeOid.text, Buffer.from('4711123')),
    '4711123',
  ],
  [
    'an array of jsonb',
    jsonbArray,
    binaryArray(TypeOid.jsonb, Buffer.concat([version, Buffer.from('"EMP-123456"')])),
    'EMP-123456',
  ],
];

for (const [title, oid, value, secret] of hidden) {
  test(`a pattern in the binary form of ${title}`, () => {
    assert.ok(value.includes(secret));
    assert.equal(seen(oid, 'binary', value)?.includes(secret) ?? false, false);
  });
}

test('a pattern in a server error', () => {
  const plan = { hidden: new Map(), detect: [] };
  const fields = new Map([['M', 'no employee EMP-123456']]);
  assert.equal(cleanFields(fields, plan, set).get('M'), 'no employee [redacted]');
});

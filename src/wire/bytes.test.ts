import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter } from './bytes.ts';

const clientFault = { name: 'WireError', side: 'client', reason: 'malformed' };

test('what is written is read back, and nothing is left', () => {
  const written = new ByteWriter('client', 1)
    .begin(0x51)
    .i16(-2)
    .i32(-3)
    .u32(0xfffffffe)
    .count(65_535)
    .cstring('žluťoučký 🐴')
    .value(null)
    .value(Buffer.from('abc'))
    .end()
    .take();
  const reader = new ByteReader('client', written);
  assert.equal(reader.u8(), 0x51);
  assert.equal(reader.u32(), written.length - 1);
  assert.equal(reader.i16(), -2);
  assert.equal(reader.i32(), -3);
  assert.equal(reader.u32(), 0xfffffffe);
  assert.equal(reader.u16(), 65_535);
  assert.equal(reader.cstring(), 'žluťoučký 🐴');
  assert.equal(reader.i32(), -1);
  assert.equal(reader.i32(), 3);
  assert.equal(reader.rest().toString(), 'abc');
  reader.end();
});

const refused: readonly (readonly [string, string, (reader: ByteReader) => unknown])[] = [
  ['u8 of nothing', '', (reader) => reader.u8()],
  ['i16 of one byte', '00', (reader) => reader.i16()],
  ['u16 of one byte', '00', (reader) => reader.u16()],
  ['i32 of three bytes', '000000', (reader) => reader.i32()],
  ['u32 of three bytes', '000000', (reader) => reader.u32()],
  ['more bytes than there are', '0000', (reader) => reader.bytes(3)],
  ['a negative number of bytes', '0000', (reader) => reader.bytes(-1)],
  ['text without NUL', '6162', (reader) => reader.cstring()],
  ['text that is not UTF-8', '61ff00', (reader) => reader.cstring()],
  ['an overlong slash', 'c0af00', (reader) => reader.cstring()],
  ['half a surrogate pair', 'eda0bd00', (reader) => reader.cstring()],
  ['a count of items that cannot fit', '0002000000', (reader) => reader.count(2)],
  ['bytes left over', '00', (reader) => reader.end()],
];

for (const [name, hex, read] of refused) {
  test(`refused: ${name}`, () => {
    // What lies behind the end must not help: the message before it is all that counts.
    const buffer = Buffer.from(`${hex}00000000`, 'hex');
    assert.throws(() => read(new ByteReader('client', buffer, 0, hex.length / 2)), clientFault);
  });
}

const texts: readonly (readonly [string, string, string])[] = [
  ['a replacement character of its own', 'efbfbd00', '\ufffd'],
  ['a byte order mark stays', 'efbbbf6100', '\ufeffa'],
  ['nothing', '00', ''],
];

for (const [name, hex, expected] of texts) {
  test(`text: ${name}`, () => {
    assert.equal(new ByteReader('client', Buffer.from(hex, 'hex')).cstring(), expected);
  });
}

test('a NUL in text is refused, for it would forge the next field', () => {
  assert.throws(() => new ByteWriter('client').cstring('a\0b'), clientFault);
});

test('more items than 16 bits can count are refused', () => {
  assert.throws(() => new ByteWriter('upstream').count(65_536), {
    name: 'WireError',
    side: 'upstream',
    reason: 'too_large',
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Spools } from './spool.ts';
import type { Spool } from './spool.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-spool-'));
after(() => rmSync(root, { recursive: true }));
const spools = new Spools({ dir: join(root, 'spool') });
const mebibyte = 1024 * 1024;

function contentOf(spool: Spool): Buffer {
  const parts: Buffer[] = [];
  for (let part = spool.read(); part !== undefined; part = spool.read()) parts.push(part);
  return Buffer.concat(parts);
}

function pattern(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 4) buffer.writeUInt32BE(at, at);
  return buffer;
}

for (const [where, bytes] of [
  ['nowhere', 0],
  ['in memory', 100_000],
  ['on disk', 9 * mebibyte + 4],
] as const) {
  test(`what waits ${where} comes back as it was written`, () => {
    const spool = spools.open();
    const written = pattern(bytes);
    for (let at = 0; at < bytes; at += 70_001) spool.write(written.subarray(at, at + 70_001));
    assert.equal(spool.bytes, bytes);
    assert.ok(contentOf(spool).equals(written));
    spool.close();
  });
}

test('a length that is told later stands in its place, also across blocks and on disk', () => {
  const spool = spools.open();
  const places: number[] = [];
  const tell: ((value: number) => void)[] = [];
  for (const before of [0, 65_534 - 4, 100, 6 * mebibyte, 65_533]) {
    spool.write(Buffer.alloc(before, 1));
    places.push(spool.bytes);
    tell.push(spool.reserveInt32());
  }
  for (const [index, call] of tell.entries()) call(0x01020304 + index);
  const content = contentOf(spool);
  for (const [index, at] of places.entries()) assert.equal(content.readInt32BE(at), 0x01020304 + index);
  spool.close();
});

test('nobody finds a file of it, then or later', () => {
  writeFileSync(join(spools.dir, 'left-by-a-crash'), 'secret');
  const after = new Spools({ dir: spools.dir });
  const spool = after.open();
  spool.write(Buffer.alloc(8 * mebibyte, 1));
  assert.deepEqual(readdirSync(spools.dir), []);
  assert.equal(statSync(spools.dir).mode & 0o777, 0o700);
  spool.close();
});

test('all together take no more than their share of the disk, and give it back', () => {
  const few = new Spools({ dir: join(root, 'few'), bytesMax: 12 * mebibyte });
  const [first, second] = [few.open(), few.open()];
  first.write(Buffer.alloc(9 * mebibyte));
  assert.throws(() => second.write(Buffer.alloc(9 * mebibyte)), {
    code: 'too_large',
    message: /all of the 12 MiB of disk/,
    hint: /masked columns before the large ones/,
  });
  second.close();
  first.close();
  const third = few.open();
  third.write(Buffer.alloc(9 * mebibyte));
  third.close();
});

test('a disk that takes nothing is an error of its own', () => {
  const lost = new Spools({ dir: join(root, 'lost') });
  rmSync(lost.dir, { recursive: true });
  const spool = lost.open();
  assert.throws(() => spool.write(Buffer.alloc(9 * mebibyte)), {
    code: 'too_large',
    message: /the disk takes no row/,
  });
  spool.close();
});

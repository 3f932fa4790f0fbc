import assert from 'node:assert/strict';
import { test } from 'node:test';
import { free } from './free.ts';

test('a large buffer of its own memory is let go', () => {
  const buffer = Buffer.allocUnsafeSlow(64 * 1024);
  free(buffer);
  assert.equal(buffer.length, 0);
});

const pooled = Buffer.allocUnsafeSlow(128 * 1024);
const kept: readonly [what: string, buffer: Buffer][] = [
  ['a part of another', pooled.subarray(0, 64 * 1024)],
  ['a small one', Buffer.allocUnsafeSlow(100)],
  ['memory shared between threads', Buffer.from(new SharedArrayBuffer(64 * 1024))],
];
for (const [what, buffer] of kept) {
  test(`${what} stays`, () => {
    const { length } = buffer;
    free(buffer);
    assert.equal(buffer.length, length);
    assert.equal(pooled.length, 128 * 1024);
  });
}

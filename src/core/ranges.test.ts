import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Ranges } from './ranges.ts';

const buffers = [Buffer.from('abcdefghij'), Buffer.from('0123456789'), Buffer.from('')];

/** Ranges in a few buffers, many of them touching. */
const added = fc.array(
  fc
    .tuple(fc.nat(buffers.length - 1), fc.nat(10), fc.nat(10))
    .map(([which, a, b]) => [buffers[which] ?? Buffer.alloc(0), Math.min(a, b), Math.max(a, b)] as const)
    .map(
      ([buffer, start, end]) =>
        [buffer, Math.min(start, buffer.length), Math.min(end, buffer.length)] as const,
    ),
);

test('what is taken is what was added, in order, and only once', () => {
  fc.assert(
    fc.property(fc.array(added), (turns) => {
      const ranges = new Ranges();
      for (const turn of turns) {
        for (const [buffer, start, end] of turn) ranges.add(buffer, start, end);
        const expected = Buffer.concat(turn.map(([buffer, start, end]) => buffer.subarray(start, end)));
        const taken = ranges.take();
        assert.deepEqual(taken ?? Buffer.alloc(0), expected);
        assert.equal(taken === undefined, expected.length === 0);
        assert.equal(ranges.take(), undefined);
      }
    }),
  );
});

test('ranges that touch leave as the memory they came in', () => {
  const ranges = new Ranges();
  const chunk = Buffer.from('one two three');
  ranges.add(chunk, 0, 4);
  ranges.add(chunk, 4, 8);
  ranges.add(chunk, 8, 8);
  ranges.add(chunk, 8, 13);
  const taken = ranges.take();
  assert.equal(taken?.buffer, chunk.buffer);
  assert.equal(taken.byteOffset, chunk.byteOffset);
  assert.equal(taken.length, chunk.length);
});

test('ranges with a gap, or of another buffer alike, are not taken for one', () => {
  const ranges = new Ranges();
  const chunk = Buffer.from('one two three');
  ranges.add(chunk, 0, 3);
  ranges.add(chunk, 7, 13);
  ranges.add(Buffer.from(chunk), 13, 13);
  ranges.add(Buffer.from('0123456789012!'), 13, 14);
  assert.equal(String(ranges.take()), 'one three!');
});

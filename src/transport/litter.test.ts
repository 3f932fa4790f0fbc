import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/fixtures/until.ts';
import { Litter, litter } from './litter.ts';

const mebibyte = 1024 * 1024;

test('every 16 MiB are swept up once, in whatever pieces they come', () => {
  for (const bytes of [1024, 64 * 1024, mebibyte, 16 * mebibyte]) {
    let sweeps = 0;
    const one = new Litter(() => (sweeps += 1));
    for (let sum = 0; sum < 160 * mebibyte; sum += bytes) one.passed(bytes);
    assert.equal(sweeps, 10, `by ${bytes}`);
  }
});

test('buffers that nobody holds are gone when they are swept up', async () => {
  const before = process.memoryUsage().arrayBuffers;
  leave(64);
  await until('the buffers to be gone', () => {
    litter.passed(16 * mebibyte);
    return process.memoryUsage().arrayBuffers < before + 8 * mebibyte;
  });
});

function leave(buffers: number): void {
  const left = Array.from({ length: buffers }, () => Buffer.alloc(mebibyte));
  assert.equal(left.length, buffers);
}

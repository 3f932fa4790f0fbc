import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpToDate } from './up-to-date.ts';

test('what cannot be read for long lets nothing through, and then ends the process', async () => {
  let nowMs = 0;
  let isThere = true;
  const told: string[] = [];
  const upToDate = new UpToDate({
    read: async () => {
      if (!isThere) throw new Error('away');
    },
    stale: () => told.push('stale'),
    fresh: () => told.push('fresh'),
    lost: () => told.push('lost'),
    report: () => told.push('reported'),
    nowMs: () => nowMs,
  });
  const steps: readonly [atMs: number, isThere: boolean, told: readonly string[]][] = [
    [500, true, ['fresh']],
    [1_000, false, ['reported']],
    [1_150, true, ['fresh']],
    [1_650, false, ['reported']],
    [1_850, false, []],
    [1_900, false, ['stale']],
    [2_100, false, ['stale']],
    [2_300, true, ['fresh']],
    [12_200, false, ['reported', 'stale']],
    [12_400, false, ['lost']],
  ];
  for (const [atMs, there, expected] of steps) {
    nowMs = atMs;
    isThere = there;
    await upToDate.read();
    assert.deepEqual(told.splice(0), expected, String(atMs));
    assert.equal(upToDate.isBehind, !there);
  }
});

test('it is read once at a time', async () => {
  let reading = 0;
  let most = 0;
  const upToDate = new UpToDate({
    async read() {
      most = Math.max(most, ++reading);
      await Promise.resolve();
      reading -= 1;
    },
    stale: assert.fail,
    fresh: () => undefined,
    lost: assert.fail,
    report: assert.fail,
    nowMs: () => 0,
  });
  await Promise.all([upToDate.read(), upToDate.read(), upToDate.read()]);
  assert.deepEqual([most, reading], [1, 0]);
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** Makes much that is new and keeps some of it, as loading a program does; says the room for it before, after and then. */
const loaded = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { settleHeap } from ${JSON.stringify(new URL('heap.ts', import.meta.url).href)};
  const youngMiB = () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size / 2 ** 20;
  const kept = [];
  const work = () => {
    for (let n = 0; n < 5_000_000; n++) kept[n % 200_000] = { n, more: [n] };
  };
  work();
  const before = youngMiB();
  settleHeap(0);
  setTimeout(() => {
    const after = youngMiB();
    work();
    console.log(JSON.stringify([before, after, youngMiB()]));
  }, 1);`;

test('what loading the program took is given back, and new objects get as much room as they need', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', loaded]);
  const [before, after, then] = JSON.parse(stdout) as [number, number, number];
  assert.ok(before > 9, `${before} MiB were not taken`);
  // V8 gives pages back and takes them again: what is there at a moment is not all that it may take.
  assert.ok(after > 3 && after < 16, `${after} MiB are there`);
  assert.ok(then > 3 && then < 16, `${then} MiB are there`);
});

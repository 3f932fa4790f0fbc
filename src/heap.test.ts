import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** Makes much that is new and keeps some of it, as loading a program does; says the room for it before and after. */
const loaded = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { boundYoungGeneration } from ${JSON.stringify(new URL('heap.ts', import.meta.url).href)};
  const youngMiB = () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size / 2 ** 20;
  const kept = [];
  for (let n = 0; n < 5_000_000; n++) kept[n % 200_000] = { n, more: [n] };
  const before = youngMiB();
  boundYoungGeneration(0);
  setTimeout(() => console.log(JSON.stringify([before, youngMiB()])), 1);`;

test('what loading the program took is given back', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', loaded]);
  const [before, after] = JSON.parse(stdout) as [number, number];
  assert.ok(before > 8, `${before} MiB were not taken`);
  assert.ok(after < 2, `${after} MiB are still there`);
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createFile, replaceFile } from './whole-file.ts';

async function newDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-whole-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test('a file that is there is not made again', async (t) => {
  const dir = await newDir(t);
  await createFile(join(dir, 'it'), 0o600, 'first');
  await createFile(join(dir, 'it'), 0o600, 'second');
  assert.equal(await readFile(join(dir, 'it'), 'utf8'), 'first');
  assert.deepEqual(await readdir(dir), ['it']);
});

test('a file is replaced with its mode, and no draft stays', async (t) => {
  const dir = await newDir(t);
  await replaceFile(join(dir, 'it'), 0o644, 'first');
  await replaceFile(join(dir, 'it'), 0o600, 'second');
  assert.equal(await readFile(join(dir, 'it'), 'utf8'), 'second');
  assert.equal((await stat(join(dir, 'it'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir), ['it']);
});

test('whoever reads while it is replaced sees one content or the other', async (t) => {
  const file = join(await newDir(t), 'it');
  const contents = ['a', 'b'].map((letter) => letter.repeat(100_000));
  await replaceFile(file, 0o600, contents[0] ?? '');
  const replaced = Promise.all(
    Array.from({ length: 10 }, (_, index) => replaceFile(file, 0o600, contents[index % 2] ?? '')),
  );
  for (let reads = 0; reads < 20; reads++) assert.ok(contents.includes(await readFile(file, 'utf8')));
  await replaced;
});

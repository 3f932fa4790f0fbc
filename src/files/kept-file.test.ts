import assert from 'node:assert/strict';
import { chmod, chown, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { keptFile, privateFile } from './kept-file.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-kept-'));
});
after(() => rm(root, { recursive: true }));

const newDir = () => mkdtemp(join(root, 'data-'));
const never = (): never => assert.fail('it is there, so nobody makes it');

test('made on first use, and the same from then on', async () => {
  const file = join(await newDir(), 'secret');
  assert.equal(await privateFile(file, () => 'first'), 'first');
  assert.equal(await privateFile(file, never), 'first');
});

test('of many that make it at once one wins, and leaves nothing else behind', async () => {
  const dir = join(await newDir(), 'not', 'there', 'yet');
  const read = await Promise.all(
    Array.from({ length: 16 }, (_, index) => privateFile(join(dir, 'secret'), () => `made by ${index}`)),
  );
  assert.equal(new Set(read).size, 1);
  assert.deepEqual(await readdir(dir), ['secret']);
  assert.equal((await stat(join(dir, 'secret'))).mode & 0o777, 0o600);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
});

test('where it cannot be made, nothing is left behind', async () => {
  const dir = await newDir();
  const failing = () => Promise.reject(new Error('no entropy'));
  await assert.rejects(privateFile(join(dir, 'secret'), failing), /no entropy/);
  assert.deepEqual(await readdir(dir), []);
});

const modes = [
  { made: 0o600, found: 0o400, taken: true },
  { made: 0o600, found: 0o604, taken: false },
  { made: 0o600, found: 0o640, taken: false },
  { made: 0o600, found: 0o620, taken: false },
  { made: 0o600, found: 0o602, taken: false },
  { made: 0o600, found: 0o601, taken: false },
  { made: 0o644, found: 0o600, taken: true },
  { made: 0o644, found: 0o644, taken: true },
  { made: 0o644, found: 0o664, taken: false },
  { made: 0o644, found: 0o646, taken: false },
] as const;

for (const { made, found, taken } of modes)
  test(`THREATS 42: ${made.toString(8)} found as ${found.toString(8)} is ${taken ? 'taken' : 'refused'}`, async () => {
    const file = join(await newDir(), 'file');
    await keptFile(file, made, () => 'content');
    await chmod(file, found);
    if (taken) assert.equal(await keptFile(file, made, never), 'content');
    else await assert.rejects(keptFile(file, made, never), /is open to others/);
  });

test('THREATS 42: a symbolic link is not followed, wherever it points', async () => {
  const dir = await newDir();
  await writeFile(join(dir, 'real'), 'content', { mode: 0o600 });
  for (const to of ['real', 'nowhere']) {
    await symlink(join(dir, to), join(dir, `link-${to}`));
    await assert.rejects(
      privateFile(join(dir, `link-${to}`), () => 'mine'),
      { code: 'ELOOP' },
    );
  }
  assert.equal(await readFile(join(dir, 'real'), 'utf8'), 'content');
});

test("THREATS 42: another user's file is refused", async () => {
  await assert.rejects(keptFile(await foreignFile(), 0o644, never), /belongs to another user/);
});

async function foreignFile(): Promise<string> {
  if (process.getuid?.() !== 0) return '/etc/passwd';
  const file = join(await newDir(), 'file');
  await keptFile(file, 0o644, () => 'content');
  await chown(file, 65_534, 65_534);
  return file;
}

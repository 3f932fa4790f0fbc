import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { SallyportError } from '../core/errors.ts';
import { journalKey } from './key.ts';

async function dataDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-key-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test('made once, private, and the same for all who start at once', async (t) => {
  const dir = join(await dataDir(t), 'data');
  const keys = await Promise.all(Array.from({ length: 8 }, () => journalKey(dir)));
  const publics = keys.map((key) => createPublicKey(key).export({ format: 'jwk' }).x);
  assert.equal(new Set(publics).size, 1);
  assert.deepEqual(await readdir(dir), ['journal-key.pem']);
  assert.equal((await stat(join(dir, 'journal-key.pem'))).mode & 0o777, 0o600);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  assert.equal((await journalKey(dir)).asymmetricKeyType, 'ed25519');
});

const refused: readonly { name: string; harm: (file: string) => Promise<void>; message: RegExp }[] = [
  { name: 'readable by the group', harm: (file) => chmod(file, 0o640), message: /open to others/ },
  { name: 'readable by all', harm: (file) => chmod(file, 0o604), message: /open to others/ },
  { name: 'no key', harm: (file) => writeFile(file, 'no key'), message: /no Ed25519 private key/ },
  { name: 'empty', harm: (file) => writeFile(file, ''), message: /no Ed25519 private key/ },
];
for (const { name, harm, message } of refused) {
  test(`a key file that is ${name} is refused`, async (t) => {
    const dir = await dataDir(t);
    await journalKey(dir);
    await harm(join(dir, 'journal-key.pem'));
    await assert.rejects(journalKey(dir), (error: unknown) => {
      assert.ok(error instanceof SallyportError && error.code === 'journal_unavailable');
      return message.test(error.message);
    });
  });
}

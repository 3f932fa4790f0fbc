import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lockFile } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-lock-'));
after(() => rmSync(folder, { recursive: true }));

test('one has it at a time, and the next when it is released', () => {
  const path = join(folder, 'released');
  const lock = lockFile(path);
  assert.throws(() => lockFile(path, 0), { code: 'conflict' });
  assert.throws(() => lockFile(path, 0), { code: 'conflict' }, 'asking in vain takes it from nobody');
  lock.release();
  lockFile(path, 0).release();
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a process that is killed lets go of it', async () => {
  const path = join(folder, 'killed');
  const module = new URL('./lock.ts', import.meta.url).href;
  const holder = `(await import(${JSON.stringify(module)})).lockFile(${JSON.stringify(path)});
    process.stdout.write('held'); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder]);
  await once(child.stdout, 'data');
  assert.throws(() => lockFile(path, 0), { code: 'conflict' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockFile(path, 0).release();
});

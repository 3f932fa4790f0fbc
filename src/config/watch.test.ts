import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { loadConfig } from './load.ts';
import { type ConfigChange, watchConfig } from './watch.ts';

async function folderWith(t: TestContext, text: string): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-watch-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'sallyport.yaml');
  await writeFile(file, text);
  return { folder, file };
}

/** Changes as they are told, each to be awaited. */
async function watched(t: TestContext, file: string): Promise<{ next(): Promise<ConfigChange> }> {
  let tell: (change: ConfigChange) => void = () => assert.fail('a change that nobody waits for');
  const { digest } = await loadConfig(file);
  const watch = watchConfig(file, (change) => tell(change), { digest, quietMs: 1 });
  t.after(() => watch.close());
  return {
    next() {
      const { promise, resolve } = Promise.withResolvers<ConfigChange>();
      tell = resolve;
      return promise;
    },
  };
}

function summary(change: ConfigChange): string {
  return change.kind === 'loaded'
    ? change.config.data
    : change.refusal.message.replace(/^.*:(\d+:\d+: )/, '$1');
}

describe('by events', () => {
  test('a file written anew, badly, and well again', async (t) => {
    const { file } = await folderWith(t, 'data: /a');
    const changes = await watched(t, file);
    let next = changes.next();
    await writeFile(file, 'data: /b');
    assert.equal(summary(await next), '/b');
    next = changes.next();
    await writeFile(file, 'dta: /c');
    assert.equal(summary(await next), '1:1: unknown key dta (did you mean "data"?)');
    next = changes.next();
    await writeFile(file, 'data: /b');
    assert.equal(summary(await next), '/b');
  });

  test('a file replaced, as editors do', async (t) => {
    const { folder, file } = await folderWith(t, 'data: /a');
    const changes = await watched(t, file);
    for (const name of ['/b', '/c']) {
      const next = changes.next();
      await writeFile(join(folder, '.sallyport.yaml.swp'), `data: ${name}`);
      await rename(join(folder, '.sallyport.yaml.swp'), file);
      assert.equal(summary(await next), name);
    }
  });

  test('a link to another folder, as Kubernetes does', async (t) => {
    const { folder, file } = await folderWith(t, '');
    await rm(file);
    for (const name of ['1', '2']) {
      await mkdir(join(folder, `..${name}`));
      await writeFile(join(folder, `..${name}`, 'sallyport.yaml'), `data: /${name}`);
    }
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/sallyport.yaml', file);
    const changes = await watched(t, file);
    const next = changes.next();
    await symlink('..2', join(folder, '..tmp'));
    await rename(join(folder, '..tmp'), join(folder, '..data'));
    assert.equal(summary(await next), '/2');
  });
});

describe('by looking', () => {
  test('the same text, a missing or empty file and a closed watch are no change', async (t) => {
    const { file } = await folderWith(t, 'data: /a');
    const told: string[] = [];
    const { digest } = await loadConfig(file);
    // Quiet for ever: what is told here is told by check() alone.
    const options = { digest, quietMs: 1_000_000 };
    const watch = watchConfig(file, (change) => told.push(summary(change)), options);
    await watch.check();
    await rm(file);
    await watch.check();
    await writeFile(file, '');
    await watch.check();
    assert.deepEqual(told, []);
    await writeFile(file, 'data: /b');
    await Promise.all([watch.check(), watch.check()]);
    assert.deepEqual(told, ['/b']);
    watch.close();
    await writeFile(file, 'data: /c');
    await watch.check();
    assert.deepEqual(told, ['/b']);
  });
});

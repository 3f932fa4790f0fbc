import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { fdatasync, writeSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SallyportError } from '../core/errors.ts';
import { commandEvent, exampleJournal, resultEvent, signingKey } from '../../test/fixtures/journal.ts';
import type { Disk } from './journal-file.ts';
import { realDisk } from './journal-file.ts';
import { readEvents } from './read.ts';
import { verifyJournal } from './verify.ts';

const publicKey = createPublicKey(signingKey);
const unavailable = (error: unknown): boolean =>
  error instanceof SallyportError && error.code === 'journal_unavailable';

/** The verdict without what depends on timing. */
async function verified(dir: string): Promise<Record<string, unknown>> {
  const found = await verifyJournal(dir, publicKey);
  if (!found.intact) return { ...found };
  const { files, blocks, events, unsigned } = found;
  return { intact: true, files, blocks, events, unsigned };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** A disk that fails while `broken` says so. */
function brittleDisk(): Disk & { broken: string | undefined; takes: number; writes: number } {
  return {
    broken: undefined,
    takes: 0,
    writes: 0,
    write(fd, bytes, offset, length) {
      this.writes++;
      if (this.broken === undefined) return writeSync(fd, bytes, offset, length);
      if (this.takes > 0) writeSync(fd, bytes, offset, this.takes);
      if (this.broken === 'short') return this.takes;
      throw Object.assign(new Error(`${this.broken}: no`), { code: this.broken });
    },
    sync: realDisk.sync,
  };
}

test('a commit is one write of one block, and what it wrote is there at once', async (t) => {
  const example = await exampleJournal(t);
  const disk = brittleDisk();
  const journal = await example.open({ disk });
  const before = disk.writes;
  journal.append(commandEvent(1));
  journal.note(resultEvent(1));
  assert.equal(journal.commit(), undefined);
  assert.equal(disk.writes, before + 1);
  assert.deepEqual(await example.types(), ['command', 'result']);
  assert.equal(journal.commit(), undefined);
  assert.equal(disk.writes, before + 1, 'nothing queued: nothing written');
  await journal.close();
  const [, first, second, block, checkpoint] = await example.lines();
  assert.match(first ?? '', /^\{"seq":1,"time":"2026-11-23T08:00:00.000Z","type":"command","session":"s1",/);
  assert.match(second ?? '', /^\{"seq":2,/);
  assert.match(block ?? '', /^\{"block":1,"prev":"0{64}","hash":"[0-9a-f]{64}","events":2\}$/);
  assert.match(checkpoint ?? '', /^\{"checkpoint":1,"seq":2,/);
  assert.equal(await readFile(join(example.dir, 'head.json'), 'utf8'), `${checkpoint}\n`);
});

test('files and folder are private', async (t) => {
  const example = await exampleJournal(t);
  await (await example.open()).close();
  assert.equal((await stat(example.dir)).mode & 0o777, 0o700);
  for (const name of await readdir(example.dir)) {
    assert.equal((await stat(join(example.dir, name))).mode & 0o777, 0o600, name);
  }
});

test('the chain goes on after a clean stop', async (t) => {
  const example = await exampleJournal(t);
  for (const command of [1, 2, 3]) {
    const journal = await example.open();
    journal.append(commandEvent(command));
    journal.commit();
    await journal.close();
  }
  const seqs = (await example.events()).map(({ seq }) => seq);
  assert.deepEqual(seqs, [1, 2, 3]);
  assert.deepEqual(await verified(example.dir), {
    intact: true,
    files: 1,
    blocks: 3,
    events: 3,
    unsigned: 0,
  });
});

test('time never goes backwards, whatever the clock does', async (t) => {
  const example = await exampleJournal(t);
  let journal = await example.open();
  for (const step of [0, 5, -60_000, -1, 3]) {
    example.nowMs += step;
    journal.append(commandEvent(1));
    journal.commit();
  }
  await journal.close();
  example.nowMs -= 3_600_000;
  journal = await example.open();
  journal.append(commandEvent(2));
  journal.commit();
  await journal.close();
  const times = (await example.events()).map(({ time }) => time);
  assert.deepEqual(times, times.toSorted());
  assert.equal(times.at(-1), '2026-11-23T08:00:00.005Z');
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

const failures: readonly { name: string; broken: string; takes: number }[] = [
  { name: 'the disk is full', broken: 'ENOSPC', takes: 0 },
  { name: 'the disk fails', broken: 'EIO', takes: 0 },
  { name: 'the disk became read-only', broken: 'EROFS', takes: 0 },
  { name: 'the disk took a part', broken: 'short', takes: 37 },
  { name: 'the disk took a part and then failed', broken: 'EIO', takes: 200 },
];
for (const { name, broken, takes } of failures) {
  test(`${name}: commands are refused, notes are kept, service returns by itself`, async (t) => {
    const example = await exampleJournal(t);
    const disk = brittleDisk();
    const journal = await example.open({ disk });
    journal.append(commandEvent(1));
    journal.commit();
    Object.assign(disk, { broken, takes });
    for (const command of [2, 3]) {
      journal.append(commandEvent(command));
      journal.note(resultEvent(command - 1));
      assert.throws(() => journal.commit(), unavailable);
    }
    assert.equal(journal.losses, 2);
    disk.broken = undefined;
    journal.append(commandEvent(4));
    journal.commit();
    await journal.close();
    const told = (await example.events()).map((event) => [
      event.seq,
      event.type,
      'command' in event && event.command,
    ]);
    assert.deepEqual(told, [
      [1, 'command', 1],
      [2, 'result', 1],
      [3, 'result', 2],
      [4, 'command', 4],
    ]);
    assert.deepEqual(await verified(example.dir), {
      intact: true,
      files: 1,
      blocks: 2,
      events: 4,
      unsigned: 0,
    });
  });
}

test('a flood of notes while nothing can be written stays bounded, and what was lost is told', async (t) => {
  const example = await exampleJournal(t);
  const disk = brittleDisk();
  const journal = await example.open({ disk });
  disk.broken = 'ENOSPC';
  for (let note = 0; note < 10_007; note++) journal.note({ type: 'gateway.stopped' });
  assert.throws(() => journal.commit(), unavailable);
  disk.broken = undefined;
  await journal.close();
  const events = await example.events();
  assert.equal(events.length, 10_001);
  assert.deepEqual(events.at(-1), { ...events.at(-1), seq: 10_001, type: 'journal.lost', events: 7 });
  assert.ok(example.errors.every(unavailable));
  assert.equal(example.errors.length, 1, 'one failure, not one a note');
});

test('a flood of notes while all is well loses nothing', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  for (let note = 0; note < 25_000; note++) journal.note({ type: 'gateway.stopped' });
  await journal.close();
  assert.equal((await example.events()).length, 25_000);
});

test('a note that nobody commits is written soon', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  const reading = new AbortController();
  journal.note(resultEvent(1));
  const seen: string[] = [];
  for await (const { type } of readEvents(example.dir, { follow: true, signal: reading.signal })) {
    seen.push(type);
    reading.abort();
  }
  await journal.close();
  assert.deepEqual(seen, ['result']);
});

test('a note after the end is told to the log', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  await journal.close();
  journal.note(resultEvent(1));
  journal.append(commandEvent(1));
  assert.throws(() => journal.commit(), unavailable);
  assert.match(String(example.errors[0]), /result is not on record/);
});

const removals: readonly { name: string; remove: (dir: string) => Promise<void>; reason: RegExp }[] = [
  {
    name: 'the file is removed',
    remove: (dir) => rm(join(dir, 'journal-00000001.ndjson')),
    reason: /the file is missing/,
  },
  {
    name: 'the folder is removed',
    remove: (dir) => rm(dir, { recursive: true }),
    reason: /the file is missing/,
  },
  {
    name: 'the folder is moved aside',
    remove: (dir) => rename(dir, `${dir}.aside`),
    reason: /the file is missing/,
  },
  {
    name: 'the file is cut',
    remove: (dir) => truncate(join(dir, 'journal-00000001.ndjson'), 300),
    reason: /no later block accounts for|missing/,
  },
];
for (const { name, remove, reason } of removals) {
  test(`${name} while it is written: noticed, and the chain goes on in the next file`, async (t) => {
    const example = await exampleJournal(t);
    const journal = await example.open();
    journal.append(commandEvent(1));
    journal.commit();
    await remove(example.dir);
    example.nowMs += 1_000;
    journal.append(commandEvent(2));
    journal.commit();
    await journal.close();
    const [replaced, command] = await example.events({ sinceSeq: 1 });
    assert.deepEqual(replaced, {
      seq: 2,
      time: '2026-11-23T08:00:01.000Z',
      type: 'journal.replaced',
      file: 'journal-00000001.ndjson',
      block: 1,
    });
    assert.equal(command?.type, 'command');
    const found = await verifyJournal(example.dir, publicKey);
    assert.ok(!found.intact);
    assert.match(found.reason, reason);
  });
}

test('another process that writes to the file: refused, and nothing of either is cut', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  const other = await example.open();
  other.append(commandEvent(1));
  other.commit();
  const before = await example.read();
  example.nowMs += 1_000;
  journal.append(commandEvent(1));
  assert.throws(() => journal.commit(), unavailable);
  assert.equal(await example.read(), before);
  await Promise.all([journal.close(), other.close()]);
});

test('a full file is followed by the next', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open({ fileBytesMax: 2_000 });
  for (let command = 1; command <= 20; command++) {
    journal.append(commandEvent(command));
    journal.commit();
  }
  await journal.close();
  const seqs = (await example.events()).map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  const found = await verifyJournal(example.dir, publicKey);
  assert.ok(found.intact && found.files > 4, JSON.stringify(found));
  assert.equal(found.checkpoints, found.files + 1);
});

test('an event larger than the buffer, and one larger than a file', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open({ fileBytesMax: 1_000_000 });
  const large = `SELECT '${'ü'.repeat(300_000)}\ud800'`;
  for (const text of [large, large + large, 'SELECT 1']) {
    journal.append({ ...commandEvent(1), type: 'config.refused', digest: text, errors: [] });
    journal.commit();
  }
  await journal.close();
  const texts = (await example.events()).map((event) => 'digest' in event && event.digest);
  assert.deepEqual(texts, [large, large + large, 'SELECT 1']);
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

test('a checkpoint every thousand blocks, and after ten seconds', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  for (let command = 1; command <= 1_500; command++) {
    journal.append(commandEvent(command));
    journal.commit();
  }
  example.nowMs += 10_000;
  journal.append(commandEvent(1_501));
  journal.commit();
  const signed = (await example.lines()).filter((line) => line.startsWith('{"checkpoint":'));
  assert.deepEqual(
    signed.map((line) => JSON.parse(line).checkpoint),
    [0, 1_000, 1_501],
  );
  await journal.close();
});

test('with fsync a commit waits for the disk, and those who come meanwhile share the next sync', async (t) => {
  const example = await exampleJournal(t);
  const syncs: PromiseWithResolvers<void>[] = [];
  const disk: Disk = {
    write: writeSync,
    sync: (fd) => {
      const step = Promise.withResolvers<void>();
      syncs.push(step);
      return step.promise.then(
        () =>
          new Promise((resolve, reject) => {
            fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
          }),
      );
    },
  };
  const journal = await example.open({ disk, durability: 'fsync' });
  const done: string[] = [];
  const commit = (name: string): Promise<unknown> => {
    journal.append(commandEvent(1, name));
    return Promise.resolve(journal.commit()).then(
      () => done.push(name),
      () => done.push(`${name} failed`),
    );
  };
  const first = commit('a');
  const second = commit('b');
  const third = commit('c');
  assert.equal(syncs.length, 1);
  syncs[0]?.resolve();
  await first;
  assert.deepEqual(done, ['a']);
  await until(() => syncs.length === 2);
  syncs[1]?.resolve();
  await Promise.all([second, third]);
  assert.deepEqual(done, ['a', 'b', 'c']);
  assert.equal(journal.commit(), undefined, 'all of it is on the disk');

  const fourth = commit('d');
  const fifth = commit('e');
  await until(() => syncs.length === 3);
  syncs[2]?.reject(new Error('EIO'));
  await Promise.all([fourth, fifth]);
  assert.deepEqual(done.slice(3).sort(), ['d failed', 'e failed']);
  assert.equal(journal.losses, 1);
  const closing = journal.close();
  const release = setInterval(() => syncs.forEach(({ resolve }) => resolve()), 1);
  await closing;
  clearInterval(release);
});

const starts: readonly { name: string; harm: (dir: string) => Promise<void>; message: RegExp }[] = [
  { name: 'no head', harm: (dir) => rm(join(dir, 'head.json')), message: /head.json is missing/ },
  {
    name: 'a damaged head',
    harm: (dir) => writeFile(join(dir, 'head.json'), '{}'),
    message: /head.json is damaged/,
  },
  { name: 'no file', harm: (dir) => rm(join(dir, 'journal-00000001.ndjson')), message: /files are missing/ },
  {
    name: 'a cut end',
    harm: async (dir) => {
      const file = join(dir, 'journal-00000001.ndjson');
      const lines = (await readFile(file, 'utf8')).split('\n');
      await writeFile(file, `${lines.slice(0, 3).join('\n')}\n`);
    },
    message: /its end was cut: block 2 was signed, 1 is the last/,
  },
  {
    name: 'an end that is no journal',
    harm: async (dir) => {
      const file = join(dir, 'journal-00000001.ndjson');
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"events":1}', '"events":01}'));
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/\{"checkpoint":[^0].*\n/g, ''));
    },
    message: /is no journal/,
  },
  {
    name: 'a folder that others write into',
    harm: async (dir) => {
      await rm(dir, { recursive: true });
      await mkdir(dir);
      await chmod(dir, 0o777);
    },
    message: /others may write/,
  },
];
for (const { name, harm, message } of starts) {
  test(`${name} at start: refused`, async (t) => {
    const example = await exampleJournal(t);
    const journal = await example.open();
    for (const command of [1, 2]) {
      journal.append(commandEvent(command));
      journal.commit();
    }
    await journal.close();
    await harm(example.dir);
    await assert.rejects(example.open(), (error: Error) => unavailable(error) && message.test(error.message));
  });
}

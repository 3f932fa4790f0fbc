import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { appendFile, cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandEvent, exampleJournal, signingKey } from '../../test/fixtures/journal.ts';
import type { Example } from '../../test/fixtures/journal.ts';
import type { Event } from '../core/event.ts';
import { openJournal } from './append.ts';
import type { FileJournal, JournalOptions } from './append.ts';
import { fileName } from './files.ts';
import { Joiner } from './joiner.ts';
import { realDisk } from './journal-file.ts';
import { joinLeftBehind } from './left-behind.ts';
import { dropOld } from './retention.ts';
import { verifyJournal } from './verify.ts';

const publicKey = createPublicKey(signingKey);

interface Worker {
  readonly name: string;
  readonly dir: string;
  readonly journal: FileJournal;
  /** One block with the command of this number. */
  write(command: number): void;
}

/** A journal to which workers are joined, as the gateway has it. */
class Stage {
  readonly example: Example;
  readonly observed: Event[] = [];
  onObserved: () => void = () => undefined;
  readonly reports: string[] = [];
  readonly faulty: string[] = [];
  readonly journal: FileJournal;
  readonly joiner: Joiner;
  #workers = 0;

  private constructor(example: Example, journal: FileJournal) {
    this.example = example;
    this.journal = journal;
    this.joiner = new Joiner({
      dir: example.dir,
      journal,
      signingKey,
      clock: { now: () => example.nowMs },
      observe: (event) => {
        this.observed.push(event);
        this.onObserved();
      },
      report: (message) => this.reports.push(message),
      onFault: (worker) => this.faulty.push(worker),
    });
  }

  static async open(t: TestContext, example: Example, more: Partial<JournalOptions> = {}): Promise<Stage> {
    const stage = new Stage(example, await example.open(more));
    t.after(() => stage.close());
    return stage;
  }

  async worker(more: Partial<JournalOptions> = {}): Promise<Worker> {
    const { example, joiner } = this;
    const name = await joiner.begin(++this.#workers);
    const dir = join(example.dir, name);
    const clock = { now: () => example.nowMs };
    const onError = (error: unknown): void => void example.errors.push(error);
    const options = { dir, durability: 'write', clock, signingKey, onError, ...more } as const;
    const journal = await openJournal(options);
    return {
      name,
      dir,
      journal,
      write(command) {
        example.nowMs += 1;
        journal.append(commandEvent(command, name));
        journal.commit();
      },
    };
  }

  /** As a kill leaves it: nothing is said, and nothing more is joined. */
  async close(): Promise<void> {
    await this.joiner.close();
    await this.journal.close();
  }

  leftBehind(): Promise<void> {
    return joinLeftBehind({ dir: this.example.dir, joiner: this.joiner, publicKey });
  }
}

async function commands(example: Example): Promise<(number | undefined)[]> {
  const events = await example.events({ types: ['command'] });
  return events.map((event) => (event.type === 'command' ? event.command : undefined));
}

async function folders({ dir }: Example): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith('w'));
}

test('what workers record is in the journal, in the order in which it happened', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const [one, two] = [await stage.worker(), await stage.worker()];
  one.write(1);
  two.write(2);
  one.write(3);
  two.write(4);
  await stage.joiner.join();
  assert.deepEqual(await commands(example), [1, 2, 3, 4]);
  assert.deepEqual(
    (await example.events()).map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.equal(stage.observed.length, 4);
  assert.partialDeepStrictEqual(await verifyJournal(example.dir, publicKey), { intact: true, workers: 2 });
});

test('what is written meanwhile waits for the next time, so that a write is for many', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const worker = await stage.worker();
  let command = 0;
  stage.onObserved = () => {
    if (command < 20) worker.write(++command);
  };
  worker.write(++command);
  await stage.joiner.join();
  assert.deepEqual(await commands(example), [1]);
  stage.onObserved = () => undefined;
  await stage.joiner.join();
  assert.deepEqual(await commands(example), [1, 2]);
});

test('an event that comes behind a later one says when it happened', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const worker = await stage.worker();
  worker.write(1);
  const happened = new Date(example.nowMs).toISOString();
  example.nowMs += 1_000;
  stage.journal.note({ type: 'gateway.stopped' });
  await stage.joiner.join();
  const [event] = await example.events({ types: ['command'] });
  assert.deepEqual([event?.time, event?.at], [new Date(example.nowMs).toISOString(), happened]);
  worker.write(2);
  await stage.joiner.join();
  assert.equal((await example.events({ types: ['command'] }))[1]?.at, undefined);
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

test('of a worker that has ended all is joined, and its folder goes', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const worker = await stage.worker();
  worker.write(1);
  await worker.journal.close();
  await stage.joiner.end(worker.name, false);
  assert.deepEqual(await example.types(), ['worker.started', 'worker.joined', 'command', 'worker.ended']);
  assert.deepEqual(await folders(example), []);
  const verified = await verifyJournal(example.dir, publicKey);
  assert.equal(verified.intact && verified.workers, undefined);
});

test('a write that a kill cut off is no event, and is told of', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const worker = await stage.worker();
  worker.write(1);
  await appendFile(join(worker.dir, fileName(1)), '{"seq":2,"time":"2026-11-23T08:00:00.002Z","type":"com');
  await stage.joiner.end(worker.name, true);
  const ended = (await example.events()).at(-1);
  assert.partialDeepStrictEqual(ended, { type: 'worker.ended', lost: true, cut: 54 });
  assert.deepEqual(await commands(example), [1]);
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

test('a start joins what a kill left, each event once', async (t) => {
  const example = await exampleJournal(t);
  const before = await Stage.open(t, example);
  const [one, two, fresh] = [await before.worker(), await before.worker(), await before.worker()];
  one.write(1);
  two.write(2);
  await before.joiner.join();
  one.write(3);
  two.write(4);
  await before.close();
  assert.partialDeepStrictEqual(await verifyJournal(example.dir, publicKey), { intact: true, workers: 3 });
  const after = await Stage.open(t, example);
  await after.leftBehind();
  assert.deepEqual((await commands(example)).toSorted(), [1, 2, 3, 4]);
  const ended = (await example.events({ types: ['worker.ended'] })).map((event) =>
    event.type === 'worker.ended' ? [event.worker, event.lost] : [],
  );
  assert.deepEqual(
    ended,
    [one.name, two.name, fresh.name].map((name) => [name, true]),
  );
  assert.deepEqual(await folders(example), []);
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

test('while the journal cannot be written nothing is lost, and nothing comes twice', async (t) => {
  const example = await exampleJournal(t);
  let full = false;
  const disk = {
    ...realDisk,
    write: (fd: number, bytes: Buffer, offset: number, length: number) =>
      realDisk.write(fd, bytes, offset, full ? Math.min(length, 10) : length),
  };
  const stage = await Stage.open(t, example, { disk });
  const worker = await stage.worker();
  worker.write(1);
  full = true;
  await stage.joiner.join();
  await stage.joiner.join();
  assert.deepEqual(stage.reports, ['what workers have recorded cannot be joined to the journal']);
  worker.write(2);
  full = false;
  await stage.joiner.join();
  assert.deepEqual(await commands(example), [1, 2]);
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

test('files that were joined as a whole are removed; the rest still proves itself', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const worker = await stage.worker({ fileBytesMax: 1_000 });
  for (let command = 1; command <= 20; command++) worker.write(command);
  await stage.joiner.join();
  const left = (await readdir(worker.dir)).filter((name) => name.endsWith('.ndjson'));
  assert.equal(left.length, 1);
  assert.partialDeepStrictEqual(await verifyJournal(example.dir, publicKey), { intact: true, workers: 1 });
  worker.write(21);
  await stage.close();
  const after = await Stage.open(t, example);
  await after.leftBehind();
  assert.deepEqual(
    await commands(example),
    Array.from({ length: 21 }, (_, index) => index + 1),
  );
});

test('when old files are dropped, the rest goes on naming the workers that run', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example, { fileBytesMax: 1_000 });
  const worker = await stage.worker();
  worker.write(1);
  await stage.joiner.join();
  for (let i = 0; i < 20; i++) {
    stage.journal.append({ type: 'gateway.stopped' });
    await stage.journal.commit();
  }
  example.nowMs += 10_000;
  await stage.joiner.restate();
  const { dir } = example;
  const takenSeq = stage.journal.newestSeq;
  const keeping = { nowMs: example.nowMs, keepMs: 1_000, config: 'c', takenSeq };
  assert.ok((await dropOld({ dir, journal: stage.journal, signingKey, ...keeping })) > 0);
  assert.partialDeepStrictEqual(await verifyJournal(dir, publicKey), { intact: true, workers: 1 });
});

describe('a chain that is not what the worker wrote is found', () => {
  const elsewhere = 'w9-0123456789ab';
  const rows: readonly {
    readonly what: string;
    readonly tamper: (dir: string) => Promise<void>;
    readonly file: RegExp;
    readonly reason: RegExp;
  }[] = [
    {
      what: 'its folder removed',
      tamper: (dir) => rm(dir, { recursive: true }),
      file: /^w1-\w+$/,
      reason: /the folder of this worker is missing/,
    },
    {
      what: 'cut back behind what was joined',
      tamper: (dir) => edit(dir, (lines) => lines.slice(0, 3)),
      file: /^w1-\w+\/journal-00000001/,
      reason: /the end was cut: block 2 was joined/,
    },
    {
      what: 'a line of the rest changed',
      tamper: (dir) => edit(dir, (lines) => lines.map((line) => line.replace('SELECT 3', 'SELECT 4'))),
      file: /^w1-\w+\/journal-00000001/,
      reason: /its content is not what was recorded/,
    },
    {
      what: 'its file removed',
      tamper: (dir) => rm(join(dir, fileName(1))),
      file: /^w1-\w+\/journal-00000001/,
      reason: /the file is missing/,
    },
    {
      what: 'its head removed',
      tamper: (dir) => rm(join(dir, 'head.json')),
      file: /^w1-\w+\/head\.json/,
      reason: /missing, damaged or not signed/,
    },
    {
      what: 'a folder added',
      tamper: (dir) => cp(dir, join(dir, '..', elsewhere), { recursive: true }),
      file: new RegExp(`^${elsewhere}$`),
      reason: /no event of the journal tells of this worker/,
    },
    {
      what: 'its folder renamed',
      tamper: (dir) => rename(dir, join(dir, '..', elsewhere)),
      file: new RegExp(`^${elsewhere}$`),
      reason: /no event of the journal tells of this worker/,
    },
  ];

  for (const { what, tamper, file, reason } of rows) {
    test(what, async (t) => {
      const example = await exampleJournal(t);
      const stage = await Stage.open(t, example);
      const worker = await stage.worker();
      worker.write(1);
      worker.write(2);
      await stage.joiner.join();
      worker.write(3);
      await stage.close();
      await tamper(worker.dir);
      const verified = await verifyJournal(example.dir, publicKey);
      if (verified.intact) assert.fail('it is taken for intact');
      assert.match(verified.file, file);
      assert.match(verified.reason, reason);
      if (/its folder removed|its head/.test(what)) return;
      const after = await Stage.open(t, example);
      await assert.rejects(after.leftBehind(), { code: 'journal_unavailable' });
    });
  }

  async function edit(dir: string, change: (lines: string[]) => string[]): Promise<void> {
    const path = join(dir, fileName(1));
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
    await writeFile(
      path,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
});

test('of a worker that runs, too: it is told, and others go on', async (t) => {
  const example = await exampleJournal(t);
  const stage = await Stage.open(t, example);
  const [one, two] = [await stage.worker(), await stage.worker()];
  one.write(1);
  const path = join(one.dir, fileName(1));
  await writeFile(path, (await readFile(path, 'utf8')).replace('SELECT 1', 'SELECT 9'));
  two.write(2);
  await stage.joiner.join();
  assert.deepEqual(stage.faulty, [one.name]);
  assert.deepEqual(await commands(example), [2]);
});

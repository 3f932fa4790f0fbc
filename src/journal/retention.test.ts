import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFile, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandEvent, exampleJournal, signingKey } from '../../test/fixtures/journal.ts';
import type { Example } from '../../test/fixtures/journal.ts';
import type { FileJournal } from './append.ts';
import { checkpointLine } from './chain.ts';
import { fileName, fileNumbers } from './files.ts';
import { dropOld } from './retention.ts';
import { startName } from './start.ts';
import { verifyJournal } from './verify.ts';

const publicKey = createPublicKey(signingKey);
const dayMs = 86_400_000;
const config = 'c0ffee';

/** A file for each of so many days; the clock stands at the end of the last one. */
async function days(t: TestContext, count: number): Promise<{ example: Example; journal: FileJournal }> {
  const example = await exampleJournal(t);
  const journal = await example.open({ fileMsMax: () => dayMs / 2 });
  for (let day = 1; day <= count; day++) {
    if (day > 1) example.nowMs += dayMs;
    for (const command of [1, 2]) {
      journal.append(commandEvent(day * 10 + command));
      journal.commit();
    }
  }
  t.after(() => journal.close());
  return { example, journal };
}

type More = Partial<Parameters<typeof dropOld>[0]>;

function drop({ dir, nowMs }: Example, journal: FileJournal, more: More = {}): Promise<number> {
  const takenSeq = Number.POSITIVE_INFINITY;
  return dropOld({ dir, journal, signingKey, nowMs, keepMs: 2.5 * dayMs, config, takenSeq, ...more });
}

const verify = ({ dir }: Example) => verifyJournal(dir, publicKey);

test('files are begun anew when they are old enough', async (t) => {
  const { example } = await days(t, 5);
  assert.deepEqual(await fileNumbers(example.dir), [1, 2, 3, 4, 5]);
});

test('old files go, and the rest is proven by what says so', async (t) => {
  const { example, journal } = await days(t, 5);
  assert.equal(await drop(example, journal), 2);
  assert.deepEqual(await fileNumbers(example.dir), [3, 4, 5]);
  const verified = await verify(example);
  const at = '2026-11-27T08:00:00.000Z';
  assert.ok(verified.intact, JSON.stringify(verified));
  assert.deepEqual(verified.dropped, {
    file: fileName(2),
    events: 4,
    until: '2026-11-24T08:00:00.000Z',
    at,
    keepMs: 2.5 * dayMs,
    config,
  });
  assert.equal(verified.events, 11);
  assert.deepEqual((await example.events())[0]?.seq, 5);
  assert.equal((await example.events()).at(-1)?.type, 'journal.dropped');
});

test('it goes on, and drops again', async (t) => {
  const { example, journal } = await days(t, 5);
  await drop(example, journal);
  example.nowMs += dayMs;
  journal.append(commandEvent(61));
  journal.commit();
  assert.equal(await drop(example, journal), 1);
  assert.equal(await drop(example, journal), 0, 'nothing twice');
  const verified = await verify(example);
  assert.ok(verified.intact, JSON.stringify(verified));
  assert.equal(verified.dropped?.file, fileName(3));
});

test('a journal whose beginning was dropped opens and goes on', async (t) => {
  const { example, journal } = await days(t, 5);
  await drop(example, journal);
  await journal.close();
  const again = await example.open();
  again.append(commandEvent(99));
  again.commit();
  await again.close();
  assert.ok((await verify(example)).intact);
});

test('nothing goes that somebody still has to read, and never the newest file', async (t) => {
  const { example, journal } = await days(t, 3);
  assert.equal(await drop(example, journal, { takenSeq: 1 }), 0);
  assert.equal(await drop(example, journal, { takenSeq: 2, keepMs: 1 }), 1);
  assert.equal(await drop(example, journal, { keepMs: 1 }), 1);
  assert.deepEqual(await fileNumbers(example.dir), [3]);
  assert.ok((await verify(example)).intact);
});

test('nothing goes while the record cannot be written', async (t) => {
  const { example, journal } = await days(t, 5);
  const before = await readdir(example.dir);
  await journal.close();
  await assert.rejects(drop(example, journal), { code: 'journal_unavailable' });
  assert.deepEqual((await readdir(example.dir)).toSorted(), before.toSorted());
  assert.ok((await verify(example)).intact);
});

test('what a crash left between the word and the deed is done later, and is no fault', async (t) => {
  const { example, journal } = await days(t, 5);
  const [first = '', second = ''] = [await example.read(1), await example.read(2)];
  await drop(example, journal);
  await example.write(1, first);
  await example.write(2, second);
  assert.ok((await verify(example)).intact);
  assert.equal(await drop(example, journal), 2);
  assert.deepEqual(await fileNumbers(example.dir), [3, 4, 5]);
});

test('a file that a crash tore is never the last to go', async (t) => {
  const { example, journal } = await days(t, 2);
  await journal.close();
  await writeFile(join(example.dir, fileName(2)), `${await example.read(2)}{"seq":99,"ti`);
  const again = await example.open({ fileMsMax: () => dayMs / 2 });
  t.after(() => again.close());
  example.nowMs += dayMs;
  again.append(commandEvent(31));
  again.commit();
  // The second file's events have all been taken, but what follows begins behind what was torn off it.
  assert.equal(await drop(example, again, { keepMs: 1, takenSeq: 4 }), 1);
  assert.equal(await drop(example, again, { keepMs: 1 }), 2);
  assert.deepEqual(await fileNumbers(example.dir), [4]);
  assert.ok((await verify(example)).intact, JSON.stringify(await verify(example)));
});

/** What somebody might do to pass off a cut as a drop → what `verify` says of it. */
const tamperings: readonly [title: string, tamper: (example: Example) => Promise<unknown>, reason: RegExp][] =
  [
    ['another file is removed', ({ dir }) => unlink(join(dir, fileName(3))), /the file is missing/],
    ['start.json is removed', ({ dir }) => rm(join(dir, startName)), /the file is missing/],
    [
      'start.json is no such thing',
      ({ dir }) => writeFile(join(dir, startName), '{}'),
      /start.json is damaged/,
    ],
    [
      'a later true checkpoint stands in start.json, and the file before it is removed',
      async (example) => {
        const line = (await example.lines(3)).at(-1) ?? '';
        await writeFile(join(example.dir, startName), `{"first":"${fileName(4)}","after":${line}}\n`);
        await unlink(join(example.dir, fileName(3)));
      },
      /no signed event says so/,
    ],
    [
      'a checkpoint of another key stands there',
      async ({ dir }) => {
        const point = { block: 4, seq: 4, hash: 'a'.repeat(64), time: '2026-11-25T08:00:00.000Z' };
        const { generateKeyPairSync } = await import('node:crypto');
        const line = checkpointLine(point, generateKeyPairSync('ed25519').privateKey).trimEnd();
        await writeFile(join(dir, startName), `{"first":"${fileName(3)}","after":${line}}\n`);
      },
      /signature that does not hold/,
    ],
    [
      'a byte of the rest is changed',
      async (example) => example.write(3, (await example.read(3)).replace('SELECT 31', 'SELECT 13')),
      /not what was recorded/,
    ],
  ];
for (const [title, tamper, reason] of tamperings) {
  test(`found: ${title}`, async (t) => {
    const { example, journal } = await days(t, 5);
    await drop(example, journal);
    await journal.close();
    await tamper(example);
    const verified = await verify(example);
    assert.ok(!verified.intact);
    assert.match(verified.reason, reason);
  });
}

test('a word that is not signed yet proves nothing', async (t) => {
  const { example, journal } = await days(t, 3);
  const line = (await example.lines(1)).at(-1) ?? '';
  const { hash, seq, time } = JSON.parse(line);
  const block = JSON.parse(line).checkpoint;
  // Somebody who can write to the folder can chain lines of their own behind the newest checkpoint.
  journal.append({
    type: 'journal.dropped',
    file: fileName(1),
    block,
    hash,
    events: seq,
    until: time,
    keepMs: 1,
    config,
  });
  journal.commit();
  await writeFile(join(example.dir, startName), `{"first":"${fileName(2)}","after":${line}}\n`);
  await unlink(join(example.dir, fileName(1)));
  const verified = await verify(example);
  assert.ok(!verified.intact && /no signed event says so/.test(verified.reason), JSON.stringify(verified));
  await journal.seal();
  assert.ok((await verify(example)).intact);
});

test('the head is where it was sealed', async (t) => {
  const { example, journal } = await days(t, 1);
  await journal.seal();
  const head = await readFile(join(example.dir, 'head.json'), 'utf8');
  assert.equal(head.trimEnd(), (await example.lines(1)).at(-1));
});

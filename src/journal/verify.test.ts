import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, hash } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as fc from 'fast-check';
import {
  commandEvent,
  exampleIn,
  exampleJournal,
  resultEvent,
  signingKey,
} from '../../test/fixtures/journal.ts';
import type { Example } from '../../test/fixtures/journal.ts';
import { blockLine, checkpointLine, genesisHash, parseBlock } from './chain.ts';
import type { Fault } from './chain-check.ts';
import { fileName } from './files.ts';
import { verifyJournal } from './verify.ts';
import type { Verification } from './verify.ts';

const publicKey = createPublicKey(signingKey);

/**
 * Lines of the example. File 1: checkpoint 0 at 1, blocks 1–3 at 2–10, checkpoint 3 at 11, blocks 4–6 at 12–20,
 * checkpoint 6 at 21. Files 2 and 3: a block (7, 8) at 1–3, its checkpoint at 4. File 4: block 9 at 1–3, checkpoint
 * 9 at 4, which is the head; blocks 10 and 11 at 5–10, which no checkpoint covers yet.
 */
async function writeExample(example: Example): Promise<void> {
  let command = 0;
  const blocks = async (fileBytesMax: number, count: number, stop?: () => Promise<void>): Promise<void> => {
    const journal = await example.open({ fileBytesMax });
    for (let block = 0; block < count; block++) {
      example.nowMs += 7;
      journal.append(commandEvent(++command));
      journal.note(resultEvent(command));
      journal.commit();
    }
    await stop?.();
    await journal.close();
  };
  await blocks(1e9, 3);
  await blocks(1e9, 3);
  await blocks(1, 3);
  const live = `${example.dir}.live`;
  await blocks(1e9, 2, () => cp(example.dir, live, { recursive: true }));
  await rm(example.dir, { recursive: true });
  await cp(live, example.dir, { recursive: true });
}

/** The files as lists of lines, to be tampered with. */
interface Files {
  readonly 1: string[];
  readonly 2: string[];
  readonly 3: string[];
  readonly 4: string[];
  head: string | undefined;
}
const numbers = [1, 2, 3, 4] as const;

async function load(example: Example): Promise<Files> {
  const [one = [], two = [], three = [], four = []] = await Promise.all(
    numbers.map((number) => example.lines(number)),
  );
  return { 1: one, 2: two, 3: three, 4: four, head: await readFile(join(example.dir, 'head.json'), 'utf8') };
}

async function save(example: Example, files: Files): Promise<void> {
  for (const number of numbers)
    await example.write(number, files[number].map((line) => `${line}\n`).join(''));
  const head = join(example.dir, 'head.json');
  await (files.head === undefined ? rm(head) : writeFile(head, files.head));
}

/** What somebody would do who can hash but not sign. */
function rechain(files: Files): void {
  let prev = genesisHash;
  let content = '';
  let block = 0;
  let events = 0;
  for (const number of numbers) {
    for (const [index, line] of files[number].entries()) {
      if (parseBlock(line) === undefined) {
        content += `${line}\n`;
        if (line.startsWith('{"seq"')) events++;
        continue;
      }
      const digest = hash('sha256', prev + content);
      files[number][index] = blockLine({ block: ++block, prev, hash: digest, events }).trimEnd();
      [prev, content, events] = [digest, '', 0];
    }
  }
}

function edit(lines: string[], line: number, from: string | RegExp, to: string): void {
  const old = lines[line - 1] ?? '';
  const changed = old.replace(from, to);
  assert.notEqual(changed, old, 'the tampering must hit');
  lines[line - 1] = changed;
}

function swap(lines: string[], a: number, b: number, count: number): void {
  const moved = lines.slice(a - 1, a - 1 + count);
  lines.splice(a - 1, count, ...lines.splice(b - 1, count, ...moved));
}

const forger = generateKeyPairSync('ed25519').privateKey;
const one = fileName(1);
const four = fileName(4);

interface Row {
  readonly name: string;
  readonly tamper: (files: Files) => void;
  /** File, block, first and last line. */
  readonly at: readonly [string, number, number, number];
  readonly reason: RegExp;
}

const rows: readonly Row[] = [
  {
    name: 'a letter of an event is changed',
    tamper: (files) => edit(files[1], 5, 'SELECT 2', 'SELECT 3'),
    at: [one, 2, 5, 7],
    reason: /content is not what was recorded/,
  },
  {
    name: 'a space is added to an event',
    tamper: (files) => edit(files[1], 6, '}', ' }'),
    at: [one, 2, 5, 7],
    reason: /content/,
  },
  {
    name: 'the identity of the first event is changed',
    tamper: (files) => edit(files[1], 2, '"s1"', '"s2"'),
    at: [one, 1, 2, 4],
    reason: /content/,
  },
  {
    name: 'a time is changed forwards',
    tamper: (files) => edit(files[1], 5, '08:00', '09:00'),
    at: [one, 2, 5, 7],
    reason: /goes backwards|content/,
  },
  {
    name: 'a time is changed backwards',
    tamper: (files) => edit(files[1], 6, '08:00', '07:00'),
    at: [one, 2, 5, 7],
    reason: /goes backwards/,
  },
  {
    name: 'an event is removed',
    tamper: (files) => files[1].splice(4, 1),
    at: [one, 2, 5, 6],
    reason: /event 3 is missing/,
  },
  {
    name: 'the last event of a block is removed',
    tamper: (files) => files[1].splice(5, 1),
    at: [one, 2, 5, 6],
    reason: /it has 1 events, not 2/,
  },
  {
    name: 'an event is written twice',
    tamper: (files) => files[1].splice(5, 0, files[1][4] ?? ''),
    at: [one, 2, 5, 8],
    reason: /event 4 is missing/,
  },
  {
    name: 'two events change places',
    tamper: (files) => swap(files[1], 5, 6, 1),
    at: [one, 2, 5, 7],
    reason: /event 3 is missing/,
  },
  {
    name: 'an event moves to another block',
    tamper: (files) => files[1].splice(7, 0, ...files[1].splice(5, 1)),
    at: [one, 2, 5, 6],
    reason: /it has 1 events/,
  },
  {
    name: 'the line that ends a block is removed',
    tamper: (files) => files[1].splice(6, 1),
    at: [one, 2, 5, 9],
    reason: /block 2 is missing/,
  },
  {
    name: 'a block is removed',
    tamper: (files) => files[1].splice(4, 3),
    at: [one, 2, 5, 7],
    reason: /block 2 is missing/,
  },
  {
    name: 'two blocks are removed',
    tamper: (files) => files[1].splice(1, 6),
    at: [one, 1, 2, 4],
    reason: /blocks 1 to 2 are missing/,
  },
  {
    name: 'a block is written twice',
    tamper: (files) => files[1].splice(7, 0, ...files[1].slice(4, 7)),
    at: [one, 3, 8, 10],
    reason: /block 2 stands here once more/,
  },
  {
    name: 'two blocks change places',
    tamper: (files) => swap(files[1], 5, 8, 3),
    at: [one, 2, 5, 7],
    reason: /block 2 is missing/,
  },
  {
    name: "a block's number is changed",
    tamper: (files) => edit(files[1], 7, '"block":2', '"block":1'),
    at: [one, 2, 5, 7],
    reason: /once more/,
  },
  {
    name: "a block's hash is changed",
    tamper: (files) => edit(files[1], 7, /"hash":"./, '"hash":"g'),
    at: [one, 2, 5, 7],
    reason: /malformed/,
  },
  {
    name: "a block's count is changed",
    tamper: (files) => edit(files[1], 7, '"events":2', '"events":1'),
    at: [one, 2, 5, 7],
    reason: /it has 2 events, not 1/,
  },
  {
    name: "a block's prev is changed",
    tamper: (files) => edit(files[1], 7, /"prev":"\w{64}"/, `"prev":"${genesisHash}"`),
    at: [one, 2, 5, 7],
    reason: /does not follow/,
  },
  {
    name: 'a block has one more member',
    tamper: (files) => edit(files[1], 7, '}', ',"note":1}'),
    at: [one, 2, 5, 7],
    reason: /malformed/,
  },
  {
    name: 'a line of something else stands between two blocks',
    tamper: (files) => files[1].splice(7, 0, '# nothing to see here'),
    at: [one, 3, 8, 11],
    reason: /line 8 is no event/,
  },
  {
    name: 'an empty line stands inside a block',
    tamper: (files) => files[1].splice(5, 0, ''),
    at: [one, 2, 5, 8],
    reason: /line 6 is no event/,
  },
  {
    name: 'an event is changed and all hashes made anew',
    tamper: (files) => {
      edit(files[1], 13, '"rows":1', '"rows":9');
      rechain(files);
    },
    at: [one, 4, 12, 21],
    reason: /not what was signed for block 6/,
  },
  {
    name: 'an event is changed, all hashes made anew, and the checkpoints removed',
    tamper: (files) => {
      edit(files[1], 13, '"rows":1', '"rows":9');
      files[1].pop();
      files[2].pop();
      files[3].pop();
      files[4].splice(3, 1);
      rechain(files);
    },
    at: [four, 4, 1, 3],
    reason: /not what head.json states for block 9/,
  },
  {
    name: 'a time is changed in a checkpoint',
    tamper: (files) => edit(files[1], 11, '08:00', '08:01'),
    at: [one, 3, 11, 11],
    reason: /signature of a checkpoint does not hold/,
  },
  {
    name: 'a hash is changed in a checkpoint',
    tamper: (files) => edit(files[1], 21, /"hash":"\w{64}"/, `"hash":"${genesisHash}"`),
    at: [one, 6, 21, 21],
    reason: /signature/,
  },
  {
    name: 'a checkpoint is signed by another key',
    tamper: (files) => {
      const { block, seq, hash, time } = { ...JSON.parse(files[1][10] ?? ''), block: 3 };
      files[1][10] = checkpointLine({ block, seq, hash, time }, forger).trimEnd();
    },
    at: [one, 3, 11, 11],
    reason: /signature/,
  },
  {
    name: 'a checkpoint has a space more',
    tamper: (files) => edit(files[1], 11, '}', ' }'),
    at: [one, 4, 11, 11],
    reason: /malformed/,
  },
  {
    name: 'a checkpoint is removed',
    tamper: (files) => files[1].splice(10, 1),
    at: [one, 4, 11, 13],
    reason: /content/,
  },
  {
    name: 'a checkpoint is written twice',
    tamper: (files) => files[1].splice(11, 0, files[1][10] ?? ''),
    at: [one, 4, 13, 15],
    reason: /content/,
  },
  {
    name: 'an earlier checkpoint stands in the place of a later one',
    tamper: (files) => (files[1][20] = files[1][10] ?? ''),
    at: [one, 4, 12, 21],
    reason: /not what was signed for block 3/,
  },
  {
    name: 'the first checkpoint is removed',
    tamper: (files) => files[1].shift(),
    at: [one, 1, 1, 1],
    reason: /does not begin with its first checkpoint/,
  },
  {
    name: 'a file is emptied',
    tamper: (files) => files[2].splice(0),
    at: [fileName(3), 7, 1, 3],
    reason: /block 7 is missing/,
  },
  {
    name: 'two files change places',
    tamper: (files) => files[2].splice(0, 4, ...files[3].splice(0, 4, ...files[2])),
    at: [fileName(2), 7, 1, 3],
    reason: /block 7 is missing/,
  },
  {
    name: 'a file in the middle is cut in a line',
    tamper: (files) => {
      files[2].splice(2);
      files[2][1] = files[2][1]?.slice(0, 30) ?? '';
    },
    at: [fileName(2), 7, 1, 2],
    reason: /line 2 is no event|bytes behind the last block/,
  },
  {
    name: 'the end is cut behind a block',
    tamper: (files) => files[4].splice(0),
    at: [four, 9, 0, 0],
    reason: /the end was cut: block 9 was signed/,
  },
  {
    name: 'the end is cut inside a block',
    tamper: (files) => files[4].splice(2),
    at: [four, 9, 1, 2],
    reason: /no later block accounts for/,
  },
  {
    name: "the head's checkpoint is removed, with all behind it",
    tamper: (files) => files[4].splice(3),
    at: ['head.json', 0, 0, 0],
    reason: /states a checkpoint that is not in the journal/,
  },
  {
    name: 'garbage stands at the end',
    tamper: (files) => files[4].push('garbage'),
    at: [four, 12, 11, 11],
    reason: /line 11 is no event/,
  },
  {
    name: 'an event that no block holds stands at the end',
    tamper: (files) => files[4].push('{"seq":23,"time":"2026-11-23T09:00:00.000Z","type":"gateway.stopped"}'),
    at: [four, 12, 11, 11],
    reason: /no later block accounts for/,
  },
  {
    name: 'the head is removed',
    tamper: (files) => (files.head = undefined),
    at: ['head.json', 0, 0, 0],
    reason: /is missing/,
  },
  {
    name: 'the head is damaged',
    tamper: (files) => (files.head = files.head?.slice(1)),
    at: ['head.json', 0, 0, 0],
    reason: /is damaged/,
  },
  {
    name: 'the head is forged',
    tamper: (files) => (files.head = files.head?.replace('"seq":18', '"seq":20')),
    at: ['head.json', 0, 0, 0],
    reason: /signature/,
  },
  {
    name: 'an event claims a recovery that never was',
    tamper: (files) => {
      const recovered = `"type":"journal.recovered","file":"${fileName(3)}","bytes":4,"sha256":"00"}`;
      edit(files[4], 1, /"type".*/, recovered);
      rechain(files);
    },
    at: [four, 9, 1, 3],
    reason: /4 bytes at the end of journal-00000003.ndjson are gone/,
  },
];

test('the example is intact', async (t) => {
  const example = await exampleJournal(t);
  await writeExample(example);
  assert.deepEqual(await verifyJournal(example.dir, publicKey), {
    intact: true,
    files: 4,
    blocks: 11,
    events: 22,
    checkpoints: 6,
    unsigned: 2,
    recovered: 0,
    until: '2026-11-23T08:00:00.077Z',
  });
  const pem = await readFile(join(example.dir, 'journal-public.pem'), 'utf8');
  assert.equal((await verifyJournal(example.dir, pem)).intact, true);
});

test('every tampering is found where it is', async (t) => {
  const original = await exampleJournal(t);
  await writeExample(original);
  for (const { name, tamper, at, reason } of rows) {
    await t.test(name, async (t) => {
      const example = await copyOf(t, original);
      const files = await load(example);
      tamper(files);
      await save(example, files);
      const found = faultOf(await verifyJournal(example.dir, publicKey));
      assert.deepEqual([found.file, found.block, ...found.lines], at);
      assert.match(found.reason, reason);
    });
  }
});

const missingFiles = [
  { number: 1, block: 1 },
  { number: 2, block: 7 },
  { number: 3, block: 8 },
];
for (const { number, block } of missingFiles) {
  test(`file ${number} is missing`, async (t) => {
    const example = await exampleJournal(t);
    await writeExample(example);
    await rm(join(example.dir, fileName(number)));
    const found = faultOf(await verifyJournal(example.dir, publicKey));
    assert.deepEqual(found, { file: fileName(number), block, lines: [0, 0], reason: 'the file is missing' });
  });
}

test('the last file is missing, or all of them', async (t) => {
  const example = await exampleJournal(t);
  await writeExample(example);
  await rm(join(example.dir, four));
  const found = faultOf(await verifyJournal(example.dir, publicKey));
  assert.deepEqual([found.file, found.block, found.lines], [fileName(3), 9, [4, 4]]);
  await rm(example.dir, { recursive: true });
  assert.deepEqual(faultOf(await verifyJournal(example.dir, publicKey)).file, one);
});

test('another key than the one that signed', async (t) => {
  const example = await exampleJournal(t);
  await writeExample(example);
  const found = faultOf(await verifyJournal(example.dir, createPublicKey(forger)));
  assert.deepEqual([found.file, found.lines], [one, [1, 1]]);
});

test('any change of any byte before the newest checkpoint is found', async (t) => {
  const example = await exampleJournal(t);
  await writeExample(example);
  const signed = new Map<number, Buffer>();
  for (const number of numbers) {
    const lines = await example.lines(number);
    const last = lines.findLastIndex((line) => line.startsWith('{"checkpoint"'));
    signed.set(
      number,
      Buffer.from(
        lines
          .slice(0, last + 1)
          .map((line) => `${line}\n`)
          .join(''),
      ),
    );
  }
  const place = fc.record({
    number: fc.constantFrom(...numbers),
    at: fc.nat(),
    length: fc.integer({ min: 0, max: 400 }),
  });
  const change = fc.record({ place, put: fc.uint8Array({ maxLength: 20 }) });
  await fc.assert(
    fc.asyncProperty(change, async ({ place: { number, at, length }, put }) => {
      const bytes = await readFile(join(example.dir, fileName(number)));
      const from = at % (signed.get(number)?.length ?? 1);
      const changed = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + length)]);
      await example.write(number, changed);
      const found = await verifyJournal(example.dir, publicKey);
      await example.write(number, bytes);
      assert.equal(found.intact, changed.equals(bytes));
    }),
    { numRuns: 150 },
  );
});

function faultOf(found: Verification): Fault {
  assert.ok(!found.intact, 'the tampering must be found');
  const { intact: _, ...fault } = found;
  return fault;
}

async function copyOf(t: TestContext, original: Example): Promise<Example> {
  const dir = `${original.dir}.${t.name.replaceAll(/\W/g, '-')}`;
  await cp(original.dir, dir, { recursive: true });
  t.after(() => rm(dir, { recursive: true, force: true }));
  return exampleIn(dir);
}

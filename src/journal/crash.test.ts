import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPublicKey, hash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandEvent, exampleIn, exampleJournal, signingKey } from '../../test/fixtures/journal.ts';
import type { Example } from '../../test/fixtures/journal.ts';
import { openJournal } from './append.ts';
import { fileName } from './files.ts';
import { journalKey } from './key.ts';
import { readEvents } from './read.ts';
import { verifyJournal } from './verify.ts';

const publicKey = createPublicKey(signingKey);

const writer = `
  import { writeSync } from 'node:fs';
  import { openJournal } from ${JSON.stringify(import.meta.resolve('./append.ts'))};
  import { journalKey } from ${JSON.stringify(import.meta.resolve('./key.ts'))};
  const data = process.argv[1];
  const journal = await openJournal({
    dir: data + '/journal', durability: 'write', clock: Date, signingKey: await journalKey(data), onError: () => undefined,
  });
  for (let command = 1; ; command++) {
    journal.append({ type: 'command', session: 's', command, text: 'SELECT 1', effects: [], verdict: 'allow', rules: [] });
    journal.commit();
    writeSync(1, command + '\\n');
  }
`;

test('kill -9: every commit that returned is in the record', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'sallyport-crash-'));
  t.after(() => rm(data, { recursive: true }));
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let committed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    committed = Number(line);
    if (committed === 1_234) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');

  const dir = join(data, 'journal');
  const signingKey = await journalKey(data);
  const journal = await openJournal({
    dir,
    durability: 'write',
    clock: Date,
    signingKey,
    onError: assert.ifError,
  });
  await journal.close();
  const commands: unknown[] = [];
  for await (const event of readEvents(dir, { types: ['command'] }))
    commands.push('command' in event && event.command);
  assert.ok(commands.length >= committed, `${commands.length} of ${committed}`);
  assert.deepEqual(
    commands,
    commands.map((_, index) => index + 1),
  );
  assert.equal((await verifyJournal(dir, createPublicKey(signingKey))).intact, true);
});

/** A journal whose process ended without a word, behind three blocks of two events. */
async function crashed(t: TestContext): Promise<Example & { bytes: Buffer; lastBlock: number }> {
  const running = await exampleJournal(t);
  const journal = await running.open();
  for (const command of [1, 2, 3]) {
    journal.append(commandEvent(command));
    journal.append({ ...commandEvent(command), type: 'config.loaded', digest: 'é' });
    journal.commit();
  }
  const dir = `${running.dir}.crashed`;
  await cp(running.dir, dir, { recursive: true });
  await journal.close();
  const bytes = await readFile(join(dir, fileName(1)));
  return { ...exampleIn(dir), bytes, lastBlock: bytes.indexOf('{"seq":5,') };
}

const cuts: readonly { name: string; at: (bytes: Buffer, lastBlock: number) => number }[] = [
  { name: 'after one byte', at: (_, lastBlock) => lastBlock + 1 },
  { name: 'inside the first event', at: (_, lastBlock) => lastBlock + 40 },
  {
    name: 'before the line feed of the first event',
    at: (bytes, lastBlock) => bytes.indexOf('\n', lastBlock),
  },
  { name: 'behind the first event', at: (bytes, lastBlock) => bytes.indexOf('\n', lastBlock) + 1 },
  { name: 'inside a character', at: (bytes) => bytes.lastIndexOf('é') + 1 },
  { name: 'behind the events', at: (bytes) => bytes.lastIndexOf('{"block":') },
  { name: 'inside the line that ends the block', at: (bytes) => bytes.lastIndexOf('"hash":') + 20 },
  { name: 'before the last line feed', at: (bytes) => bytes.length - 1 },
];
for (const { name, at } of cuts) {
  test(`a write cut off ${name} stays, is accounted for, and counts for nothing`, async (t) => {
    const example = await crashed(t);
    const { bytes, lastBlock } = example;
    const cut = at(bytes, lastBlock);
    await example.write(1, bytes.subarray(0, cut));
    const before = await verifyJournal(example.dir, publicKey);
    assert.ok(!before.intact && before.block === 3 && before.lines[0] === 8, JSON.stringify(before));

    await (await example.open()).close();
    assert.ok(
      (await readFile(join(example.dir, fileName(1)))).equals(bytes.subarray(0, cut)),
      'nothing is deleted',
    );
    const [, , , , recovered, ...rest] = await example.events();
    assert.deepEqual(rest, []);
    const torn = bytes.subarray(lastBlock, cut);
    assert.deepEqual(recovered, {
      ...recovered,
      seq: 5,
      type: 'journal.recovered',
      file: fileName(1),
      bytes: torn.length,
      sha256: hash('sha256', torn),
    });
    const after = await verifyJournal(example.dir, publicKey);
    assert.ok(after.intact && after.recovered === 1 && after.blocks === 3, JSON.stringify(after));

    for (const changed of [torn.subarray(1), Buffer.concat([torn, torn])]) {
      await example.write(1, Buffer.concat([bytes.subarray(0, lastBlock), changed]));
      const found = await verifyJournal(example.dir, publicKey);
      assert.ok(!found.intact && (changed.length === 0 || found.file === fileName(1)), JSON.stringify(found));
    }
  });
}

test('a crash while recovering from a crash', async (t) => {
  const example = await crashed(t);
  await example.write(1, example.bytes.subarray(0, -5));
  await example.write(2, '{"seq":5,"time":"2026-11-23T08:0');
  await example.write(3, '');
  await (await example.open()).close();
  const recovered = (await example.events({ types: ['journal.recovered'] })).map(
    (event) => 'file' in event && event.file,
  );
  assert.deepEqual(recovered, [fileName(1), fileName(2)]);
  const found = await verifyJournal(example.dir, publicKey);
  assert.ok(found.intact && found.recovered === 2 && found.files === 4, JSON.stringify(found));
  await writeFile(join(example.dir, fileName(2)), '');
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, false);
});

test('a crash before the first block', async (t) => {
  const example = await crashed(t);
  await example.write(1, `${(await example.lines())[0]}\n{"se`);
  await (await example.open()).close();
  assert.deepEqual(await example.types(), ['journal.recovered']);
  assert.equal((await verifyJournal(example.dir, publicKey)).intact, true);
});

test('a large write cut off: the end is found reading backwards', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  const large = 'x'.repeat(200_000);
  for (const digest of [large, 'small', large]) {
    journal.append({ type: 'config.loaded', digest });
    journal.commit();
  }
  const bytes = await readFile(join(example.dir, fileName(1)));
  await journal.close();
  for (const [cut, seq] of [
    [bytes.length - 200_000, 3],
    [bytes.length - 10, 3],
    [bytes.indexOf('"small"'), 2],
  ] as const) {
    const copy = exampleIn(`${example.dir}.${cut}`);
    await cp(example.dir, copy.dir, { recursive: true });
    await rm(join(copy.dir, 'head.json'));
    await writeFile(join(copy.dir, 'head.json'), `${(await example.lines())[0]}\n`);
    await copy.write(1, bytes.subarray(0, cut));
    await (await copy.open()).close();
    const [recovered] = await copy.events({ types: ['journal.recovered'] });
    assert.equal(recovered?.seq, seq);
    assert.equal((await verifyJournal(copy.dir, publicKey)).intact, true);
    await rm(copy.dir, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandEvent, exampleJournal, resultEvent } from '../../test/fixtures/journal.ts';
import type { Example } from '../../test/fixtures/journal.ts';
import type { EventFilter } from './read.ts';
import { readEvents } from './read.ts';

/** Two sessions taking turns, a command and a result each, in several files. */
async function write(example: Example, commands: number, fileBytesMax = 1_500): Promise<void> {
  const journal = await example.open({ fileBytesMax });
  for (let command = 1; command <= commands; command++) {
    const session = command % 2 === 0 ? 'even' : 'odd';
    journal.append(commandEvent(command, session));
    journal.note(resultEvent(command, session));
    journal.commit();
  }
  await journal.close();
}

const rows: readonly { name: string; filter: EventFilter; seqs: readonly number[] }[] = [
  { name: 'everything', filter: {}, seqs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] },
  { name: 'a session', filter: { session: 'even' }, seqs: [3, 4, 7, 8, 11, 12] },
  { name: 'a type', filter: { types: ['result'] }, seqs: [2, 4, 6, 8, 10, 12] },
  { name: 'two types', filter: { types: ['result', 'command'], sinceSeq: 9 }, seqs: [10, 11, 12] },
  { name: 'a type of a session', filter: { session: 'odd', types: ['command'] }, seqs: [1, 5, 9] },
  { name: 'what came later', filter: { sinceSeq: 7 }, seqs: [8, 9, 10, 11, 12] },
  { name: 'what came later in a session', filter: { sinceSeq: 7, session: 'odd' }, seqs: [9, 10] },
  { name: 'behind the end', filter: { sinceSeq: 12 }, seqs: [] },
  { name: 'an unknown session', filter: { session: 'od' }, seqs: [] },
  { name: 'an empty list of types', filter: { types: [] }, seqs: [] },
];
for (const { name, filter, seqs } of rows) {
  test(`reads ${name}`, async (t) => {
    const example = await exampleJournal(t);
    await write(example, 6);
    assert.deepEqual(
      (await example.events(filter)).map(({ seq }) => seq),
      seqs,
    );
  });
}

test('no journal, no events', async (t) => {
  const example = await exampleJournal(t);
  assert.deepEqual(await example.events(), []);
});

test('a recorded text cannot pass for a member of an event', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  const text = 'SELECT \'"session":"even"\', \'"type":"result"\'\n{"block":9,"prev":"';
  journal.append({
    type: 'command',
    session: 'odd',
    command: 1,
    text,
    effects: [],
    verdict: 'allow',
    rules: [],
  });
  journal.commit();
  await journal.close();
  assert.deepEqual(await example.types({ session: 'even' }), []);
  assert.deepEqual(await example.types({ types: ['result'] }), []);
  const [event] = await example.events({ session: 'odd' });
  assert.equal(event?.type === 'command' && event.text, text);
});

test('blocks larger than what is read at once', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  for (let block = 0; block < 5; block++) {
    for (let event = 0; event < 3; event++) {
      journal.append({ type: 'config.loaded', digest: 'ü'.repeat(300_000 + block) });
    }
    journal.commit();
  }
  await journal.close();
  const seqs = (await example.events()).map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: 15 }, (_, index) => index + 1),
  );
});

test('a block that is not finished is not read', async (t) => {
  const example = await exampleJournal(t);
  await write(example, 2, 1e9);
  const lines = await example.lines();
  const unfinished = '{"seq":5,"time":"2026-11-23T08:00:00.000Z","type":"gateway.stopped"}';
  await example.write(1, [...lines, unfinished, ''].join('\n'));
  assert.deepEqual(
    (await example.events()).map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
});

test('an event that is no JSON any more is an error that says what to do', async (t) => {
  const example = await exampleJournal(t);
  await write(example, 2, 1e9);
  await example.write(1, (await example.read()).replace('"command":1', '"command":'));
  assert.equal((await example.events({ session: 'even' })).length, 2);
  await assert.rejects(example.events(), { code: 'internal', hint: /audit verify/ });
});

test('follows a journal that is being written, from file to file, until told to stop', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open({ fileBytesMax: 700 });
  const reading = new AbortController();
  const seen: number[] = [];
  for (let command = 1; command <= 3; command++) journal.append(commandEvent(command));
  journal.commit();
  for await (const { seq } of readEvents(example.dir, {
    follow: true,
    sinceSeq: 1,
    signal: reading.signal,
  })) {
    seen.push(seq);
    if (seq >= 9) reading.abort();
    journal.append(commandEvent(seq));
    journal.commit();
  }
  await journal.close();
  assert.deepEqual(seen, [2, 3, 4, 5, 6, 7, 8, 9]);
});

test('follows a journal of which nothing is written yet', async (t) => {
  const example = await exampleJournal(t);
  const journal = await example.open();
  const first = readEvents(example.dir, { follow: true })[Symbol.asyncIterator]();
  const next = first.next();
  journal.note(resultEvent(1));
  assert.equal((await next).value?.type, 'result');
  await first.return?.();
  await journal.close();
});

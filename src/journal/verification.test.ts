import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { exampleJournal, signingKey } from '../../test/fixtures/journal.ts';
import { until } from '../../test/fixtures/until.ts';
import { fileName } from './files.ts';
import { JournalVerification } from './verification.ts';

async function set(t: TestContext) {
  const example = await exampleJournal(t);
  const journal = await example.open();
  t.after(() => journal.close());
  journal.append({ type: 'gateway.stopped' });
  journal.commit();
  const verification = new JournalVerification({
    dir: example.dir,
    signingKey,
    clock: { now: () => example.nowMs },
  });
  t.after(() => verification.close());
  const ended = async () => {
    await until('the end of it', () => verification.state().runningSinceMs === undefined);
    return verification.state().last;
  };
  return { example, verification, ended };
}

test('a journal is verified beside what else goes on, and what was found is kept', async (t) => {
  const { example, verification, ended } = await set(t);
  assert.deepEqual(verification.state(), { runningSinceMs: undefined, last: undefined });
  verification.start();
  verification.start();
  assert.equal(verification.state().runningSinceMs, example.nowMs);
  example.nowMs += 5;
  const last = await ended();
  assert.deepEqual([last?.atMs, last?.tookMs], [example.nowMs, 5]);
  assert.ok(last !== undefined && 'intact' in last.found && last.found.intact);
  assert.equal(last.found.events, 1);
});

test('what was changed is found, and where', async (t) => {
  const { example, verification, ended } = await set(t);
  await appendFile(join(example.dir, fileName(1)), '{"seq":9}\n');
  verification.start();
  const last = await ended();
  assert.ok(last !== undefined && 'intact' in last.found && !last.found.intact);
  assert.equal(last.found.file, fileName(1));
});

test('what cannot be read is no proof of anything', async (t) => {
  const { example } = await set(t);
  const verification = new JournalVerification({
    dir: join(example.dir, 'nowhere'),
    signingKey,
    clock: { now: () => 0 },
  });
  verification.start();
  await until('the end of it', () => verification.state().last !== undefined);
  const found = verification.state().last?.found;
  assert.ok(found !== undefined && ('failure' in found || !found.intact));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Journal } from '../../core/ports.ts';
import { turnJournal } from './turn-journal.ts';

function journalOf(commit: () => void): Journal {
  return { losses: 0, append: () => undefined, note: () => undefined, commit };
}

test('commits of one turn are one, and those of the next another', async () => {
  let commits = 0;
  const journal = turnJournal(journalOf(() => void (commits += 1)));
  await Promise.all([journal.commit(), journal.commit(), journal.commit()]);
  assert.equal(commits, 1);
  await journal.commit();
  assert.equal(commits, 2);
});

test('a write that fails fails all who waited for it, and nobody after them', async () => {
  let isFull = true;
  const journal = turnJournal(
    journalOf(() => {
      if (isFull) throw new Error('full');
    }),
  );
  const both = await Promise.allSettled([journal.commit(), journal.commit()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  isFull = false;
  await journal.commit();
});

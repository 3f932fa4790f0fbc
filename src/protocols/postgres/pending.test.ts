import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { SallyportError } from '../../core/errors.ts';
import { PendingQueue, type Pending } from './pending.ts';

// `D` Describe, `R` a refused message, `S` Sync, `Q` Query: what the tests need to tell apart.
type Letter = 'D' | 'R' | 'Q' | 'S';
const letterList: readonly Letter[] = ['D', 'R', 'Q', 'S'];
const refusal = new SallyportError('denied', 'no');
const items: Readonly<Record<Letter, () => Pending>> = {
  D: () => ({ kind: 'describe', portal: undefined, swallow: false }),
  R: () => ({ kind: 'refused', refusal }),
  Q: () => ({ kind: 'query', running: undefined, refusal: undefined }),
  S: () => ({ kind: 'sync' }),
};
const kinds: Readonly<Record<string, Letter>> = {
  describe: 'D',
  refused: 'R',
  query: 'Q',
  sync: 'S',
};

function pushed(queue: PendingQueue, letters: string): PendingQueue {
  for (const letter of letters) queue.push(items[letter as Letter]());
  return queue;
}

function letterOf(item: Pending | undefined): string {
  return item === undefined ? '' : (kinds[item.kind] ?? '?');
}

function letters(list: readonly Pending[]): string {
  return list.map(letterOf).join('');
}

const rest = (queue: PendingQueue): string => letters(queue.drain());

describe('an error in the extended protocol', () => {
  for (const [what, before, skipped, left] of [
    ['skips to the next Sync', 'DRDSD', 'DRD', 'SD'],
    ['skips everything where no Sync has come yet', 'DRQ', 'DRQ', ''],
    ['skips nothing behind a Sync', 'SD', '', 'SD'],
  ] as const) {
    test(what, () => {
      const queue = pushed(new PendingQueue(), before);
      assert.equal(letters(queue.skipToSync()), skipped);
      assert.equal(rest(queue), left);
    });
  }
});

describe('taking back what did not go on', () => {
  test('gives it in the order in which it was pushed, and leaves the rest', () => {
    const queue = pushed(new PendingQueue(), 'DQ');
    const mark = queue.pushed;
    pushed(queue, 'RSD');
    assert.equal(letters(queue.takeBack(mark)), 'RSD');
    assert.equal(rest(queue), 'DQ');
  });

  test('takes nothing where nothing was pushed since', () => {
    const queue = pushed(new PendingQueue(), 'DQ');
    assert.deepEqual(queue.takeBack(queue.pushed), []);
    assert.equal(rest(queue), 'DQ');
  });

  test('takes no more than is left after an error skipped some of it', () => {
    const queue = pushed(new PendingQueue(), 'D');
    const mark = queue.pushed;
    pushed(queue, 'RSD');
    queue.skipToSync();
    assert.equal(letters(queue.takeBack(mark)), 'SD');
    assert.equal(queue.length, 0);
  });
});

test('first in, first out, however many and however mixed', () => {
  const step = fc.oneof(
    fc.record({ push: fc.constantFrom(...letterList), times: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ shift: fc.integer({ min: 1, max: 1500 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const queue = new PendingQueue();
      let model = '';
      for (const each of steps) {
        if ('push' in each) {
          model += each.push.repeat(each.times);
          pushed(queue, each.push.repeat(each.times));
          continue;
        }
        for (let i = 0; i < each.shift; i++) {
          assert.equal(letterOf(queue.shift()), model[0] ?? '');
          model = model.slice(1);
        }
      }
      assert.equal(queue.length, model.length);
      assert.equal(letterOf(queue.head), model[0] ?? '');
      assert.equal(rest(queue), model);
    }),
    { numRuns: 50 },
  );
});

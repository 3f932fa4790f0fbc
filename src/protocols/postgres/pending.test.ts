import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { SallyportError } from '../../core/errors.ts';
import { PendingQueue, type Pending } from './pending.ts';

// `D` Describe, `R` a refused message, `S` Sync, `c` CopyDone or CopyFail, `Q` Query: what the tests need to tell apart.
type Letter = 'D' | 'R' | 'Q' | 'S' | 'c';
const letterList: readonly Letter[] = ['D', 'R', 'Q', 'S', 'c'];
const refusal = new SallyportError('denied', 'no');
const items: Readonly<Record<Letter, () => Pending>> = {
  D: () => ({ kind: 'describe', portal: undefined, swallow: false }),
  R: () => ({ kind: 'refused', refusal }),
  Q: () => ({ kind: 'query', running: undefined, refusal: undefined }),
  S: () => ({ kind: 'sync' }),
  c: () => ({ kind: 'copyEnd' }),
};
const kinds: Readonly<Record<string, Letter>> = {
  describe: 'D',
  refused: 'R',
  query: 'Q',
  sync: 'S',
  copyEnd: 'c',
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

/** What the server will answer, in order. */
function answered(queue: PendingQueue): string {
  let all = '';
  for (let item = queue.answerable(); item !== undefined; item = queue.answerable()) {
    all += letterOf(item);
    queue.shift();
  }
  return all;
}

describe('COPY from the client', () => {
  const rows: readonly [what: string, before: string, after: string, answers: string, still: boolean][] = [
    ['a Sync within the data gets no answer', 'D', 'S', 'D', true],
    ['a Sync after the data does', 'D', 'cS', 'DS', false],
    ['Syncs sent before the server had begun are ignored too', 'DSS', '', 'D', true],
    ['but not those that stand behind the end of the data', 'DSScS', '', 'DS', false],
    ['nor what is sent on behind it', 'Dc', 'QS', 'DQS', false],
    ['a second end of the data ends nothing', 'DcSc', 'S', 'DSS', false],
  ];
  for (const [what, before, after, answers, still] of rows) {
    test(what, () => {
      const queue = pushed(new PendingQueue(), before);
      queue.copyInBegan();
      pushed(queue, after);
      assert.equal(queue.copyIn, still);
      assert.equal(answered(queue), answers);
    });
  }

  test('a second COPY in the same pipeline has an end of its own', () => {
    const queue = pushed(new PendingQueue(), 'DcDScS');
    queue.copyInBegan();
    queue.copyInEnded();
    queue.shift();
    queue.copyInBegan();
    assert.equal(queue.copyIn, false);
    assert.equal(answered(queue), 'DS');
  });

  test('is over with its CommandComplete or error, and Sync is answered again', () => {
    const queue = pushed(new PendingQueue(), 'Q');
    queue.copyInBegan();
    queue.copyInEnded();
    assert.equal(answered(pushed(queue, 'S')), 'QS');
  });

  test('its end has no answer of its own', () => {
    const queue = pushed(new PendingQueue(), 'ccDc');
    assert.equal(answered(queue), 'D');
    assert.equal(queue.length, 0);
  });
});

describe('an error in the extended protocol', () => {
  for (const [what, before, skipped, left] of [
    ['skips to the next Sync', 'DRDSD', 'DRD', 'SD'],
    ['skips everything where no Sync has come yet', 'DRQ', 'DRQ', ''],
    ['skips nothing behind a Sync', 'SD', '', 'SD'],
    ['skips the end of a COPY', 'DcDS', 'DcD', 'S'],
  ] as const) {
    test(what, () => {
      const queue = pushed(new PendingQueue(), before);
      assert.equal(letters(queue.skipToSync()), skipped);
      assert.equal(rest(queue), left);
    });
  }

  test('ends a COPY, so that the Sync behind it is answered', () => {
    const queue = pushed(new PendingQueue(), 'D');
    queue.copyInBegan();
    queue.skipToSync();
    assert.equal(answered(pushed(queue, 'S')), 'S');
  });

  test('within a COPY goes past the Syncs in it, of which the server may answer some all the same', () => {
    const queue = pushed(new PendingQueue(), 'DSS');
    queue.copyInBegan();
    assert.equal(letters(queue.skipToSync()), 'DSS');
    assert.deepEqual([queue.spareSync(), queue.spareSync(), queue.spareSync()], [true, true, false]);
  });

  test('once another COPY is over, no Sync of the first is to be reckoned with', () => {
    const queue = pushed(new PendingQueue(), 'DS');
    queue.copyInBegan();
    queue.skipToSync();
    queue.copyInEnded();
    assert.equal(queue.spareSync(), false);
  });
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

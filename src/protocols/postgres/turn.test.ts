import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Turn } from './turn.ts';

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what several ask for in one turn is done at its end, in their order', async () => {
  const turn = new Turn();
  const done: string[] = [];
  for (const name of ['a', 'b', 'c']) turn.atEnd(() => done.push(name));
  assert.deepEqual(done, []);
  await endOfTurn();
  assert.deepEqual(done, ['a', 'b', 'c']);
});

test('what is asked for at the end of a turn waits for the end of the next', async () => {
  const turn = new Turn();
  const done: string[] = [];
  turn.atEnd(() => {
    done.push('first');
    turn.atEnd(() => done.push('second'));
  });
  await endOfTurn();
  assert.deepEqual(done, ['first']);
  await endOfTurn();
  assert.deepEqual(done, ['first', 'second']);
});

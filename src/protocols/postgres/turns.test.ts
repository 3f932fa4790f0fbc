import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Turns } from './turns.ts';

test('whoever has much waiting does not keep others from their turn', () => {
  const turns = new Turns<string>();
  for (const item of ['a1', 'a2', 'a3']) turns.push('a', item);
  turns.push('b', 'b1');
  assert.equal(turns.shift(), 'a1');
  turns.push('c', 'c1');
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => turns.shift()),
    ['b1', 'a2', 'c1', 'a3', undefined],
  );
});

test('what is drained is gone', () => {
  const turns = new Turns<number>();
  turns.push('a', 1);
  turns.push('b', 2);
  assert.deepEqual(turns.drain(), [1, 2]);
  assert.equal(turns.shift(), undefined);
});

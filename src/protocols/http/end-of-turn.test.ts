import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { atEndOfTurn } from './end-of-turn.ts';

test('what is written in one turn is written at its end, in order, and what comes by that in the next', async () => {
  const written: string[] = [];
  const write = (text: string) => (): void => void written.push(text);
  atEndOfTurn(write('a'));
  atEndOfTurn(() => {
    write('b')();
    atEndOfTurn(write('d'));
  });
  await Promise.resolve().then(() => atEndOfTurn(write('c')));
  assert.deepEqual(written, []);
  await turn();
  assert.deepEqual(written, ['a', 'b', 'c']);
  await turn();
  assert.deepEqual(written, ['a', 'b', 'c', 'd']);
});

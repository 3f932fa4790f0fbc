import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestable, requestHint } from './requestable.ts';

const rows: readonly [rule: string, ask: string][] = [
  ['repairs', "sallyport request orders --rule repairs --because 'why'"],
  ['on-call repairs orders', "sallyport request orders --rule 'on-call repairs orders' --because 'why'"],
  ["Ann's rule; $(id)", "sallyport request orders --rule 'Ann'\\''s rule; $(id)' --because 'why'"],
];

for (const [rule, ask] of rows) {
  test(`a shell takes ${rule} as one word`, () => {
    assert.deepEqual(requestable('orders', [rule]), [{ rule, ask }]);
    assert.equal(requestHint(requestable('orders', [rule])), `Ask for it: ${ask}.`);
  });
}

test('nothing to ask for is no hint', () => assert.equal(requestHint([]), ''));

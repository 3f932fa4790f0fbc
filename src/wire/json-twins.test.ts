import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasTwins } from './json-twins.ts';

const rows: readonly [document: string, twins: boolean][] = [
  ['{}', false],
  ['{"a":1,"b":1}', false],
  ['{"a":1,"a":2}', true],
  [String.raw`{"a":1,"\u0061":2}`, true],
  ['{"a":{"a":1},"b":{"a":1}}', false],
  ['{"b":[{"a":1},{"a":2}]}', false],
  ['{"b":[{"a":1,"a":2}]}', true],
  ['{"a":"{\\"a\\":1}","b":"a:a"}', false],
  ['{"a":"a","b":"a"}', false],
  ['["a","a"]', false],
  ['{"a":1,"A":2}', false],
  ['{"__proto__":1,"__proto__":2}', true],
];

for (const [document, twins] of rows) {
  test(`${document} ${twins ? 'has' : 'has not'} one key twice`, () => {
    assert.equal(hasTwins(Buffer.from(document)), twins);
  });
}

test('a string may be as long as it likes', () => {
  assert.equal(hasTwins(Buffer.from(`{"a":"${'a'.repeat(16_000_000)}","a":1}`)), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownDoor } from './own-door.ts';

const leaf = '-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n';
const chain = `${leaf}-----BEGIN CERTIFICATE-----\nabove\n-----END CERTIFICATE-----\n`;

const rows: readonly [listens: string, reached: string, isPlain: boolean][] = [
  ['127.0.0.1', '127.0.0.1', true],
  ['::1', '::1', true],
  ['localhost', 'localhost', true],
  ['0.0.0.0', '127.0.0.1', true],
  ['::', '::1', true],
  ['10.0.0.5', '10.0.0.5', false],
  ['gateway.internal', 'gateway.internal', false],
];

for (const [listens, reached, isPlain] of rows) {
  test(`a port on ${listens} is reached at ${reached}, ${isPlain ? 'plain' : 'by TLS with its own certificate'}`, () => {
    assert.deepEqual(ownDoor(listens, 6432, chain), {
      host: reached,
      port: 6432,
      ...(isPlain ? {} : { certificate: leaf }),
    });
  });
}

test('a port that is not open is no door', () => {
  assert.equal(ownDoor('127.0.0.1', undefined, chain), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancels, type CancelKey } from './cancels.ts';

/** THREATS 5: whatever key it is, nothing is thrown and nothing is answered; only the right one cancels. */
const rows: readonly [
  what: string,
  change: (key: CancelKey, other: CancelKey) => CancelKey,
  cancels: boolean,
][] = [
  ['the right key', (key) => key, true],
  ['a copy of it', ({ processId, secretKey }) => ({ processId, secretKey: Buffer.from(secretKey) }), true],
  ['another session’s secret', ({ processId }, { secretKey }) => ({ processId, secretKey }), false],
  ['another session’s process', ({ secretKey }, { processId }) => ({ processId, secretKey }), false],
  ['a process that nobody has', ({ secretKey }) => ({ processId: -1, secretKey }), false],
  ['no secret', ({ processId }) => ({ processId, secretKey: Buffer.alloc(0) }), false],
  ['zeros', (key) => ({ ...key, secretKey: Buffer.alloc(key.secretKey.length) }), false],
  ['a secret cut short', (key) => ({ ...key, secretKey: key.secretKey.subarray(0, -1) }), false],
  [
    'a secret with more behind it',
    (key) => ({ ...key, secretKey: Buffer.concat([key.secretKey, Buffer.alloc(1)]) }),
    false,
  ],
  ['one bit off', (key) => ({ ...key, secretKey: flipped(key.secretKey) }), false],
];

for (const length of ['short', 'long'] as const) {
  for (const [what, change, cancels] of rows) {
    test(`a ${length} key: ${what} ${cancels ? 'cancels' : 'does nothing'}`, () => {
      const all = new Cancels();
      let cancelled = 0;
      const key = all.add(length, () => (cancelled += 1));
      const other = all.add(length, () => undefined);
      all.request(change(key, other));
      assert.equal(cancelled, cancels ? 1 : 0);
    });
  }
}

test('keys are as long as their protocol has them, random, and each session’s own', () => {
  const all = new Cancels();
  const short = Array.from({ length: 200 }, () => all.add('short', () => undefined));
  const long = Array.from({ length: 200 }, () => all.add('long', () => undefined));
  assert.ok(short.every(({ secretKey }) => secretKey.length === 4));
  assert.ok(long.every(({ secretKey }) => secretKey.length === 32));
  assert.equal(new Set([...short, ...long].map(({ processId }) => processId)).size, 400);
  assert.equal(new Set(long.map(({ secretKey }) => secretKey.toString('hex'))).size, 200);
});

test('a thousand guesses do nothing', () => {
  const all = new Cancels();
  const { processId } = all.add('short', () => assert.fail('a guess was right'));
  for (let guess = 0; guess < 1000; guess++) {
    const secretKey = Buffer.alloc(5);
    secretKey.writeUInt32BE(guess, 1);
    all.request({ processId, secretKey });
  }
});

test('a process id says which of several processes has the session', () => {
  const last = 2 ** 31 - 1;
  for (const count of [1, 2, 3, 128]) {
    for (const number of [0, count - 1]) {
      const all = new Cancels({ count, number });
      const keys = Array.from({ length: 50 }, () => all.add('long', () => undefined));
      assert.ok(keys.every(({ processId }) => processId > 0 && processId <= last));
      assert.deepEqual(new Set(keys.map((key) => all.placeOf(key))), new Set([number]));
    }
  }
});

test('the key of a session that is over does nothing, others go on', () => {
  const all = new Cancels();
  let cancelled = 0;
  const gone = all.add('long', () => assert.fail('it is over'));
  const stays = all.add('long', () => (cancelled += 1));
  all.remove(gone);
  all.request(gone);
  all.request(stays);
  assert.equal(cancelled, 1);
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

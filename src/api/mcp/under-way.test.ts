import assert from 'node:assert/strict';
import { test } from 'node:test';
import { people } from '../../../test/fixtures/fake-gateway.ts';
import { UnderWay } from './under-way.ts';

test('sixteen calls of one are under way at once, and others are not kept from theirs', async () => {
  const calls = new UnderWay();
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const all = Array.from({ length: 16 }, () => calls.within(people.crew, () => end));
  await assert.rejects(
    calls.within(people.crew, async () => undefined),
    /16 calls of yours are under way already/,
  );
  // Who acts for somebody is not them.
  assert.equal(await calls.within({ ...people.anna, actor: people.crew }, async () => 'let in'), 'let in');
  resolve();
  await Promise.all(all);
  assert.equal(await calls.within(people.crew, async () => 'again'), 'again');
});

test('a call that fails makes room, too', async () => {
  const calls = new UnderWay();
  for (let n = 0; n < 20; n += 1) {
    await assert.rejects(
      calls.within(people.crew, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
  }
});

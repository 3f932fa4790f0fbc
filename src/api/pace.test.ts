import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

function pace(): { pace: Pace; clock: { nowMs: number }; taken: (client: string) => boolean } {
  const clock = { nowMs: 0 };
  const it = new Pace({ burst: 2, perSecond: 1, clock: { now: () => clock.nowMs } });
  const taken = (client: string): boolean => {
    try {
      it.take(client);
      return true;
    } catch (error) {
      assert.match(String(error), /too many requests/);
      return false;
    }
  };
  return { pace: it, clock, taken };
}

test('so many at once, and then so many a second', () => {
  const { clock, taken } = pace();
  assert.deepEqual([taken('a'), taken('a'), taken('a')], [true, true, false]);
  assert.equal(taken('b'), true, 'others are not in its way');
  clock.nowMs = 1_000;
  assert.deepEqual([taken('a'), taken('a')], [true, false]);
  clock.nowMs = 60_000;
  assert.deepEqual(
    [taken('a'), taken('a'), taken('a')],
    [true, true, false],
    'no more is saved than the burst',
  );
});

const pairs: readonly [one: string, other: string, same: boolean][] = [
  ['10.0.0.7', '10.0.0.8', false],
  ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8::1', '2001:db8::2', true],
  ['::1', '::2', true],
  ['::ffff:10.0.0.7', '::ffff:10.0.0.8', false],
  ['fe80::1%eth0', 'fe80::2%eth0', true],
];
for (const [one, other, same] of pairs) {
  test(`${one} and ${other} are ${same ? 'one client' : 'two clients'}`, () => {
    const { taken } = pace();
    assert.deepEqual([taken(one), taken(one), taken(other)], [true, true, !same]);
  });
}

test('a flood of networks makes nobody forget who asks just now', () => {
  const { taken } = pace();
  assert.deepEqual([taken('a'), taken('a')], [true, true]);
  for (let at = 0; at < 25_000; at++) {
    taken(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
    if (at % 5_000 === 0) assert.equal(taken('a'), false);
  }
});

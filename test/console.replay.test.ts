import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { recordedEvent } from '../src/api/contract/schemas/recorded.ts';
import { clockOf } from '../src/console/pages/replay/clock-of.ts';
import { momentsOf } from '../src/console/pages/replay/moments.ts';
import type { Moment } from '../src/console/pages/replay/moments.ts';
import { marksOf, momentAt, tapeOf } from '../src/console/pages/replay/tape.ts';

const beganMs = Date.parse('2026-11-23T10:00:00.000Z');

/** Events of one session, each so many milliseconds after its beginning. */
function recorded(...events: readonly (readonly [atMs: number, event: object])[]): readonly Moment[] {
  return momentsOf(
    events.map(([atMs, event], at) =>
      recordedEvent.parse({ seq: at + 1, time: new Date(beganMs + atMs).toISOString(), ...event }),
    ),
    beganMs,
  );
}

const session = () =>
  recorded(
    [0, { type: 'session.opened' }],
    [1_000, { type: 'command', command: 1, text: 'SELECT a', verdict: 'allow', rules: ['r'] }],
    [1_200, { type: 'result', command: 1, tag: 'SELECT 1', rows: 1, masked: 2, maskedAt: [[0]] }],
    [5_000, { type: 'hold.opened', approval: 'h1', text: 'DELETE FROM a' }],
    [60_000, { type: 'hold.decided', approval: 'h1', decision: 'approve', because: 'fine' }],
    [60_001, { type: 'hold.ended', approval: 'h1', outcome: 'used' }],
    [60_002, { type: 'command', command: 2, text: 'DELETE FROM a', verdict: 'hold', approval: 'h1' }],
    [60_500, { type: 'command.refused', text: 'DROP a', code: 'denied', detail: { rules: ['no schema'] } }],
    [61_000, { type: 'session.closed', reason: 'client left' }],
  );

describe('the moments of a session', () => {
  test('have what belongs together in one', () => {
    const told = session().map((moment) => [moment.kind, moment.atMs, moment.seq]);
    assert.deepEqual(told, [
      ['note', 0, 1],
      ['command', 1_000, 2],
      ['held', 5_000, 4],
      ['command', 60_002, 7],
      ['refused', 60_500, 8],
      ['note', 61_000, 9],
    ]);
    const [, command, held, later, refused] = session();
    assert.ok(command?.kind === 'command' && held?.kind === 'held');
    assert.ok(later?.kind === 'command' && refused?.kind === 'refused');
    assert.deepEqual([command.result?.atMs, command.result?.masked], [1_200, 2]);
    assert.deepEqual(
      held.said.map(({ atMs, because }) => [atMs, because]),
      [[60_000, 'fine']],
    );
    assert.deepEqual(held.ended, { atMs: 60_001, outcome: 'used' });
    assert.equal(later.result, undefined);
    assert.deepEqual(refused.rules, ['no schema']);
  });

  test('are there whatever is wrong with an event, and of a kind that is not known', () => {
    const moments = recorded(
      [0, { type: 'result', command: 9, rows: 1 }],
      [1, { type: 'hold.decided', approval: 'nowhere' }],
      [2, { type: 'command', text: 7, rules: 'r', command: 'x' }],
      [3, { type: 'of.tomorrow' }],
      [-5, { type: 'lease.made' }],
    );
    assert.deepEqual(
      moments.map(({ kind, atMs }) => [kind, atMs]),
      [
        ['note', 0],
        ['note', 1],
        ['command', 2],
        ['note', 3],
        ['note', 0],
      ],
    );
  });
});

describe('a tape', () => {
  const endMs = 61_000;
  test('runs as the session did', () => {
    const tape = tapeOf(session(), endMs, false);
    for (const ms of [0, 1, 1_000, 30_000, endMs]) {
      assert.equal(tape.tapeAt(ms), ms);
      assert.equal(tape.sessionAt(ms), ms);
    }
    assert.equal(tape.lengthMs, endMs);
  });

  test('without idle time leaves a second of every pause, and all that happened', () => {
    const tape = tapeOf(session(), endMs, true);
    // 0 → 1,000 → 1,200 → (3,800: 1,000) → (55,000: 1,000) → 2 → 498 → 500
    assert.equal(tape.lengthMs, 1_000 + 200 + 1_000 + 1_000 + 2 + 498 + 500);
    assert.equal(tape.tapeAt(5_000), 2_200);
    assert.equal(tape.sessionAt(2_200), 5_000);
    assert.equal(tape.sessionAt(2_700), 32_500);
    assert.equal(tape.sessionAt(tape.lengthMs), endMs);
  });

  test('of nothing, or beyond its ends, stays where it is', () => {
    const empty = tapeOf([], 0, true);
    assert.deepEqual([empty.lengthMs, empty.tapeAt(5), empty.sessionAt(-5)], [0, 0, 0]);
    const tape = tapeOf(session(), endMs, true);
    assert.equal(tape.sessionAt(10 * endMs), endMs);
  });

  test('tells which moment is the newest', () => {
    const moments = session();
    const rows = [
      [-1, -1],
      [0, 0],
      [999, 0],
      [1_000, 1],
      [60_001, 2],
      [endMs, 5],
    ] as const;
    for (const [atMs, index] of rows) assert.equal(momentAt(moments, atMs), index, `${atMs}`);
  });

  test('has marks, of which the one that weighs most is seen', () => {
    const tape = tapeOf(session(), endMs, false);
    assert.deepEqual(
      marksOf(session(), tape, 4).map(({ at, weight }) => [at, weight]),
      [
        [0.125, 'held'],
        [0.875, 'refused'],
      ],
    );
    assert.equal(marksOf(session(), tape, 1_000).length, 4);
  });
});

for (const [ms, lengthMs, told] of [
  [0, 500, '0:00.000'],
  [7_042, 59_000, '0:07.042'],
  [67_900, 90_000, '1:07'],
  [3_849_000, 4_000_000, '1:04:09'],
] as const) {
  test(`${ms} ms of ${lengthMs} are ${told}`, () => assert.equal(clockOf(ms, lengthMs), told));
}

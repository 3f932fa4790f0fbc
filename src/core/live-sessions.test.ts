import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { identityOf, targetOf } from '../../test/fixtures/commands.ts';
import { SallyportError } from './errors.ts';
import { identityKey, type Identity } from './identity.ts';
import { chain, LiveSessions } from './live-sessions.ts';
import type { Limits } from './rule.ts';
import { Session } from './session.ts';

const second = 1000;

/** Opened at 0; what its end was, if it has ended. */
function sessionOf(identity: Identity = identityOf('agent-1'), id = 's1'): Session {
  return new Session({ id, identity, target: targetOf(), client: '127.0.0.1:1', nowMs: 0 });
}

function endOf({ ended }: Session): string | undefined {
  return ended.aborted ? (ended.reason as SallyportError).code : undefined;
}

interface Row {
  readonly what: string;
  /** Of the rules that let commands in, in turn. */
  readonly limits: readonly Limits[];
  readonly activeAtMs?: number;
  readonly expiresAtMs?: number;
  readonly busy?: boolean;
  readonly atMs: number;
  readonly end: string | undefined;
}

const idle = [{ idleMs: 10 * second }];
const length = [{ sessionMs: 60 * second }];

const rows: readonly Row[] = [
  { what: 'no limit', limits: [], atMs: 1e12, end: undefined },
  { what: 'short of its idle limit', limits: idle, atMs: 9_999, end: undefined },
  { what: 'at its idle limit', limits: idle, atMs: 10_000, end: 'limit_idle' },
  { what: 'active since', limits: idle, activeAtMs: 5_000, atMs: 14_999, end: undefined },
  { what: 'idle since', limits: idle, activeAtMs: 5_000, atMs: 15_000, end: 'limit_idle' },
  { what: 'busy past its idle limit', limits: idle, busy: true, atMs: 60_000, end: undefined },
  { what: 'short of its session limit', limits: length, atMs: 59_999, end: undefined },
  {
    what: 'at its session limit, busy or active',
    limits: length,
    activeAtMs: 59_999,
    busy: true,
    atMs: 60_000,
    end: 'limit_session',
  },
  {
    what: 'under a stricter rule first',
    limits: [{ idleMs: second }, { idleMs: 9 * second }],
    atMs: 1_000,
    end: 'limit_idle',
  },
  {
    what: 'under a stricter rule later',
    limits: [{ idleMs: 9 * second }, {}, { idleMs: second }],
    atMs: 1_000,
    end: 'limit_idle',
  },
  {
    what: 'under limits of two rules',
    limits: [{ idleMs: 9 * second }, { sessionMs: second }],
    atMs: 1_000,
    end: 'limit_session',
  },
  { what: 'short of its proof’s end', limits: [], expiresAtMs: 5_000, atMs: 4_999, end: undefined },
  {
    what: 'at its proof’s end, busy or not',
    limits: [],
    expiresAtMs: 5_000,
    busy: true,
    atMs: 5_000,
    end: 'revoked',
  },
];

describe('a sweep', () => {
  for (const { what, limits, activeAtMs, expiresAtMs = 9e15, busy = false, atMs, end } of rows) {
    test(`${end === undefined ? 'leaves' : `ends (${end})`} a session: ${what}`, () => {
      const live = new LiveSessions();
      const session = sessionOf(identityOf('agent-1', { expiresAtMs }));
      live.add(session, () => assert.fail('nothing is overdue'));
      for (const each of limits) live.limit(session, each);
      session.lastActiveAtMs = activeAtMs ?? 0;
      live.busy(session, busy);
      live.sweep(atMs);
      assert.equal(endOf(session), end);
      assert.equal(live.size, end === undefined ? 1 : 0);
    });
  }

  test('tells once of a command that is past its deadline, and leaves its session', () => {
    const live = new LiveSessions();
    const session = sessionOf();
    let told = 0;
    live.add(session, () => (told += 1));
    live.limit(session, { idleMs: 5 * second });
    live.busy(session, true);
    live.deadline(session, 30 * second);
    for (const [atMs, times] of [
      [29_999, 0],
      [30_000, 1],
      [90_000, 1],
    ] as const) {
      live.sweep(atMs);
      assert.equal(told, times);
    }
    assert.equal(endOf(session), undefined);
    live.deadline(session, 100 * second);
    live.deadline(session, undefined);
    live.sweep(200 * second);
    assert.equal(told, 1);
  });

  test('goes on with the others after it has ended one', () => {
    const live = new LiveSessions();
    const [one, two] = [sessionOf(undefined, 's1'), sessionOf(undefined, 's2')];
    for (const session of [one, two]) {
      live.add(session, () => undefined);
      live.limit(session, { sessionMs: second });
    }
    live.sweep(second);
    assert.deepEqual([endOf(one), endOf(two), live.size], ['limit_session', 'limit_session', 0]);
  });
});

describe('ending sessions', () => {
  const olga = identityOf('olga', { kind: 'human' });
  const crew = identityOf('crew', { actor: identityOf('helper', { actor: identityOf('tool') }) });
  const other = identityOf('helper', { issuer: 'https://other' });

  function three(): [LiveSessions, Session[]] {
    const live = new LiveSessions();
    const sessions = [olga, crew, other].map((identity, index) => sessionOf(identity, `s${index}`));
    for (const session of sessions) live.add(session, () => undefined);
    return [live, sessions];
  }

  test('a session is killed by its id, and says by whom', () => {
    const [live, [one]] = three();
    assert.equal(live.kill('s0', 'sam'), true);
    assert.equal(one?.ended.reason.message, 'Sallyport: sam ended this session');
    assert.equal(live.kill('s0', 'sam'), false);
    assert.equal(live.kill('nothing', 'sam'), false);
    assert.deepEqual(
      live.list().map(({ id }) => id),
      ['s1', 's2'],
    );
  });

  for (const [who, ended] of [
    [olga, ['s0']],
    [crew, ['s1']],
    [identityOf('helper'), ['s1']],
    [identityOf('tool'), ['s1']],
    [other, ['s2']],
    [identityOf('nobody'), []],
  ] as const) {
    test(`revoking ${who.subject} of ${who.issuer} ends ${ended.join() || 'nothing'} and touches nobody else`, () => {
      const [live, sessions] = three();
      assert.equal(
        live.revoke((identity) => identityKey(identity) === identityKey(who)),
        ended.length,
      );
      const gone = sessions.filter((session) => endOf(session) === 'revoked').map(({ id }) => id);
      assert.deepEqual(gone, ended);
      assert.equal(live.size, 3 - ended.length);
    });
  }

  test('all sessions end at a shutdown, each with the first reason it got', () => {
    const [live, sessions] = three();
    live.kill('s1', 'sam');
    live.endAll(new SallyportError('shutting_down', 'bye'));
    assert.deepEqual(sessions.map(endOf), ['shutting_down', 'revoked', 'shutting_down']);
    assert.equal(live.size, 0);
  });

  test('what is told of a session that is over is forgotten', () => {
    const [live, [one]] = three();
    assert.ok(one);
    live.kill(one.id, 'sam');
    live.limit(one, { idleMs: 1 });
    live.deadline(one, 1);
    live.busy(one, true);
    live.sweep(10);
    assert.equal(live.get(one.id), undefined);
  });
});

test('an identity stands with everybody who acts through it, innermost last', () => {
  const tool = identityOf('tool');
  const helper = identityOf('helper', { actor: tool });
  const crew = identityOf('crew', { actor: helper });
  assert.deepEqual(chain(crew), [crew, helper, tool]);
});

test('two identities are the same only if issuer and subject are', () => {
  const one = identityKey(identityOf('a', { groups: ['x'] }));
  assert.equal(one, identityKey(identityOf('a', { groups: ['y'], kind: 'human' })));
  assert.notEqual(one, identityKey(identityOf('a', { issuer: 'https://other' })));
  assert.notEqual(identityKey({ issuer: 'a', subject: 'bc' }), identityKey({ issuer: 'ab', subject: 'c' }));
});

test('ends those that something holds for, and leaves the others', () => {
  const live = new LiveSessions();
  const [one, other] = [sessionOf(identityOf('agent-1'), 'a'), sessionOf(identityOf('agent-2'), 'b')];
  for (const session of [one, other]) live.add(session, () => {});
  const why = (): SallyportError => new SallyportError('revoked', 'over');
  assert.equal(
    live.endIf(({ identity }) => identity.subject === 'agent-1', why),
    1,
  );
  assert.deepEqual([endOf(one), endOf(other)], ['revoked', undefined]);
  assert.equal(
    live.endIf(() => false, why),
    0,
  );
});

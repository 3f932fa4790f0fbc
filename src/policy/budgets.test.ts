import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { command, identity, noonMs, rule, session, target } from '../../test/fixtures/rules.ts';
import type { Budget } from '../core/budget.ts';
import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Session } from '../core/session.ts';
import { BudgetBook } from './budgets.ts';

const read = command(['read.select public.users']);
const begin = command(['session.begin']);
const repairs = rule({
  name: 'repairs',
  allow: ['read'],
  onRequest: { approvers: { groups: ['lead'], count: 1 }, forMs: 60_000, notify: [] },
});

function budget(more: Partial<Budget> = {}): Budget {
  return { name: 'b', who: {}, targets: { names: ['*'] }, per: 'day', limits: { commands: 2 }, ...more };
}

/** A book, a clock, and the grant that is in force. */
class Desk {
  nowMs = noonMs;
  grant: string | undefined;
  readonly book: BudgetBook;

  constructor(...budgets: readonly Budget[]) {
    const grants = {
      version: 0,
      awake: () => this.grant !== undefined,
      of: () => (this.grant === undefined ? undefined : { id: this.grant, untilMs: noonMs + 60_000 }),
    };
    this.book = new BudgetBook({ grants, now: () => this.nowMs });
    this.book.use({ budgets, rules: [repairs] });
  }

  /** `ok`, or what is spent; rows of so many bytes that came through. */
  run(of: Session = session(), rows: readonly number[] = [], it = read): readonly [string, number] {
    const taken = this.book.take(of, it, ['repairs']);
    if (taken instanceof SallyportError) return [taken.detail.budget?.unit ?? '', 0];
    let through = 0;
    for (const bytes of rows) {
      const refusal = taken?.spend(bytes);
      if (refusal !== undefined) return [refusal.detail.budget?.unit ?? '', through];
      through += 1;
    }
    return ['ok', through];
  }
}

describe('commands', () => {
  test('count once for two budgets that differ in their limits alone', () => {
    const desk = new Desk(budget(), budget({ limits: { bytes: 10 } }));
    assert.deepEqual(desk.run(session(), [6, 4, 1]), ['bytes', 2]);
  });

  test('are counted before they run, over all sessions of an identity', () => {
    const desk = new Desk(budget());
    assert.deepEqual(
      [desk.run(), desk.run(), desk.run()],
      [
        ['ok', 0],
        ['ok', 0],
        ['commands', 0],
      ],
    );
  });

  test('that begin and end transactions are neither counted nor refused', () => {
    const desk = new Desk(budget({ limits: { commands: 1 } }));
    const kinds = [begin, read, read, begin].map((it) => desk.run(session(), [], it)[0]);
    assert.deepEqual(kinds, ['ok', 'ok', 'commands', 'ok']);
  });

  test('that seem to do nothing are counted', () => {
    const desk = new Desk(budget({ limits: { commands: 1 } }));
    assert.deepEqual([desk.run(session(), [], command([]))[0], desk.run()[0]], ['ok', 'commands']);
  });

  test('that bring data from a cursor are counted', () => {
    const desk = new Desk(budget({ limits: { commands: 1 } }));
    const fetch = command(['session.fetch c']);
    assert.deepEqual(
      [desk.run(session(), [], fetch)[0], desk.run(session(), [], fetch)[0]],
      ['ok', 'commands'],
    );
  });

  test('that nothing is left for are refused without being counted', () => {
    const desk = new Desk(budget({ limits: { commands: 1 } }));
    desk.run();
    assert.equal(desk.book.spent(session(), read, [])?.code, 'limit_budget');
    assert.equal(desk.book.spent(session(), begin, []), undefined);
  });
});

describe('answers', () => {
  const rows: readonly [
    title: string,
    limits: Budget['limits'],
    sent: number[],
    got: readonly [string, number],
  ][] = [
    ['as many rows as there are', { rows: 2 }, [9, 9], ['ok', 2]],
    ['one row too many', { rows: 2 }, [9, 9, 9], ['rows', 2]],
    ['as many bytes as there are', { bytes: 20 }, [10, 10], ['ok', 2]],
    ['a byte too many', { bytes: 20 }, [10, 11], ['bytes', 1]],
    ['whatever, where they are not counted', { commands: 9 }, [10, 10, 10], ['ok', 3]],
  ];
  for (const [title, limits, sent, got] of rows) {
    test(title, () => assert.deepEqual(new Desk(budget({ limits })).run(session(), sent), got));
  }

  test('of sessions side by side share what is left', () => {
    const desk = new Desk(budget({ limits: { rows: 3 } }));
    const [one, other] = [desk.book.take(session(), read, []), desk.book.take(session(), read, [])];
    assert.ok(one !== undefined && 'spend' in one && other !== undefined && 'spend' in other);
    const refused = [one, other, one, other].map((each) => each.spend(1)?.code);
    assert.deepEqual(refused, [undefined, undefined, undefined, 'limit_budget']);
    assert.deepEqual(desk.run(), ['rows', 0]);
  });
});

describe('whom it is for', () => {
  const agent = identity({ subject: 'agent-9', kind: 'agent' });
  const rows: readonly [title: string, of: Partial<Budget>, by: Identity, then: Identity, left: string][] = [
    ['the same identity with another token', {}, identity(), identity({ expiresAtMs: 1 }), 'commands'],
    ['another subject', {}, identity(), identity({ subject: 'crew-8' }), 'ok'],
    ['the same subject of another issuer', {}, identity(), identity({ issuer: 'https://x' }), 'ok'],
    ['whom it is not about', { who: { kind: 'human' } }, identity(), identity(), 'ok'],
    [
      'an agent, whomever it acts for',
      { who: { kind: 'agent' } },
      identity({ kind: 'human', actor: agent }),
      identity({ kind: 'human', subject: 'other', actor: agent }),
      'commands',
    ],
    ['elsewhere', { targets: { names: ['billing'] } }, identity(), identity(), 'ok'],
  ];
  for (const [title, of, by, then, left] of rows) {
    test(title, () => {
      const desk = new Desk(budget({ limits: { commands: 1 }, ...of }));
      desk.run(session({ identity: by }));
      assert.equal(desk.run(session({ identity: then }))[0], left);
    });
  }

  test('targets of one budget share it', () => {
    const desk = new Desk(budget({ limits: { commands: 1 } }));
    desk.run();
    assert.equal(desk.run(session({ target: target('billing') }))[0], 'commands');
  });
});

describe('when it counts anew', () => {
  test('per day: at midnight UTC', () => {
    const desk = new Desk(budget({ limits: { commands: 1 } }));
    desk.run();
    desk.nowMs = Date.UTC(2026, 10, 2, 23, 59, 59, 999);
    const refusal = desk.book.spent(session(), read, []);
    assert.equal(
      refusal?.hint,
      'It is renewed at 2026-11-03T00:00:00.000Z; ask whoever keeps sallyport.yaml for more.',
    );
    desk.nowMs += 1;
    assert.deepEqual(desk.run(), ['ok', 0]);
  });

  test('per session: with every session, and nothing is left of one that has ended', () => {
    const desk = new Desk(budget({ per: 'session', limits: { commands: 1 } }));
    const [first, second] = [session({ id: 'a' }), session({ id: 'b' })];
    assert.deepEqual(
      [desk.run(first), desk.run(first), desk.run(second)],
      [
        ['ok', 0],
        ['commands', 0],
        ['ok', 0],
      ],
    );
    first.end(new SallyportError('closed', 'gone'));
    assert.deepEqual(desk.run(session({ id: 'a' })), ['ok', 0]);
    assert.deepEqual(desk.book.takeUses(), []);
  });

  test('per grant: with every grant, and not without one', () => {
    const desk = new Desk(budget({ per: 'grant', limits: { commands: 1 } }));
    const ran = ['', 'g1', 'g1', 'g2'].map((grant) => {
      desk.grant = grant === '' ? undefined : grant;
      return desk.run()[0];
    });
    assert.deepEqual(ran, ['ok', 'ok', 'commands', 'ok']);
  });
});

describe('what is kept', () => {
  test('is what was used since the last time, and counts again after a restart', () => {
    const before = new Desk(budget({ limits: { commands: 3, rows: 10 } }));
    before.run(session(), [5]);
    const first = before.book.takeUses();
    before.run(session(), [5, 5]);
    const second = before.book.takeUses();
    assert.deepEqual(
      [...first, ...second].map(({ period, commands, rows, bytes }) => [period, commands, rows, bytes]),
      [
        ['2026-11-02', 1, 1, 5],
        ['2026-11-02', 1, 2, 10],
      ],
    );
    assert.deepEqual(before.book.takeUses(), []);
    const after = new Desk(budget({ limits: { commands: 3, rows: 10 } }));
    after.book.load([...first, ...second]);
    assert.deepEqual(after.book.takeUses(), []);
    assert.deepEqual([after.run()[0], after.run()[0]], ['ok', 'commands']);
  });

  test('in another process counts here once it is kept, beside what is not kept yet', () => {
    const limits = { commands: 3, rows: 10 };
    const [here, there] = [new Desk(budget({ limits })), new Desk(budget({ limits }))];
    here.run();
    there.run();
    here.book.refresh(there.book.takeUses());
    assert.deepEqual([here.run()[0], here.run()[0]], ['ok', 'commands']);
    assert.equal(here.book.takeUses()[0]?.commands, 2, 'that of the other is not kept again');
  });

  test('that could not be kept is asked for again, and counts meanwhile', () => {
    const desk = new Desk(budget());
    desk.run();
    const uses = desk.book.takeUses();
    desk.book.giveBack(uses);
    desk.run();
    assert.deepEqual(
      desk.book.takeUses().map(({ commands }) => commands),
      [2],
    );
    assert.equal(desk.run()[0], 'commands');
  });

  test('a reload changes the limit and not what was used; other people make another budget', () => {
    const desk = new Desk(budget());
    desk.run();
    desk.run();
    desk.book.use({ budgets: [budget({ name: 'c', limits: { commands: 3 } })], rules: [] });
    assert.deepEqual([desk.run()[0], desk.run()[0]], ['ok', 'commands']);
    desk.book.use({ budgets: [budget({ who: { groups: ['crews'] } })], rules: [] });
    assert.equal(desk.run()[0], 'ok');
  });
});

test('what is left is told, of a day', () => {
  const desk = new Desk(
    budget({ limits: { rows: 10, commands: 5 } }),
    budget({ name: 's', per: 'session', limits: { bytes: 7 } }),
  );
  desk.run(session(), [1, 1, 1]);
  const renews = '2026-11-03T00:00:00.000Z';
  assert.deepEqual(desk.book.left(identity(), target()), [
    { name: 'b', per: 'day', unit: 'rows', limit: 10, left: 7, renews },
    { name: 'b', per: 'day', unit: 'commands', limit: 5, left: 4, renews },
    { name: 's', per: 'session', unit: 'bytes', limit: 7, left: null, renews: null },
  ]);
  assert.deepEqual(desk.book.left(identity(), target('x')).length, 3);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Event, EventIdentity, StampedEvent } from '../../core/event.ts';
import type { Rule } from '../../core/rule.ts';
import { target, rule } from '../../../test/fixtures/rules.ts';
import type { Simulation } from './change.ts';
import { Simulator, type SimulatorOptions } from './simulator.ts';

const crew: EventIdentity = { subject: 'crew-7', issuer: 'https://idp', kind: 'agent', groups: ['crews'] };
const anna: EventIdentity = { subject: 'anna', issuer: 'https://idp', kind: 'human', groups: ['support'] };

type Of<T extends Event['type']> = Extract<Event, { type: T }>;

function opened(more: Partial<Of<'session.opened'>> = {}): Event {
  const identity = more.identity ?? crew;
  return {
    type: 'session.opened',
    session: 's1',
    protocol: 'postgres',
    client: '10.0.0.9:1',
    target: 'orders',
    identity,
    chain: [{ groups: identity.groups }],
    ...more,
  };
}

/** A session as a version wrote it that told less. */
function older(identity: EventIdentity = crew): Event {
  const { chain: _chain, ...event } = opened({ identity }) as Of<'session.opened'>;
  return event;
}

function ran(effects: readonly string[], more: Partial<Of<'command'>> = {}): Event {
  return {
    type: 'command',
    session: 's1',
    command: 1,
    text: 'some text',
    effects,
    verdict: 'allow',
    rules: ['before'],
    ...more,
  };
}

function refused(effects: readonly string[], more: Partial<Of<'command.refused'>> = {}): Event {
  const detail = { rules: ['before'] };
  return {
    type: 'command.refused',
    session: 's1',
    text: 'some text',
    effects,
    code: 'denied',
    because: 'no',
    detail,
    ...more,
  };
}

const result = (rows: number, command = 1): Event => {
  return { type: 'result', session: 's1', command, rows, bytes: 0, masked: 0 };
};

function stamped(events: readonly Event[]): StampedEvent[] {
  return events.map((event, at) => ({
    ...event,
    seq: at + 1,
    time: new Date(Date.UTC(2026, 10, 2, 10, 0, at)).toISOString(),
  }));
}

function simulate(
  events: readonly Event[],
  rules: readonly Rule[],
  more: Partial<SimulatorOptions> = {},
): Simulation {
  const targets = more.targets ?? new Map([['orders', target('orders')]]);
  const simulator = new Simulator({ rules, targets, ...more });
  simulator.begin();
  for (const event of stamped(events)) simulator.take(event);
  return simulator.result();
}

/** `allow>deny new (why)`, or `same`. */
function said(simulation: Simulation): string {
  assert.equal(simulation.groups.length, simulation.changes.length);
  return (
    simulation.groups
      .map(({ was, now, rulesNow, because }) => {
        const why = now === 'unknown' ? ` (${because})` : '';
        return `${was}>${now}${rulesNow.map((name) => ` ${name}`).join('')}${why}`;
      })
      .join('; ') || 'same'
  );
}

const read = ['read.select public.users'];
const change = ['write.update public.users'];
const reading = rule({ name: 'reading', who: { groups: ['crews'] }, allow: ['read'] });
const writing = rule({ name: 'writing', who: { any: true }, allow: ['read', 'write'] });
const held = rule({
  name: 'held',
  who: { any: true },
  hold: ['write'],
  approvers: { groups: ['dba'], count: 1 },
});
const never = rule({ name: 'never', deny: ['write'] });
const when = (condition: string, more: Partial<Rule> = {}): Rule => ({
  ...never,
  name: 'if',
  when: condition,
  ...more,
});

const cases: readonly [title: string, events: readonly Event[], rules: readonly Rule[], says: string][] = [
  ['what stays allowed', [opened(), ran(read)], [reading], 'same'],
  ['what would be refused', [opened(), ran(change)], [reading], 'allow>deny'],
  ['what would be held', [opened(), ran(change)], [reading, held], 'allow>hold held'],
  [
    'what people had agreed to',
    [opened(), ran(change, { verdict: 'hold' })],
    [writing],
    'hold>allow writing',
  ],
  ['what would be let in', [opened(), refused(change)], [writing], 'deny>allow writing'],
  ['what nobody had agreed to', [opened(), refused(change, { code: 'hold_pending' })], [held], 'same'],
  ['what a rule denies', [opened(), ran(change)], [writing, never], 'allow>deny never'],
  [
    'an unbounded write',
    [opened(), ran(change, { unbounded: true })],
    [writing, when('command.unbounded')],
    'allow>deny if',
  ],
  ['a bounded one', [opened(), ran(change)], [writing, when('command.unbounded')], 'same'],
  [
    'one of which nobody wrote that',
    [older(), ran(change)],
    [writing, when('command.unbounded')],
    'allow>unknown writing if (The record does not tell whether a write was unbounded.)',
  ],
  [
    'that does not matter',
    [older(), ran(change)],
    [writing, when('command.unbounded || true')],
    'allow>deny if',
  ],
  ['that cannot matter', [older(), ran(read)], [reading, when('command.unbounded')], 'same'],
  [
    'that matters to a rule beside another',
    [older(), ran(change)],
    [writing, never, when('command.unbounded')],
    'allow>deny never',
  ],
  [
    'claims, in who',
    [opened(), ran(change)],
    [rule({ name: 'ci', who: { claims: { repo: 'shop' } }, allow: ['write'] })],
    'allow>unknown ci (The record does not tell the claims of tokens.)',
  ],
  [
    'claims of somebody else',
    [opened(), ran(change)],
    [rule({ name: 'ci', who: { kind: 'human', claims: { repo: 'shop' } }, allow: ['write'] })],
    'allow>deny',
  ],
  [
    'everybody but those with a claim',
    [opened(), ran(change)],
    [writing, { ...never, who: { not: { claims: { safe: true } } } }],
    'allow>unknown writing never (The record does not tell the claims of tokens.)',
  ],
  [
    'claims, in a condition',
    [opened(), ran(change)],
    [writing, when("identity.claims.repo == 'shop'")],
    'allow>unknown writing if (The record does not tell the claims of tokens.)',
  ],
  [
    'a session that only claims would open',
    [opened(), ran(['session.begin'])],
    [rule({ name: 'ci', who: { claims: { repo: 'shop' } }, allow: ['write'] })],
    'allow>unknown ci (The record does not tell the claims of tokens.)',
  ],
  [
    'parameters',
    [opened(), ran(change, { parameters: ['7', null, { hex: '00ff' }] })],
    [writing, when("command.parameters == ['7', null, '\\\\x00ff']")],
    'allow>deny if',
  ],
  [
    'parameters too long to be recorded',
    [opened(), ran(change, { parameters: [{ hex: '00', bytes: 9, sha256: '' }] })],
    [writing, when('size(command.parameters) > 3')],
    'allow>unknown writing if (The record does not tell the parameters.)',
  ],
  [
    'parameters that were never bound',
    [opened(), refused(change, { text: 'UPDATE users SET a = $1' })],
    [writing, when("command.parameters[0] == '7'")],
    'deny>unknown writing if (The record does not tell the parameters.)',
  ],
  ['the time then', [opened(), ran(change)], [writing, when('now.getHours() == 10')], 'allow>deny if'],
  [
    'rows so far',
    [opened(), ran(read), result(7), ran(change, { command: 2 })],
    [writing, when('session.rows == 7 && session.commands == 1')],
    'allow>deny if',
  ],
  [
    'rows while another command runs',
    [opened(), ran(read), ran(change, { command: 2 })],
    [writing, when('session.rows > 7')],
    'allow>unknown writing if (The record does not tell how many rows the session had read.)',
  ],
  [
    'more rows than a rule allows',
    [opened(), ran(read), ran(read, { command: 2 }), result(7), result(6, 2)],
    [{ ...reading, limits: { rows: 6 } }],
    'allow>cut reading',
  ],
  [
    'fewer rows than one of two rules allows',
    [opened(), ran(read), result(7)],
    [
      { ...reading, limits: { rows: 7 } },
      { ...writing, limits: { rows: 9 } },
    ],
    'same',
  ],
  [
    'more rows than were held for',
    [opened(), ran(change, { verdict: 'hold' }), result(7)],
    [{ ...held, limits: { rows: 5 } }],
    'hold>cut held',
  ],
  ['a target that is gone', [opened({ target: 'old' }), ran(read)], [reading], 'allow>deny'],
  [
    'a rule that sleeps',
    [opened(), ran(change)],
    [{ ...writing, onRequest: { forMs: 1, notify: [] } }],
    'allow>deny',
  ],
  [
    'a rule that was awake',
    [
      opened(),
      {
        type: 'grant.started',
        request: 'r',
        identity: crew,
        target: 'orders',
        rule: 'writing',
        until: '',
        self: false,
      },
      ran(change),
    ],
    [{ ...writing, onRequest: { forMs: 1, notify: [] } }],
    'same',
  ],
  [
    'a rule that was awake before',
    [
      opened(),
      {
        type: 'grant.started',
        request: 'r',
        identity: crew,
        target: 'orders',
        rule: 'writing',
        until: '',
        self: false,
      },
      { type: 'grant.ended', request: 'r', target: 'orders', rule: 'writing', outcome: 'over' },
      ran(change),
    ],
    [{ ...writing, onRequest: { forMs: 1, notify: [] } }],
    'allow>deny',
  ],
  [
    'what a ticket leaves out',
    [opened({ chain: [{ groups: [], within: { rules: ['reading'] } }] }), ran(change)],
    [writing],
    'allow>deny',
  ],
  [
    'a ticket of which nobody wrote what it leaves out',
    [older({ ...crew, ticket: 't' }), ran(change)],
    [writing],
    'allow>unknown writing (The record does not tell what a ticket narrows its identity to.)',
  ],
  [
    'such a ticket, where nothing would let in',
    [older({ ...crew, ticket: 't' }), ran(change)],
    [reading],
    'allow>deny',
  ],
  [
    'an agent for somebody who may not',
    [
      opened({ identity: { ...anna, actor: crew }, chain: [{ groups: ['support'] }, { groups: ['crews'] }] }),
      ran(read),
    ],
    [reading],
    'allow>deny',
  ],
  [
    'an agent and somebody who both may',
    [
      opened({ identity: { ...anna, actor: crew }, chain: [{ groups: ['support'] }, { groups: ['crews'] }] }),
      ran(read),
    ],
    [reading, rule({ name: 'hers', who: { groups: ['support'] }, allow: ['read'] })],
    'same',
  ],
  [
    'an agent whose groups nobody wrote',
    [older({ ...anna, actor: crew }), ran(read)],
    [reading, rule({ name: 'hers', who: { groups: ['support'] }, allow: ['read'] })],
    'allow>unknown reading hers (The record does not tell the groups of who acts for somebody.)',
  ],
  [
    'a path',
    [opened({ protocol: 'http' }), ran(['write.DELETE /v1/orders/7 a'])],
    [rule({ name: 'n', who: { any: true }, allow: ['write'], resources: ['DELETE /v1/orders/{id}'] })],
    'same',
  ],
];

describe('other rules make of the record', () => {
  for (const [title, events, rules, says] of cases) {
    test(title, () => assert.equal(said(simulate(events, rules)), says));
  }
});

test('what is no matter of rules is left out, and counted', () => {
  const { commands, leftOut } = simulate(
    [
      opened(),
      refused(read, { code: 'syntax' }),
      refused(read, { code: 'limit_budget' }),
      ran(read, { session: 's9' }),
    ],
    [writing],
  );
  assert.deepEqual([commands, leftOut], [0, { syntax: 1, limit_budget: 1, unknown_session: 1 }]);
});

test('what is alike is one group, with a few examples', () => {
  const texts = [1, 2, 3, 4].map((id) => ran(change, { command: id, text: `UPDATE users SET a = ${id}` }));
  const { groups, changes } = simulate([opened(), ...texts], [reading]);
  assert.deepEqual(changes, [{ was: 'allow', now: 'deny', commands: 4 }]);
  assert.equal(groups.length, 1);
  assert.equal(groups[0]?.text, 'UPDATE users SET a = 0');
  assert.equal(groups[0].because, 'No rule allows write.update public.users on orders.');
  assert.deepEqual(
    groups[0].examples.map(({ seq, session }) => [seq, session]),
    [
      [2, 's1'],
      [3, 's1'],
      [4, 's1'],
    ],
  );
});

test('of one identity, or one target', () => {
  const events = [
    opened(),
    ran(change),
    opened({ session: 's2', identity: { ...anna, actor: crew } }),
    ran(change, { session: 's2' }),
  ];
  const count = (more: Partial<SimulatorOptions>): number => simulate(events, [reading], more).commands;
  assert.deepEqual(
    [count({}), count({ identity: 'anna' }), count({ identity: 'crew-7' }), count({ target: 'billing' })],
    [2, 1, 2, 0],
  );
});

test('of sessions that began before, rows are not known, and commands by their numbers', () => {
  const simulator = new Simulator({
    rules: [writing, when('session.rows > 3'), when('session.commands == 6', { name: 'seventh' })],
    targets: new Map([['orders', target('orders')]]),
  });
  const [first, ...rest] = stamped([
    opened(),
    ran(change, { command: 7 }),
    result(1, 7),
    ran(change, { command: 8 }),
  ]);
  if (first !== undefined) simulator.prepare(first);
  simulator.begin();
  for (const event of rest) simulator.take(event);
  const { changes } = simulator.result();
  assert.deepEqual(changes, [
    { was: 'allow', now: 'deny', commands: 1 },
    { was: 'allow', now: 'unknown', commands: 1 },
  ]);
});

test('more kinds of change than can be told apart are counted', () => {
  const many = Array.from({ length: 600 }, (_, id) =>
    ran(change, { command: id + 1, text: `UPDATE t${id}` }),
  );
  const { groups, changes, unlisted } = simulate([opened(), ...many], [reading]);
  assert.deepEqual([groups.length, changes[0]?.commands, unlisted], [500, 600, 100]);
});

describe('masks', () => {
  const email = 'public.users.email';
  const loaded = (mask?: 'email'): Event => {
    return {
      type: 'config.loaded',
      digest: '',
      sensitive: { orders: mask === undefined ? {} : { [email]: mask } },
    };
  };
  const rows: readonly [
    title: string,
    events: readonly Event[],
    now: 'email' | 'redact' | undefined,
    reveal: readonly string[],
    says: string,
  ][] = [
    ['stay', [loaded('email'), opened(), ran(read)], 'email', [], ''],
    ['are new', [loaded(), opened(), ran(read)], 'email', [], `${email} null>email`],
    ['are gone', [loaded('email'), opened(), ran(read)], undefined, [], `${email} email>null`],
    ['are others', [loaded('email'), opened(), ran(read)], 'redact', [], `${email} email>redact`],
    ['are off for some', [loaded('email'), opened(), ran(read)], 'email', [email], `${email} email>null`],
    [
      'were off',
      [loaded('email'), opened(), ran(read, { reveals: ['*'] })],
      'email',
      [],
      `${email} null>email`,
    ],
    ['are of other tables', [loaded(), opened(), ran(['read.select public.carts'])], 'email', [], ''],
    ['are not on record', [opened(), ran(read)], 'email', [], '1 unknown'],
    ['of older records', [loaded('email'), older(), ran(read)], 'email', [], '1 unknown'],
    ['of what would be refused', [loaded(), opened(), ran([...read, ...change])], 'email', [], ''],
  ];
  for (const [title, events, now, reveal, says] of rows) {
    test(title, () => {
      const sensitive = new Map(now === undefined ? [] : [[email, now] as const]);
      const targets = new Map([['orders', target('orders', { sensitive })]]);
      const { masks, masksUnknown } = simulate(events, [{ ...reading, reveal }], { targets });
      const told = masks.map(({ resource, was, now: after }) => `${resource} ${was}>${after}`);
      if (masksUnknown > 0) told.push(`${masksUnknown} unknown`);
      assert.equal(told.join('; '), says);
    });
  }

  test('on paths', () => {
    const place = 'GET /v1/customers/{id}#/email';
    const events: Event[] = [loaded(), opened({ protocol: 'http' }), ran(['read.GET /v1/customers/7'])];
    const targets = new Map([['orders', target('orders', { sensitive: new Map([[place, 'email']]) })]]);
    assert.deepEqual(
      simulate(events, [reading], { targets }).masks.map(({ resource }) => resource),
      [place],
    );
  });

  test('uses of what is sensitive only now are not known', () => {
    const targets = new Map([['orders', target('orders', { sensitive: new Map([[email, 'email']]) })]]);
    const rules = [reading, { ...when("'pattern' in command.uses"), deny: reading.allow }];
    const said = (first: Event): readonly string[] =>
      simulate([first, opened(), ran(read)], rules, { targets }).changes.map(({ now }) => now);
    assert.deepEqual([said(loaded()), said(loaded('email'))], [['unknown'], []]);
  });
});

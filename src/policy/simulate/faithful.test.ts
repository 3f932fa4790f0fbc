import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { describeEffect, type Effect } from '../../core/effect.ts';
import type { Event, StampedEvent } from '../../core/event.ts';
import type { Identity } from '../../core/identity.ts';
import { chain } from '../../core/live-sessions.ts';
import type { Rule } from '../../core/rule.ts';
import { eventIdentity, Session } from '../../core/session.ts';
import type { PostgresTarget } from '../../core/target.ts';
import { command, effect, identity, noonMs, rule, target } from '../../../test/fixtures/rules.ts';
import { compilePolicy } from '../decide.ts';
import { Simulator } from './simulator.ts';

// Whatever the rules are: what they decided, they decide again from the record, or it is said that it cannot be told.

const effectTexts = [
  'read.select public.users',
  'read.select public.cards',
  'write.update public.users',
  'write.delete',
  'schema.drop public.users',
  'session.begin',
];
const conditions = [
  'command.unbounded',
  '!command.unbounded',
  "'pattern' in command.uses",
  "identity.groups.exists(g, g == 'dba')",
  "command.parameters.exists(p, p == '7')",
  "command.resources == ['public.users']",
  'session.commands == 3',
  'session.rows > 10',
  'now.getHours() == 10',
  "identity.purpose == 'report'",
];
const claiming = ["identity.claims.repo == 'shop'", "command.unbounded || identity.claims.repo == 'shop'"];

const group = fc.constantFrom('crews', 'dba', 'support');
const pattern = fc.constantFrom('read', 'write', 'schema', 'write.update');
const patterns = fc.uniqueArray(pattern, { maxLength: 2 });

function ruleOf(withClaims: boolean): fc.Arbitrary<Rule> {
  const who = fc.record(
    {
      groups: fc.uniqueArray(group, { minLength: 1, maxLength: 2 }),
      kind: fc.constantFrom('agent' as const, 'human' as const),
      not: fc.record({ groups: fc.tuple(group) }, { requiredKeys: [] }),
      ...(withClaims ? { claims: fc.constant({ repo: 'shop' }) } : {}),
    },
    { requiredKeys: [] },
  );
  return fc
    .record({
      who,
      allow: patterns,
      hold: patterns,
      deny: fc.oneof(fc.constant([]), fc.uniqueArray(pattern, { maxLength: 1 })),
      resources: fc.option(fc.constantFrom(['public.*'], ['public.users']), { nil: undefined }),
      when: fc.option(fc.constantFrom(...conditions, ...(withClaims ? claiming : [])), { nil: undefined }),
    })
    .map(({ resources, when, ...parts }) => ({
      ...rule({ name: '', ...parts, approvers: { groups: ['dba'], count: 1 } }),
      ...(resources === undefined ? {} : { resources }),
      ...(when === undefined ? {} : { when }),
    }));
}

const rulesOf = (withClaims: boolean): fc.Arbitrary<readonly Rule[]> =>
  fc
    .array(ruleOf(withClaims), { minLength: 1, maxLength: 5 })
    .map((rules) => rules.map((one, at) => ({ ...one, name: `r${at}` })));

const within = fc.option(fc.constantFrom({ rules: ['r0', 'r1'] }, { targets: ['orders'] }, { targets: [] }), {
  nil: undefined,
});
const someone = fc
  .record({
    groups: fc.uniqueArray(group),
    kind: fc.constantFrom('agent' as const, 'human' as const),
    within,
  })
  .map(({ within: narrowed, ...parts }) =>
    identity({ ...parts, claims: { repo: 'shop' }, ...(narrowed === undefined ? {} : { within: narrowed }) }),
  );
const identities = fc
  .tuple(someone, fc.option(someone, { nil: undefined }), fc.boolean())
  .map(([one, actor, says]) => ({
    ...one,
    ticket: 't',
    ...(says ? { purpose: 'report' } : {}),
    ...(actor === undefined ? {} : { actor: { ...actor, subject: 'actor' } }),
  }));

interface Sent {
  readonly effects: readonly Effect[];
  readonly unbounded: boolean;
  readonly uses: readonly string[];
  readonly parameters: readonly string[];
}
const sent: fc.Arbitrary<Sent> = fc.record({
  effects: fc
    .uniqueArray(fc.constantFrom(...effectTexts), { minLength: 1, maxLength: 3 })
    .map((texts) => texts.map(effect)),
  unbounded: fc.boolean(),
  uses: fc.constantFrom([], ['pattern']),
  parameters: fc.constantFrom([], ['7'], ['8', '9']),
});

/** As `govern` records it. */
function record(
  rules: readonly Rule[],
  who: Identity,
  on: PostgresTarget,
  all: readonly Sent[],
): StampedEvent[] {
  const session = new Session({ id: 's', identity: who, target: on, client: 'c', nowMs: noonMs });
  const policy = compilePolicy(rules, { version: 1, now: () => noonMs });
  const events: Event[] = [
    {
      type: 'session.opened',
      session: 's',
      protocol: 'postgres',
      client: 'c',
      target: on.name,
      identity: eventIdentity(who),
      chain: chain(who).map((one) => ({ groups: one.groups, ...(one.within && { within: one.within }) })),
    },
  ];
  for (const { effects, unbounded, uses, parameters } of all) {
    const one = command([], {
      effects,
      unbounded,
      uses,
      parameters: parameters.map((text) => ({ bytes: Buffer.from(text), format: 'text' as const })),
    });
    const verdict = policy.decide(who, on, one, session);
    const common = {
      session: 's',
      text: one.text,
      effects: effects.map(describeEffect),
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(unbounded ? { unbounded } : {}),
      ...(uses.length === 0 ? {} : { uses }),
    };
    if (verdict.kind === 'deny') {
      events.push({
        type: 'command.refused',
        ...common,
        code: 'denied',
        because: '',
        detail: { rules: verdict.rules },
      });
      continue;
    }
    session.commands += 1;
    session.rows += 6;
    events.push(
      { type: 'command', ...common, command: session.commands, verdict: verdict.kind, rules: verdict.rules },
      { type: 'result', session: 's', command: session.commands, rows: 6, bytes: 0, masked: 0 },
    );
  }
  return events.map((event, at) => ({ ...event, seq: at + 1, time: new Date(noonMs).toISOString() }));
}

function simulated(rules: readonly Rule[], on: PostgresTarget, events: readonly StampedEvent[]) {
  const simulator = new Simulator({ rules, targets: new Map([[on.name, on]]) });
  for (const event of events) simulator.take(event);
  return simulator.result();
}

const on = target('orders');
const sending = fc.array(sent, { minLength: 1, maxLength: 6 });

test('rules that claims have no say in decide as they did', () => {
  fc.assert(
    fc.property(rulesOf(false), identities, sending, (rules, who, all) => {
      // What somebody acts for is not on record of them who act.
      const { changes, commands } = simulated(rules, on, record(rules, who, on, all));
      assert.equal(commands, all.length);
      const sure = changes.filter(({ now }) => now !== 'unknown' || who.actor === undefined);
      assert.deepEqual(sure, []);
    }),
    { numRuns: 400 },
  );
});

test('rules that claims have a say in decide as they did, or cannot tell', () => {
  fc.assert(
    fc.property(rulesOf(true), identities, sending, (rules, who, all) => {
      const { changes } = simulated(rules, on, record(rules, who, on, all));
      assert.deepEqual(
        changes.filter(({ now }) => now !== 'unknown'),
        [],
      );
    }),
    { numRuns: 400 },
  );
});

test('a record that tells less never leads to another verdict', () => {
  const less = (event: StampedEvent): StampedEvent => {
    if (event.type === 'session.opened') {
      const { chain: _chain, ...rest } = event;
      return rest;
    }
    if (event.type !== 'command' && event.type !== 'command.refused') return event;
    const { unbounded: _unbounded, uses: _uses, ...rest } = event;
    return rest;
  };
  fc.assert(
    fc.property(rulesOf(true), identities, sending, (rules, who, all) => {
      const events = record(rules, who, on, all).map(less);
      const { changes } = simulated(rules, on, events);
      assert.deepEqual(
        changes.filter(({ now }) => now !== 'unknown'),
        [],
      );
    }),
    { numRuns: 400 },
  );
});

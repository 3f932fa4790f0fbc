import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Within } from '../core/identity.ts';
import type { Rule } from '../core/rule.ts';
import { gatewayTarget } from '../core/target.ts';
import { command, identity, noonMs, rule, target } from '../../test/fixtures/rules.ts';
import { compilePolicy } from './decide.ts';
import { explain } from './explain.ts';

// What a ticket narrows an identity to. It only ever takes away: whatever denies, holds or limits goes on doing so.

const rules: readonly Rule[] = [
  rule({ name: 'read', targets: ['orders', 'billing'], allow: ['read'], limits: { rows: 1_000 } }),
  rule({ name: 'few rows', targets: ['orders'], allow: ['read'], limits: { rows: 10, statementMs: 500 } }),
  rule({ name: 'write', targets: ['orders'], allow: ['write'] }),
  rule({
    name: 'nod',
    targets: ['orders'],
    hold: ['write'],
    when: 'command.unbounded',
    approvers: { groups: ['dba'], count: 2 },
  }),
  rule({
    name: 'nod for schema',
    targets: ['orders'],
    hold: ['schema'],
    approvers: { groups: ['dba'], count: 1 },
  }),
  rule({ name: 'see', targets: ['orders'], reveal: ['public.users.email'], limits: { rows: 5 } }),
  rule({ name: 'never', deny: ['write.delete'] }),
  rule({ name: 'watch', targets: ['sallyport'], allow: ['read', 'write'] }),
  rule({
    name: 'on purpose',
    targets: ['orders'],
    allow: ['execute'],
    when: 'identity.purpose == "repair" && identity.task != ""',
  }),
];
const policy = compilePolicy(rules, { version: 1, now: () => noonMs });
const email = 'public.users.email';
const orders = target('orders', { sensitive: new Map([[email, 'email']]) });

function verdict(within: Within | undefined, effect: string, unbounded = false): string {
  const who = identity(within === undefined ? {} : { within });
  const found = policy.decide(who, orders, command([effect], { unbounded }));
  if (found.kind === 'deny') return `deny ${found.rules.join(',')}`;
  return `${found.kind} rows=${found.limits.rows ?? '-'} shows=${found.reveals.length}`;
}

const read = 'read.select public.users';
const update = 'write.update public.users';
const rows: readonly [
  title: string,
  within: Within | undefined,
  effect: string,
  unbounded: boolean,
  is: string,
][] = [
  ['no ticket', undefined, read, false, 'allow rows=5 shows=1'],
  ['this target', { targets: ['orders'] }, read, false, 'allow rows=5 shows=1'],
  ['another target', { targets: ['billing'] }, read, false, 'deny '],
  ['no target', { targets: [] }, read, false, 'deny '],
  ['one rule keeps the limits of the others', { rules: ['read'] }, read, false, 'allow rows=5 shows=0'],
  ['a rule that shows in clear lets in nobody', { rules: ['see'] }, read, false, 'deny '],
  ['a rule for something else', { rules: ['write'] }, read, false, 'deny '],
  ['a rule that is none', { rules: ['reed'] }, read, false, 'deny '],
  ['no rule', { rules: [] }, read, false, 'deny '],
  ['a rule that was left out still holds', { rules: ['write'] }, update, true, 'hold rows=5 shows=0'],
  ['and does not where its condition is false', { rules: ['write'] }, update, false, 'allow rows=5 shows=0'],
  [
    'a rule that was left out still denies',
    { rules: ['write'] },
    'write.delete public.users',
    false,
    'deny never',
  ],
  [
    'a rule that was left out holds in nothing',
    { rules: ['write'] },
    'schema.drop public.users',
    false,
    'deny ',
  ],
  [
    'the rule that holds in',
    { rules: ['nod for schema'] },
    'schema.drop public.users',
    false,
    'hold rows=5 shows=0',
  ],
];

for (const [title, within, effect, unbounded, is] of rows) {
  test(title, () => assert.equal(verdict(within, effect, unbounded), is));
}

test('what it lets in at all, whether it may write, and what is foredoomed', () => {
  const narrow = (within: Within) => identity({ within });
  assert.equal(policy.admits(narrow({ targets: ['orders'] }), orders), true);
  assert.equal(policy.admits(narrow({ targets: ['billing'] }), orders), false);
  assert.equal(policy.admits(narrow({ targets: ['orders'] }), gatewayTarget), false);
  assert.equal(policy.admits(narrow({ targets: ['sallyport'] }), gatewayTarget), true);
  assert.equal(policy.admits(narrow({ rules: ['see', 'never'] }), orders), false);
  assert.equal(policy.readOnly(identity(), orders), false);
  assert.equal(policy.readOnly(narrow({ rules: ['read'] }), orders), true);
  assert.equal(policy.foredoomed(narrow({ rules: ['read'] }), orders, command([update]))?.kind, 'deny');
  assert.equal(policy.foredoomed(narrow({ rules: ['write'] }), orders, command([update])), undefined);
});

describe('whatever the rules, it never widens', () => {
  const kinds = ['read.select', 'write.update', 'schema.drop', 'session.begin'] as const;
  const some = fc.subarray(['read', 'write', 'schema', 'session']);
  const limit = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
  const oneRule = fc.record({
    allow: some,
    hold: some,
    deny: fc.subarray(['write', 'schema']),
    reveal: fc.subarray([email, 'public.users.*']),
    resources: fc.constantFrom(undefined, ['public.users'], ['public.orders']),
    when: fc.constantFrom(undefined, 'command.unbounded', 'identity.claims.absent == 1'),
    targets: fc.constantFrom(['orders'], ['billing'], ['*']),
    rows: limit,
    sessionMs: limit,
    count: fc.integer({ min: 1, max: 3 }),
  });
  const questions = fc.record({
    rules: fc.array(oneRule, { maxLength: 6 }),
    within: fc.record({
      targets: fc.option(fc.subarray(['orders', 'billing']), { nil: undefined }),
      rules: fc.option(fc.subarray(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']), { nil: undefined }),
    }),
    effects: fc.array(fc.tuple(fc.constantFrom(...kinds), fc.constantFrom('public.users', 'public.orders')), {
      minLength: 1,
      maxLength: 3,
    }),
    unbounded: fc.boolean(),
  });
  const strictness = { allow: 0, hold: 1, deny: 2 } as const;

  test('a verdict, its limits, what is shown, who must agree', () => {
    fc.assert(
      fc.property(questions, ({ rules: made, within, effects, unbounded }) => {
        const all = made.map(({ rows: rowsMax, sessionMs, count, when, resources, ...it }, at) =>
          rule({
            ...it,
            name: `r${at}`,
            approvers: { groups: ['dba'], count },
            limits: defined({ rows: rowsMax, sessionMs }),
            ...defined({ when, resources }),
          }),
        );
        const asked = compilePolicy(all, { version: 1, now: () => noonMs });
        const narrow = identity({ within: defined(within) });
        const run = command(
          effects.map(([what, on]) => `${what} ${on}`),
          { unbounded },
        );
        assert.ok(asked.admits(identity(), orders) || !asked.admits(narrow, orders));
        assert.ok(asked.readOnly(narrow, orders) || !asked.readOnly(identity(), orders));
        const [wider, found] = [asked.decide(identity(), orders, run), asked.decide(narrow, orders, run)];
        assert.ok(strictness[found.kind] >= strictness[wider.kind], `${wider.kind} became ${found.kind}`);
        if (found.kind === 'deny' || wider.kind === 'deny') return;
        assert.deepEqual(found.limits, wider.limits);
        assert.ok(found.reveals.every((one) => wider.reveals.includes(one)));
        if (found.kind === 'hold' && wider.kind === 'hold')
          assert.deepEqual(found.approvers, wider.approvers);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Without what is undefined. */
function defined<T extends object>(it: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

test('an agent’s ticket narrows what it does for somebody else', () => {
  const actor = identity({ subject: 'crew-9', within: { rules: ['read'] } });
  const who = identity({ subject: 'anna', kind: 'human', actor });
  assert.equal(policy.decide(who, orders, command([read])).kind, 'allow');
  assert.equal(policy.decide(who, orders, command([update])).kind, 'deny');
  assert.equal(policy.readOnly(who, orders), true);
});

test('conditions see purpose and task, and no text where there is none', () => {
  const run = command(['execute.call public.repair']);
  assert.equal(policy.decide(identity(), orders, run).kind, 'deny');
  assert.equal(policy.decide(identity({ purpose: 'repair' }), orders, run).kind, 'deny');
  assert.equal(policy.decide(identity({ purpose: 'repair', task: '4711' }), orders, run).kind, 'allow');
});

describe('explaining', () => {
  const told = (within: Within, effect: string, name: string): string => {
    const asked = {
      identity: identity({ within }),
      target: orders,
      command: command([effect], { unbounded: true }),
    };
    const found = explain(rules, { ...asked, nowMs: noonMs }).rules.find((one) => one.name === name);
    return `${found?.does.join(',')} ${found?.missed ?? ''}`;
  };

  test('says what the ticket leaves out', () => {
    assert.equal(told({ rules: ['write'] }, read, 'read'), ' ticket');
    assert.equal(told({ rules: ['write'] }, update, 'write'), 'allow ');
  });

  test('and what counts all the same', () => {
    assert.equal(told({ rules: ['write'] }, update, 'nod'), 'hold ');
    assert.equal(told({ targets: [] }, 'write.delete public.users', 'never'), 'deny ');
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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

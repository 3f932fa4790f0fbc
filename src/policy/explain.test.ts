import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { command, identity, noonMs, rule, target } from '../../test/fixtures/rules.ts';
import { explain } from './explain.ts';

const dba = { groups: ['dba'], count: 1 };
const rules = [
  rule({ name: 'elsewhere', targets: ['billing'], allow: ['read'] }),
  rule({ name: 'people', who: { kind: 'human' }, allow: ['read'] }),
  rule({ name: 'read', allow: ['read'], resources: ['public.*'] }),
  rule({ name: 'other schema', allow: ['read'], resources: ['hr.*', 'ops.*'] }),
  rule({ name: 'ddl', deny: ['schema'], because: 'Use migrations.' }),
  rule({ name: 'whole table', hold: ['write', 'read'], when: 'command.unbounded', approvers: dba }),
  rule({ name: 'broken deny', deny: ['write'], when: 'identity.claims.absent == 1' }),
  rule({ name: 'broken allow', allow: ['read'], when: 'identity.claims.absent == 1' }),
  rule({ name: 'see', reveal: ['public.users.email'] }),
];
const orders = target('orders', {
  sensitive: new Map([
    ['public.users.email', 'email'],
    ['public.users.ssn', 'redact'],
  ]),
});
const ask = (effects: readonly string[]): ReturnType<typeof explain> =>
  explain(rules, { identity: identity(), target: orders, command: command(effects), nowMs: noonMs });

const rows: readonly [
  effects: string,
  rule: string,
  does: string,
  missed: string | undefined,
  because: string,
][] = [
  ['read.select public.users', 'elsewhere', '', 'target', 'it is not about orders'],
  ['read.select public.users', 'people', '', 'who', 'it is not about crew-7'],
  ['read.select public.users', 'read', 'allow', undefined, 'it matches'],
  ['read.select public.users', 'other schema', '', 'resources', 'its resources are hr.*, ops.*'],
  ['read.select public.users', 'ddl', '', 'effects', 'it is about schema'],
  ['schema.drop public.users', 'ddl', 'deny', undefined, 'Use migrations.'],
  ['read.select public.users', 'whole table', '', 'when', 'its condition is false: command.unbounded'],
  [
    'write.update public.users',
    'broken deny',
    'deny',
    undefined,
    'its condition cannot be evaluated (No such key: absent), so it counts as deny',
  ],
  [
    'read.select public.users',
    'broken allow',
    '',
    'when',
    'its condition cannot be evaluated (No such key: absent), so it does not count',
  ],
  ['read.select public.users', 'see', 'reveal', undefined, 'it matches'],
];

describe('every rule and why', () => {
  for (const [effects, name, does, missed, because] of rows) {
    test(`${name} on ${effects}`, () => {
      const found = ask([effects]).rules.find((each) => each.name === name);
      assert.deepEqual([found?.does.join(','), found?.missed, found?.because], [does, missed, because]);
    });
  }

  test('all of them, in file order', () => {
    assert.deepEqual(
      ask(['read.select public.users']).rules.map(({ name }) => name),
      rules.map(({ name }) => name),
    );
  });
});

test('the verdict, the effects and the masks', () => {
  const explanation = ask(['read.select public.users']);
  assert.equal(explanation.verdict.kind, 'allow');
  assert.deepEqual(explanation.effects, ['read.select public.users']);
  assert.deepEqual(explanation.masks, {
    hidden: [{ resource: 'public.users.ssn', mask: 'redact' }],
    revealed: ['public.users.email'],
  });
});

test('a refused command reveals nothing', () => {
  assert.deepEqual(ask(['schema.drop public.users']).masks.revealed, []);
});

test('a glob does not name the gateway', () => {
  const gateway = target('sallyport', { labels: {} });
  const explanation = explain([rule({ name: 'all', allow: ['write'] })], {
    identity: identity(),
    target: gateway,
    command: command(['write.kill']),
    nowMs: noonMs,
  });
  assert.equal(explanation.rules[0]?.because, 'it would have to name sallyport in full');
});

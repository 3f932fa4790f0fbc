import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gatewayTarget } from '../core/target.ts';
import type { Rule } from '../core/rule.ts';
import { identity, rule, target } from '../../test/fixtures/rules.ts';
import { type MatrixKind, matrixRow } from './matrix.ts';

const crews = { groups: ['crews'] };
const approvers = { groups: ['dba'], count: 1 };
const read = rule({ name: 'read', who: crews, allow: ['read'] });
const some = rule({ name: 'some', who: crews, allow: ['read'], resources: ['public.*'] });
const held = rule({ name: 'held', who: crews, hold: ['write'], approvers });
const write = rule({ name: 'write', who: crews, allow: ['write'] });
const asleep = rule({ name: 'asleep', who: crews, allow: ['write'], onRequest: { forMs: 1, notify: [] } });

/** `allow some (read)`: verdict, `~` where partly, and the rules with what they do. */
const cases: readonly [title: string, rules: readonly Rule[], kind: MatrixKind, says: string][] = [
  ['what a rule allows', [read], 'read', 'allow read:allow'],
  ['what no rule is about', [read], 'write', 'deny'],
  ['what is of others', [{ ...read, who: { groups: ['dba'] } }], 'read', 'deny'],
  ['some resources', [some], 'read', 'allow~ some:allow[public.*]'],
  ['some, and all', [some, read], 'read', 'allow some:allow[public.*] read:allow'],
  [
    'one action',
    [rule({ name: 'one', who: crews, allow: ['write.update', 'write.insert'] })],
    'write',
    'allow~ one:allow(update,insert)',
  ],
  ['what is held', [held], 'write', 'hold held:hold'],
  ['what is allowed and held', [write, held], 'write', 'hold write:allow held:hold'],
  [
    'what is held on a condition',
    [write, { ...held, when: 'command.unbounded' }],
    'write',
    'allow~ write:allow held:hold when command.unbounded',
  ],
  ['what is denied', [write, rule({ name: 'no', deny: ['write'] })], 'write', 'deny write:allow no:deny'],
  [
    'what is denied in part',
    [write, rule({ name: 'no', deny: ['write.delete'] })],
    'write',
    'allow~ write:allow no:deny(delete)',
  ],
  ['what sleeps', [asleep], 'write', 'ask asleep:allow zzz'],
  ['what sleeps beside what is held', [asleep, held], 'write', 'hold asleep:allow zzz held:hold'],
  [
    'what hangs on a claim',
    [rule({ name: 'ci', who: { claims: { repo: 'shop' } }, allow: ['write'] })],
    'write',
    'allow~ ci:allow when it is about them: everybody whose token says repo "shop"',
  ],
  [
    'more than one of a rule',
    [rule({ name: 'both', who: crews, allow: ['write'], deny: ['write.truncate'] })],
    'write',
    'allow~ both:deny(truncate) both:allow',
  ],
];

describe('who can do what', () => {
  for (const [title, rules, kind, says] of cases) {
    test(title, () => {
      const cell = matrixRow(rules, identity(), target()).find((one) => one.kind === kind);
      const parts = (cell?.parts ?? []).map(
        ({ rule: name, does, actions, resources, when, asleep: sleeps }) =>
          [
            `${name}:${does}`,
            actions.length === 0 ? '' : `(${actions.join(',')})`,
            resources === undefined ? '' : `[${resources.join(',')}]`,
            when === undefined ? '' : ` when ${when}`,
            sleeps ? ' zzz' : '',
          ].join(''),
      );
      assert.equal([`${cell?.verdict}${cell?.partly === true ? '~' : ''}`, ...parts].join(' '), says);
    });
  }

  test('the gateway is opened by rules that name it', () => {
    const all = rule({ name: 'all', who: crews, allow: ['read'] });
    const verdict = (one: Rule): unknown => matrixRow([one], identity(), gatewayTarget)[0]?.verdict;
    assert.deepEqual(
      [verdict(all), verdict({ ...all, targets: { names: ['sallyport'] } })],
      ['deny', 'allow'],
    );
  });

  test('every kind of effect has its cell, but sessions', () => {
    assert.deepEqual(
      matrixRow([], identity(), target()).map(({ kind }) => kind),
      ['read', 'write', 'schema', 'access', 'execute', 'opaque'],
    );
  });
});

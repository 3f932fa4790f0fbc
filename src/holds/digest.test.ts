import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, Parameter } from '../core/command.ts';
import type { Identity } from '../core/identity.ts';
import type { Approvers } from '../core/rule.ts';
import type { PostgresAddress } from '../core/target.ts';
import { commandDigest } from './digest.ts';
import { agent, commandOf, identityOf, sessionOf, targetOf } from '../../test/fixtures/holds-stage.ts';

const text = (value: string | null): Parameter => ({
  bytes: value === null ? null : Buffer.from(value),
  format: 'text',
});
const base = commandOf('UPDATE t SET a = $1 WHERE id = $2', { parameters: [text('1'), text('2')] });

function digest({
  command = base,
  identity = agent,
  target = 'orders',
  address,
  approvers = [{ groups: ['dba', 'leads'], count: 1 }],
}: {
  command?: Command;
  identity?: Identity;
  target?: string;
  address?: Partial<PostgresAddress>;
  approvers?: readonly Approvers[];
} = {}): string {
  return commandDigest(sessionOf(identity, targetOf(target, address)), command, approvers);
}

const changes: readonly [string, Parameters<typeof digest>[0]][] = [
  ['the text', { command: { ...base, text: `${base.text} ` } }],
  ['the text’s case', { command: { ...base, text: base.text.toLowerCase() } }],
  ['a parameter', { command: { ...base, parameters: [text('1'), text('3')] } }],
  ['a parameter to NULL', { command: { ...base, parameters: [text('1'), text(null)] } }],
  ['a parameter to nothing', { command: { ...base, parameters: [text('1'), text('')] } }],
  ['the order of parameters', { command: { ...base, parameters: [text('2'), text('1')] } }],
  ['where one parameter ends', { command: { ...base, parameters: [text('12'), text('')] } }],
  ['the number of parameters', { command: { ...base, parameters: [text('1')] } }],
  [
    'a parameter’s format',
    { command: { ...base, parameters: [text('1'), { ...text('2'), format: 'binary' }] } },
  ],
  ['what the text means', { command: { ...base, context: 'search_path=evil' } }],
  ['text into context', { command: { ...base, text: '', context: base.text } }],
  ['the target', { target: 'billing' }],
  ['the target’s host', { address: { host: 'elsewhere' } }],
  ['the target’s database', { address: { database: 'other' } }],
  ['the identity', { identity: identityOf('agent-2') }],
  ['the issuer', { identity: { ...agent, issuer: 'https://other' } }],
  ['who acts for the identity', { identity: { ...agent, actor: identityOf('helper') } }],
  ['what it is for', { identity: { ...agent, purpose: 'repair' } }],
  ['the task it is for', { identity: { ...agent, task: 'repair' } }],
  ['how many must agree', { approvers: [{ groups: ['dba', 'leads'], count: 2 }] }],
  ['which groups may agree', { approvers: [{ groups: ['dba'], count: 1 }] }],
  ['groups into subjects', { approvers: [{ subjects: ['dba', 'leads'], count: 1 }] }],
  ['who of a group may agree', { approvers: [{ groups: ['dba', 'leads'], subjects: ['ana'], count: 1 }] }],
  ['nobody into anybody', { approvers: [{ groups: ['dba', 'leads'], subjects: [], count: 1 }] }],
  [
    'one rule into two',
    {
      approvers: [
        { groups: ['dba', 'leads'], count: 1 },
        { groups: ['security'], count: 1 },
      ],
    },
  ],
];

test('the same command of the same identity has the same digest, in whichever session', () => {
  assert.equal(digest(), digest());
  assert.match(digest(), /^[0-9a-f]{64}$/);
});

test('groups and proof may be renewed without losing an approval', () => {
  assert.equal(digest({ identity: { ...agent, groups: ['more'], expiresAtMs: 1 } }), digest());
});

test('the same people in another order are the same approvers', () => {
  assert.equal(digest({ approvers: [{ groups: ['leads', 'dba'], count: 1 }] }), digest());
});

for (const [what, change] of changes) {
  test(`an approval does not survive a change of ${what}`, () => {
    assert.notEqual(digest(change), digest());
  });
}

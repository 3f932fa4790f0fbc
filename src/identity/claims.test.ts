import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf } from './claims.ts';
import type { Mapping } from './claims.ts';
import { tokenFaultOf } from './token-fault.ts';

const mapping: Mapping = {
  issuer: 'https://login.test',
  kind: 'human',
  subject: 'sub',
  groups: 'groups',
  fixedGroups: [],
  expiresAtMs: 1,
};

interface Row {
  readonly name: string;
  readonly claims: Record<string, unknown>;
  readonly mapping?: Partial<Mapping>;
}

const understood: readonly (Row & { is: object })[] = [
  {
    name: 'sub and groups',
    claims: { sub: 'a', groups: ['x', 'y'] },
    is: { subject: 'a', groups: ['x', 'y'] },
  },
  { name: 'no groups', claims: { sub: 'a' }, is: { groups: [] } },
  { name: 'groups null', claims: { sub: 'a', groups: null }, is: { groups: [] } },
  { name: 'one group as text', claims: { sub: 'a', groups: 'x y' }, is: { groups: ['x y'] } },
  {
    name: 'fixed groups first, each once',
    claims: { sub: 'a', groups: ['x', 'y', 'x'] },
    mapping: { fixedGroups: ['y'] },
    is: { groups: ['y', 'x'] },
  },
  {
    name: 'claims of other names',
    claims: { sub: 'a', email: 'a@acme.dev', 'https://acme.dev/groups': ['x'] },
    mapping: { subject: 'email', groups: 'https://acme.dev/groups' },
    is: { subject: 'a@acme.dev', groups: ['x'] },
  },
  {
    name: 'claims by JSON pointer',
    claims: { sub: 'a', realm_access: { 'ro/les': ['x'] } },
    mapping: { groups: '/realm_access/ro~1les' },
    is: { groups: ['x'] },
  },
  {
    name: 'a pointer to nothing',
    claims: { sub: 'a', realm_access: 7 },
    mapping: { groups: '/realm_access/roles/0' },
    is: { groups: [] },
  },
  {
    name: 'groups inherited by every object',
    claims: { sub: 'a' },
    mapping: { groups: 'toString' },
    is: { groups: [] },
  },
  { name: 'owner', claims: { sub: 'a', owner: 'ann@acme.dev' }, is: { owner: 'ann@acme.dev' } },
  {
    name: 'a verified address',
    claims: { email: 'a@acme.dev', email_verified: 'true' },
    mapping: { subject: 'email' },
    is: { subject: 'a@acme.dev' },
  },
];

for (const row of understood)
  test(`claims make an identity: ${row.name}`, () => {
    const identity = identityOf(row.claims, { ...mapping, ...row.mapping });
    assert.partialDeepStrictEqual(identity, row.is);
    assert.equal('owner' in identity, 'owner' in row.is);
  });

test('groups of the token are those listed and no others', () => {
  assert.deepEqual(identityOf({ sub: 'a', groups: ['x'] }, mapping).groups, ['x']);
});

const refused: readonly Row[] = [
  { name: 'no subject', claims: { groups: [] } },
  { name: 'empty subject', claims: { sub: '' } },
  { name: 'subject a number', claims: { sub: 7 } },
  { name: 'subject an array', claims: { sub: ['a'] } },
  { name: 'subject too long', claims: { sub: 'a'.repeat(257) } },
  { name: 'subject with NUL', claims: { sub: 'a\u0000b' } },
  { name: 'subject with a line end', claims: { sub: 'a\r\nb' } },
  { name: 'subject with an escape', claims: { sub: 'a\u001b[2Jb' } },
  { name: 'subject with C1 controls', claims: { sub: 'a\u009bb' } },
  { name: 'subject that turns direction', claims: { sub: 'a\u202eb' } },
  { name: 'subject with half a surrogate', claims: { sub: 'a\ud800b' } },
  { name: 'subject inherited', claims: {}, mapping: { subject: '__proto__' } },
  {
    name: 'address not verified',
    claims: { email: 'a@acme.dev', email_verified: false },
    mapping: { subject: 'email' },
  },
  { name: 'a group that is a number', claims: { sub: 'a', groups: ['x', 7] } },
  { name: 'groups an object', claims: { sub: 'a', groups: { x: true } } },
  { name: 'an empty group', claims: { sub: 'a', groups: [''] } },
  { name: 'groups that are elsewhere', claims: { sub: 'a', _claim_names: { groups: 'src1' } } },
  { name: 'owner a number', claims: { sub: 'a', owner: 7 } },
];

for (const row of refused)
  test(`claims are refused: ${row.name}`, () => {
    assert.throws(
      () => identityOf(row.claims, { ...mapping, ...row.mapping }),
      (error) => tokenFaultOf(error) === 'claims',
    );
  });

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaskName } from '../core/mask.ts';
import type { Target } from '../core/target.ts';
import { createMasking } from './plan.ts';

function target(sensitive: Record<string, MaskName>): Target {
  return {
    name: 'orders',
    protocol: 'postgres',
    address: { host: 'localhost', port: 5432, database: 'orders', tls: 'disable' },
    credential: { kind: 'static', user: 'u' },
    labels: {},
    sensitive: new Map(Object.entries(sensitive)),
    detect: [{ find: ['email'], mask: 'redact' }],
  };
}

const shop = {
  'public.users.email': 'email',
  'public.users.ssn': 'redact',
  'crm.leads.email': 'token',
} as const;

const table: readonly {
  what: string;
  sensitive: Record<string, MaskName>;
  reveals: readonly string[];
  hidden: Record<string, MaskName>;
}[] = [
  { what: 'no reveals hide everything', sensitive: shop, reveals: [], hidden: shop },
  {
    what: 'one column is shown',
    sensitive: shop,
    reveals: ['public.users.email'],
    hidden: { 'public.users.ssn': 'redact', 'crm.leads.email': 'token' },
  },
  {
    what: 'a star reaches across dots',
    sensitive: shop,
    reveals: ['public.*'],
    hidden: { 'crm.leads.email': 'token' },
  },
  { what: 'a star alone shows all', sensitive: shop, reveals: ['*'], hidden: {} },
  {
    what: 'a glob is anchored',
    sensitive: shop,
    reveals: ['users.email', 'public.users', 'public.users.emai'],
    hidden: shop,
  },
  {
    what: 'a place in a document has its own mask',
    sensitive: { 'public.events.payload#/user/phone': 'token' },
    reveals: [],
    hidden: { 'public.events.payload#/user/phone': 'token' },
  },
  {
    what: 'showing one place does not show the other',
    sensitive: { 'public.events.payload#/a': 'token', 'public.events.payload#/b': 'token' },
    reveals: ['public.events.payload#/a'],
    hidden: { 'public.events.payload#/b': 'token' },
  },
  {
    what: 'a # inside quotes is part of a name',
    sensitive: { 'public."a#/b".c': 'token' },
    reveals: [],
    hidden: { 'public."a#/b".c': 'token' },
  },
];

for (const { what, sensitive, reveals, hidden } of table) {
  test(what, () => {
    const plan = createMasking().plan(target(sensitive), reveals);
    assert.deepEqual(Object.fromEntries(plan.hidden), hidden);
    assert.deepEqual(plan.detect, [{ find: ['email'], mask: 'redact' }]);
  });
}

test('equal arguments give the same plan, others another', () => {
  const masking = createMasking();
  const orders = target(shop);
  const plan = masking.plan(orders, ['public.*']);
  assert.equal(masking.plan(orders, ['public.*']), plan);
  assert.notEqual(masking.plan(orders, ['public', '*']), masking.plan(orders, ['public,*']));
  assert.notEqual(masking.plan(target(shop), ['public.*']), plan);
});

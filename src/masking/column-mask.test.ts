import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaskPlan } from '../core/mask.ts';
import type { Origin } from '../wire/sql/lineage/lineage.ts';
import { columnMaskOf } from './column-mask.ts';
import type { ColumnMask } from './column-mask.ts';

const plan: MaskPlan = {
  hidden: new Map([
    ['public.u.email', 'email'],
    ['public.u.ssn', 'redact'],
    ['public.e.doc', 'hash'],
    ['public.e.doc#/a', 'token'],
    ['public.f.doc#/a', 'token'],
    ['public.f.doc#/b', 'last4'],
  ]),
  detect: [],
};

function column(resource: string, plain = true): Origin {
  return { resource, plain };
}

function place(resource: string, plain = true): Origin {
  return { resource, plain, pointer: resource.slice(resource.indexOf('#/') + 2).split('/') };
}

const email = column('public.u.email');
const clear = column('public.u.name');
const computed: ColumnMask = { kind: 'whole' };

const table: readonly (readonly [what: string, origins: readonly Origin[], ColumnMask | undefined])[] = [
  ['nothing sensitive', [], undefined],
  ['what is shown to this identity', [clear, column('public.u.age', false)], undefined],
  ['a plain column', [email], { mask: 'email', resource: 'public.u.email' }],
  ['the same one by two ways', [email, email], { mask: 'email', resource: 'public.u.email' }],
  ['one that is hidden or one that is not', [clear, email], { mask: 'email', resource: 'public.u.email' }],
  ['a computed one', [column('public.u.email', false)], computed],
  ['one that is plain in one arm only', [email, column('public.u.email', false)], computed],
  ['a hidden one beside a computed one that is shown', [email, column('public.u.age', false)], computed],
  ['two hidden ones', [email, column('public.u.ssn')], computed],
  [
    'places in a document',
    [place('public.f.doc#/a'), place('public.f.doc#/b'), place('public.f.doc#/c')],
    {
      kind: 'places',
      places: [
        { pointer: ['a'], mask: 'token', resource: 'public.f.doc#/a' },
        { pointer: ['b'], mask: 'last4', resource: 'public.f.doc#/b' },
      ],
    },
  ],
  ['places that are all shown', [place('public.f.doc#/c')], undefined],
  ['a value computed from a document', [place('public.f.doc#/a', false)], computed],
  [
    'a column that is hidden with its places',
    [column('public.e.doc'), place('public.e.doc#/a')],
    { mask: 'hash', resource: 'public.e.doc' },
  ],
  ['a hidden column and a place of another', [email, place('public.e.doc#/a')], computed],
];

for (const [what, origins, expected] of table) {
  test(what, () => assert.deepEqual(columnMaskOf(origins, plan), expected));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dba } from '../../test/fixtures/holds-stage.ts';
import { countsFor, settle } from './quorum.ts';

const approval = { by: dba('ana'), decision: 'approve', because: null, atMs: 1, names: ['ana'] } as const;

test('a hold that asks for nobody is approved by nobody', () => {
  assert.equal(settle([], []), 'pending');
  assert.equal(settle([], [{ ...approval, counts: [] }]), 'pending');
});

test('an approval counts for the entries that it was given for, and no other', () => {
  const approvers = [
    { groups: ['dba'], count: 1 },
    { groups: ['security'], count: 1 },
  ];
  assert.deepEqual(countsFor(approvers, dba('ana')), [0]);
  assert.equal(settle(approvers, [{ ...approval, counts: [0] }]), 'pending');
  assert.equal(settle(approvers, [{ ...approval, counts: [0, 1] }]), 'approved');
});

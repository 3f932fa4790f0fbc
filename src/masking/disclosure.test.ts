import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MaskPlan } from '../core/mask.ts';
import type { Finding, StatementLineage } from '../wire/sql/lineage/lineage.ts';
import { undisclosable, uses } from './disclosure.ts';

const email = 'public.users.email';
const contact = 'public.contacts.email';
const phone = 'public.events.payload#/phone';
const plan: MaskPlan = {
  hidden: new Map([
    [email, 'email'],
    [contact, 'email'],
    [phone, 'token'],
  ]),
  detect: [],
};
const showsAll: MaskPlan = { hidden: new Map(), detect: [] };

function lineage(of: Partial<StatementLineage>): StatementLineage {
  const nothing = { findings: [], tokens: [], opaque: [], reads: [], unknown: [], arguments: [] };
  return {
    outputs: [],
    looseTokens: false,
    looseParameters: [],
    parametersMax: 0,
    unqualified: [],
    ...nothing,
    ...of,
  };
}

const found = (...findings: readonly Finding[]): StatementLineage => lineage({ findings });
const sorts = 'sort by it, which tells it bit by bit';

describe('what may be shown', () => {
  const rows: readonly (readonly [what: string, StatementLineage])[] = [
    ['nothing sensitive at all', lineage({})],
    ['columns that are masked', lineage({ outputs: [{ name: 'e', origins: [], typeOid: 25 }] })],
    ['an equality', found({ use: 'equality', resources: [email] })],
    ['a group', found({ use: 'group', resources: [email] })],
    ['a write', found({ use: 'write', resources: [email] })],
    [
      'an order of what is not hidden',
      found({ use: 'order', resources: ['public.users.ssn'], leaks: sorts }),
    ],
    ['a join of two hidden columns', found({ use: 'join', resources: [email], with: [contact] })],
    [
      'a join of two that are not hidden',
      found({ use: 'join', resources: ['public.users.ssn'], with: ['public.users.pan'] }),
    ],
    ['a relation of the system', lineage({ reads: [{ schema: 'pg_catalog', name: 'pg_class' }] })],
  ];
  for (const [what, it] of rows) {
    test(what, () => assert.equal(undisclosable(it, plan), undefined));
  }
});

describe('what is refused', () => {
  const rows: readonly (readonly [what: string, StatementLineage, why: RegExp])[] = [
    [
      'an order',
      found({ use: 'order', resources: [email], leaks: sorts }),
      /public\.users\.email is hidden.*sort by it/,
    ],
    [
      'one hidden resource of several',
      found({ resources: ['public.users.ssn', phone], leaks: sorts }),
      /payload#\/phone is hidden/,
    ],
    [
      'a join with something that is not sensitive',
      found({ use: 'join', resources: [email], with: [] }),
      /email is hidden.*compare it with something that is not hidden/,
    ],
    [
      'a join with something that is not hidden',
      found({ use: 'join', resources: [email], with: ['public.users.ssn'] }),
      /email is hidden/,
    ],
    [
      'the same join from the other side',
      found({ use: 'join', resources: ['public.users.ssn'], with: [email] }),
      /email is hidden/,
    ],
    ['what is opaque', lineage({ opaque: ['nobody can tell'] }), /^nobody can tell$/],
    ['a relation that nobody knows', lineage({ unknown: ['fresh'] }), /the relation fresh is not known/],
    ['statistics', lineage({ reads: [{ name: 'pg_stats' }] }), /pg_stats could show/],
    ['statements of others', lineage({ reads: [{ name: 'pg_stat_activity' }] }), /pg_stat_activity/],
    [
      'a second finding',
      found({ use: 'group', resources: [email] }, { use: 'order', resources: [email], leaks: sorts }),
      /sort by it/,
    ],
  ];
  for (const [what, it, why] of rows) {
    test(what, () => assert.match(undisclosable(it, plan) ?? 'let pass', why));
    test(`${what}, but not to whom nothing is hidden from`, () =>
      assert.equal(undisclosable(it, showsAll), undefined));
  }

  test('with a word on what is allowed instead', () => {
    const why = undisclosable(found({ resources: [email], leaks: sorts }), plan) ?? '';
    assert.match(why, /You may select it.*comes back masked.*= to a constant/);
  });
});

test('uses are told once each, in one order, hidden or not', () => {
  const all = [
    found({ use: 'order', resources: ['x'], leaks: sorts }, { use: 'equality', resources: ['y'] }),
    found({ use: 'equality', resources: ['x'] }, { resources: ['x'], leaks: sorts }),
  ];
  assert.deepEqual(uses(all), ['equality', 'order']);
  assert.deepEqual(uses([]), []);
});

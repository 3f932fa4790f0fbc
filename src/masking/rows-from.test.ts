import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MaskPlan } from '../core/mask.ts';
import type { OutputLineage } from '../wire/sql/lineage/lineage.ts';
import { masksOfRows } from './rows-from.ts';
import type { Giver, Names } from './rows-from.ts';

const email = 'public.users.email';
const ssn = 'public.users.ssn';
const plan: MaskPlan = {
  hidden: new Map([
    [email, 'email'],
    [ssn, 'redact'],
  ]),
  detect: [],
};

function output(name: string | undefined, resource?: string, plain = true): OutputLineage {
  return { name, origins: resource === undefined ? [] : [{ resource, plain }], typeOid: 25 };
}

const spread = (resource?: string): OutputLineage => ({ ...output(undefined, resource), spread: true });

function giver(outputs: readonly OutputLineage[], ...reach: readonly string[]): Giver {
  return { outputs, reach: new Set(reach) };
}

const id = output('id');
const plain = output('email', email);
const long = 'é'.repeat(40);

/** Masks as letters: e(mail), r(edact), c(omputed), `-` none. */
const rows: readonly (readonly [
  what: string,
  givers: readonly (Giver | undefined)[],
  Names,
  masks: string,
])[] = [
  ['nothing sensitive', [giver([id])], ['id'], '-'],
  ['a plain column', [giver([id, plain])], ['id', 'email'], '-e'],
  ['a computed one', [giver([output('upper', email, false), id])], ['upper', 'id'], 'c-'],
  ['a column without a name', [giver([output(undefined, email)])], ['x'], 'e'],
  ['a name that the server has cut', [giver([output(`${long}!`, email)])], [long.slice(0, 31)], 'e'],
  ['another name', [giver([plain, id])], ['email', 'name'], 'cc'],
  ['a short one that looks cut', [giver([plain])], ['em'], 'c'],
  ['too few columns', [giver([id, plain])], ['id'], 'c'],
  ['too many columns', [giver([id, plain])], ['id', 'email', 'x'], 'ccc'],
  ['another shape with nothing hidden in it', [giver([id])], ['x', 'y'], '--'],
  ['another shape with something hidden in reach', [giver([id], ssn)], ['x', 'y'], 'cc'],
  ['rows of a statement that gives none', [giver([])], ['id'], 'c'],
  ['no columns at all', [giver([])], [], ''],
  ['a name that nobody told', [giver([plain])], [undefined], 'e'],
  ['a star of unknown columns', [giver([plain, spread(), id])], ['email', 'a', 'b', 'id'], 'e---'],
  ['a star of none', [giver([plain, spread(ssn), id])], ['email', 'id'], 'e-'],
  ['a star with something hidden', [giver([id, spread(ssn)])], ['id', 'a', 'b'], '-rr'],
  ['two stars', [giver([spread(), plain, spread(ssn)])], ['a', 'email', 'b'], 'ccc'],
  ['fewer columns than around a star', [giver([plain, spread(), id])], ['email'], 'c'],
  ['another name before a star', [giver([plain, spread()])], ['x', 'y'], 'cc'],
  ['two that are alike', [giver([plain]), giver([plain])], ['email'], 'e'],
  ['two of which one is hidden', [giver([id]), giver([output('id', email)])], ['id'], 'e'],
  ['two that are hidden in their own ways', [giver([plain]), giver([output('email', ssn)])], ['email'], 'c'],
  ['one of two of another shape', [giver([plain]), giver([id, id])], ['email'], 'e'],
  ['one of two of another shape with something hidden', [giver([id]), giver([plain, id])], ['id'], 'c'],
  ['one that nobody knows', [giver([id]), undefined], ['id'], 'c'],
];

describe('rows of', () => {
  for (const [what, givers, names, expected] of rows) {
    test(what, () => {
      const masks = masksOfRows({ givers }, names, plan).map((mask) => {
        if (mask === undefined || mask.kind === 'places') return '-';
        if (mask.kind === 'whole') return 'c';
        return mask.mask === 'email' ? 'e' : 'r';
      });
      assert.equal(masks.join(''), expected);
    });
  }

  test('what nobody knows, shown to whom nothing is hidden from', () => {
    const all: MaskPlan = { hidden: new Map(), detect: [] };
    assert.deepEqual(masksOfRows({ givers: [undefined] }, ['x'], all), [undefined]);
  });
});

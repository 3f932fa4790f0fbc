import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogRows, type FakeRelation } from '../../../test/fixtures/catalog-rows.ts';
import type { MaskName, MaskPlan } from '../../core/mask.ts';
import { compileDetectors } from '../../masking/detect.ts';
import { MaskKeys } from '../../masking/keys.ts';
import type { RowMasker } from '../../masking/row.ts';
import { encodeDataRow, encodeRowDescription, type FieldDescription } from '../../wire/postgres/backend.ts';
import { loadCatalog, type LoadedCatalog } from './catalog.ts';
import { Shapes } from './shapes.ts';

const users: FakeRelation = { oid: 20_001, schema: 'public', name: 'users', columns: ['id', 'email'] };
const sensitive = new Map<string, MaskName>([['public.users.email', 'redact']]);
const keys = new MaskKeys(Buffer.alloc(32, 7), 'orders');
const catalogOf = (...relations: readonly FakeRelation[]): Promise<LoadedCatalog> =>
  loadCatalog(catalogRows(relations), sensitive);

const hiding: MaskPlan = { hidden: sensitive, detect: [] };
const showing: MaskPlan = { hidden: new Map(), detect: [] };
const searching: MaskPlan = { hidden: new Map(), detect: [{ find: ['email'], mask: 'redact' }] };

function shapesOn(catalog: () => LoadedCatalog): Shapes {
  return new Shapes({
    catalog,
    keys,
    detectors: ({ detect }) => (detect.length === 0 ? undefined : compileDetectors(detect, keys)),
  });
}

function field(tableOid: number, columnAttr: number, name = 'x'): FieldDescription {
  return { name, tableOid, columnAttr, typeOid: 25, typeSize: -1, typeModifier: -1, format: 0 };
}

/** What comes out of a row of one value. */
function shown(masker: RowMasker | undefined, value: string): string {
  const row = encodeDataRow([Buffer.from(value)]);
  if (masker === undefined) return value;
  masker.apply(row, 0, row.length);
  return masker.out.toString('utf8', masker.outStart + 11, masker.outEnd);
}

describe('a column', () => {
  const catalog = catalogOf(users);
  for (const [what, it, plan, clear] of [
    ['that is hidden is masked', field(20_001, 2), hiding, false],
    ['beside it is not', field(20_001, 1), hiding, true],
    ['of a whole row with a hidden one in it is masked', field(20_001, 0), hiding, false],
    ['that is revealed is not', field(20_001, 2), showing, true],
    ['of a relation that is not known yet is masked', field(20_999, 1), hiding, false],
    ['of such a relation is not, where nothing is hidden', field(20_999, 1), showing, true],
    ['of the system is not', field(1259, 2), hiding, true],
    ['of no table is not: the gate has refused it where it had to', field(0, 0), hiding, true],
  ] as const) {
    test(what, async () => {
      const shapes = shapesOn(() => known);
      const known = await catalog;
      const value = shown(shapes.masker([it], plan), 'ada@example.com');
      assert.equal(value === 'ada@example.com', clear, value);
    });
  }

  test('of any kind is searched where detectors are on', async () => {
    const known = await catalog;
    const masker = shapesOn(() => known).masker([field(0, 0)], searching);
    assert.doesNotMatch(shown(masker, 'ada@example.com'), /ada/);
    assert.equal(shown(masker, 'nothing'), 'nothing');
  });

  test('needs no masker where nothing is hidden and nothing searched', async () => {
    const known = await catalog;
    assert.equal(shapesOn(() => known).masker([field(20_001, 2)], showing), undefined);
  });
});

describe('what is kept', () => {
  test('a masker is made once for a shape, a plan and a catalog', async () => {
    let catalog = await catalogOf(users);
    const shapes = shapesOn(() => catalog);
    const fields = [field(20_001, 2), field(20_002, 1)];
    const first = shapes.masker(fields, hiding);
    assert.equal(shapes.masker(fields, hiding), first);
    assert.equal(shapes.masker(fields, showing), undefined);
    assert.notEqual(shapes.masker(fields, { ...hiding }), first);
    catalog = await catalogOf(users, { oid: 20_002, schema: 'public', name: 'orders', columns: ['id'] });
    assert.notEqual(shapes.masker(fields, hiding), first);
  });

  test('a relation that was unknown is shown once the catalog knows it', async () => {
    let catalog = await catalogOf(users);
    const shapes = shapesOn(() => catalog);
    const fields = [field(20_002, 1)];
    assert.notEqual(shown(shapes.masker(fields, hiding), 'a note'), 'a note');
    catalog = await catalogOf(users, { oid: 20_002, schema: 'public', name: 'notes', columns: ['body'] });
    assert.equal(shown(shapes.masker(fields, hiding), 'a note'), 'a note');
  });

  test('the same description is decoded once, another one anew, however many there are', async () => {
    const known = await catalogOf(users);
    const shapes = shapesOn(() => known);
    const read = (name: string): readonly FieldDescription[] => {
      const bytes = encodeRowDescription([field(20_001, 2, name)]);
      return shapes.fields(bytes, 0, bytes.length);
    };
    assert.equal(read('a'), read('a'));
    assert.deepEqual(read('b'), [field(20_001, 2, 'b')]);
    for (let i = 0; i < 200; i++) assert.equal(read(`c${i}`)[0]?.name, `c${i}`);
    const long = 'x'.repeat(5000);
    assert.notEqual(read(long), read(long));
    assert.deepEqual(read('a'), [field(20_001, 2, 'a')]);
  });
});

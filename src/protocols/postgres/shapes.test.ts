import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SallyportError } from '../../core/errors.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { compileDetectors } from '../../masking/detect.ts';
import { MaskKeys } from '../../masking/keys.ts';
import type { RowMasker } from '../../masking/row.ts';
import { unknownRows } from '../../masking/rows-from.ts';
import { encodeDataRow, encodeRowDescription, type FieldDescription } from '../../wire/postgres/backend.ts';
import type { OutputLineage } from '../../wire/sql/lineage/lineage.ts';
import type { StatementRows } from './reading.ts';
import { Shapes, type ShapeCatalog } from './shapes.ts';

const email = 'public.users.email';
const keys = new MaskKeys(Buffer.alloc(32, 7), 'orders');
const users = 20_001;
const list = 20_005;

/** `users(id, email)` and a view of its e-mail addresses. */
function catalogOf(...oids: readonly number[]): ShapeCatalog {
  return {
    knowsOid: (oid) => oid < 16_384 || oids.includes(oid),
    isView: (oid) => oid === list,
    originsOf(oid, attnum) {
      if (oid === users && attnum === 0) return [{ resource: email, plain: false }];
      return oid === users && attnum === 2 ? [{ resource: email, plain: true }] : [];
    },
    isText: (oid) => oid === 99_999,
  };
}

const known = catalogOf(users, list);
const hiding: MaskPlan = { hidden: new Map([[email, 'email']]), detect: [] };
const showing: MaskPlan = { hidden: new Map(), detect: [] };
const searching: MaskPlan = { hidden: new Map(), detect: [{ find: ['email'], mask: 'redact' }] };

function shapesOn(catalog: () => ShapeCatalog): Shapes {
  return new Shapes({
    catalog,
    keys,
    detectors: ({ detect }) => (detect.length === 0 ? undefined : compileDetectors(detect, keys)),
  });
}

function field(tableOid: number, columnAttr: number, name = 'x'): FieldDescription {
  return { name, tableOid, columnAttr, typeOid: 25, typeSize: -1, typeModifier: -1, format: 0 };
}

function rowsOf(...outputs: readonly OutputLineage[]): StatementRows {
  return { givers: [{ outputs, reach: new Set() }] };
}

const clear: OutputLineage = { name: 'x', origins: [], typeOid: 25 };
const plain: OutputLineage = { ...clear, origins: [{ resource: email, plain: true }] };
const computed: OutputLineage = { ...clear, origins: [{ resource: email, plain: false }] };

/** What comes out of a row of one value. */
function shown(masker: RowMasker | undefined, value: string): string {
  const row = encodeDataRow([Buffer.from(value)]);
  if (masker === undefined) return value;
  masker.apply(row, 0, row.length);
  return masker.out.toString('utf8', masker.outStart + 11, masker.outEnd);
}

describe('a column', () => {
  const secret = 'ada@shop.example';
  const masked = 'a***@***.example';
  for (const [what, it, rows, plan, expected] of [
    ['that is hidden has its mask', field(users, 2), rowsOf(plain), hiding, masked],
    ['that the server names is what it says', field(users, 2), rowsOf(clear), hiding, masked],
    ['beside it is clear', field(users, 1), rowsOf(plain), hiding, secret],
    [
      'of a whole row with a hidden one in it is a constant',
      field(users, 0),
      rowsOf(clear),
      hiding,
      '[redacted]',
    ],
    ['that is revealed is clear', field(users, 2), rowsOf(plain), showing, secret],
    ['of a relation that is not known yet is hidden', field(20_999, 1), rowsOf(clear), hiding, '[redacted]'],
    ['of such a relation is clear where nothing is hidden', field(20_999, 1), rowsOf(clear), showing, secret],
    ['of the system is clear', field(1259, 2), rowsOf(clear), hiding, secret],
    ['of a view is what its definition says', field(list, 1), rowsOf(plain), hiding, masked],
    ['of a view that shows nothing hidden is clear', field(list, 2), rowsOf(clear), hiding, secret],
    ['of no table is what the statement says', field(0, 0), rowsOf(plain), hiding, masked],
    ['that is computed is a constant', field(0, 0), rowsOf(computed), hiding, '[redacted]'],
    ['that nothing hidden is in is clear', field(0, 0), rowsOf(clear), hiding, secret],
    ['of no table and of nobody knows what is a constant', field(0, 0), unknownRows, hiding, '[redacted]'],
    ['of nobody knows what is clear where nothing is hidden', field(0, 0), unknownRows, showing, secret],
    [
      'of more columns than the statement has is a constant',
      field(0, 0),
      rowsOf(plain, clear),
      hiding,
      '[redacted]',
    ],
  ] as const) {
    test(what, () => {
      const masker = shapesOn(() => known).masker([it], plan, rows);
      assert.equal(shown(masker, secret), expected);
    });
  }

  test('of any kind is searched where detectors are on', () => {
    const masker = shapesOn(() => known).masker([field(0, 0)], searching, unknownRows);
    assert.equal(shown(masker, 'to ada@shop.example'), 'to [redacted]');
    assert.equal(shown(masker, 'nothing'), 'nothing');
  });

  test('needs no masker where nothing is hidden and nothing searched', () => {
    assert.equal(shapesOn(() => known).masker([field(users, 2)], showing, rowsOf(plain)), undefined);
  });

  test('of a string type of an extension is masked as text', () => {
    const citext = { ...field(users, 2), typeOid: 99_999 };
    assert.equal(shown(shapesOn(() => known).masker([citext], hiding, rowsOf(plain)), secret), masked);
  });
});

describe('the data of a COPY', () => {
  const text = { kind: 'text', delimiter: '\t', null: '\\N', header: false } as const;
  const copied = (rows: StatementRows): StatementRows => ({ ...rows, copied: text });
  const of = (rows: StatementRows, plan: MaskPlan, columns = 1): string | undefined =>
    shapesOn(() => known)
      .copyMasker(columns, false, plan, rows)
      ?.push(Buffer.from(`${Array(columns).fill('ada@shop.example').join('\t')}\n`))
      .toString();

  for (const [what, rows, plan, expected] of [
    ['is masked', copied(rowsOf(plain)), hiding, 'a***@***.example\n'],
    [
      'that is computed is NULL, as nobody knows its type',
      copied(rowsOf({ ...computed, typeOid: 0 })),
      hiding,
      '\\N\n',
    ],
    ['with nothing hidden in it needs no masker', copied(rowsOf(clear)), hiding, undefined],
    ['needs none where nothing is hidden', rowsOf(plain), showing, undefined],
    ['is searched', copied(unknownRows), searching, '[redacted]\n'],
    ['of nobody knows what is NULL', copied(unknownRows), hiding, '\\N\n'],
  ] as const) {
    test(what, () => assert.equal(of(rows, plan), expected));
  }

  test('of another count of columns is NULL altogether', () => {
    assert.equal(of(copied(rowsOf(plain)), hiding, 2), '\\N\t\\N\n');
  });

  test('whose form nobody knows is not shown', () => {
    assert.throws(() => of(rowsOf(plain), hiding), SallyportError);
    assert.throws(() => of({ ...rowsOf(plain), copied: { kind: 'binary' } }, hiding), SallyportError);
  });
});

describe('what is kept', () => {
  test('a masker is made once for a shape, a plan, a statement and a catalog', () => {
    let catalog = known;
    const shapes = shapesOn(() => catalog);
    const fields = [field(users, 2), field(20_002, 1)];
    const rows = rowsOf(plain, clear);
    const first = shapes.masker(fields, hiding, rows);
    assert.equal(shapes.masker(fields, hiding, rows), first);
    assert.equal(shapes.masker(fields, showing, rows), undefined);
    assert.notEqual(shapes.masker(fields, { ...hiding }, rows), first);
    assert.notEqual(shapes.masker(fields, hiding, rowsOf(plain, clear)), first);
    catalog = catalogOf(users, 20_002);
    assert.notEqual(shapes.masker(fields, hiding, rows), first);
  });

  test('a relation that was unknown is shown once the catalog knows it', () => {
    let catalog = known;
    const shapes = shapesOn(() => catalog);
    const fields = [field(20_002, 1)];
    const rows = rowsOf(clear);
    assert.notEqual(shown(shapes.masker(fields, hiding, rows), 'a note'), 'a note');
    catalog = catalogOf(users, 20_002);
    assert.equal(shown(shapes.masker(fields, hiding, rows), 'a note'), 'a note');
  });

  test('the same description is decoded once, another one anew, however many there are', () => {
    const shapes = shapesOn(() => known);
    const read = (name: string): readonly FieldDescription[] => {
      const bytes = encodeRowDescription([field(users, 2, name)]);
      return shapes.fields(bytes, 0, bytes.length);
    };
    assert.equal(read('a'), read('a'));
    assert.deepEqual(read('b'), [field(users, 2, 'b')]);
    for (let i = 0; i < 200; i++) assert.equal(read(`c${i}`)[0]?.name, `c${i}`);
    const long = 'x'.repeat(5000);
    assert.notEqual(read(long), read(long));
    assert.deepEqual(read('a'), [field(users, 2, 'a')]);
  });
});

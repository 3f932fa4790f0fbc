import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { detectorNames } from '../core/target.ts';
import type { MaskName } from '../core/mask.ts';
import { WireError } from '../wire/bytes.ts';
import { encodeDataRow, forEachField } from '../wire/postgres/backend.ts';
import { TypeOid } from '../wire/postgres/types.ts';
import { Arena } from './arena.ts';
import type { ColumnMask } from './column-mask.ts';
import { compileDetectors } from './detect.ts';
import { MaskKeys } from './keys.ts';
import { RowMasker } from './row.ts';
import type { MaskedField } from './row.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');
const detect = compileDetectors([{ find: detectorNames, mask: 'redact' }], keys);

interface Column {
  readonly oid: number;
  readonly format?: 0 | 1;
  readonly mask?: MaskName | Exclude<ColumnMask, { mask: MaskName }>;
}

function masker(columns: readonly Column[], set = detect): RowMasker {
  const fields = columns.map(({ oid, format = 0 }, index): MaskedField => ({
    tableOid: 16_384,
    columnAttr: index + 1,
    typeOid: oid,
    format,
  }));
  const maskOf = ({ columnAttr }: MaskedField): ColumnMask | undefined => {
    const mask = columns[columnAttr - 1]?.mask;
    return typeof mask === 'string' ? { mask, resource: `public.t.c${columnAttr}` } : mask;
  };
  return new RowMasker(fields, maskOf, set, keys);
}

type Value = string | Buffer | null;

function bytes(value: Value): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** The row as it came out, decoded with all of the wire codec's checks. */
function run(rows: RowMasker, values: readonly Value[]): (string | null)[] {
  const before = Buffer.from('before');
  const message = encodeDataRow(values.map(bytes));
  const chunk = Buffer.concat([before, message, Buffer.from('after')]);
  rows.apply(chunk, before.length, before.length + message.length);
  assert.equal(chunk.toString('latin1', 0, before.length), 'before');
  assert.equal(chunk.toString('latin1', before.length + message.length), 'after');
  return decode(rows.out, rows.outStart, rows.outEnd);
}

function decode(buffer: Buffer, start: number, end: number): (string | null)[] {
  assert.equal(buffer.readInt32BE(start + 1), end - start - 1);
  const values: (string | null)[] = [];
  forEachField(buffer, start, end, (_, at, length) => {
    values.push(length < 0 ? null : buffer.toString('utf8', at, at + length));
  });
  return values;
}

const { text, int4, jsonb, json, uuid } = TypeOid;
const textArray = 1009;
const computed = { kind: 'whole' } as const;
const record = 2249;
const key = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----';

const transcripts: readonly {
  what: string;
  columns: readonly Column[];
  row: readonly Value[];
  out: readonly (string | null)[];
  masked: number;
}[] = [
  {
    what: 'nothing to mask leaves the row as it is',
    columns: [{ oid: int4 }, { oid: text }],
    row: ['1', 'plain'],
    out: ['1', 'plain'],
    masked: 0,
  },
  {
    what: 'a longer mask, columns around it untouched',
    columns: [{ oid: text }, { oid: text, mask: 'redact' }, { oid: text }],
    row: ['first', 'x', 'last'],
    out: ['first', '[redacted]', 'last'],
    masked: 1,
  },
  {
    what: 'a shorter one',
    columns: [{ oid: text, mask: 'redact' }],
    row: ['a very long secret value'],
    out: ['[redacted]'],
    masked: 1,
  },
  {
    what: 'an equal length is changed in place',
    columns: [
      { oid: text, mask: 'redact' },
      { oid: int4, format: 1, mask: 'redact' },
    ],
    row: ['0123456789', Buffer.from([0, 0, 1, 2])],
    out: ['[redacted]', '\0\0\0\0'],
    masked: 2,
  },
  {
    what: 'in place after another has moved',
    columns: [
      { oid: text, mask: 'redact' },
      { oid: text, mask: 'redact' },
      { oid: text, mask: 'redact' },
    ],
    row: ['x', '0123456789', 'y'],
    out: ['[redacted]', '[redacted]', '[redacted]'],
    masked: 3,
  },
  {
    what: 'NULL and the empty value',
    columns: [{ oid: text, mask: 'redact' }, { oid: text, mask: 'redact' }, { oid: text }],
    row: [null, '', ''],
    out: [null, '[redacted]', ''],
    masked: 1,
  },
  {
    what: 'a mask to NULL',
    columns: [{ oid: text, mask: 'null' }, { oid: 600, mask: 'email' }, { oid: text }],
    row: ['secret', '(1,2)', 'x'],
    out: [null, null, 'x'],
    masked: 2,
  },
  {
    what: 'something computed is a constant, NULL or not',
    columns: [
      { oid: text, mask: computed },
      { oid: text, mask: computed },
      { oid: int4, mask: computed },
      { oid: jsonb, format: 1, mask: computed },
      { oid: textArray, mask: computed },
      { oid: uuid, format: 1, mask: computed },
      { oid: TypeOid.char, mask: computed },
    ],
    row: ['secret', null, null, null, '{a,b,c}', null, 'x'],
    out: ['[redacted]', '[redacted]', '0', '\x01"[redacted]"', '{}', '\0'.repeat(16), '*'],
    masked: 7,
  },
  {
    what: 'something computed of a type without a blank value is NULL, and of no bytes has its constant',
    columns: [
      { oid: 600, mask: computed },
      { oid: 600, mask: computed },
      { oid: TypeOid.bytea, format: 1, mask: computed },
      { oid: int4 },
    ],
    row: ['(1,2)', null, null, '7'],
    out: [null, null, '', '7'],
    masked: 3,
  },
  {
    what: 'what detectors find in a text, and nothing else of it',
    columns: [{ oid: text }, { oid: text }],
    row: ['ask bob@example.com or 4111 1111 1111 1111 – größe', 'x'],
    out: ['ask [redacted] or [redacted] – größe', 'x'],
    masked: 2,
  },
  {
    what: 'a masked column is not looked into again',
    columns: [{ oid: text, mask: 'email' }],
    row: ['bob@example.com'],
    out: ['b***@***.com'],
    masked: 1,
  },
  {
    what: 'numbers, dates and uuids are not looked into',
    columns: [{ oid: TypeOid.int8 }, { oid: uuid }],
    row: ['4111111111111111', '41111111-1111-1111-0000-000000000000'],
    out: ['4111111111111111', '41111111-1111-1111-0000-000000000000'],
    masked: 0,
  },
  {
    what: 'a document stays a document',
    columns: [{ oid: json }, { oid: jsonb, format: 1 }],
    row: [
      '{"e":"bob@example.com","n":4111111111111111,"k":"a\\nb"}',
      Buffer.concat([Buffer.of(1), Buffer.from('["bob@example.com"]')]),
    ],
    out: ['{"e":"[redacted]","n":"[redacted]","k":"a\\nb"}', '\u0001["[redacted]"]'],
    masked: 3,
  },
  {
    what: 'an escape in a document hides nothing',
    columns: [{ oid: json }, { oid: json }, { oid: json }],
    row: ['"bob\\u0040example.com"', '"x\\nbob@example.com\\n"', '"\\\\u0040"'],
    out: ['"[redacted]"', '"x\\n[redacted]\\n"', '"\\\\u0040"'],
    masked: 2,
  },
  {
    what: 'a key cut short in a document',
    columns: [{ oid: json }],
    row: ['{"a":"-----BEGIN PRIVATE KEY-----","b":"-----END PRIVATE KEY-----"}'],
    out: ['{"a":"[redacted]","b":"-----END PRIVATE KEY-----"}'],
    masked: 1,
  },
  {
    what: 'what cannot be taken out of a document takes all of it',
    columns: [{ oid: json }],
    row: ['[4111111111111111.4111111111111111]'],
    out: ['"[redacted]"'],
    masked: 2,
  },
  {
    what: 'a key in a document',
    columns: [{ oid: json }],
    row: [JSON.stringify({ key, after: 1 })],
    out: ['{"key":"[redacted]","after":1}'],
    masked: 1,
  },
  {
    what: 'text forms of arrays, records and unknown types',
    columns: [{ oid: textArray }, { oid: record }, { oid: 99_999 }],
    row: ['{x,bob@example.com}', '(1,bob@example.com)', 'bob@example.com'],
    out: ['{x,[redacted]}', '(1,[redacted])', '[redacted]'],
    masked: 3,
  },
  {
    what: 'binary forms of them go as a whole',
    columns: [
      { oid: textArray, format: 1 },
      { oid: record, format: 1 },
      { oid: record, format: 1 },
    ],
    row: ['\0\0\0\u0001…bob@example.com', '…bob@example.com', '…nothing'],
    out: ['\0\0\0\0\0\0\0\0\0\0\0\u0019', null, '…nothing'],
    masked: 2,
  },
];

for (const { what, columns, row, out, masked } of transcripts) {
  test(what, () => {
    const rows = masker(columns);
    assert.deepEqual(run(rows, row), out);
    assert.equal(rows.masked, masked);
    // Of what comes out otherwise than it went in, all is said to be changed; so may be what a mask leaves the same.
    const otherwise = row.flatMap((value, index) =>
      out[index] === (value?.toString() ?? null) ? [] : [index],
    );
    assert.deepEqual(
      otherwise.filter((index) => !rows.changed().includes(index)),
      [],
    );
    assert.equal(rows.changed().length > 0, masked > 0);
    assert.deepEqual(run(rows, row), out, 'the second row is masked as the first was');
    assert.equal(rows.masked, 2 * masked);
  });
}

test('bytes of another encoding around a finding stay as they were', () => {
  const rows = masker([{ oid: text }]);
  const value = Buffer.concat([
    Buffer.from([0xe9, 0x20]),
    Buffer.from('bob@example.com'),
    Buffer.from([0x20, 0xff]),
  ]);
  const message = encodeDataRow([value]);
  const out = rows.mask(message, 0, message.length);
  assert.equal(out?.toString('latin1', 11), '\u00e9 [redacted] \u00ff');
});

test('it says which values of the last row it has changed', () => {
  const rows = masker([{ oid: int4 }, { oid: text, mask: 'redact' }, { oid: text }]);
  run(rows, ['1', 'secret', 'write to bob@example.com']);
  assert.deepEqual(rows.changed(), [1, 2]);
  run(rows, ['1', null, 'nothing']);
  assert.deepEqual(rows.changed(), []);
});

test('it says whether there is anything to do', () => {
  assert.equal(masker([{ oid: int4 }, { oid: uuid, format: 1 }]).active, false);
  assert.equal(masker([{ oid: int4 }, { oid: text }]).active, true);
  assert.equal(masker([{ oid: int4, mask: 'null' }]).active, true);
  const undetected = new RowMasker(
    [{ tableOid: 0, columnAttr: 0, typeOid: text, format: 0 }],
    () => undefined,
    undefined,
    keys,
  );
  assert.equal(undetected.active, false);
});

test('rows already masked stay as they are while later ones are, and lie one behind the other', () => {
  const rows = masker([{ oid: text, mask: 'redact' }, { oid: text }]);
  const kept: { buffer: Buffer; start: number; end: number; note: string }[] = [];
  let neighbours = 0;
  for (let index = 0; index < 3000; index++) {
    const note = `row ${index}`.repeat((index % 7) + 1);
    const message = encodeDataRow([Buffer.from('s'), Buffer.from(note)]);
    rows.apply(message, 0, message.length);
    const last = kept.at(-1);
    if (last?.buffer === rows.out && last.end === rows.outStart) neighbours += 1;
    kept.push({ buffer: rows.out, start: rows.outStart, end: rows.outEnd, note });
  }
  for (const { buffer, start, end, note } of kept)
    assert.deepEqual(decode(buffer, start, end), ['[redacted]', note]);
  assert.ok(neighbours > 2900);
});

test('released, it holds no row and no large buffer, and still masks the next', () => {
  const rows = masker([{ oid: text, mask: 'redact' }, { oid: text }]);
  for (const long of ['', 'x'.repeat(10_000)]) {
    assert.deepEqual(run(rows, ['secret', long]), ['[redacted]', long]);
    rows.release();
    assert.equal(rows.out.length, 0);
    assert.ok(rows.bufferBytes <= 4096);
  }
  assert.deepEqual(run(rows, ['secret', '']), ['[redacted]', '']);
});

test('a row larger than any buffer', () => {
  const rows = masker([{ oid: text, mask: 'redact' }, { oid: text }, { oid: text, mask: 'null' }], undefined);
  const long = 'x'.repeat(3_000_000);
  assert.deepEqual(run(rows, ['s', long, 's']), ['[redacted]', long, null]);
  assert.deepEqual(run(rows, ['s', 'short', long]), ['[redacted]', 'short', null]);
});

function broken(change: (row: Buffer) => Buffer): Buffer {
  return change(encodeDataRow([Buffer.from('a'), Buffer.from('b')]));
}

test('a row that masks make larger than memory should be is refused', () => {
  const arena = new Arena(10);
  arena.begin();
  arena.append(Buffer.alloc(6), 0, 6);
  arena.appendInt32(1);
  assert.throws(
    () => arena.append(Buffer.alloc(1), 0, 1),
    (error) => error instanceof WireError && error.reason === 'too_large',
  );
  arena.begin();
  arena.append(Buffer.alloc(10), 0, 10);
  assert.equal(arena.end - arena.start, 10);
});

const broke: readonly [what: string, row: Buffer][] = [
  ['fewer fields than described', encodeDataRow([Buffer.from('a')])],
  ['more fields than described', encodeDataRow([null, null, null])],
  ['a count that is larger than its fields', broken((row) => row.fill(3, 6, 7))],
  ['a negative length', broken((row) => row.fill(0xfe, 7, 8))],
  ['a length past the end', broken((row) => row.fill(9, 10, 11))],
  ['bytes left over', broken((row) => Buffer.concat([row, Buffer.of(0)]))],
  ['a cut row', broken((row) => row.subarray(0, -1))],
  ['a cut length', broken((row) => row.subarray(0, 14))],
  ['no count', broken((row) => row.subarray(0, 6))],
];

for (const [what, row] of broke) {
  test(`refuses ${what}`, () => {
    const rows = masker([{ oid: text, mask: 'redact' }, { oid: text }]);
    assert.throws(
      () => rows.apply(row, 0, row.length),
      (error) => error instanceof WireError && error.side === 'upstream',
    );
  });
}

test('a field that reaches past its row touches nothing behind it', () => {
  const row = encodeDataRow([Buffer.from('a')]);
  row.writeInt32BE('[redacted]'.length, 7);
  const chunk = Buffer.concat([row, Buffer.from('the next message')]);
  assert.throws(() => masker([{ oid: text, mask: 'redact' }]).apply(chunk, 0, row.length), WireError);
  assert.equal(chunk.toString('latin1', row.length), 'the next message');
});

test('whatever the values, the row stays a row and hides what it must', () => {
  const value = fc.option(fc.uint8Array({ maxLength: 80 }), { nil: null });
  const rows = masker([
    { oid: text, mask: 'token' },
    { oid: text },
    { oid: TypeOid.int8, mask: 'redact' },
    { oid: json },
  ]);
  fc.assert(
    fc.property(fc.tuple(value, value, value, value), (values) => {
      const out = run(
        rows,
        values.map((item) => item && Buffer.from(item)),
      );
      assert.deepEqual(
        out.map((item) => item === null),
        values.map((item) => item === null),
      );
      assert.match(out[0] ?? 'tok_', /^tok_/);
      assert.equal(out[2] ?? '0', '0');
    }),
  );
});

test('rows that nobody holds any more are written over', () => {
  const rows = masker([{ oid: TypeOid.text, mask: 'redact' }, { oid: TypeOid.text }]);
  const row = (value: string): Buffer => encodeDataRow([Buffer.from('a secret'), Buffer.from(value)]);
  const first = rows.mask(row('one'), 0, row('one').length);
  const before = rows.bufferBytes;
  rows.rewind();
  const second = rows.mask(row('two'), 0, row('two').length);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(rows.bufferBytes, before);
  assert.ok(first.equals(second));
  assert.deepEqual(decode(second, 0, second.length), ['[redacted]', 'two']);
});

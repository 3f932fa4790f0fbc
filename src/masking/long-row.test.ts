import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { detectorNames } from '../core/target.ts';
import { WireError } from '../wire/bytes.ts';
import { encodeDataRow } from '../wire/postgres/backend.ts';
import { headerBytes } from '../wire/postgres/frames.ts';
import { TypeOid } from '../wire/postgres/types.ts';
import type { ColumnMask } from './column-mask.ts';
import { compileDetectors } from './detect.ts';
import { fieldMask } from './field.ts';
import type { FieldMask } from './field.ts';
import { MaskKeys } from './keys.ts';
import { LongRow } from './long-row.ts';
import { RowMasker } from './row.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');
const detect = compileDetectors([{ find: detectorNames, mask: 'redact' }], keys);
const email: ColumnMask = { mask: 'email', resource: 'public.t.email' };
const redact: ColumnMask = { mask: 'redact', resource: 'public.t.ssn' };
const computed: ColumnMask = { kind: 'whole' };
const place: ColumnMask = {
  kind: 'places',
  places: [{ pointer: ['a'], mask: 'redact', resource: 'public.t.doc#/a' }],
};

interface Column {
  readonly oid: number;
  readonly mask?: ColumnMask;
  readonly looked?: boolean;
}

const fieldOf = ({ oid, mask, looked = false }: Column): FieldMask =>
  fieldMask(mask, { oid, format: 'text' }, looked ? detect : undefined, keys);

/** What has come of a row, as one message's body. */
class Sink {
  #parts: Buffer[] = [];
  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
  add(bytes: Buffer): void {
    this.#parts.push(Buffer.from(bytes));
  }
  reserve(): (length: number) => void {
    const word = Buffer.alloc(4, 0xee);
    this.#parts.push(word);
    return (length) => word.writeInt32BE(length);
  }
}

function run(columns: readonly FieldMask[], body: Buffer, chunkBytes: number, valueBytesMax?: number) {
  const sink = new Sink();
  const row = new LongRow(columns, body.length, sink, valueBytesMax);
  let total: number | undefined;
  for (let at = 0; at < body.length; at += chunkBytes) {
    row.push(body.subarray(at, at + chunkBytes));
    // Once it is said how much is to come, that holds.
    if (row.bytesToCome !== undefined) total ??= sink.bytes.length + row.bytesToCome;
  }
  row.end();
  if (total !== undefined) assert.equal(total, sink.bytes.length);
  return { body: sink.bytes, masked: row.masked };
}

const bodyOf = (values: readonly (string | null)[]): Buffer =>
  encodeDataRow(values.map((value) => (value === null ? null : Buffer.from(value)))).subarray(headerBytes);

const columns: readonly Column[] = [
  { oid: TypeOid.text },
  { oid: TypeOid.text, mask: email },
  { oid: TypeOid.text, mask: redact },
  { oid: TypeOid.int4, mask: computed },
  { oid: TypeOid.jsonb, mask: place },
  { oid: TypeOid.jsonb },
  { oid: TypeOid.bytea },
];
const value = fc.option(
  fc.constantFrom('', 'plain', 'bob@acme.dev', '{"a":"bob@acme.dev","b":1}', 'x'.repeat(200)),
  { nil: null },
);

test('makes of a row what RowMasker makes of it, wherever its pieces end', () => {
  const rows = fc.array(fc.tuple(fc.constantFrom(...columns), value), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(rows, fc.boolean(), fc.integer({ min: 1, max: 300 }), (cells, looked, chunkBytes) => {
      const message = encodeDataRow(cells.map(([, it]) => (it === null ? null : Buffer.from(it))));
      const seen = run(
        cells.map(([column]) => fieldOf({ ...column, looked })),
        Buffer.from(message.subarray(headerBytes)),
        chunkBytes,
      );
      const whole = new RowMasker(
        cells.map(([{ oid }]) => ({ tableOid: 1, columnAttr: 1, typeOid: oid, format: 0 })),
        (_, index) => cells[index]?.[0].mask,
        looked ? detect : undefined,
        keys,
      );
      const masked = whole.mask(message, 0, message.length) ?? message;
      assert.equal(seen.body.toString('latin1'), masked.toString('latin1', headerBytes));
      assert.equal(seen.masked, whole.masked);
    }),
  );
});

const long = 'x'.repeat(100);
const longCases: readonly [what: string, column: Column, value: string, shown: string][] = [
  ['a mask that needs the whole of it', { oid: TypeOid.text, mask: email }, long, '[redacted]'],
  ['a document with hidden places', { oid: TypeOid.jsonb, mask: place }, long, '"[redacted]"'],
  [
    'a text that is looked into',
    { oid: TypeOid.text, looked: true },
    `${long} a@b.cd `,
    `${long} [redacted] `,
  ],
  ['a text in which nothing is found', { oid: TypeOid.text, looked: true }, long, long],
  ['a clear one', { oid: TypeOid.text }, long, long],
];
for (const [what, column, given, shown] of longCases) {
  test(`a value too long to be kept: ${what}`, () => {
    const fields = [column, { oid: TypeOid.text, mask: redact }].map(fieldOf);
    for (const chunkBytes of [1, 7, 1000]) {
      const seen = run(fields, bodyOf([given, 'secret']), chunkBytes, 50);
      assert.equal(seen.body.toString('latin1'), bodyOf([shown, '[redacted]']).toString('latin1'));
    }
  });
}

test('a document too long to be looked into is refused, with its column and what to do', () => {
  const fields = [{ oid: TypeOid.int4 }, { oid: TypeOid.jsonb, looked: true }].map(fieldOf);
  assert.throws(() => run(fields, bodyOf(['1', long]), 10, 50), {
    code: 'too_large',
    message: /^Sallyport: column 2 of a row has a value over/,
    hint: /Select a part of it/,
  });
});

const body = bodyOf(['secret', 'clear']);
const broken: readonly [what: string, bytes: Buffer][] = [
  ['another count', Buffer.concat([Buffer.of(0, 3), body.subarray(2)])],
  ['a field that reaches past it', Buffer.concat([Buffer.of(0, 2, 0, 0, 1, 0), body.subarray(6)])],
  ['a negative length', Buffer.concat([Buffer.of(0, 2, 0xff, 0xff, 0xff, 0xfe), body.subarray(6)])],
  ['bytes behind its last field', Buffer.concat([body, Buffer.of(0)])],
  ['no last field', bodyOf(['secret', '']).subarray(0, 14)],
];
for (const [what, bytes] of broken) {
  test(`THREATS 4: a long row with ${what} is refused`, () => {
    const fields = [{ oid: TypeOid.text, mask: redact }, { oid: TypeOid.text }].map(fieldOf);
    for (const chunkBytes of [1, 1000]) assert.throws(() => run(fields, bytes, chunkBytes), WireError);
  });
}

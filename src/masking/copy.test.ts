import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { WireError } from '../wire/bytes.ts';
import { TypeOid } from '../wire/postgres/types.ts';
import type { CopyFormat } from '../wire/sql/copy-format.ts';
import type { ColumnMask } from './column-mask.ts';
import { copyMasker } from './copy.ts';
import { compileDetectors } from './detect.ts';
import type { DetectorSet } from './detect.ts';
import { fieldMask } from './field.ts';
import { MaskKeys } from './keys.ts';

const keys = new MaskKeys(Buffer.alloc(32, 7), 'orders');
const emails = compileDetectors([{ find: ['email'], mask: 'redact' }], keys);

const text: CopyFormat = { kind: 'text', delimiter: '\t', null: '\\N', header: false };
const csv: CopyFormat = {
  kind: 'csv',
  delimiter: ',',
  null: '',
  header: false,
  quote: '"',
  escape: '"',
  forceQuote: false,
};
const binary: CopyFormat = { kind: 'binary' };

type Given = ColumnMask | 'clear';
const redact: ColumnMask = { mask: 'redact', resource: 'public.t.a' };
const email: ColumnMask = { mask: 'email', resource: 'public.t.b' };
const computed: ColumnMask = { kind: 'whole' };

/** Every chunk but the last ends after one of `cuts`. */
function masked(
  data: Buffer,
  format: CopyFormat,
  columns: readonly Given[],
  cuts: readonly number[] = [],
  detect?: DetectorSet,
): Buffer {
  const type = { oid: TypeOid.text, format: format.kind === 'binary' ? 'binary' : 'text' } as const;
  const masks = columns.map((column) =>
    fieldMask(column === 'clear' ? undefined : column, type, detect, keys),
  );
  const masker = copyMasker(format, masks);
  const ends = [...cuts.map((cut) => cut % (data.length + 1)), data.length].toSorted((a, b) => a - b);
  let from = 0;
  const out: Buffer[] = [];
  for (const end of ends) {
    out.push(masker.push(data.subarray(from, end)));
    from = end;
  }
  masker.end();
  return Buffer.concat(out);
}

const transcripts: readonly (readonly [
  what: string,
  CopyFormat,
  columns: readonly Given[],
  given: string,
  shown: string,
])[] = [
  ['nothing hidden', text, ['clear', 'clear'], '1\ta\\tb\n2\t\\N\n', '1\ta\\tb\n2\t\\N\n'],
  ['a column', text, ['clear', redact], '1\tx\n2\t\\N\n', '1\t[redacted]\n2\t\\N\n'],
  [
    'one computed, NULL or not',
    text,
    [computed, 'clear'],
    '\\N\t1\nx\t2\n',
    '[redacted]\t1\n[redacted]\t2\n',
  ],
  [
    'an escaped value',
    text,
    [email, 'clear'],
    'a\\t@b\\\\.com\t1\nann@shop.example\t2\n',
    '[redacted]\t1\na***@***.example\t2\n',
  ],
  ['a header', { ...text, header: true }, [redact], 'na\\tme\nx\n', 'na\\tme\n[redacted]\n'],
  [
    'a delimiter that the mask has in it',
    { ...text, delimiter: '[' },
    [redact, 'clear'],
    'x[1\n',
    '\\[redacted][1\n',
  ],
  ['no columns', text, [], '\n\n', '\n\n'],
  ['no rows', text, [redact], '', ''],
  ['another NULL', { ...text, null: 'none' }, [redact], 'none\n\\\\N\n', 'none\n[redacted]\n'],
  ['a column in CSV', csv, ['clear', redact], '1,x\n2,\n3,""\n', '1,[redacted]\n2,\n3,[redacted]\n'],
  ['quoted ones', csv, [redact, 'clear'], '"x,""\ny",1\nx,"a""b\n"\n', '[redacted],1\n[redacted],"a""b\n"\n'],
  ['one computed in CSV', csv, [computed, computed], ',""\n', '[redacted],[redacted]\n'],
  [
    'an escape of its own',
    { ...csv, escape: '\\', delimiter: ';' },
    [email, 'clear'],
    '"a\\"\\\\;@b.com";"x\\""\n',
    '[redacted];"x\\""\n',
  ],
  ['a quote of its own', { ...csv, quote: '[', escape: '[' }, [redact], '[x,y[\n', '[[[redacted][\n'],
  [
    'all quoted',
    { ...csv, forceQuote: true },
    [redact, 'clear'],
    '"x","1"\n,""\n',
    '"[redacted]","1"\n,""\n',
  ],
  ['a quoted header', { ...csv, header: true }, [redact], '"a\nb"\nx\n', '"a\nb"\n[redacted]\n'],
];

describe('a COPY', () => {
  for (const [what, format, columns, given, shown] of transcripts) {
    test(what, () => assert.equal(masked(Buffer.from(given), format, columns).toString(), shown));
  }

  test('is searched by detectors where nothing is masked', () => {
    const given = Buffer.from('to ann@shop.example\tx\n');
    assert.equal(masked(given, text, ['clear', 'clear'], [], emails).toString(), 'to [redacted]\tx\n');
  });

  const broken: readonly (readonly [string, CopyFormat, number, Buffer])[] = [
    ['too few fields', text, 2, Buffer.from('a\n')],
    ['too many fields', text, 1, Buffer.from('a\tb\n')],
    ['a row without end', text, 1, Buffer.from('a')],
    ['an open quote', csv, 1, Buffer.from('"a\n')],
    ['too many fields in CSV', csv, 1, Buffer.from('a,b\n')],
    ['another signature', binary, 1, Buffer.from('PGCOPY\n\xff\r\n1', 'latin1')],
    ['no trailer', binary, 1, write([[Buffer.from('a')]], binary).subarray(0, -2)],
    ['bytes behind the trailer', binary, 1, Buffer.concat([write([], binary), Buffer.from('a')])],
    ['other columns', binary, 1, write([[null, null]], binary)],
    ['a negative length', binary, 1, Buffer.concat([write([], binary).subarray(0, -2), hex('0001fffffffe')])],
    ['flags', binary, 1, Buffer.concat([write([], binary).subarray(0, 11), hex('00010000')])],
  ];
  for (const [what, format, columns, data] of broken) {
    test(`with ${what} is refused`, () => {
      assert.throws(
        () =>
          masked(
            data,
            format,
            Array.from({ length: columns }, () => redact),
          ),
        WireError,
      );
    });
  }
});

type Value = Buffer | null;

/** As the server writes rows (copyto.c). */
function write(rows: readonly (readonly Value[])[], format: CopyFormat): Buffer {
  if (format.kind === 'binary') return writeBinary(rows);
  const value = format.kind === 'csv' ? csvValue(format) : textValue(format);
  const lines = rows.map(
    (row) =>
      `${row.map((one) => (one === null ? format.null : value(one.toString('latin1')))).join(format.delimiter)}\n`,
  );
  return Buffer.from(lines.join(''), 'latin1');
}

function textValue({ delimiter }: { delimiter: string }): (value: string) => string {
  const letters = new Map([...'\b\f\n\r\t\v'].map((char, at) => [char, 'bfnrtv'.charAt(at)]));
  return (value) =>
    [...value]
      .map((char) => {
        const letter = letters.get(char);
        if (letter !== undefined) return `\\${letter}`;
        return char === '\\' || char === delimiter ? `\\${char}` : char;
      })
      .join('');
}

function csvValue(format: Extract<CopyFormat, { kind: 'csv' }>): (value: string) => string {
  const { delimiter, quote, escape } = format;
  return (value) => {
    const must =
      value === format.null ||
      value === '\\.' ||
      [delimiter, quote, '\n', '\r'].some((one) => value.includes(one));
    if (!must && !format.forceQuote) return value;
    const inner = [...value]
      .map((char) => (char === quote || char === escape ? escape + char : char))
      .join('');
    return quote + inner + quote;
  };
}

function writeBinary(rows: readonly (readonly Value[])[]): Buffer {
  const int = (value: number, bytes: 2 | 4): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  const fields = (row: readonly Value[]): Buffer[] =>
    row.flatMap((value) => [int(value?.length ?? -1, 4), value ?? Buffer.alloc(0)]);
  return Buffer.concat([
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
    int(0, 4),
    int(0, 4),
    ...rows.flatMap((row) => [int(row.length, 2), ...fields(row)]),
    int(-1, 2),
  ]);
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

describe('whatever the values and however the data is cut', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((value) => Buffer.from(value)),
    fc
      .array(fc.constantFrom('\\', '"', ',', '\t', '\n', '\r', '.', 'N', 'a', "'", '|'), { maxLength: 6 })
      .map((chars) => Buffer.from(chars.join(''))),
  );
  const value = fc.option(bytes, { nil: null });
  const mask = fc.constantFrom<Given>('clear', redact, computed);
  const formats = fc.oneof(
    fc.constant(text),
    fc.constant(csv),
    fc.constant(binary),
    fc.record({
      kind: fc.constant('text' as const),
      delimiter: fc.constantFrom('|', ',', '"', '[', '\x01'),
      null: fc.constantFrom('', 'nil', '\\N'),
      header: fc.constant(false),
    }),
    fc.record({
      kind: fc.constant('csv' as const),
      delimiter: fc.constantFrom('a', ';', '\t'),
      null: fc.constantFrom('', 'nil', '\\N'),
      header: fc.constant(false),
      quote: fc.constantFrom('"', "'", '['),
      escape: fc.constantFrom('"', '\\', 'e'),
      forceQuote: fc.boolean(),
    }),
  );

  /** A text value that reads like the NULL of its format is one: the server does not tell them apart either. */
  const isNull = (one: Value, format: CopyFormat): boolean =>
    one === null || (format.kind === 'text' && textValue(format)(one.toString('latin1')) === format.null);

  test('what is hidden is masked, and nothing else changes', () => {
    const columns = fc.array(mask, { minLength: 1, maxLength: 4 });
    const table = columns.chain((masks) =>
      fc.record({
        masks: fc.constant(masks),
        rows: fc.array(fc.tuple(...masks.map(() => value)), { maxLength: 5 }),
      }),
    );
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(table, formats, cuts, ({ masks, rows }, format, at) => {
        const expected = rows.map((row) =>
          row.map((one, index) => {
            const how = masks[index];
            if (how === 'clear') return one;
            return isNull(one, format) && how !== computed ? null : Buffer.from('[redacted]');
          }),
        );
        assert.deepEqual(
          masked(write(rows, format), format, masks, at).toString('latin1'),
          write(expected, format).toString('latin1'),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('bytes that are no COPY are refused or pass, and never fail in another way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), formats, (data, format) => {
        const given =
          format.kind === 'binary'
            ? Buffer.concat([write([], binary).subarray(0, -2), data])
            : Buffer.from(data);
        try {
          masked(given, format, [redact, 'clear']);
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { MaskName } from '../core/mask.ts';
import { detectorNames } from '../core/target.ts';
import { TypeOid } from '../wire/postgres/types.ts';
import { compileDetectors } from './detect.ts';
import type { DetectorSet } from './detect.ts';
import { detectionOf } from './detect-field.ts';
import { maskDocuments } from './document-mask.ts';
import { Places } from './json-pointer.ts';
import { MaskKeys } from './keys.ts';
import { sayingNothing } from './masks.ts';
import type { ColumnType } from './masks.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');
const detect = compileDetectors([{ find: detectorNames, mask: 'redact' }], keys) ?? assert.fail();
const { json, jsonb, text } = TypeOid;
const [jsonArray, jsonbArray, textArray] = [199, 3807, 1009];

function places(pointer: string, mask: MaskName): Places {
  return new Places(
    [{ pointer: pointer.split('/').slice(1), mask, resource: `public.e.doc#${pointer}` }],
    keys,
  );
}

const documents: readonly ColumnType[] = [
  { oid: json, format: 'text' },
  { oid: json, format: 'binary' },
  { oid: jsonb, format: 'text' },
  { oid: jsonb, format: 'binary' },
];

function named({ oid, format }: ColumnType): string {
  return `${oid === jsonb ? 'jsonb' : 'json'} in ${format}`;
}

function bytes(document: string, { oid, format }: ColumnType): Buffer {
  return Buffer.from(oid === jsonb && format === 'binary' ? `\x01${document}` : document);
}

/** The document after its changes, and how many they were; itself and 0 where nothing was to be changed. */
function run(of: Places, type: ColumnType, document: string, set = detect): [string | undefined, number] {
  const value = bytes(document, type);
  const done = maskDocuments(of, type, set)?.clean(value);
  if (done === undefined) return [document, 0];
  const version = bytes('', type).length;
  assert.deepEqual(done.value?.subarray(0, version), bytes('', type));
  return [done.value?.toString('utf8', version), done.count];
}

const table: readonly (readonly [what: string, Places, document: string, out: string, count: number])[] = [
  ['a place', places('/a', 'redact'), '{"a": "größe", "b": "größe"}', '{"a": "[redacted]", "b": "größe"}', 1],
  ['no such place', places('/a', 'redact'), '{"b": 1}', '{"b": 1}', 0],
  ['no document', places('/a', 'redact'), '{"a": ', '"[redacted]"', 1],
  [
    'what detectors find beside it',
    places('/a', 'last4'),
    '{"a": "4111111111111111", "b": "bob@example.com", "c": "\\u0062ob@example.com", "n": 4111111111111111}',
    '{"a": "************1111", "b": "[redacted]", "c": "[redacted]", "n": "[redacted]"}',
    4,
  ],
  [
    'what they find in its mask stays',
    places('/*', 'email'),
    '{"\\u0061": "bob@example.com"}',
    '{"\\u0061": "b***@***.com"}',
    1,
  ],
];

for (const [what, of, document, out, count] of table) {
  describe(what, () => {
    for (const type of documents) {
      test(named(type), () => assert.deepEqual(run(of, type, document), [out, count]));
    }
  });
}

test('a finding across a place takes the whole document with it', () => {
  const all: DetectorSet = {
    mayContain: () => true,
    find: (it) => [{ start: 1, end: it.length - 2, name: 'email', mask: 'redact' }],
    replacement: () => '[redacted]',
    apply: (it) => ({ text: it, found: 0 }),
  };
  for (const type of documents) {
    assert.deepEqual(run(places('/a', 'token'), type, '{"b":"x","a":"y","c":"z"}', all), ['"[redacted]"', 2]);
  }
});

describe('arrays of documents', () => {
  const of = places('/a', 'redact');

  test('in text', () => {
    for (const oid of [jsonArray, jsonbArray]) {
      const array =
        '{"{\\"a\\": \\"x\\", \\"m\\": \\"bob@example.com\\"}",NULL,1,"{\\"b\\": \\"\\\\\\\\\\"}"}';
      const out = maskDocuments(of, { oid, format: 'text' }, detect)?.clean(Buffer.from(array));
      const first = '"{\\"a\\": \\"[redacted]\\", \\"m\\": \\"[redacted]\\"}"';
      assert.equal(out?.value?.toString(), `{${first},NULL,1,"{\\"b\\": \\"\\\\\\\\\\"}"}`);
      assert.equal(out?.count, 2);
    }
  });

  test('in binary', () => {
    for (const [oid, element, type] of [
      [jsonArray, '00000072', { oid: json, format: 'binary' }],
      [jsonbArray, '00000eda', { oid: jsonb, format: 'binary' }],
    ] as const) {
      const array = (...items: readonly string[]): Buffer => {
        const head = Buffer.from(`0000000100000000${element}0000000${items.length}00000001`, 'hex');
        const all = items.map((item) => bytes(item, type));
        return Buffer.concat([head, ...all.flatMap((item) => [Buffer.of(0, 0, 0, item.length), item])]);
      };
      const out = maskDocuments(of, { oid, format: 'binary' }, undefined)?.clean(
        array('{"a":1}', '{"b":1}', '{'),
      );
      assert.deepEqual(out?.value, array('{"a":"[redacted]"}', '{"b":1}', '"[redacted]"'));
      assert.equal(out?.count, 2);
    }
  });

  test('what is no array is empty', () => {
    for (const format of ['text', 'binary'] as const) {
      const type = { oid: jsonbArray, format };
      assert.deepEqual(
        maskDocuments(of, type, undefined)?.clean(Buffer.from('{"a":1}'))?.value,
        sayingNothing(type),
      );
    }
  });
});

test('a type without documents has no places', () => {
  for (const oid of [text, textArray, TypeOid.xml, 16_500, 0]) {
    assert.equal(maskDocuments(places('/a', 'redact'), { oid, format: 'text' }, detect), undefined);
  }
});

test('detectors leave every byte of a document in which they find nothing', () => {
  const odd = '{"n":12345678901234567890.10, "n":-0,"\\u0061":"\\/\\u0041" ,"a":1E400}';
  for (const type of documents) {
    assert.equal(detectionOf(detect, type)?.clean(bytes(odd, type)), undefined);
    assert.deepEqual(run(places('/x', 'redact'), type, odd), [odd, 0]);
  }
});

test('numbers and equal keys stay beside what detectors find', () => {
  const found = detectionOf(detect, { oid: json, format: 'text' })?.clean(
    Buffer.from('{"n":12345678901234567890.10, "n":-0,"m":"bob@example.com","x":1E400}'),
  );
  assert.equal(found?.value?.toString(), '{"n":12345678901234567890.10, "n":-0,"m":"[redacted]","x":1E400}');
});

test('detectors look into each element of an array, in text and in binary', () => {
  const inText = detectionOf(detect, { oid: jsonArray, format: 'text' });
  const numbers = '{"{\\"a\\": 4111111111111111}","{\\"b\\": 1}"}';
  assert.equal(
    inText?.clean(Buffer.from(numbers))?.value?.toString(),
    '{"{\\"a\\": \\"[redacted]\\"}","{\\"b\\": 1}"}',
  );
  const inBinary = detectionOf(detect, { oid: textArray, format: 'binary' });
  const head = Buffer.from('0000000100000000000000190000000200000001', 'hex');
  const item = (value: string): Buffer =>
    Buffer.concat([Buffer.of(0, 0, 0, value.length), Buffer.from(value)]);
  const found = inBinary?.clean(Buffer.concat([head, item('ask bob@example.com'), item('plain')]));
  assert.deepEqual(found, { value: Buffer.concat([head, item('ask [redacted]'), item('plain')]), count: 1 });
});

test('whatever the document, what comes out is one, without what is planted', () => {
  const planted = fc.constantFrom('zqxjkv', '4111111111111111', 'zqxjkv@example.com', 4_111_111_111_111_111);
  const value = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('secret', 'b', '"', '\\'), tie('tree'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
      fc.record({ secret: planted, note: fc.string() }),
    ),
  })).tree;
  const deep = new Places(
    Array.from({ length: 12 }, (_, depth) => ({
      pointer: [...Array.from({ length: depth }, () => '*'), 'secret'],
      mask: depth % 2 === 0 ? ('token' as const) : ('redact' as const),
      resource: `public.e.doc#${depth}`,
    })),
    keys,
  );
  fc.assert(
    fc.property(value, fc.constantFrom(...documents), (tree, type) => {
      const [out = ''] = run(deep, type, JSON.stringify(tree));
      JSON.parse(out);
      assert.doesNotMatch(out, /zqxjkv|4111111111111111/);
    }),
  );
});

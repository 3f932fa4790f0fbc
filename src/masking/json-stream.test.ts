import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { TypeOid } from '../wire/postgres/types.ts';
import type { PlaceMask } from './column-mask.ts';
import { compileDetectors } from './detect.ts';
import { maskDocuments } from './document-mask.ts';
import { Places } from './json-pointer.ts';
import { JsonStream, JsonStreamError } from './json-stream.ts';
import { JsonWindows } from './json-windows.ts';
import { MaskKeys } from './keys.ts';

const keys = new MaskKeys(Buffer.alloc(32), 'api');
const detect = compileDetectors([{ find: ['email', 'payment_card', 'us_ssn'], mask: 'redact' }], keys);
const places = new Places(
  (
    [
      [['a'], 'redact'],
      [['b', '*'], 'token'],
      [['*', 'c'], 'email'],
      [['list', '*', 'd'], 'hash'],
      [['list', '1'], 'null'],
    ] as const
  ).map(([pointer, mask]): PlaceMask => ({ pointer, mask, resource: pointer.join('/') })),
  keys,
);

function whole(document: string, withDetectors: boolean): string {
  const type = { oid: TypeOid.json, format: 'text' } as const;
  const bytes = Buffer.from(document);
  const mask = maskDocuments(places, type, withDetectors ? detect : undefined);
  return (mask?.clean(bytes)?.value ?? bytes).toString();
}

function streamed(document: string, cuts: readonly number[], withDetectors: boolean): string {
  const out: Buffer[] = [];
  const windows =
    withDetectors && detect !== undefined
      ? new JsonWindows(detect, (bytes) => out.push(Buffer.from(bytes)), {
          windowChars: 400,
          reachChars: 100,
        })
      : undefined;
  const stream = new JsonStream(places, (bytes, isMasked) => {
    if (windows === undefined) out.push(Buffer.from(bytes));
    else windows.push(bytes, isMasked);
  });
  const bytes = Buffer.from(document);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, from] of borders.entries())
    stream.push(bytes.subarray(from, borders[index + 1] ?? from));
  stream.end();
  windows?.end();
  return Buffer.concat(out).toString();
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'list', 'e', 'é"\\', '0', '1');
const word = fc.constantFrom(
  'x',
  'bob@acme.test',
  '4111 1111 1111 1111',
  'a"b\\',
  'é\n\u2028',
  '',
  '123-45-6789',
);
const leaf = fc.oneof(
  word,
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(4111111111111111),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 6 }),
    fc.dictionary(key, tie('json'), { maxKeys: 6 }),
  ),
}));
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('a document that streams', () => {
  test('is masked as a whole one, wherever it is cut', () => {
    fc.assert(
      fc.property(json, cuts, fc.constantFrom(undefined, 1), (value, at, indent) => {
        const document = JSON.stringify(value, null, indent);
        assert.equal(streamed(document, at, false), whole(document, false));
      }),
      { numRuns: 2000 },
    );
  });

  test('is looked through by detectors as a whole one', () => {
    fc.assert(
      fc.property(json, cuts, (value, at) => {
        const document = JSON.stringify(value);
        assert.deepEqual(JSON.parse(streamed(document, at, true)), JSON.parse(whole(document, true)));
      }),
      { numRuns: 2000 },
    );
  });

  test('over many windows', () => {
    const items = Array.from({ length: 500 }, (_, id) => ({
      id,
      c: `u${id}@acme.test`,
      note: `mail bob${id}@acme.test`,
    }));
    const seen = streamed(JSON.stringify({ e: items }), [17, 5000, 9999, 20_000], true);
    assert.doesNotMatch(seen, /acme/);
    assert.equal((JSON.parse(seen) as { e: unknown[] }).e.length, 500);
  });

  const bad = [
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":}',
    '{"a" 1}',
    '{a:1}',
    '[1 2]',
    '1 2',
    '{}x',
    '"a',
    '"\n"',
    '01',
    'tru',
    '[}',
    ']',
    '{"a":1,}',
    ',',
    '[,1]',
    '\uFEFF{}',
    '{"x":"\\q"}',
  ];
  for (const document of bad) {
    test(`is none: ${JSON.stringify(document)}`, () => {
      for (let cut = 0; cut <= document.length; cut++) {
        assert.throws(() => streamed(document, [cut], false), JsonStreamError);
      }
    });
  }

  test('is not followed too deep', () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    assert.equal(streamed(deep(1000), [], false), deep(1000));
    assert.throws(() => streamed(deep(1001), [], false), JsonStreamError);
  });
});

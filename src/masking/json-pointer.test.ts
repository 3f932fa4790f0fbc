import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { MaskName } from '../core/mask.ts';
import { depthMax, Places, placesMax } from './json-pointer.ts';
import { MaskKeys } from './keys.ts';
import { detokenise } from './token.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');

/** Pointers as RFC 6901 writes them, without its escapes. */
function places(masks: Readonly<Record<string, MaskName>>): Places {
  const list = Object.entries(masks).map(([pointer, mask]) => ({
    pointer: pointer.split('/').slice(1),
    mask,
    resource: `public.e.doc#${pointer}`,
  }));
  return new Places(list, keys);
}

/** The document after its changes; undefined where it must be hidden as a whole. */
function run(of: Places, document: string | Buffer): string | undefined {
  const around = Buffer.concat([Buffer.from('"['), Buffer.from(document), Buffer.from('"}')]);
  const splices = of.splices(around, 2, around.length - 2);
  if (splices === undefined) return undefined;
  let out = '';
  let at = 2;
  for (const { start, end, value } of splices) {
    assert.ok(start >= at && end > start && end <= around.length - 2);
    out += around.toString('utf8', at, start) + value.toString();
    at = end;
  }
  return out + around.toString('utf8', at, around.length - 2);
}

const r = '"[redacted]"';

const table: readonly (readonly [string, Readonly<Record<string, MaskName>>, string, string | undefined])[] =
  [
    [
      'a string',
      { '/user/phone': 'redact' },
      '{"user": {"phone": "+1", "n": 1}}',
      `{"user": {"phone": ${r}, "n": 1}}`,
    ],
    ['a number', { '/n': 'redact' }, '{"n":-1.5e+300}', `{"n":${r}}`],
    ['a boolean', { '/n': 'redact' }, '{"n":true,"m":false}', `{"n":${r},"m":false}`],
    [
      'the same key elsewhere',
      { '/n': 'redact' },
      '[{"n":true},{"m":{"n":1}}]',
      '[{"n":true},{"m":{"n":1}}]',
    ],
    ['an object, whole', { '/o': 'redact' }, '{"o":{"a":[1,{}]},"p":2}', `{"o":${r},"p":2}`],
    ['an array, whole', { '/o': 'redact' }, '{"o":[],"p":[ ]}', `{"o":${r},"p":[ ]}`],
    ['null stays', { '/n': 'redact' }, '{"n": null}', '{"n": null}'],
    ['a mask to null', { '/n': 'null' }, '{"n": "x"}', '{"n": null}'],
    ['e-mail', { '/m': 'email' }, '{"m": "bob@example.com"}', '{"m": "b***@***.com"}'],
    [
      'e-mail with escapes',
      { '/m': 'email' },
      '{"m": "b\\u006fb\\u0040example.com"}',
      '{"m": "b***@***.com"}',
    ],
    ['the end of a number', { '/n': 'last4' }, '{"n": 4111111111111111}', '{"n": "************1111"}'],
    ['an object has no end', { '/n': 'last4' }, '{"n": {"a":4111111111111111}}', `{"n": ${r}}`],
    [
      'white space stays',
      { '/a/b': 'redact' },
      ' \n{ "a"\t:\r{"b" : 1 } } ',
      ` \n{ "a"\t:\r{"b" : ${r} } } `,
    ],
    [
      'every one of equal keys',
      { '/a': 'redact' },
      '{"a":1,"a":2,"b":3,"a":4}',
      `{"a":${r},"a":${r},"b":3,"a":${r}}`,
    ],
    [
      'a key in another spelling',
      { '/phone': 'redact' },
      '{"\\u0070hone":1,"\\/":2}',
      `{"\\u0070hone":${r},"\\/":2}`,
    ],
    ['a key with a quote', { '/a"b': 'redact' }, '{"a\\"b":1,"a":2}', `{"a\\"b":${r},"a":2}`],
    [
      'a key of many bytes',
      { '/größe😀': 'redact' },
      '{"gr\\u00f6ße\\ud83d\\ude00":1}',
      `{"gr\\u00f6ße\\ud83d\\ude00":${r}}`,
    ],
    ['the empty key', { '/': 'redact' }, '{"":1,"a":{"":2}}', `{"":${r},"a":{"":2}}`],
    ['no other case', { '/a': 'redact' }, '{"A":1,"aa":2,"a ":3}', '{"A":1,"aa":2,"a ":3}'],
    [
      'keys of every object are not its own',
      { '/__proto__/x': 'redact', '/toString': 'redact' },
      '{"__proto__":{"x":1}}',
      `{"__proto__":{"x":${r}}}`,
    ],
    ['an item', { '/1': 'redact' }, '[1,2,3]', `[1,${r},3]`],
    ['any item', { '/*': 'redact' }, '[1,[2],{"a":3}]', `[${r},${r},${r}]`],
    [
      'any item of an object',
      { '/*/a': 'redact' },
      '{"x":{"a":1},"y":[{"a":2}],"z":{"b":3}}',
      `{"x":{"a":${r}},"y":[{"a":2}],"z":{"b":3}}`,
    ],
    [
      'items and keys alike',
      { '/a/*/b': 'redact' },
      '{"a":[{"b":1},{"b":2,"c":3}]}',
      `{"a":[{"b":${r}},{"b":${r},"c":3}]}`,
    ],
    ['an index is written without zeros', { '/01': 'redact' }, '[1,2]', '[1,2]'],
    ['a key of digits', { '/0': 'redact' }, '{"0":1}', `{"0":${r}}`],
    [
      'several at once',
      { '/a': 'redact', '/b/c': 'email', '/d/*': 'null' },
      '{"a":1,"b":{"c":"x@y.org"},"d":[1,2]}',
      `{"a":${r},"b":{"c":"x***@***.org"},"d":[null,null]}`,
    ],
    [
      'what is above hides what is in it',
      { '/a': 'redact', '/a/b': 'email' },
      '{"a":{"b":"x@y.org"}}',
      `{"a":${r}}`,
    ],
    [
      'what is in it counts where nothing is above',
      { '/a/b': 'email', '/*/c': 'redact' },
      '{"a":{"b":"x@y.org","c":1}}',
      `{"a":{"b":"x***@***.org","c":${r}}}`,
    ],
    [
      'the name counts before the star',
      { '/*': 'redact', '/a': 'email' },
      '{"b":"x@y.org","a":"x@y.org"}',
      `{"b":${r},"a":"x***@***.org"}`,
    ],
    [
      'two that know a place alike keep nothing',
      { '/*/b': 'email', '/a/*': 'email' },
      '{"a":{"b":"x@y.org"}}',
      `{"a":{"b":${r}}}`,
    ],
    ['a document in a string is a string', { '/a': 'redact' }, '"{\\"a\\":1}"', '"{\\"a\\":1}"'],
    ['a document that is no object', { '/a': 'redact' }, ' 12 ', ' 12 '],
    [
      'numbers as they are',
      { '/a': 'redact' },
      '{"n":12345678901234567890.10,"m":1E400}',
      '{"n":12345678901234567890.10,"m":1E400}',
    ],
  ];

describe('places in documents', () => {
  for (const [what, masks, document, expected] of table) {
    test(what, () => assert.equal(run(places(masks), document), expected));
  }

  test('a token comes back as the text of its value, and belongs to its place', () => {
    const of = places({ '/phone': 'token', '/other': 'token' });
    const out: unknown = JSON.parse(run(of, '{"phone":"+1 \\u0032\\"3","other":"+1 2\\"3"}') ?? '');
    const { phone, other } = out as { phone: string; other: string };
    assert.equal(detokenise(phone, keys.of('public.e.doc#/phone')).toString(), '+1 2"3');
    assert.throws(() => detokenise(other, keys.of('public.e.doc#/phone')));
  });

  test('two columns with one pointer: nothing is kept, as nobody knows whose value it is', () => {
    const both = ['a', 'b'].map(
      (it) => ({ pointer: ['p'], mask: 'token', resource: `s.${it}.d#/p` }) as const,
    );
    assert.equal(run(new Places(both, keys), '{"p":"x"}'), `{"p":${r}}`);
  });
});

describe('what is hidden as a whole', () => {
  const of = places({ '/a': 'redact' });
  const broken = [
    '',
    ' ',
    '{',
    '}',
    '[',
    ']',
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":1',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '{1:2}',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1 2]',
    '[1}',
    '{"a":1]',
    '1 2',
    '{}{}',
    '"',
    '"a',
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\u12',
    '"\\u12g4"',
    '"\n"',
    '"\u0000"',
    '01',
    '-',
    '+1',
    '1.',
    '.5',
    '1e',
    '1e+',
    '0x1',
    '--1',
    'tru',
    'truex',
    'True',
    'nul',
    'NaN',
    'Infinity',
    '\ufeff{}',
    '\u00a01',
    '{"a":1}\u0000',
  ];
  for (const document of broken) {
    test(`no JSON: ${JSON.stringify(document)}`, () => assert.equal(run(of, document), undefined));
  }

  test('a key that is no UTF-8 where one is looked for, and there alone', () => {
    assert.equal(run(of, Buffer.from('{"\xe4":1}', 'latin1')), undefined);
    assert.notEqual(run(of, Buffer.from('{"b":{"\xe4":1}}', 'latin1')), undefined);
  });

  test('a document that is too deep', () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    assert.equal(run(of, deep(depthMax)), deep(depthMax));
    assert.equal(run(of, deep(depthMax + 1)), undefined);
    assert.equal(run(of, '['.repeat(1_000_000)), undefined);
    const objects = (levels: number): string => '{"b":'.repeat(levels) + '1' + '}'.repeat(levels);
    assert.equal(run(of, objects(depthMax)), objects(depthMax));
    assert.equal(run(of, objects(depthMax + 1)), undefined);
  });

  test('a document with too many places', () => {
    const many = (count: number): string => `[${Array.from({ length: count }).fill(1).join()}]`;
    const all = places({ '/*': 'null' });
    assert.equal(run(all, many(placesMax))?.length, placesMax * 5 + 1);
    assert.equal(run(all, many(placesMax + 1)), undefined);
  });
});

describe('whatever the document', () => {
  const planted = 'zqxjkv';
  const of = places({ '/user/phone': 'redact', '/*/mail': 'hash', '/list/*/x': 'token', '/n': 'null' });
  const key = fc.constantFrom('user', 'phone', 'mail', 'list', 'x', 'n', 'other', '0', '');
  const leaf = fc.oneof(
    fc.constantFrom(planted, `a ${planted}"\\\n`, '', 'plain'),
    fc.double({ noNaN: true }),
    fc.constant(null),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));

  function isPlace(path: readonly string[]): boolean {
    return /^(user\/phone|[^/]*\/mail|list\/[^/]*\/x|n)$/.test(path.join('/'));
  }
  /** A document with marks at its places, and what stood there. */
  function marked(value: unknown, path: readonly string[], there: unknown[]): unknown {
    if (isPlace(path)) {
      there.push(value);
      return 'a place';
    }
    const inside = (key: string, it: unknown): unknown => marked(it, [...path, key], there);
    if (Array.isArray(value)) return value.map((it: unknown, index) => inside(String(index), it));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, inside(key, it)]));
  }

  test('masked places alone change, and the document stays one', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const [before, after]: [unknown[], unknown[]] = [[], []];
        const document = JSON.stringify(value, undefined, indent);
        const out: unknown = JSON.parse(run(of, document) ?? '');
        assert.deepEqual(marked(out, [], after), marked(JSON.parse(document), [], before));
        for (const [index, it] of after.entries()) {
          assert.ok(it === null || (typeof it === 'string' && /^(\[redacted\]|hmac:|tok_)/.test(it)));
          if (before[index] === null) assert.equal(it, null);
        }
      }),
    );
  });

  test('all bytes but those of the places are as they were', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const document = Buffer.from(JSON.stringify(value));
        const splices = of.splices(document, 0, document.length) ?? assert.fail();
        const kept = new Set<string>();
        let rest = '';
        let at = 0;
        for (const { start, end } of splices) {
          rest += `${document.toString('utf8', at, start)}0`;
          kept.add(document.toString('utf8', start, end));
          at = end;
        }
        rest += document.toString('utf8', at);
        // With any value at its places it is a document still, so whole values were cut out.
        JSON.parse(rest);
        for (const part of kept) JSON.parse(part);
      }),
    );
  });

  test('any bytes: it never throws, and takes for JSON what JSON.parse takes', () => {
    const bytes = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().chain((json) => fc.nat(json.length).map((at) => json.slice(0, at) + json.slice(at + 1))),
      fc.stringMatching(/^[[\]{}:,"\\u0-9eE+\-. \ntfn]*$/),
    );
    fc.assert(
      fc.property(bytes, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        // A key in U+FFFD is as good as one that is no UTF-8.
        if (text.includes('\ufffd') || !text.isWellFormed()) return;
        assert.equal(run(of, text) !== undefined, isJson, text);
      }),
      { numRuns: 1000 },
    );
  });

  test('any bytes that are no text at all', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        of.splices(Buffer.from(bytes), 0, bytes.length);
      }),
    );
  });
});

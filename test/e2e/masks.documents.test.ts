import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Client } from 'pg';
import type { MaskName } from '../../src/core/mask.ts';
import { maskDocuments } from '../../src/masking/document-mask.ts';
import { Places } from '../../src/masking/json-pointer.ts';
import { MaskKeys } from '../../src/masking/keys.ts';
import { TypeOid } from '../../src/wire/postgres/types.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// Documents with masked places are documents to the server itself: the same as before, but for those places.

let server: PostgresServer;
let client: Client;
const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');

before(async () => {
  server = await startPostgres();
  client = new Client({ connectionString: server.url() });
  await client.connect();
});
after(async () => {
  await client.end();
  await server.stop();
});

const types = {
  json: { oid: TypeOid.json, out: 'json_out', send: 'json_send' },
  jsonb: { oid: TypeOid.jsonb, out: 'jsonb_out', send: 'jsonb_send' },
  'json[]': { oid: 199, out: 'array_out', send: 'array_send' },
  'jsonb[]': { oid: 3807, out: 'array_out', send: 'array_send' },
} as const;
type DocumentType = keyof typeof types;

/** The server's own bytes of a value, in the format asked for. */
async function fetch(type: DocumentType, value: unknown, format: 'text' | 'binary'): Promise<Buffer> {
  const { out, send } = types[type];
  const form =
    format === 'binary' ? `${send}($1::${type})` : `convert_to(textin(${out}($1::${type})), 'UTF8')`;
  const { rows } = await client.query<{ v: Buffer }>(`SELECT ${form} AS v`, [value]);
  return rows[0]?.v ?? assert.fail();
}

/** What the server makes of these bytes as a value of the type. One that it cannot read throws. */
async function readBack(type: DocumentType, value: Buffer, format: 'text' | 'binary'): Promise<unknown> {
  const parameter = format === 'binary' ? value : value.toString();
  const { rows } = await client.query<{ v: unknown }>(`SELECT to_jsonb($1::${type}) AS v`, [parameter]);
  return rows[0]?.v;
}

/** The value after its masks, as the server reads it, in text and in binary alike. */
async function masked(
  type: DocumentType,
  value: unknown,
  masks: Readonly<Record<string, MaskName>>,
): Promise<unknown> {
  const list = Object.entries(masks).map(([pointer, mask]) => ({
    pointer: pointer.split('/').slice(1),
    mask,
    resource: `public.e.doc#${pointer}`,
  }));
  const shown: unknown[] = [];
  for (const format of ['text', 'binary'] as const) {
    const bytes = await fetch(type, value, format);
    const cleaner = maskDocuments(new Places(list, keys), { oid: types[type].oid, format }, undefined);
    const done = cleaner?.clean(bytes);
    shown.push(await readBack(type, done === undefined ? bytes : (done.value ?? assert.fail()), format));
  }
  assert.deepEqual(shown[0], shown[1]);
  return shown[0];
}

const document = {
  user: { phone: '+1 "2"\\', name: 'größe', mail: 'bob@example.com' },
  cards: [{ pan: '4111111111111111' }, { pan: 4_111_111_111_111_112, kind: 'debit' }, {}],
  note: '{"user": {"phone": 1}}',
  none: null,
};

describe('places in documents of the server', () => {
  const masks = {
    '/user/phone': 'redact',
    '/user/mail': 'email',
    '/cards/*/pan': 'last4',
    '/none': 'redact',
    '/cards/2': 'null',
  } as const;
  const expected = {
    ...document,
    user: { phone: '[redacted]', name: 'größe', mail: 'b***@***.com' },
    cards: [{ pan: '************1111' }, { pan: '************1112', kind: 'debit' }, null],
  };

  for (const type of ['json', 'jsonb'] as const) {
    test(type, async () => {
      assert.deepEqual(await masked(type, JSON.stringify(document), masks), expected);
    });
    test(`${type}[]`, async () => {
      const list = [JSON.stringify(document), null, '"\\\\\\"{},NULL"', JSON.stringify(document)];
      const shown = await masked(`${type}[]`, list, masks);
      assert.deepEqual(shown, [expected, null, '\\"{},NULL', expected]);
    });
  }

  test('keys in other spellings and equal keys', async () => {
    const odd = '{"\\u0070hone": "a", "phone": "b", "a\\/b": {"~": "c"}, "": "d"}';
    const bytes = await fetch('json', odd, 'text');
    const places = [['phone'], ['a/b', '~'], ['']].map(
      (pointer) => ({ pointer, mask: 'redact', resource: pointer.join() }) as const,
    );
    const type = { oid: TypeOid.json, format: 'text' } as const;
    const done = maskDocuments(new Places(places, keys), type, undefined)?.clean(bytes);
    const r = '"[redacted]"';
    assert.equal(
      done?.value?.toString(),
      `{"\\u0070hone": ${r}, "phone": ${r}, "a\\/b": {"~": ${r}}, "": ${r}}`,
    );
  });
});

test('whatever the document, the server reads it, and finds all else as it was', async () => {
  // What jsonb can hold: no NUL, no half of a surrogate pair.
  const text = fc.string({ unit: 'grapheme' }).filter((it) => !it.includes('\0'));
  const key = fc.oneof(fc.constantFrom('a', 'b', 'secret'), text);
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(fc.record({ a: tree, secret: tree, list: fc.array(tree) }), async (value) => {
      for (const type of ['json', 'jsonb'] as const) {
        const shown = await masked(type, JSON.stringify(value), { '/secret': 'null', '/list/*': 'null' });
        assert.deepEqual(shown, { ...value, secret: null, list: value.list.map(() => null) });
      }
    }),
    { numRuns: 100 },
  );
});

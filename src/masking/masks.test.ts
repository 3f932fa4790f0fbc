import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { maskNames } from '../core/mask.ts';
import type { MaskName } from '../core/mask.ts';
import { arrayOids, blankValues, TypeOid } from '../wire/postgres/types.ts';
import { MaskKeys } from './keys.ts';
import { maskerFor, maskValue } from './masks.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders').of('public.users.email');
const formats = ['text', 'binary'] as const;

const texts: readonly [mask: MaskName, value: string, masked: string | null | RegExp][] = [
  ['redact', 'anything', '[redacted]'],
  ['redact', '', '[redacted]'],
  ['null', 'anything', null],
  ['email', 'bob@example.com', 'b***@***.com'],
  ['email', 'B.o-b+tag@mail.example.co.uk', 'B***@***.uk'],
  ['email', '_x@example.com', '****@***.com'],
  ['email', 'jösé@example.com', 'j***@***.com'],
  ['email', 'ösé@example.com', '****@***.com'],
  ['email', 'bob@localhost', '[redacted]'],
  ['email', 'bob@example.123', '[redacted]'],
  ['email', 'bob', '[redacted]'],
  ['email', '@example.com', '[redacted]'],
  ['email', 'bob@', '[redacted]'],
  ['email', 'bob@@example.com', '[redacted]'],
  ['email', 'bob@evil@example.com', '[redacted]'],
  ['email', 'Bob <bob@example.com>', '[redacted]'],
  ['email', 'bob@example.com, eve@example.com', '[redacted]'],
  ['email', 'bob@example.com\n', '[redacted]'],
  ['email', `${'b'.repeat(400)}@example.com`, '[redacted]'],
  ['email', 'bob@.com', '[redacted]'],
  ['email', 'bob@example.com.', '[redacted]'],
  ['email', 'bob.smith@example', '[redacted]'],
  ['email', 'bob@example.averyveryverylongtoplevel', '[redacted]'],
  ['email', 'b\u0000b@example.com', '[redacted]'],
  ['last4', ' 4111111111111111', '[redacted]'],
  ['last4', '4111111111111111-', '[redacted]'],
  ['last4', '4111111111111111', '************1111'],
  ['last4', '4111 1111 1111 1234', '************1234'],
  ['last4', '3782-822463-10005', '************0005'],
  ['last4', '123456789012', '************9012'],
  ['last4', '4111111111111111   ', '************1111'],
  ['last4', '12345678901', '[redacted]'],
  ['last4', 'card 4111111111111111', '[redacted]'],
  ['last4', '4111111111111111 exp 0127', '[redacted]'],
  ['last4', '', '[redacted]'],
  ['last4', '1'.repeat(1000), '[redacted]'],
  ['hash', 'bob@example.com', /^hmac:[0-9a-f]{32}$/],
  ['hash', '', /^hmac:[0-9a-f]{32}$/],
  ['token', 'bob@example.com', /^tok_[0-9a-f]{8}_[\w-]+$/],
  ['token', '', /^tok_[0-9a-f]{8}_[\w-]+$/],
];

for (const [mask, value, masked] of texts) {
  test(`${mask} of the text ${JSON.stringify(value.slice(0, 40))}`, () => {
    for (const oid of [TypeOid.text, TypeOid.varchar, TypeOid.bpchar, TypeOid.name, TypeOid.unknown]) {
      for (const format of formats) {
        const out = maskValue(mask, Buffer.from(value), { oid, format }, keys)?.toString() ?? null;
        if (masked instanceof RegExp) assert.match(out ?? 'NULL', masked);
        else assert.equal(out, masked);
      }
    }
  });
}

const documents: readonly [mask: MaskName, document: string, masked: string | RegExp][] = [
  ['redact', '{"a": 1}', '"[redacted]"'],
  ['email', '"bob@example.com"', '"b***@***.com"'],
  ['email', '"b\\u006fb@example.com"', '"b***@***.com"'],
  ['email', '{"email": "bob@example.com"}', '"[redacted]"'],
  ['email', '"broken', '"[redacted]"'],
  ['last4', '"4111111111111111"', '"************1111"'],
  ['last4', '4111111111111111', '"[redacted]"'],
  ['hash', '{"a": 1}', /^"hmac:[0-9a-f]{32}"$/],
  ['token', '{"a": 1}', /^"tok_[0-9a-f]{8}_[\w-]+"$/],
];

for (const [mask, document, masked] of documents) {
  test(`${mask} of the document ${document}`, () => {
    const version = Buffer.of(1);
    const rows = [
      { oid: TypeOid.json, format: 'text', prefix: Buffer.alloc(0) },
      { oid: TypeOid.json, format: 'binary', prefix: Buffer.alloc(0) },
      { oid: TypeOid.jsonb, format: 'text', prefix: Buffer.alloc(0) },
      { oid: TypeOid.jsonb, format: 'binary', prefix: version },
    ] as const;
    for (const { oid, format, prefix } of rows) {
      const out = maskValue(mask, Buffer.concat([prefix, Buffer.from(document)]), { oid, format }, keys);
      assert.deepEqual(out?.subarray(0, prefix.length), prefix);
      const text = out?.subarray(prefix.length).toString() ?? 'NULL';
      if (masked instanceof RegExp) assert.match(text, masked);
      else assert.equal(text, masked);
      assert.equal(typeof JSON.parse(text), 'string');
    }
  });
}

test('types other than text come back blank, whatever the mask, and NULL where there is no blank', () => {
  const pointOid = 600;
  const enumOid = 16_500;
  for (const mask of maskNames) {
    for (const format of formats) {
      for (const [oid, blank] of blankValues) {
        if (oid === TypeOid.uuid && mask === 'hash') continue;
        const out = maskValue(mask, Buffer.from('secret'), { oid, format }, keys);
        assert.deepEqual(out, mask === 'null' ? null : blank[format], `${mask} of type ${oid} as ${format}`);
      }
      for (const oid of [pointOid, enumOid, 0]) {
        assert.equal(maskValue(mask, Buffer.from('secret'), { oid, format }, keys), null);
      }
    }
  }
});

test('NULL stays NULL', () => {
  for (const mask of maskNames) {
    assert.equal(maskValue(mask, null, { oid: TypeOid.text, format: 'text' }, keys), null);
  }
});

test('a string type without a fixed OID is text where the catalog says so', () => {
  const citext = { oid: 16_400, format: 'text' } as const;
  assert.equal(maskValue('redact', Buffer.from('x'), citext, keys), null);
  const out = maskValue('email', Buffer.from('bob@example.com'), { ...citext, isText: true }, keys);
  assert.equal(out?.toString(), 'b***@***.com');
});

test('a constant mask gives one and the same Buffer', () => {
  const masker = maskerFor('redact', { oid: TypeOid.text, format: 'text' }, keys);
  assert.deepEqual(masker, { kind: 'constant', value: Buffer.from('[redacted]') });
});

test('a hashed uuid is a uuid, the same in text and binary', () => {
  const uuid = '6b5c2f0e-9d64-4c1e-8a3a-2f1d7e0b9c55';
  const text =
    maskValue('hash', Buffer.from(uuid), { oid: TypeOid.uuid, format: 'text' }, keys)?.toString() ?? '';
  assert.match(text, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  const binary = maskValue('hash', bytes, { oid: TypeOid.uuid, format: 'binary' }, keys);
  assert.equal(binary?.toString('hex'), text.replaceAll('-', ''));
});

test('hashes are the same for the same deployment, target and column alone', () => {
  const hash = (key: number, target: string, label: string): string =>
    maskValue(
      'hash',
      Buffer.from('bob'),
      { oid: TypeOid.text, format: 'text' },
      labelKeys(key, target, label),
    )?.toString() ?? '';
  const labelKeys = (key: number, target: string, label: string) =>
    new MaskKeys(Buffer.alloc(32, key), target).of(label);
  const all = [
    hash(1, 'orders', 'public.a.b'),
    hash(1, 'orders', 'public.a.c'),
    hash(1, 'crm', 'public.a.b'),
    hash(2, 'orders', 'public.a.b'),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.equal(hash(1, 'orders', 'public.a.b'), all[0]);
});

test('a short key is refused', () => {
  assert.throws(() => new MaskKeys(Buffer.alloc(31), 'orders'), RangeError);
});

test('every array type has an element type in its empty value', () => {
  for (const [element, array] of arrayOids)
    assert.equal(blankValues.get(array)?.binary.readUInt32BE(8), element);
});

describe('arrays of text', () => {
  const textArray = 1009;
  const rows: readonly (readonly [MaskName, string, string | null])[] = [
    ['redact', '{a,"b c",NULL}', '{[redacted],[redacted],NULL}'],
    ['null', '{a,b}', null],
    ['email', '{bob@example.com,"no address",NULL}', '{b***@***.com,[redacted],NULL}'],
    ['last4', '{{4111111111111111,"4111 1111 1111 1112"}}', '{{************1111,************1112}}'],
    ['redact', '{}', '{}'],
    ['email', 'bob@example.com', '{}'],
    ['redact', '{secret', '{}'],
  ];
  for (const [mask, value, expected] of rows) {
    test(`${mask} of ${value}`, () => {
      const out = maskValue(mask, Buffer.from(value), { oid: textArray, format: 'text' }, keys);
      assert.equal(out?.toString() ?? null, expected);
    });
  }

  test('a token in an array is that of the value alone', () => {
    for (const mask of ['token', 'hash'] as const) {
      const alone = maskValue(mask, Buffer.from('a "b"'), { oid: TypeOid.text, format: 'text' }, keys);
      const type = { oid: textArray, format: 'text' } as const;
      const out = maskValue(mask, Buffer.from('{"a \\"b\\"","a \\"b\\""}'), type, keys);
      assert.equal(out?.toString(), `{${alone?.toString()},${alone?.toString()}}`);
    }
  });

  test('binary, with bounds and NULLs kept', () => {
    const head = Buffer.from('0000000100000001000000190000000200000003', 'hex');
    const nothing = Buffer.from('ffffffff', 'hex');
    const item = (text: string): Buffer =>
      Buffer.concat([Buffer.of(0, 0, 0, text.length), Buffer.from(text)]);
    const value = Buffer.concat([head, nothing, item('bob@example.com')]);
    const out = maskValue('email', value, { oid: textArray, format: 'binary' }, keys);
    assert.deepEqual(out, Buffer.concat([head, nothing, item('b***@***.com')]));
  });
});

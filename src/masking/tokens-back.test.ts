import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SallyportError } from '../core/errors.ts';
import type { MaskName } from '../core/mask.ts';
import { MaskKeys } from './keys.ts';
import { tokenise } from './token.ts';
import { TokensBack } from './tokens-back.ts';

const deployment = Buffer.alloc(32, 7);
const keys = new MaskKeys(deployment, 'orders');
const phone = 'public.users.phone';
const sensitive = new Map<string, MaskName>([
  [phone, 'token'],
  ['public.users.fax', 'token'],
  ['public.users.bio', 'token'],
  ['public.users.email', 'email'],
]);
const tokens = new TokensBack(sensitive, keys);

const token = (value: string, resource = phone, of = keys): string =>
  tokenise(Buffer.from(value), of.of(resource));
const ann = token('+49 30 901820');
const odd = token('a "b" \\ {c}, NULL');

const read: readonly (readonly [what: string, sent: string, value: string])[] = [
  ['a token', ann, '+49 30 901820'],
  ['the token of an empty text', token(''), ''],
  ['no token', 'plain text', 'plain text'],
  ['what only begins like one', 'tok_ann', 'tok_ann'],
  ['nothing', '', ''],
  ['an array', `{${ann}}`, '{"+49 30 901820"}'],
  [
    'an array of several',
    `{${ann},plain,${odd},NULL}`,
    String.raw`{"+49 30 901820",plain,"a \"b\" \\ {c}, NULL",NULL}`,
  ],
  ['an array with blanks', `{ ${ann} , "x" }`, '{ "+49 30 901820", "x" }'],
  ['an array with bounds', `[2:2]={${ann}}`, '[2:2]={"+49 30 901820"}'],
  ['an array in quotes', `{"${ann}"}`, '{"+49 30 901820"}'],
  ['an array of arrays', `{{${ann}},{b}}`, '{{"+49 30 901820"},{b}}'],
  ['a JSON document', `"${token('{"a": 1}')}"`, '{"a": 1}'],
];

for (const [what, sent, value] of read) {
  test(`read: ${what}`, () => {
    assert.equal(tokens.read(Buffer.from(sent), { resource: phone }, 'text').toString(), value);
  });
}

/** `Int32 dimensions | hasNull | element | (length | bound)* | (Int32 length | bytes)*` */
function binaryArray(items: readonly (string | null)[]): Buffer {
  const words = (...numbers: number[]): Buffer => {
    const bytes = Buffer.alloc(numbers.length * 4);
    numbers.forEach((number, at) => bytes.writeInt32BE(number, at * 4));
    return bytes;
  };
  const values = items.flatMap((item) =>
    item === null ? [words(-1)] : [words(Buffer.byteLength(item)), Buffer.from(item)],
  );
  return Buffer.concat([words(1, items.includes(null) ? 1 : 0, 25, items.length, 1), ...values]);
}

const binary: readonly (readonly [what: string, sent: Buffer, value: Buffer])[] = [
  ['a text', Buffer.from(ann), Buffer.from('+49 30 901820')],
  [
    'an array',
    binaryArray([ann, null, 'x', odd]),
    binaryArray(['+49 30 901820', null, 'x', 'a "b" \\ {c}, NULL']),
  ],
  ['jsonb', Buffer.from(`\x01"${token('[1]')}"`), Buffer.from('\x01[1]')],
  ['bytes that are no text', Buffer.of(0xff, 0, 1), Buffer.of(0xff, 0, 1)],
];

for (const [what, sent, value] of binary) {
  test(`read in binary: ${what}`, () => {
    assert.deepEqual(tokens.read(sent, { resource: phone }, 'binary'), value);
  });
}

const refused: readonly (readonly [what: string, sent: Buffer | string, resource?: string])[] = [
  ['of another column', token('x', 'public.users.fax')],
  ['of another target', token('x', phone, new MaskKeys(deployment, 'crm'))],
  ['of another deployment', token('x', phone, new MaskKeys(Buffer.alloc(32, 8), 'orders'))],
  ['forged', `${ann.slice(0, 13)}${'A'.repeat(40)}`],
  ['cut', ann.slice(0, -2)],
  ['cut to its head', ann.slice(0, 20)],
  ['within a longer text', `tel:${ann}`],
  ['before a blank', `${ann} `],
  ['twice', ann + ann],
  ['as a JSON string, of no JSON', `"${ann}"`],
  ['within a JSON document', `{"a": "${ann}"}`],
  ['of another column in an array', `{${ann},${token('x', 'public.users.fax')}}`],
  ['within a longer item', `{x${ann}}`],
  ['where the column has another mask', token('x', 'public.users.email'), 'public.users.email'],
  ['where nothing is sensitive', ann, 'public.users.name'],
  ['in an array of more items than there are', binaryArray([ann]).fill(9, 12, 16)],
  ['in an array with bytes left over', Buffer.concat([binaryArray([ann]), Buffer.of(0)])],
];

for (const [what, sent, resource = phone] of refused) {
  test(`refused, with the column in the hint: ${what}`, () => {
    for (const format of ['text', 'binary'] as const) {
      const value = typeof sent === 'string' ? Buffer.from(sent) : sent;
      assert.throws(
        () => tokens.read(value, { resource }, format),
        (error) =>
          error instanceof SallyportError &&
          error.code === 'denied' &&
          `${error.message} ${error.hint}`.includes(resource),
        format,
      );
    }
  });
}

test('a token is refused where its place is not sure, and nothing else is', () => {
  const place = { resource: phone, unsure: true } as const;
  assert.equal(tokens.read(Buffer.from('plain'), place, 'text').toString(), 'plain');
  assert.throws(() => tokens.read(Buffer.from(ann), place, 'text'), /not sure.*public\.users\.phone/);
});

test('a target without tokens turns nothing back', () => {
  assert.equal(tokens.active, true);
  assert.equal(new TokensBack(new Map([['public.users.email', 'email']]), keys).active, false);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SallyportError } from '../core/errors.ts';
import { MaskKeys } from './keys.ts';
import { detokenise, tokenise, tokenLabel } from './token.ts';

const deployment = Buffer.alloc(32, 7);
const keys = new MaskKeys(deployment, 'orders').of('public.users.phone');

for (const value of ['', 'a', '+49 30 901820', 'ö'.repeat(300), 'x'.repeat(100_000), 'tok_00000000_']) {
  test(`the token of ${value.length} characters opens, and is always the same`, () => {
    const token = tokenise(Buffer.from(value), keys);
    assert.match(token, /^tok_[0-9a-f]{8}_[\w-]+$/);
    assert.equal(token, tokenise(Buffer.from(value), keys));
    // Made anew, not remembered.
    assert.equal(
      token,
      tokenise(Buffer.from(value), new MaskKeys(deployment, 'orders').of('public.users.phone')),
    );
    assert.equal(detokenise(token, keys).toString(), value);
    assert.equal(tokenLabel(token), keys.id);
  });
}

test('bytes that are no text come back as they were', () => {
  const value = Buffer.from([0, 255, 128, 10, 0xc3]);
  assert.deepEqual(detokenise(tokenise(value, keys), keys), value);
});

test('more values than are remembered all keep their tokens', () => {
  const first = tokenise(Buffer.from('value 0'), keys);
  for (let index = 0; index < 5000; index++) tokenise(Buffer.from(`value ${index}`), keys);
  assert.equal(tokenise(Buffer.from('value 0'), keys), first);
});

const genuine = tokenise(Buffer.from('+49 30 901820'), keys);
const body = genuine.slice('tok_01234567_'.length);

function flip(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

const refused: readonly [what: string, token: string][] = [
  [
    'of another column',
    tokenise(Buffer.from('+49 30 901820'), new MaskKeys(deployment, 'orders').of('public.users.fax')),
  ],
  [
    'of another target',
    tokenise(Buffer.from('+49 30 901820'), new MaskKeys(deployment, 'crm').of('public.users.phone')),
  ],
  [
    'of another deployment',
    tokenise(
      Buffer.from('+49 30 901820'),
      new MaskKeys(Buffer.alloc(32, 8), 'orders').of('public.users.phone'),
    ),
  ],
  [
    'of another column under this label',
    `tok_${keys.id}_${tokenise(Buffer.from('1'), new MaskKeys(deployment, 'orders').of('x')).slice(13)}`,
  ],
  ['forged', `tok_${keys.id}_${Buffer.alloc(28, 3).toString('base64url')}`],
  ['empty', `tok_${keys.id}_`],
  ['shorter than its IV', `tok_${keys.id}_${Buffer.alloc(15).toString('base64url')}`],
  ['cut', genuine.slice(0, -2)],
  ['with bytes added', `${genuine}AAAA`],
  ['inside a longer string', `x ${genuine}`],
  ['before other text', `${genuine} x`],
  ['padded', `${genuine}=`],
  ['no token', '+49 30 901820'],
  ...Array.from({ length: body.length - 1 }, (_, at): [string, string] => [
    `changed at ${at}`,
    flip(genuine, at + 13),
  ]),
];

for (const [what, token] of refused) {
  test(`a token ${what} is refused, and the error does not hold a value`, () => {
    assert.throws(
      () => detokenise(token, keys),
      (error) =>
        error instanceof SallyportError && error.code === 'denied' && !error.message.includes('901820'),
    );
  });
}

test('a token has one spelling', () => {
  // 28 bytes in base64url leave two bits of the last character unused: another last character is another token.
  const value = Buffer.from('123456789012');
  const token = tokenise(value, keys);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const opening = [...alphabet].filter((last) => {
    try {
      return detokenise(token.slice(0, -1) + last, keys).equals(value);
    } catch {
      return false;
    }
  });
  assert.deepEqual(opening, [token.at(-1)]);
});

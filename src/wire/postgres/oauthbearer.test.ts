import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireError } from '../bytes.ts';
import { decodeBearerProof, encodeBearerRefusal } from './oauthbearer.ts';

/** `|` stands for the separator. */
const message = (text: string): Buffer => Buffer.from(text.replaceAll('|', '\x01'), 'latin1');

describe('what a client may say (RFC 7628 §3.1)', () => {
  const rows: readonly [title: string, said: string, proof: unknown][] = [
    ['a token', 'n,,|auth=Bearer a.b-c_~+/1==||', { token: 'a.b-c_~+/1==' }],
    ['could bind, and does not', 'y,,|auth=Bearer t||', { token: 't' }],
    ['the scheme in other letters', 'n,,|auth=bearer   t||', { token: 't' }],
    ['more keys', 'n,,|host=server|port=6432|auth=Bearer t|extra=\tx y||', { token: 't' }],
    ['no token: where is one to be had?', 'n,,|auth=||', { asks: 'discovery' }],
  ];
  for (const [title, said, proof] of rows) {
    test(title, () => assert.deepEqual(decodeBearerProof(message(said)), proof));
  }
});

describe('what it may not', () => {
  const rows: readonly [title: string, said: string][] = [
    ['nothing', ''],
    ['a separator alone', '|'],
    ['no header', '|auth=Bearer t||'],
    ['half a header', 'n,|auth=Bearer t||'],
    ['channel binding', 'p=tls-unique,,|auth=Bearer t||'],
    ['an identity of its own', 'n,a=admin,|auth=Bearer t||'],
    ['more behind the header', 'n,,x|auth=Bearer t||'],
    ['no auth', 'n,,|host=x||'],
    ['no pairs', 'n,,||'],
    ['two of them', 'n,,|auth=Bearer t|auth=Bearer u||'],
    ['AUTH is another key', 'n,,|AUTH=Bearer t||'],
    ['another scheme', 'n,,|auth=Basic dDp1||'],
    ['a scheme alone', 'n,,|auth=Bearer||'],
    ['a token with a space', 'n,,|auth=Bearer a b||'],
    ['a token in quotes', 'n,,|auth=Bearer "a"||'],
    ['a NUL', 'n,,|auth=Bearer t\0||'],
    ['bytes that are no ASCII', 'n,,|auth=Bearer t|x=\xff||'],
    ['cut off before the end', 'n,,|auth=Bearer t|'],
    ['cut off in the token', 'n,,|auth=Bearer t'],
    ['more behind the end', 'n,,|auth=Bearer t||x'],
    ['a pair behind the end', 'n,,|auth=Bearer t||x=1|'],
    ['an end in the middle', 'n,,||auth=Bearer t||'],
    ['a key with a digit', 'n,,|auth2=x|auth=Bearer t||'],
    ['no equals sign', 'n,,|auth||'],
  ];
  for (const [title, said] of rows) {
    test(title, () => assert.throws(() => decodeBearerProof(message(said)), WireError));
  }

  test('any bytes at all: its own error, or what the grammar says', () => {
    const good = message('n,,|auth=Bearer token||');
    for (let at = 0; at < good.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = Buffer.from(good);
        changed[at] = byte;
        try {
          const proof = decodeBearerProof(changed);
          assert.ok('token' in proof, 'one changed byte takes no token away');
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
      assert.throws(() => decodeBearerProof(good.subarray(0, at)), WireError);
    }
  });
});

test('a refusal says where tokens are to be had (§3.2.2)', () => {
  assert.equal(
    encodeBearerRefusal('https://login.test/.well-known/openid-configuration').toString(),
    '{"status":"invalid_token","openid-configuration":"https://login.test/.well-known/openid-configuration"}',
  );
  assert.equal(encodeBearerRefusal(undefined).toString(), '{"status":"invalid_token"}');
});

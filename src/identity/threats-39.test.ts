import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { test } from 'node:test';
import { SallyportError } from '../core/errors.ts';
import type { IssuerSpec } from '../core/issuer.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { verifyToken } from './oidc.ts';
import { tokenFaultOf } from './token-fault.ts';
import type { TokenFault } from './token-fault.ts';
import {
  assembled,
  ecKey,
  goodClaims,
  hmacWith,
  issuer,
  nowMs,
  nowS,
  published,
  publisher,
  rsaKey,
  signed,
  spec,
} from '../../test/fixtures/tokens.ts';
import { Identities } from './verifier.ts';

// THREATS 39: what must not prove an identity. Each row is one token and the reason it is refused for.

const key = rsaKey('one');
const elliptic = ecKey('two');
const stranger = rsaKey('one'); // same kid, not published
const twin = [rsaKey('twin'), rsaKey('twin')] as const;
const publicPem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const publicDer = key.publicKey.export({ type: 'spki', format: 'der' });
const strangerJwk = stranger.publicKey.export({ format: 'jwk' });
const hs256 = { alg: 'HS256', typ: 'JWT', kid: 'one' };
const rs256 = { alg: 'RS256', typ: 'JWT', kid: 'one' };
const rawSign = (input: string) => sign('sha256', Buffer.from(input), key.privateKey).toString('base64url');

const keySet = published(key, elliptic, ...twin);

const clock = { now: () => nowMs };

async function verify(token: string, change: Partial<IssuerSpec> = {}) {
  const { fetch } = publisher(() => keySet);
  return new Identities({ issuers: [{ ...spec, ...change }], clock, fetch }).verify(token);
}

interface Row {
  readonly name: string;
  readonly token: string | Promise<string>;
  readonly fault: TokenFault;
  readonly spec?: Partial<IssuerSpec>;
}

const withHeader = (header: Record<string, unknown>) =>
  assembled({ ...rs256, ...header }, goodClaims, rawSign);
const none = () => '';

const refused: readonly Row[] = [
  { name: 'alg none', token: assembled({ alg: 'none' }, goodClaims, none), fault: 'algorithm' },
  { name: 'alg NONE', token: assembled({ alg: 'NoNe' }, goodClaims, none), fault: 'algorithm' },
  {
    name: 'alg none with a signature',
    token: assembled({ alg: 'none' }, goodClaims, rawSign),
    fault: 'algorithm',
  },
  { name: 'alg missing', token: assembled({ kid: 'one' }, goodClaims, rawSign), fault: 'malformed' },
  { name: 'signature cut off', token: assembled(rs256, goodClaims, none), fault: 'malformed' },
  {
    name: 'HS256 with the public key as PEM',
    token: assembled(hs256, goodClaims, hmacWith(publicPem)),
    fault: 'algorithm',
  },
  {
    name: 'HS256 with the public key as DER',
    token: assembled(hs256, goodClaims, hmacWith(publicDer)),
    fault: 'algorithm',
  },
  {
    name: 'HS256 with an empty secret',
    token: assembled(hs256, goodClaims, hmacWith('')),
    fault: 'algorithm',
  },
  {
    name: 'an algorithm the configuration leaves out',
    token: signed(elliptic),
    fault: 'algorithm',
    spec: { algorithms: ['RS256'] },
  },
  {
    name: 'alg of another key type',
    token: assembled({ ...rs256, alg: 'ES256' }, goodClaims, rawSign),
    fault: 'unknown_key',
  },
  { name: 'unknown kid', token: signed(key, {}, { kid: 'three' }), fault: 'unknown_key' },
  { name: 'kid as a path', token: signed(key, {}, { kid: '../../dev/null' }), fault: 'unknown_key' },
  { name: 'kid of another key', token: signed(elliptic, {}, { kid: 'one' }), fault: 'unknown_key' },
  { name: 'kid no string', token: withHeader({ kid: 7 }), fault: 'unknown_key' },
  { name: 'duplicated kid', token: signed(twin[0]), fault: 'ambiguous_key' },
  {
    name: 'no kid where several keys fit',
    token: signed(key, {}, { kid: undefined }),
    fault: 'ambiguous_key',
  },
  { name: "a stranger's key under a published kid", token: signed(stranger), fault: 'signature' },
  { name: 'jku', token: withHeader({ jku: 'https://evil.test/jwks' }), fault: 'header' },
  { name: 'x5u', token: withHeader({ x5u: 'https://evil.test/cert' }), fault: 'header' },
  { name: 'x5c', token: withHeader({ x5c: ['MIIB'] }), fault: 'header' },
  { name: 'jwk', token: signed(stranger, {}, { jwk: strangerJwk }), fault: 'header' },
  { name: 'crit', token: signed(key, {}, { crit: ['exp'], exp: 1 }), fault: 'header' },
  { name: 'b64', token: withHeader({ b64: false }), fault: 'header' },
  { name: 'wrong aud', token: signed(key, { aud: 'other' }), fault: 'audience' },
  { name: 'no aud', token: signed(key, { aud: undefined }), fault: 'claims' },
  { name: 'empty aud', token: signed(key, { aud: [] }), fault: 'audience' },
  { name: 'aud in another case', token: signed(key, { aud: 'Sallyport' }), fault: 'audience' },
  { name: 'aud that begins with ours', token: signed(key, { aud: 'sallyport.evil' }), fault: 'audience' },
  { name: 'array aud without ours', token: signed(key, { aud: ['a', 'b'] }), fault: 'audience' },
  { name: 'array aud with a number', token: signed(key, { aud: ['sallyport', 7] }), fault: 'claims' },
  { name: 'aud nested', token: signed(key, { aud: [['sallyport']] }), fault: 'claims' },
  {
    name: 'array aud made for another client',
    token: signed(key, { aud: ['sallyport', 'shop'], azp: 'shop' }),
    fault: 'authorized_party',
  },
  {
    name: 'azp that the configuration does not list',
    token: signed(key, { azp: 'shop' }),
    fault: 'authorized_party',
    spec: { authorizedParties: ['crew-runner'] },
  },
  {
    name: 'no azp where the configuration lists some',
    token: signed(key),
    fault: 'authorized_party',
    spec: { authorizedParties: ['crew-runner'] },
  },
  {
    name: 'azp no string',
    token: signed(key, { aud: ['sallyport', 'b'], azp: ['sallyport'] }),
    fault: 'authorized_party',
  },
  { name: 'wrong iss', token: signed(key, { iss: 'https://evil.test' }), fault: 'unknown_issuer' },
  { name: 'iss with a slash more', token: signed(key, { iss: `${issuer}/` }), fault: 'unknown_issuer' },
  { name: 'iss in another case', token: signed(key, { iss: 'https://LOGIN.test' }), fault: 'unknown_issuer' },
  { name: 'no iss', token: signed(key, { iss: undefined }), fault: 'claims' },
  { name: 'iss as array', token: signed(key, { iss: [issuer] }), fault: 'claims' },
  {
    name: "the gateway's own name, signed by a stranger",
    token: signed(stranger, { iss: 'sallyport' }),
    fault: 'unknown_issuer',
  },
  { name: 'ID token: nonce', token: signed(key, { nonce: 'n' }, { typ: 'JWT' }), fault: 'id_token' },
  { name: 'ID token: at_hash', token: signed(key, { at_hash: 'h' }, { typ: undefined }), fault: 'id_token' },
  { name: "ID token: Keycloak's typ", token: signed(key, { typ: 'ID' }, { typ: 'JWT' }), fault: 'id_token' },
  { name: 'logout token', token: signed(key, {}, { typ: 'logout+jwt' }), fault: 'type' },
  { name: 'security event', token: signed(key, {}, { typ: 'secevent+jwt' }), fault: 'type' },
  { name: 'DPoP proof', token: signed(key, {}, { typ: 'dpop+jwt' }), fault: 'type' },
  { name: 'expired', token: signed(key, { exp: nowS - 31 }), fault: 'expired' },
  { name: 'no exp', token: signed(key, { exp: undefined }), fault: 'claims' },
  {
    name: 'exp as text',
    token: assembled(rs256, { ...goodClaims, exp: '9999999999' }, rawSign),
    fault: 'claims',
  },
  {
    name: 'exp past the end of dates',
    token: assembled(rs256, { ...goodClaims, exp: 1e300 }, rawSign),
    fault: 'claims',
  },
  { name: 'not yet valid', token: signed(key, { nbf: nowS + 31 }), fault: 'not_yet_valid' },
  { name: 'issued in the future', token: signed(key, { iat: nowS + 31 }), fault: 'not_yet_valid' },
  { name: 'issued after its end', token: signed(key, { iat: nowS - 5, exp: nowS - 10 }), fault: 'claims' },
  { name: '1 MB token', token: signed(key, { pad: 'x'.repeat(1_000_000) }), fault: 'too_long' },
  { name: '1 MB of dots', token: '.'.repeat(1_000_000), fault: 'too_long' },
  { name: 'empty', token: '', fault: 'malformed' },
  { name: 'a password', token: 'hunter2', fault: 'malformed' },
  { name: 'four parts', token: signed(key).then((token) => `${token}.x`), fault: 'malformed' },
  { name: 'encrypted (five parts)', token: signed(key).then((token) => `${token}.x.y`), fault: 'malformed' },
  { name: 'a line end behind it', token: signed(key).then((token) => `${token}\n`), fault: 'malformed' },
  {
    name: 'base64 of the other alphabet',
    token: signed(key).then((token) => `${token}+/=`),
    fault: 'malformed',
  },
  { name: 'header an array', token: `${Buffer.from('[]').toString('base64url')}.e30.AA`, fault: 'malformed' },
  { name: 'no subject', token: signed(key, { sub: undefined }), fault: 'claims' },
  { name: 'somebody acting for somebody', token: signed(key, { act: { sub: 'other' } }), fault: 'delegated' },
];

for (const { name, token, fault, spec: change } of refused)
  test(`THREATS 39, refused: ${name}`, async () => {
    const text = await token;
    await assert.rejects(verify(text, change), (error) => {
      assert.ok(error instanceof SallyportError);
      assert.equal(error.code, 'unauthenticated');
      assert.equal(tokenFaultOf(error), fault);
      assertHoldsNothingOf(text, error);
      return true;
    });
  });

/** Neither what the client reads nor what is logged lets anybody learn the token. */
function assertHoldsNothingOf(token: string, error: SallyportError): void {
  const told = [error.message, error.hint, JSON.stringify(error.detail), String(error.cause)].join('\n');
  const parts = token.split('.').filter((part) => part.length > 8);
  for (const part of [...parts, 'crew-7', 'evil', 'hunter2']) assert.ok(!told.includes(part), told);
}

const accepted: readonly { name: string; token: Promise<string>; spec?: Partial<IssuerSpec> }[] = [
  { name: 'RS256', token: signed(key) },
  { name: 'ES256', token: signed(elliptic) },
  { name: 'no kid where one key fits', token: signed(elliptic, {}, { kid: undefined }) },
  { name: 'no typ', token: signed(key, {}, { typ: undefined }) },
  { name: 'typ application/at+jwt', token: signed(key, {}, { typ: 'application/AT+JWT' }) },
  { name: 'array aud', token: signed(key, { aud: ['sallyport'] }) },
  { name: 'array aud made for us', token: signed(key, { aud: ['shop', 'sallyport'], azp: 'sallyport' }) },
  {
    name: 'array aud made for a listed client',
    token: signed(key, { aud: ['shop', 'sallyport'], azp: 'crew-runner' }),
    spec: { authorizedParties: ['crew-runner'] },
  },
  { name: 'expired within the tolerance', token: signed(key, { exp: nowS - 29 }) },
  { name: 'not yet valid within the tolerance', token: signed(key, { nbf: nowS + 29, iat: nowS + 29 }) },
  { name: 'access token with a nonce', token: signed(key, { nonce: 'n' }) },
  {
    name: 'ID token where wanted',
    token: signed(key, { nonce: 'n' }, { typ: 'JWT' }),
    spec: { idTokens: true },
  },
];

for (const { name, token, spec: change } of accepted)
  test(`THREATS 39, accepted: ${name}`, async () => {
    assert.equal((await verify(await token, change)).subject, 'crew-7');
  });

test('THREATS 39, refused: another aud or iss, whoever chose the issuer', async () => {
  const keys = new IssuerKeys(async () => keySet, clock);
  for (const [change, fault] of [
    [{ audience: 'other' }, 'audience'],
    [{ issuer: 'https://other.test' }, 'unknown_issuer'],
  ] as const) {
    const verified = verifyToken(await signed(key), { ...spec, ...change }, keys, clock);
    await assert.rejects(verified, (error) => tokenFaultOf(error) === fault);
  }
});

test('THREATS 39, refused: any single character of the token changed', async () => {
  const token = await signed(elliptic);
  const dots = [token.indexOf('.'), token.lastIndexOf('.')];
  // The last character of a part holds bits that stand for nothing, so that a change there may be none.
  const ends = new Set([...dots.map((at) => at - 1), ...dots, token.length - 1]);
  for (let at = 0; at < token.length; at += 7) {
    if (ends.has(at)) continue;
    const other = token[at] === 'A' ? 'B' : 'A';
    await assert.rejects(verify(token.slice(0, at) + other + token.slice(at + 1)), SallyportError);
  }
});

import { WireError } from '../bytes.ts';

/** The mechanism's name (RFC 7628 §3), as AuthenticationSASL offers it. */
export const oauthBearer = 'OAUTHBEARER';

/** Ends every key and value of a message: %x01 (RFC 7628 §3.1). It alone also answers a refusal (§3.2.3). */
const kvsep = '\x01';

/** What a client says first; without a token it asks where to get one. */
export type BearerProof = { readonly token: string } | { readonly asks: 'discovery' };

/**
 * RFC 7628 §3.1, as libpq sends it: `n,, kvsep auth=Bearer TOKEN kvsep kvsep`.
 *
 *     gs2-header kvsep *(key "=" value kvsep) kvsep
 *
 * @throws WireError
 */
export function decodeBearerProof(data: Uint8Array): BearerProof {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  const [header = '', rest] = splitAt(text, kvsep);
  checkHeader(header);
  if (rest === undefined || !rest.endsWith(kvsep)) fail('a bearer message that is cut off');
  const pairs = rest.slice(0, -1).split(kvsep);
  // Every pair ends with its separator, the last too: so the last piece is empty.
  if (pairs.pop() !== '') fail('a bearer message that does not end as it should');
  return proofOf(pairs.map(pairOf));
}

/** RFC 7628 §3.2.2: why a proof does not hold, and where a client learns how to get one that does. */
export function encodeBearerRefusal(discoveryUrl: string | undefined): Buffer {
  const refusal = {
    status: 'invalid_token',
    ...(discoveryUrl === undefined ? {} : { 'openid-configuration': discoveryUrl }),
  };
  return Buffer.from(JSON.stringify(refusal));
}

/** RFC 5801 §4: no channel binding, and nobody else's identity: whom the token names is who it is. */
function checkHeader(header: string): void {
  if (header.startsWith('p=')) fail('channel binding, which OAUTHBEARER has none of');
  if (/^[ny],a=/.test(header))
    fail('an authorization identity, which is not taken: the token says who it is');
  if (!/^[ny],,$/.test(header)) fail('a bearer message without its GS2 header');
}

function proofOf(pairs: readonly (readonly [key: string, value: string])[]): BearerProof {
  const found = pairs.filter(([key]) => key === 'auth').map(([, value]) => value);
  const [auth, another] = found;
  if (auth === undefined || another !== undefined) fail('not exactly one "auth" in a bearer message');
  if (auth === '') return { asks: 'discovery' };
  // RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1).
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(auth)?.[1];
  if (token === undefined) fail('no bearer token in "auth"');
  return { token };
}

/** `1*ALPHA "=" *(VCHAR / SP / HTAB / CR / LF)`; keys that are not known are passed over (§3.1). */
function pairOf(text: string): readonly [string, string] {
  const [, key, value] = /^([A-Za-z]+)=([\x20-\x7e\t\r\n]*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined)
    fail('a bearer message with something that is no key and value');
  return [key, value];
}

function splitAt(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function fail(message: string): never {
  throw new WireError('client', message);
}

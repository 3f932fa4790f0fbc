import { tokenRefused } from './token-fault.ts';

/** Longer than any token in use, short enough that a flood of them costs nothing. */
const tokenCharsMax = 16 * 1024;

/** What a token says of itself before anything is proven: enough to choose who must have signed it. */
export interface UnverifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly issuer: string;
  readonly audiences: readonly string[];
}

/**
 * Header parameters that would let a token bring or point to its own key (RFC 7515 §4.1.2–4.1.6), or change
 * what the signature means (§4.1.11, RFC 7797). A token that needs one of them is refused rather than read without it.
 */
const refusedHeaders = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64'];

/** RFC 9068 §2.1 and RFC 7519 §5.1. Logout tokens, security events, DPoP proofs and requests have types of their own. */
const acceptedTypes = new Set(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']);

const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * @param token in compact serialization
 * @throws SallyportError `unauthenticated`
 */
export function readUnverified(token: string): UnverifiedToken {
  if (token.length > tokenCharsMax) throw tokenRefused('too_long', `${token.length} characters`);
  const [head = '', body = ''] = token.split('.');
  const header = jsonObject(head);
  // Before the form is looked at: `alg: none` has an empty signature, and deserves its own answer.
  if (typeof header['alg'] === 'string' && header['alg'].toLowerCase() === 'none')
    throw tokenRefused('algorithm', 'alg is none');
  if (!compactForm.test(token)) throw tokenRefused('malformed', 'not in compact form');
  const refused = refusedHeaders.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) throw tokenRefused('header', `header has ${refused}`);
  checkType(header['typ']);
  const payload = jsonObject(body);
  if (typeof payload['iss'] !== 'string') throw tokenRefused('claims', 'iss is no string');
  return { header, issuer: payload['iss'], audiences: audiencesOf(payload['aud']) };
}

export function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === 'string' && /^(application\/)?at\+jwt$/i.test(typ);
}

/** `aud` is a string or an array of strings (RFC 7519 §4.1.3). */
export function audiencesOf(aud: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!list.every((one) => typeof one === 'string'))
    throw tokenRefused('claims', 'aud is neither a string nor an array of strings');
  return list;
}

function checkType(typ: unknown): void {
  if (typ === undefined) return;
  if (typeof typ !== 'string' || !acceptedTypes.has(typ.toLowerCase()))
    throw tokenRefused('type', 'typ is neither JWT nor at+jwt');
}

function jsonObject(base64url: string): Record<string, unknown> {
  const value = parsed(Buffer.from(base64url, 'base64url').toString('utf8'));
  if (!isObject(value)) throw tokenRefused('malformed', 'header or payload is no JSON object');
  return value;
}

/** JSON.parse quotes its input in its errors, so the error stops here. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

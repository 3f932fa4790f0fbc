import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { awsEncoded } from './encoding.ts';

// Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

export const algorithm = 'AWS4-HMAC-SHA256';

/** What a signature is for; it holds nowhere else. */
export interface Scope {
  /** `20260131` */
  readonly day: string;
  readonly region: string;
  /** The name that the service signs by: `s3`, `iam`. */
  readonly service: string;
}

/** The Authorization field of a request that is signed in its header fields. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** In lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** Hexadecimal. */
  readonly signature: string;
}

/** What is signed of a request. */
export interface Signable {
  readonly method: string;
  /** As it is sent, in SigV4's spelling. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Those that are signed, by their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** SHA-256 of the body in hexadecimal, or the word that stands for it (`UNSIGNED-PAYLOAD`). */
  readonly payload: string;
}

const credentialForm =
  /^AWS4-HMAC-SHA256 +Credential=([\w-]{4,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request, *SignedHeaders=([a-z0-9;._-]{1,4096}), *Signature=([0-9a-f]{64})$/;

/** Undefined where it is none, or not in order: SignedHeaders are sorted, and none stands twice. */
export function readAuthorization(text: string): Authorization | undefined {
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature = ''] =
    credentialForm.exec(text) ?? [];
  if (accessKeyId === '') return undefined;
  const signedHeaders = names.split(';');
  const isSorted = signedHeaders.every((name, at) => name !== '' && (signedHeaders[at - 1] ?? '') < name);
  return isSorted ? { accessKeyId, scope: { day, region, service }, signedHeaders, signature } : undefined;
}

/** The Authorization field for a request. `date`: of X-Amz-Date, `20260131T120000Z`. */
export function authorizationFor(
  request: Signable,
  by: { readonly accessKeyId: string; readonly secret: string; readonly scope: Scope; readonly date: string },
): string {
  const signature = signatureOf(request, by);
  const names = [...request.headers.keys()].toSorted().join(';');
  return `${algorithm} Credential=${by.accessKeyId}/${scopeText(by.scope)}, SignedHeaders=${names}, Signature=${signature}`;
}

/** Hexadecimal. */
export function signatureOf(
  request: Signable,
  { secret, scope, date }: { readonly secret: string; readonly scope: Scope; readonly date: string },
): string {
  // Fields come as their bytes, each a character of Latin-1; all else is ASCII.
  const hashed = sha256(Buffer.from(canonicalRequest(request, scope.service), 'latin1'));
  const text = [algorithm, date, scopeText(scope), hashed].join('\n');
  return hmac(signingKey(secret, scope), text).toString('hex');
}

/** Takes as long whether they differ early or late. */
export function isSameSignature(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of the body that is none. */
export const emptySha256 = sha256('');

export function signingKey(secret: string, { day, region, service }: Scope): Buffer {
  return ['aws4_request', service, region, day].reduceRight<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secret}`),
  );
}

export function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function scopeText({ day, region, service }: Scope): string {
  return `${day}/${region}/${service}/aws4_request`;
}

/** `20260131T120000Z` */
export function amzDate(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** Milliseconds since the epoch; undefined where it is no date of that form. */
export function readAmzDate(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) || amzDate(ms) !== text ? undefined : ms;
}

function canonicalRequest({ method, path, query, headers, payload }: Signable, service: string): string {
  const names = [...headers.keys()].toSorted();
  return [
    method,
    // S3 alone escapes a path once: its keys may have anything in them.
    service === 's3' ? path : path.split('/').map(awsEncoded).join('/'),
    canonicalQuery(query),
    ...names.map((name) => `${name}:${(headers.get(name) ?? '').trim().replaceAll(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
}

/** Sorted by what is written, not by what it stands for. */
export function canonicalQuery(query: Signable['query']): string {
  return query
    .map(([name, value]) => [awsEncoded(name), awsEncoded(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

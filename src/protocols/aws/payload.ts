import { createHash } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';
import { ChunkedBody, ChunkedError, type ChunkSigning } from '../../wire/aws/chunked.ts';
import { emptySha256, sha256 } from '../../wire/aws/sigv4.ts';
import { bodyChunks, type RequestBody } from '../http/body.ts';

/** How the body of a request is bound to its signature. */
export type PayloadKind =
  | { readonly kind: 'hash'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunks'; readonly isSigned: boolean; readonly trailer: string | undefined };

/** A body as it goes on, and the word for it that is signed. */
export interface Payload {
  readonly word: string;
  readonly body: Buffer | AsyncIterable<Buffer> | undefined;
  /** Of what goes on; undefined: nobody knows yet. */
  readonly bytes: number | undefined;
  /** Beside what the client sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const unsigned = 'UNSIGNED-PAYLOAD';
const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const signedChunks = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const signedTrailer = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';

/**
 * @param word X-Amz-Content-Sha256
 * @throws SallyportError `protocol` for what is not taken, or not from here
 */
export function payloadKind(
  word: string,
  {
    fields,
    isSecure,
    isS3,
  }: { readonly fields: ReadonlyMap<string, string>; readonly isSecure: boolean; readonly isS3: boolean },
): PayloadKind {
  if (/^[0-9a-f]{64}$/.test(word)) return { kind: 'hash', sha256: word };
  if (!isS3) throw refused(`${word.slice(0, 64)} is for S3 alone`, 'Sign the body.');
  const hasNoSignature = word === unsigned || word === unsignedTrailer;
  const hasBody = fields.has('content-length') || fields.has('transfer-encoding');
  if (hasNoSignature && hasBody && !isSecure && fields.get('content-length') !== '0') {
    throw refused(
      'a body that is not signed needs TLS, which keeps it whole',
      'Use https://, or sign the body.',
    );
  }
  if (word === unsigned) return { kind: 'unsigned' };
  const trailer = fields.get('x-amz-trailer');
  if (word === signedChunks) return { kind: 'chunks', isSigned: true, trailer: undefined };
  if (word === unsignedTrailer || word === signedTrailer) {
    if (trailer !== undefined && !/^x-amz-checksum-[a-z0-9]+$/.test(trailer)) {
      throw refused('the only trailer is one checksum', 'Name it in X-Amz-Trailer: x-amz-checksum-crc32.');
    }
    return { kind: 'chunks', isSigned: word === signedTrailer, trailer };
  }
  throw refused(
    `${word.slice(0, 64)} is no way to sign a body that is taken here`,
    'Use SigV4 (AWS4-HMAC-SHA256).',
  );
}

/** The body itself, where it is here as a whole. @throws SallyportError where it is not what was signed */
export function wholePayload(
  kind: PayloadKind,
  body: Buffer | undefined,
  signing: ChunkSigning,
): { readonly body: Buffer | undefined; readonly fields: Payload['fields'] } {
  if (kind.kind === 'unsigned') return { body, fields: [] };
  if (kind.kind === 'hash') {
    if (sha256(body ?? '') !== kind.sha256) throw otherBody();
    return { body, fields: [] };
  }
  const chunked = new ChunkedBody(kind.isSigned ? signing : undefined, kind.trailer !== undefined);
  try {
    const chunks = chunked.push(body ?? Buffer.alloc(0));
    chunked.end();
    mustHave(chunked.trailers, kind.trailer);
    return { body: Buffer.concat(chunks), fields: [...chunked.trailers] };
  } catch (error) {
    throw asProtocol(error);
  }
}

/** A whole body as it goes on: signed, whatever it was. */
export function signedPayload(body: Buffer | undefined, fields: Payload['fields']): Payload {
  const word = body === undefined ? emptySha256 : sha256(body);
  return { word, body, bytes: body?.length ?? 0, fields };
}

/** A body that streams. What of it is not verified yet does not go on, or its end does not. */
export function streamedPayload(
  kind: PayloadKind,
  body: Exclude<RequestBody, { whole: Buffer }>,
  it: { readonly signing: ChunkSigning; readonly decodedBytes: number | undefined },
): Payload {
  switch (kind.kind) {
    case 'unsigned':
      return { word: unsigned, body: bodyChunks(body), bytes: body.bytes, fields: [] };
    case 'hash':
      return {
        word: kind.sha256,
        body: hashed(bodyChunks(body), kind.sha256),
        bytes: body.bytes,
        fields: [],
      };
    case 'chunks':
      return chunkedPayload(kind, body, it);
  }
}

function chunkedPayload(
  { isSigned, trailer }: Extract<PayloadKind, { kind: 'chunks' }>,
  body: Exclude<RequestBody, { whole: Buffer }>,
  { signing, decodedBytes }: { readonly signing: ChunkSigning; readonly decodedBytes: number | undefined },
): Payload {
  if (decodedBytes === undefined) {
    throw refused('X-Amz-Decoded-Content-Length is missing', 'Say how long the body is.');
  }
  const chunked = new ChunkedBody(isSigned ? signing : undefined, trailer !== undefined);
  const decoded = unchunked(bodyChunks(body), { chunked, bytes: decodedBytes, trailer });
  if (trailer === undefined) return { word: unsigned, body: decoded, bytes: decodedBytes, fields: [] };
  return {
    word: unsignedTrailer,
    body: rechunked(decoded, chunked),
    bytes: undefined,
    fields: [
      ['content-encoding', 'aws-chunked'],
      ['x-amz-decoded-content-length', String(decodedBytes)],
      ['x-amz-trailer', trailer],
    ],
  };
}

async function* unchunked(
  source: AsyncIterable<Buffer>,
  it: { readonly chunked: ChunkedBody; readonly bytes: number; readonly trailer: string | undefined },
): AsyncGenerator<Buffer> {
  const { chunked, bytes, trailer } = it;
  let held: Buffer | undefined;
  try {
    for await (const piece of source) {
      for (const data of chunked.push(piece)) {
        if (chunked.bytes > bytes) throw new ChunkedError('the body is longer than it says');
        if (held !== undefined) yield held;
        held = data;
      }
    }
    chunked.end();
    mustHave(chunked.trailers, trailer);
    if (chunked.bytes !== bytes) throw new ChunkedError('the body is shorter than it says');
  } catch (error) {
    throw asProtocol(error);
  }
  if (held !== undefined) yield held;
}

/** In chunks again, as the target wants a body with a trailer; not signed, as TLS is between it and the gateway. */
async function* rechunked(source: AsyncIterable<Buffer>, { trailers }: ChunkedBody): AsyncGenerator<Buffer> {
  for await (const data of source) {
    yield Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
  }
  const lines = [...trailers].map(([name, value]) => `${name}:${value}\r\n`).join('');
  yield Buffer.from(`0\r\n${lines}\r\n`);
}

/** Its last piece goes when the whole has turned out to be what was signed. */
async function* hashed(source: AsyncIterable<Buffer>, expected: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const piece of source) {
    if (held !== undefined) yield held;
    hash.update(piece);
    held = piece;
  }
  if (hash.digest('hex') !== expected) throw otherBody();
  if (held !== undefined) yield held;
}

function mustHave(trailers: ReadonlyMap<string, string>, trailer: string | undefined): void {
  const names = [...trailers.keys()];
  if (
    names.length > 1 ||
    (names[0] ?? trailer) !== trailer ||
    (trailer !== undefined && names.length === 0)
  ) {
    throw new ChunkedError('the trailer is not the one that X-Amz-Trailer names');
  }
}

function asProtocol(error: unknown): unknown {
  if (!(error instanceof ChunkedError)) return error;
  return refused(error.message, 'Send it again.');
}

function otherBody(): SallyportError {
  return refused(
    'the body is not the one that was signed',
    'Send it again; nothing may change it on the way.',
  );
}

function refused(why: string, hint: string): SallyportError {
  return new SallyportError('protocol', `Sallyport: ${why}`, { hint });
}

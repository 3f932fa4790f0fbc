import type { Readable } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import { litter } from '../../transport/litter.ts';
import type { WebRequest } from '../../transport/web-message.ts';

/** Of a body that is decided on, shown to approvers and recorded as a whole. A larger one streams. */
export const wholeBodyBytesMax = 1024 * 1024;

/** A request's body: as a whole, or as what is still to come of a large one. Undefined: there is none. */
export type RequestBody =
  | { readonly whole: Buffer }
  | { readonly first: readonly Buffer[]; readonly rest: WebRequest; readonly bytes: number | undefined };

/**
 * Reads what it may, and leaves the rest where it is. Rejects where the client breaks off.
 * @throws SallyportError `protocol` where fields come behind it
 */
export async function readBody(request: WebRequest): Promise<RequestBody | undefined> {
  const { 'content-length': length, 'transfer-encoding': coding, trailer } = request.headers;
  // Said before it comes, which saves the body its way.
  if (trailer !== undefined) throw hasTrailers();
  // In HTTP/2 nothing need say that there is one.
  const mayCome = length === undefined && coding === undefined;
  if (mayCome && request.httpVersionMajor === 1) return undefined;
  const bytes = length === undefined ? undefined : Number(length);
  const chunks: Buffer[] = [];
  let sum = 0;
  // A length says where it ends, but in HTTP/2 not that nothing comes behind it.
  while (bytes === undefined || sum < bytes || request.httpVersionMajor > 1) {
    if (sum > wholeBodyBytesMax || (bytes ?? 0) > wholeBodyBytesMax)
      return { first: chunks, rest: request, bytes };
    const chunk = await nextChunk(request);
    if (chunk === undefined) break;
    chunks.push(chunk);
    sum += chunk.length;
  }
  mustHaveNoTrailers(request);
  return mayCome && sum === 0 ? undefined : { whole: Buffer.concat(chunks) };
}

/** Undefined at the end. */
function nextChunk(stream: Readable): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const look = (): void => {
    const chunk: unknown = stream.read();
    if (Buffer.isBuffer(chunk)) resolve(chunk);
    else if (stream.readableEnded) resolve(undefined);
    else stream.once('readable', look);
  };
  const end = (): void => resolve(undefined);
  const fail = (error: Error): void => reject(error);
  const gone = (): void => reject(new Error('the client broke off'));
  stream.once('end', end).once('error', fail).once('close', gone);
  look();
  return promise.finally(() => {
    stream.off('end', end).off('error', fail).off('close', gone).off('readable', look);
  });
}

/** All of it, for the upstream; it breaks off where fields come behind it. */
export async function* bodyChunks(body: Exclude<RequestBody, { whole: Buffer }>): AsyncGenerator<Buffer> {
  yield* body.first;
  for await (const chunk of body.rest) {
    if (!Buffer.isBuffer(chunk)) continue;
    litter.passed(chunk.length);
    yield chunk;
  }
  mustHaveNoTrailers(body.rest);
}

/** They would come when the request is decided on, and nobody was shown them. */
function mustHaveNoTrailers({ rawTrailers }: WebRequest): void {
  if (rawTrailers.length > 0) throw hasTrailers();
}

function hasTrailers(): SallyportError {
  return new SallyportError('protocol', 'Sallyport: a request may have no fields behind its body', {
    hint: 'Send them before it, without the field Trailer.',
  });
}

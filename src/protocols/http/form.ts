import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { SallyportError } from '../../core/errors.ts';
import { fieldValue, type Field } from '../../wire/http/headers.ts';
import { asksOtherMethod, partAsksOtherMethod, partNameBytesMax } from '../../wire/http/method-override.ts';
import { wholeBodyBytesMax, type RequestBody } from './body.ts';
import type { Plain } from './request.ts';

/** Laravel reads JSON as it reads forms. */
type FormKind = 'urlencoded' | 'multipart' | 'json';

/** The refusal of a form that asks for another method than its request, or is too large, or packed, to tell. */
export function formRefusal(
  { method, fields }: Pick<Plain, 'method' | 'fields'>,
  body: RequestBody | undefined,
): SallyportError | undefined {
  if (body === undefined) return undefined;
  const kind = formKind(fields, method);
  if (kind === undefined) return undefined;
  const coding = fieldValue(fields, 'content-encoding')?.trim().toLowerCase() ?? '';
  const isPacked = coding !== '' && coding !== 'identity';
  if (kind === 'json') {
    const json = 'whole' in body ? (isPacked ? unpacked(body.whole, coding) : body.whole) : undefined;
    return json !== undefined && asksInJson(json) ? otherMethod() : undefined;
  }
  if (isPacked) return packed();
  if (kind === 'urlencoded' && !('whole' in body)) return isTyped(fields) ? tooLarge() : undefined;
  const bytes = 'whole' in body ? body.whole : Buffer.concat(body.first);
  const asks = kind === 'urlencoded' ? asksOtherMethod : partAsksOtherMethod;
  return asks(bytes.toString('latin1')) ? otherMethod() : undefined;
}

const unpackers: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** Undefined where that cannot be done, or is too large to be looked into without it as well. */
function unpacked(bytes: Buffer, coding: string): Buffer | undefined {
  if (!Object.hasOwn(unpackers, coding)) return undefined;
  try {
    return unpackers[coding]?.(bytes, { maxOutputLength: wholeBodyBytesMax });
  } catch {
    return undefined;
  }
}

/** The chunks of a large body; it breaks off where it is, or may be, a form that asks for another method. */
export async function* partsChecked(
  { method, fields }: Pick<Plain, 'method' | 'fields'>,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const kind = formKind(fields, method);
  if (kind === undefined || kind === 'json') return yield* chunks;
  let before = '';
  for await (const chunk of chunks) {
    const text = before + chunk.toString('latin1');
    if (kind === 'multipart') {
      if (partAsksOtherMethod(text)) throw otherMethod();
      before = text.slice(-partNameBytesMax);
    } else {
      if (asksOtherMethod(text)) throw otherMethod();
      // The name that the next chunk goes on with, if it does.
      const name = Math.max(text.lastIndexOf('&'), text.lastIndexOf(';')) + 1;
      before = text.slice(name, name + partNameBytesMax);
    }
    yield chunk;
  }
}

/** As Rack has it: of several types the first counts, and a POST of none is a form. */
function formKind(fields: readonly Field[], method = ''): FormKind | undefined {
  const type = fieldValue(fields, 'content-type')?.split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded' || (type === '' && method === 'POST')) return 'urlencoded';
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) return 'json';
  return type.startsWith('multipart/') ? 'multipart' : undefined;
}

function isTyped(fields: readonly Field[]): boolean {
  return (fieldValue(fields, 'content-type') ?? '').trim() !== '';
}

/** Whoever cannot read it finds no method in it. */
function asksInJson(body: Buffer): boolean {
  if (!body.includes('method') && !body.includes('\\u')) return false;
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && Object.hasOwn(value, '_method');
  } catch {
    return false;
  }
}

function otherMethod(): SallyportError {
  return new SallyportError('protocol', 'Sallyport: the body asks for another method by _method', {
    hint: 'Send the request with the method that is meant.',
  });
}

function packed(): SallyportError {
  return new SallyportError('protocol', 'Sallyport: a form is not taken with a Content-Encoding', {
    hint: 'Send it as it is.',
  });
}

function tooLarge(): SallyportError {
  return new SallyportError(
    'too_large',
    `Sallyport: a form may have ${wholeBodyBytesMax} bytes as application/x-www-form-urlencoded`,
    { hint: 'Send it as multipart/form-data.' },
  );
}

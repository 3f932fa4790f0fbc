import { SallyportError } from '../../core/errors.ts';
import { fieldValue, type Field } from '../../wire/http/headers.ts';
import { asksOtherMethod, partAsksOtherMethod, partNameBytesMax } from '../../wire/http/method-override.ts';
import { wholeBodyBytesMax, type RequestBody } from './body.ts';

/** Laravel reads JSON as it reads forms. */
type FormKind = 'urlencoded' | 'multipart' | 'json';

/** The refusal of a form that asks for another method than its request, or is too large to tell. */
export function formRefusal(
  fields: readonly Field[],
  body: RequestBody | undefined,
): SallyportError | undefined {
  if (body === undefined) return undefined;
  const kind = formKind(fields);
  if (kind === undefined) return undefined;
  if (kind === 'urlencoded' && !('whole' in body)) return tooLarge();
  if (kind === 'json') return 'whole' in body && asksInJson(body.whole) ? otherMethod() : undefined;
  const bytes = 'whole' in body ? body.whole : Buffer.concat(body.first);
  const asks = kind === 'urlencoded' ? asksOtherMethod : partAsksOtherMethod;
  return asks(bytes.toString('latin1')) ? otherMethod() : undefined;
}

/** The chunks of a large body; it breaks off where it is a form with a part that asks for another method. */
export async function* partsChecked(
  fields: readonly Field[],
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const isForm = formKind(fields) === 'multipart';
  let before = '';
  for await (const chunk of chunks) {
    if (isForm) {
      const text = before + chunk.toString('latin1');
      if (partAsksOtherMethod(text)) throw otherMethod();
      before = text.slice(-partNameBytesMax);
    }
    yield chunk;
  }
}

function formKind(fields: readonly Field[]): FormKind | undefined {
  const type = fieldValue(fields, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded') return 'urlencoded';
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) return 'json';
  return type.startsWith('multipart/') ? 'multipart' : undefined;
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

function tooLarge(): SallyportError {
  return new SallyportError(
    'too_large',
    `Sallyport: a form may have ${wholeBodyBytesMax} bytes as application/x-www-form-urlencoded`,
    { hint: 'Send it as multipart/form-data.' },
  );
}

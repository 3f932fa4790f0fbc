import { SallyportError } from '../core/errors.ts';

/** @throws SallyportError `too_large`, as soon as that can be told; `protocol` where it is no UTF-8 */
export async function boundedText({ headers, body }: Request, bytesMax: number): Promise<string> {
  if (Number(headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new SallyportError('protocol', 'Sallyport: the body is no UTF-8');
  }
}

/** @throws SallyportError `protocol`, `too_large` */
export async function formOf(request: Request, bytesMax: number): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(type)) {
    throw new SallyportError(
      'protocol',
      'Sallyport: the body must come as application/x-www-form-urlencoded',
    );
  }
  return new URLSearchParams(await boundedText(request, bytesMax));
}

function tooLarge(bytesMax: number): SallyportError {
  return new SallyportError('too_large', `Sallyport: a body may have ${bytesMax} bytes here`);
}

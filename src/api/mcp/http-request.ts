import { request as plainRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { SallyportError } from '../../core/errors.ts';
import type { OwnDoor } from '../parts.ts';
import { codeOf, detailOf, type Refusal } from './refusal.ts';

/** One request to a target, and how much of its answer is taken. */
export interface TargetRequest {
  readonly door: OwnDoor;
  readonly target: string;
  /** The proof of identity. */
  readonly pass: string;
  readonly method: string;
  /** At the target, with its query. */
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytesMax: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface TargetAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  /** There was more. */
  readonly isCut: boolean;
}

/**
 * Sends it through the gateway's own port, as any client would.
 * @throws SallyportError `limit_statement`, `closed`: it was cancelled; `upstream_unavailable`
 */
export async function sendRequest(
  it: TargetRequest,
): Promise<{ readonly answer: TargetAnswer } | { readonly refusal: Refusal }> {
  const over = AbortSignal.any([it.signal, AbortSignal.timeout(it.timeoutMs)]);
  try {
    const response = await responseTo(it, over);
    const { body, isCut } = await bodyOf(response, it.bytesMax);
    const code = codeOf(response.headers['sallyport-error']);
    if (code !== undefined) return { refusal: refusalOf(code, body) };
    const { statusCode: status = 0, headers } = response;
    return { answer: { status, type: headers['content-type'] ?? '', body, isCut } };
  } catch (error) {
    if (it.signal.aborted) throw new SallyportError('closed', 'Sallyport: the client went away');
    if (over.aborted) throw tooLong(it.timeoutMs);
    throw new SallyportError('upstream_unavailable', 'Sallyport: the answer broke off', { cause: error });
  }
}

function responseTo(it: TargetRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { door, target, pass, method, path, body, headers } = it;
  const options: RequestOptions & { ca?: string; allowPartialTrustChain?: boolean } = {
    host: door.host,
    port: door.port,
    method,
    path: `/t/${encodeURIComponent(target)}${path}`,
    headers: {
      authorization: `Bearer ${pass}`,
      'user-agent': 'sallyport mcp',
      accept: 'application/json, text/*;q=0.9, */*;q=0.5',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
    agent: false,
    signal,
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request =
    door.certificate === undefined
      ? plainRequest(options)
      : secureRequest({
          ...options,
          ca: door.certificate,
          allowPartialTrustChain: true,
          checkServerIdentity: () => undefined,
        });
  request.once('response', resolve).once('error', reject).end(body);
  return promise;
}

async function bodyOf(
  response: IncomingMessage,
  bytesMax: number,
): Promise<Pick<TargetAnswer, 'body' | 'isCut'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop ends the connection.
    if (bytes > bytesMax) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, bytesMax), isCut: bytes > bytesMax };
}

function refusalOf(code: Refusal['code'], body: Buffer): Refusal {
  const { error = {} } = JSON.parse(body.toString()) as {
    error?: { message?: string; hint?: string; detail?: unknown };
  };
  const { message = code, hint, detail } = error;
  return { code, message, detail: detailOf(detail), ...(hint === undefined ? {} : { hint }) };
}

function tooLong(timeoutMs: number): SallyportError {
  return new SallyportError('limit_statement', `Sallyport: no answer within ${timeoutMs / 1000} s`, {
    hint: 'The request may have been carried out. Look before you send it again.',
  });
}

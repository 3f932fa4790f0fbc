import type { Agent } from 'undici';
import { publicLookup } from './addresses.ts';

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Its name may lead to an address of a private network. */
  readonly private?: boolean;
  readonly signal: AbortSignal;
}

/** A delivery that failed. Its message names no address, for that may be a secret. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
  /** Not before so many milliseconds, if the receiver says so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, more: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.retryAfterMs = more.retryAfterMs;
  }
}

const timeoutMs = 10_000;
const answerBytesMax = 64 * 1024;
const retryAfterSecondsMax = 3_600;
const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, pipelining: 0 } as const;
/**
 * Posts JSON and gives back the answer's text. Redirects are not followed: what is told goes where the
 * configuration says, and nowhere else.
 * @throws DeliveryFailed for everything but an answer 2xx
 */
export async function post({ url, headers, body, signal, ...it }: Posting): Promise<string> {
  const address = safeUrl(url);
  const { request } = await import('undici');
  const { anywhere, publicOnly } = await (agents ??= makeAgents());
  const dispatcher = it.private === true || isLoopbackName(address.hostname) ? anywhere : publicOnly;
  const whole = AbortSignal.any([signal, AbortSignal.timeout(3 * timeoutMs)]);
  try {
    const answer = await request(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'sallyport', ...headers },
      body,
      dispatcher,
      signal: whole,
    });
    const text = await beginning(answer.body);
    if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
    throw refusedBy(answer.statusCode, answer.headers['retry-after']);
  } catch (cause) {
    if (cause instanceof DeliveryFailed) throw cause;
    throw new DeliveryFailed(`the receiver cannot be reached: ${reasonOf(cause)}`, { cause });
  }
}

interface Agents {
  readonly anywhere: Agent;
  readonly publicOnly: Agent;
}

/** Made when first needed, for undici takes a part of the start. */
let agents: Promise<Agents> | undefined;

/** No connection is kept: notices are rare, and each is to look its address up anew. */
async function makeAgents(): Promise<Agents> {
  const undici = await import('undici');
  return {
    anywhere: new undici.Agent({ ...limits, connect: { timeout: timeoutMs } }),
    publicOnly: new undici.Agent({ ...limits, connect: { timeout: timeoutMs, lookup: publicLookup } }),
  };
}

/** @throws DeliveryFailed: notices go over https, or stay on this machine */
function safeUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '')
    throw new DeliveryFailed('url is no address');
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && isLoopbackName(url.hostname)) return url;
  throw new DeliveryFailed('url must be https');
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new DeliveryFailed('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusedBy(status: number, retryAfter: string | string[] | undefined): DeliveryFailed {
  const seconds = Number(retryAfter);
  const known = Number.isFinite(seconds) && seconds > 0;
  const redirected = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  const message = `the receiver answered ${status}${redirected}`;
  if (!known) return new DeliveryFailed(message);
  return new DeliveryFailed(message, { retryAfterMs: Math.min(seconds, retryAfterSecondsMax) * 1000 });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

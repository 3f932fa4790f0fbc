import { readFileSync } from 'node:fs';

const timeoutMs = 10_000;
const answerBytesMax = 64 * 1024;

export interface Posted {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks whoever gives out credentials. Redirects are not followed: what is sent is for this address. Rejects after 10 s, and
 * where an answer has more than 64 KiB.
 * @param caFile whose certificates count; undefined: those that Node knows
 */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  caFile: string | undefined,
): Promise<Posted> {
  // Loaded when there is something to ask: it takes 20 MB.
  const { Agent, request } = await import('undici');
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') };
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs, ...ca },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: answerBytesMax,
  });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(url, { dispatcher, method: 'POST', headers, body, signal });
    return { status: answer.statusCode, text: await answer.body.text() };
  } finally {
    await dispatcher.destroy();
  }
}

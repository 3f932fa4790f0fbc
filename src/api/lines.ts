import { SallyportError } from '../core/errors.ts';
import type { Caller } from './caller.ts';
import type { ApiParts } from './parts.ts';

interface Reading {
  readonly parts: ApiParts;
  readonly by: Caller;
  /** Whether the rules still let the caller read this. */
  readonly stillMay: () => boolean;
  /** Aborted here when whoever reads has gone. */
  readonly gone: AbortController;
  /** Ends the connection; without one the stream's own error must tell. */
  readonly breakOff?: () => void;
}

/** How long a stream goes on before it looks again whether the caller may still have it. */
const lookMs = 1_000;

/** NDJSON, at the reader's pace. A stream that fails, or may not go on, breaks off: it does not end as if whole. */
export function linesOf(lines: AsyncIterable<unknown>, reading: Reading): Response {
  const iterator = watched(lines, reading)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  // Nothing is read ahead: a HEAD, which never looks at the body, opens nothing.
  const ahead = { highWaterMark: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
      },
      async cancel() {
        reading.gone.abort();
        await iterator.return(undefined);
      },
    },
    ahead,
  );
  return new Response(stream, { headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } });
}

async function* watched(lines: AsyncIterable<unknown>, reading: Reading): AsyncGenerator<unknown> {
  const { parts, gone, breakOff } = reading;
  let lookedAtMs = parts.clock.now();
  try {
    for await (const line of lines) {
      const nowMs = parts.clock.now();
      if (nowMs < lookedAtMs || nowMs >= lookedAtMs + lookMs) {
        await mustStillMay(reading);
        lookedAtMs = nowMs;
      }
      yield line;
    }
  } catch (error) {
    if (!(error instanceof SallyportError)) parts.onError(error);
    // What carries the stream would print an error to the console; a connection that is gone says as much.
    if (breakOff === undefined) throw error;
    breakOff();
  } finally {
    gone.abort();
  }
}

async function mustStillMay({ by, stillMay }: Reading): Promise<void> {
  await by.mustStand();
  if (!stillMay()) throw new SallyportError('denied', 'Sallyport: this may no longer be read');
}

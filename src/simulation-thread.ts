import { Worker } from 'node:worker_threads';
import type { Simulated } from './api/contract/schemas/policy.ts';
import { SallyportError } from './core/errors.ts';
import type { Simulating } from './simulate.ts';

const workerFile = import.meta.url.endsWith('.ts') ? './simulate-worker.ts' : './simulate-worker.js';
const oldSpaceMb = 512;

/** `simulate` in a thread of its own, so that nobody's command waits for it; one at a time. */
export class SimulationThread {
  readonly #timeoutMs: number;
  #worker: Worker | undefined;

  constructor(timeoutMs = 120_000) {
    this.#timeoutMs = timeoutMs;
  }

  /** @throws SallyportError `limit_requests`, `closed`, `internal` */
  async run(question: Simulating, gone: AbortSignal): Promise<Simulated> {
    if (this.#worker !== undefined) {
      throw new SallyportError('limit_requests', 'Sallyport: another simulation is running', {
        hint: 'Only one runs at a time: try again in a moment.',
      });
    }
    const worker = new Worker(new URL(workerFile, import.meta.url), {
      workerData: question,
      resourceLimits: { maxOldGenerationSizeMb: oldSpaceMb },
    });
    this.#worker = worker;
    try {
      return await answerOf(worker, AbortSignal.any([gone, AbortSignal.timeout(this.#timeoutMs)]), gone);
    } finally {
      await worker.terminate();
      this.#worker = undefined;
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

function answerOf(worker: Worker, stop: AbortSignal, gone: AbortSignal): Promise<Simulated> {
  const { promise, resolve, reject } = Promise.withResolvers<Simulated>();
  worker.once('message', resolve);
  worker.once('error', (cause) => reject(failed(cause)));
  worker.once('exit', () => reject(failed()));
  stop.addEventListener('abort', () => reject(gone.aborted ? nobodyLeft() : tooLong()), { once: true });
  if (stop.aborted) reject(nobodyLeft());
  return promise;
}

function failed(cause?: unknown): SallyportError {
  return new SallyportError('internal', 'Sallyport: the record could not be read to its end', {
    hint: 'Run "sallyport audit verify": it says whether the journal is intact.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function tooLong(): SallyportError {
  return new SallyportError('limit_requests', 'Sallyport: this simulation takes too long', {
    hint: 'Ask for a shorter time, one identity or one target; or run "sallyport simulate" beside the data folder.',
  });
}

function nobodyLeft(): SallyportError {
  return new SallyportError('closed', 'Sallyport: whoever asked has gone');
}

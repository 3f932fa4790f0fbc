import { Worker } from 'node:worker_threads';
import type { SimulationQuestion } from './api/parts.ts';
import type { Simulated } from './api/contract/schemas/policy.ts';
import type { ReadingBeside } from './config/beside.ts';
import { parseConfig, textOf, typesReader } from './config/load.ts';
import { SallyportError } from './core/errors.ts';
import type { Rule } from './core/rule.ts';
import { readEvents } from './journal/read.ts';
import { background } from './policy/simulate/past-record.ts';
import { Simulator } from './policy/simulate/simulator.ts';

export interface Simulating extends SimulationQuestion {
  /** The journal's folder. */
  readonly dir: string;
  /** What the configuration is called where it is wrong, with its whole path. */
  readonly file: string;
  /** The files beside it that it may name: others would tell of themselves by whether they can be read. Absent: any. */
  readonly mayRead?: readonly string[];
}

/** What a configuration would have made of a journal. Reads both, resolves no secret and writes nothing. */
export async function simulate(question: Simulating): Promise<Simulated> {
  const config = parseConfig(question.text, question.file, {
    readTypes: await typesReader(question.text),
    ...readingOf(question),
  });
  if (Array.isArray(config)) return { problems: config, warnings: [] };
  const { rules, targets, warnings } = config;
  const { dir, since, until, identity, target, limit } = question;
  const simulator = new Simulator({ rules, targets, identity, target });
  if (since !== undefined) {
    for await (const event of readEvents(dir, { types: background })) {
      if (event.time >= since) break;
      simulator.prepare(event);
    }
    simulator.begin();
  }
  const types = [...background, 'command', 'command.refused', ...resultsIf(rules)] as const;
  for await (const event of readEvents(dir, {
    types,
    ...(since === undefined ? {} : { sinceTime: since }),
  })) {
    if (until !== undefined && event.time > until) break;
    simulator.take(event);
  }
  return { problems: [], warnings, simulation: simulator.result(limit) };
}

function readingOf({ mayRead }: Simulating): Partial<ReadingBeside> {
  if (mayRead === undefined) return {};
  return {
    read: (path) => (mayRead.includes(path) ? textOf(path) : undefined),
    unreadable: 'name one that is in force already, or run "sallyport simulate" beside the data folder',
  };
}

/** Results are most of a journal, and tell how many rows there were: only where a rule asks for that. */
function resultsIf(rules: readonly Rule[]): readonly 'result'[] {
  const asks = ({ when, limits }: Rule): boolean =>
    limits.rows !== undefined || when?.includes('rows') === true;
  return rules.some(asks) ? ['result'] : [];
}

const workerFile = import.meta.url.endsWith('.ts') ? './simulate-worker.ts' : './simulate-worker.js';
const oldSpaceMb = 512;

/** The same in a thread of its own, so that nobody's command waits for it; one at a time. */
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

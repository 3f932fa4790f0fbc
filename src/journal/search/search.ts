import { Worker } from 'node:worker_threads';
import { SallyportError } from '../../core/errors.ts';
import type { FoundEvents, RecordQuery, RecordedSessionQuery } from '../../core/record-query.ts';

type Question =
  | { readonly kind: 'find'; readonly query: RecordQuery }
  | { readonly kind: 'sessions'; readonly query: RecordedSessionQuery };

export type Asked =
  | (Question & { readonly id: number })
  | { readonly kind: 'reindex' }
  | { readonly kind: 'close' };

export type Told =
  | { readonly kind: 'found'; readonly id: number; readonly found: FoundEvents }
  | { readonly kind: 'sessions'; readonly id: number; readonly sessions: readonly string[] }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'progress'; readonly seq: number };

export interface SearchOptions {
  /** The journal's folder. */
  readonly dir: string;
  /** The index; it may be lost, and is then made again. */
  readonly file: string;
  readonly report: (message: string, cause: unknown) => void;
}

const retryMs = 10_000;
/** How long it may take to end in order. */
const closeMs = 2_000;

/** The search index over the journal: events by who, where, rule, verdict, text and time. */
export class Search {
  readonly #it: SearchOptions;
  readonly #waiting = new Map<number, PromiseWithResolvers<Told>>();
  #worker: Worker | undefined;
  #retry: NodeJS.Timeout | undefined;
  #asked = 0;
  #indexedTo = 0;
  #closed = false;

  constructor(options: SearchOptions) {
    this.#it = options;
  }

  /** The `seq` up to which everything can be found. */
  get indexedTo(): number {
    return this.#indexedTo;
  }

  start(): void {
    if (this.#closed || this.#worker !== undefined) return;
    clearTimeout(this.#retry);
    const { dir, file } = this.#it;
    const worker = new Worker(new URL(workerFile, import.meta.url), { workerData: { dir, file } });
    this.#worker = worker;
    worker.on('message', (told: Told) => this.#hear(told));
    worker.on('error', (error) => this.#it.report('the search index', error));
    worker.on('exit', () => this.#left());
    worker.unref();
  }

  /** @throws SallyportError `internal` */
  async find(query: RecordQuery): Promise<FoundEvents> {
    const told = await this.#ask({ kind: 'find', query });
    if (told.kind !== 'found') throw unavailable();
    return told.found;
  }

  /** Ids of sessions in which something fits, those that began last first. @throws SallyportError `internal` */
  async sessions(query: RecordedSessionQuery): Promise<readonly string[]> {
    const told = await this.#ask({ kind: 'sessions', query });
    if (told.kind !== 'sessions') throw unavailable();
    return told.sessions;
  }

  #ask(question: Question): Promise<Told> {
    this.start();
    const id = ++this.#asked;
    const waiting = Promise.withResolvers<Told>();
    if (this.#worker === undefined) return Promise.reject(unavailable());
    this.#waiting.set(id, waiting);
    this.#worker.ref();
    post(this.#worker, { ...question, id });
    return waiting.promise;
  }

  /** Makes the index anew, in its own time. */
  reindex(): void {
    this.start();
    this.#indexedTo = 0;
    if (this.#worker !== undefined) post(this.#worker, { kind: 'reindex' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (worker === undefined) return;
    const left = new Promise((resolve) => worker.once('exit', resolve));
    worker.ref();
    post(worker, { kind: 'close' });
    // Nothing is lost by cutting it off: the index can be made again.
    const cutOff = setTimeout(() => void worker.terminate(), closeMs);
    await left;
    clearTimeout(cutOff);
  }

  #hear(told: Told): void {
    if (told.kind === 'progress') {
      this.#indexedTo = told.seq;
      return;
    }
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (this.#waiting.size === 0 && !this.#closed) this.#worker?.unref();
    if (told.kind === 'failed') waiting?.reject(unavailable(new Error(told.message)));
    else waiting?.resolve(told);
  }

  /** What it was doing can be asked again; the index is behind until it runs again. */
  #left(): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(unavailable());
    this.#waiting.clear();
    if (!this.#closed) this.#retry = setTimeout(() => this.start(), retryMs).unref();
  }
}

function post(worker: Worker, asked: Asked): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(asked);
}

/** As it stands here, or as the build left it. */
const workerFile = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';

function unavailable(cause?: unknown): SallyportError {
  return new SallyportError('internal', 'Sallyport: the search index does not answer', {
    hint: 'Try again in a moment; "sallyport audit reindex" makes it anew.',
    cause,
  });
}

import { Worker } from 'node:worker_threads';
import { SallyportError } from '../../core/errors.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import { AnalysisCache } from './analysis-cache.ts';
import type { Reply } from './analyst-worker.ts';
import { Turns } from './turns.ts';

/** A longer text is refused: nobody could judge it, and the parser's memory never shrinks again. */
export const textBytesMax = 1024 * 1024;
/** After a text of this length the parser's thread, and with it its memory, is replaced. */
const bulkyLength = 128 * 1024;
/** Texts short of a hang take far less: 1 MiB of statements parses in about 0.5 s. */
const timeoutMs = 5_000;
/** Deep expressions overflow Node's usual 4 MB; the thread's stack is what the parser recurses on. */
const stackSizeMb = 32;

interface Question {
  readonly text: string;
  readonly resolve: (analysis: Analysis) => void;
  readonly reject: (error: SallyportError) => void;
}

interface Asked extends Question {
  readonly timer: NodeJS.Timeout;
}

/**
 * Says what SQL texts would do. Known texts are answered at once; others by a thread of their own, as a text can
 * overflow the parser's stack, spoil its memory or keep it for ever. Such a thread is thrown away, the text
 * refused, and the next one goes to a fresh thread.
 */
export class Analyst {
  readonly #cache = new AnalysisCache();
  readonly #waiting = new Turns<Question>();
  readonly #pending = new Map<string, Promise<Analysis>>();
  #worker: Worker | undefined;
  #asked: Asked | undefined;
  #closed = false;

  constructor() {
    this.#start();
  }

  /**
   * A text that is no SQL gives an Analysis with `syntaxError` and no statements, which the session must treat
   * as `opaque`. Those who ask take turns by `asker`. Rejects with SallyportError `too_large` or `denied` where the text cannot be analysed: fail closed.
   */
  analyse(text: string, asker = ''): Analysis | Promise<Analysis> {
    const known = this.#cache.get(text) ?? this.#pending.get(text);
    if (known !== undefined) return known;
    const refusal = unfit(text);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (text === '') return { text, statements: [] };
    const analysis = this.#queue(text, asker).finally(() => this.#pending.delete(text));
    this.#pending.set(text, analysis);
    return analysis;
  }

  /** Ends the thread; texts still waiting are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    const error = new SallyportError('shutting_down', 'Sallyport is shutting down');
    const unanswered = [this.#takeAsked(), ...this.#waiting.drain()];
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    for (const question of unanswered) question?.reject(error);
  }

  #queue(text: string, asker: string): Promise<Analysis> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(asker, { text, resolve, reject });
      this.#askNext();
    });
  }

  #start(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './analyst-worker.ts' : './analyst-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: { stackSizeMb } });
    worker.on('message', (reply: Reply) => {
      if (worker === this.#worker) this.#answered(reply);
    });
    worker.on('error', () => this.#lost(worker));
    worker.on('exit', () => this.#lost(worker));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  /** One text at a time, so that it is known which one a thread that dies was at. */
  #askNext(): void {
    if (this.#asked !== undefined) return;
    const question = this.#waiting.shift();
    if (question === undefined) return;
    if (this.#closed)
      return question.reject(new SallyportError('shutting_down', 'Sallyport is shutting down'));
    const worker = this.#worker ?? this.#start();
    const timer = setTimeout(() => this.#lost(worker), timeoutMs);
    this.#asked = { ...question, timer };
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(question.text);
  }

  #answered(reply: Reply): void {
    const asked = this.#takeAsked();
    if (asked === undefined) return;
    if (reply.kind === 'broken' || asked.text.length > bulkyLength) this.#discard();
    if (reply.kind === 'analysis') {
      this.#cache.set(asked.text, reply.analysis);
      asked.resolve(reply.analysis);
    } else {
      asked.reject(refusalOf(reply));
    }
    this.#askNext();
  }

  /** The thread died or does not answer: what it was asked is refused, the others go to the next one. */
  #lost(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#discard();
    this.#takeAsked()?.reject(unclear());
    this.#askNext();
  }

  #discard(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    if (!this.#closed) this.#start();
  }

  #takeAsked(): Asked | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    clearTimeout(asked?.timer);
    this.#worker?.unref();
    return asked;
  }
}

function unfit(text: string): SallyportError | undefined {
  if (text.length > textBytesMax || Buffer.byteLength(text) > textBytesMax) {
    return new SallyportError('too_large', `Sallyport: the statement is longer than ${textBytesMax} bytes`, {
      hint: 'Send data as parameters or with COPY … FROM STDIN.',
    });
  }
  // The parser would stop there and judge a part of the text only.
  if (text.includes('\0'))
    return new SallyportError('denied', 'Sallyport: the statement has a NUL character in it');
  return undefined;
}

function refusalOf(reply: Exclude<Reply, { kind: 'analysis' }>): SallyportError {
  switch (reply.kind) {
    case 'broken':
      return unclear();
    case 'too_many':
      return tooMany(reply.statements);
    case 'intricate':
      return new SallyportError('too_large', 'Sallyport: the statement names too many things at once', {
        hint: 'Send it in several parts, or data as parameters or with COPY … FROM STDIN.',
      });
  }
}

function tooMany(statements: number): SallyportError {
  return new SallyportError('too_large', `Sallyport: ${statements} statements in one text are too many`, {
    hint: 'Send at most 1000 at once.',
  });
}

function unclear(): SallyportError {
  return new SallyportError('denied', 'Sallyport: the statement cannot be analysed, so it is refused', {
    hint: 'It is nested too deeply or too large to understand: write it in a simpler form.',
  });
}

import { Worker } from 'node:worker_threads';
import { SallyportError } from '../../core/errors.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import type { StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import { type NormalForm, normalFormOf, placeInText, placesInForm } from '../../wire/sql/normal-form.ts';
import type { Message, Reply } from './analyst-worker.ts';
import { KnownTexts } from './known-texts.ts';
import type { LineageData } from './lineage-data.ts';
import { Turns } from './turns.ts';

/** A longer text is refused: nobody could judge it, and the parser's memory never shrinks again. */
const textBytesMax = 1024 * 1024;
/** After a text of this length the parser's thread, and with it its memory, is replaced. */
const bulkyLength = 128 * 1024;
/** Texts short of a hang take far less: 1 MiB of statements parses in about 0.5 s. */
const timeoutMs = 5_000;
/** Deep expressions overflow Node's usual 4 MB; the thread's stack is what the parser recurses on. */
const stackSizeMb = 32;

/** Targets that the thread knows the names of at once; the one that was not asked about for longest is forgotten. */
const targetsMax = 8;

interface Question {
  readonly text: string;
  /** Where what is found out may hold for other texts, too. */
  readonly form: NormalForm | undefined;
  /** What names mean, where lineage is asked for, too. */
  readonly data: LineageData | undefined;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: SallyportError) => void;
}

interface Found {
  readonly analysis: Analysis;
  readonly lineages: readonly StatementLineage[];
}

/** What is known of one target. */
interface Traced {
  readonly number: number;
  readonly known: KnownTexts<readonly StatementLineage[]>;
  readonly pending: Map<string, Promise<Found>>;
}

type Analysed = Extract<Reply, { kind: 'analysis' }>;

interface Asked extends Question {
  readonly timer: NodeJS.Timeout;
}

/**
 * Says what SQL texts would do. Known texts, and those that differ from known ones in literals that nobody has to look
 * at, are answered at once; others by a thread of their own, as a text can overflow the parser's stack, spoil its memory
 * or keep it for ever. Such a thread is thrown away, the text refused, and the next one goes to a fresh thread.
 */
export class Analyst {
  readonly #known = new KnownTexts<Analysis>();
  readonly #waiting = new Turns<Question>();
  readonly #pending = new Map<string, Promise<Found>>();
  readonly #traced = new WeakMap<LineageData, Traced>();
  #tracedCount = 0;
  /** Numbers of the targets that the present thread knows, the last asked about at the end. */
  #told = new Set<number>();
  #worker: Worker | undefined;
  #asked: Asked | undefined;
  #closed = false;
  #lastForm: { readonly text: string; readonly form: NormalForm | undefined } = { text: '', form: undefined };

  constructor() {
    this.#start();
  }

  /**
   * A text that is no SQL gives an Analysis with `syntaxError` and no statements, which the session must treat
   * as `opaque`. Those who ask take turns by `asker`. With `data` its lineage is worked out on the same way.
   * Rejects with SallyportError `too_large` or `denied` where the text cannot be analysed: fail closed.
   */
  analyse(text: string, asker = '', data?: LineageData): Analysis | Promise<Analysis> {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const form = this.#formOf(text);
    const shared = form && this.#known.ofForm(form);
    if (shared !== undefined) return this.#keep({ text, statements: shared.statements });
    const pending = this.#pending.get(text);
    if (pending !== undefined) return pending.then(({ analysis }) => analysis);
    const refusal = unfit(text);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (text === '') return { text, statements: [] };
    return this.#ask(text, asker, data).then(({ analysis }) => analysis);
  }

  /** Where what a text shows comes from, a statement each, on a target of which `data` is known. Rejects as `analyse`. */
  lineage(
    text: string,
    data: LineageData,
    asker = '',
  ): readonly StatementLineage[] | Promise<readonly StatementLineage[]> {
    const { known, pending } = this.#tracedOf(data);
    const own = known.get(text);
    if (own !== undefined) return own;
    const form = this.#formOf(text);
    const shared = form && known.ofForm(form);
    if (form && shared) return placed(shared, (at) => placeInText(at, form));
    if (text === '') return [];
    const refusal = unfit(text);
    if (refusal !== undefined) return Promise.reject(refusal);
    return (pending.get(text) ?? this.#ask(text, asker, data)).then(({ lineages }) => lineages);
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

  #ask(text: string, asker: string, data: LineageData | undefined): Promise<Found> {
    const traced = data && this.#tracedOf(data);
    const form = this.#formOf(text);
    const mayShare = form && (this.#known.mayShare(form) || traced?.known.mayShare(form) === true);
    const found = new Promise<Found>((resolve, reject) => {
      this.#waiting.push(asker, { text, form: mayShare ? form : undefined, data, resolve, reject });
      this.#askNext();
    }).finally(() => {
      this.#pending.delete(text);
      traced?.pending.delete(text);
    });
    this.#pending.set(text, found);
    traced?.pending.set(text, found);
    return found;
  }

  /** So that the same text gives the same object the next time. */
  #keep(analysis: Analysis): Analysis {
    this.#known.set(analysis.text, analysis);
    return analysis;
  }

  /** Of one text it is asked several times in a row. */
  #formOf(text: string): NormalForm | undefined {
    if (text !== this.#lastForm.text) this.#lastForm = { text, form: normalFormOf(text) };
    return this.#lastForm.form;
  }

  #tracedOf(data: LineageData): Traced {
    let traced = this.#traced.get(data);
    if (traced === undefined) {
      traced = { number: (this.#tracedCount += 1), known: new KnownTexts(), pending: new Map() };
      this.#traced.set(data, traced);
    }
    return traced;
  }

  /** Sees to it that the thread knows the target, and gives its number. */
  #tell(worker: Worker, data: LineageData): number {
    const { number } = this.#tracedOf(data);
    if (!this.#told.delete(number)) post(worker, { kind: 'learn', target: number, data });
    this.#told.add(number);
    const [oldest = number] = this.#told;
    if (this.#told.size > targetsMax) {
      this.#told.delete(oldest);
      post(worker, { kind: 'forget', target: oldest });
    }
    return number;
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
    this.#told = new Set();
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
    const { text, form, data } = question;
    const share = form !== undefined;
    if (data === undefined) post(worker, { kind: 'ask', text, share });
    else post(worker, { kind: 'ask', text, share, target: this.#tell(worker, data) });
  }

  #answered(reply: Reply): void {
    const asked = this.#takeAsked();
    if (asked === undefined) return;
    if (reply.kind === 'broken' || asked.text.length > bulkyLength) this.#discard();
    if (reply.kind === 'analysis') {
      this.#remember(asked, reply);
      asked.resolve({ analysis: reply.analysis, lineages: reply.lineages ?? [] });
    } else {
      asked.reject(refusalOf(reply));
    }
    this.#askNext();
  }

  #remember({ text, form, data }: Asked, { analysis, lineages = [], shared }: Analysed): void {
    if (form !== undefined) this.#known.setForm(form, shared.analysis ? analysis : undefined);
    this.#known.set(text, analysis);
    if (data === undefined) return;
    const { known } = this.#tracedOf(data);
    if (form !== undefined) known.setForm(form, shared.lineages ? inForm(lineages, text, form) : undefined);
    known.set(text, lineages);
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

function post(worker: Worker, message: Message): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(message);
}

function inForm(
  lineages: readonly StatementLineage[],
  text: string,
  form: NormalForm,
): readonly StatementLineage[] {
  const places = placesInForm(text, form);
  return placed(lineages, (at) => places[at] ?? at);
}

/** The same with its places moved; the very same where they all stay, so that what hangs on it is known, too. */
function placed(
  lineages: readonly StatementLineage[],
  move: (at: number) => number,
): readonly StatementLineage[] {
  if (lineages.every(({ unqualified }) => unqualified.every(({ at }) => move(at) === at))) return lineages;
  return lineages.map((lineage) => ({
    ...lineage,
    unqualified: lineage.unqualified.map(({ at, schema }) => ({ at: move(at), schema })),
  }));
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

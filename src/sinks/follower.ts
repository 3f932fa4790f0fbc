import type { CursorRecords } from '../core/cursor.ts';
import type { StampedEvent } from '../core/event.ts';

/** Takes events, in order. What it was given and did not take comes again. */
export interface Sink {
  /** @throws whatever keeps it from taking all of them */
  take(events: readonly StampedEvent[], signal: AbortSignal): Promise<void>;
  /**
   * Its receiver confirms nothing, so the events before a failure are sent again with those that failed.
   */
  readonly unconfirmed: boolean;
}

/** The journal, as those who follow it see it. */
export interface Source {
  /** Events behind `seq`, as many at once as are there, and then those to come, until the signal aborts. */
  follow(seq: number, signal: AbortSignal): AsyncIterable<readonly StampedEvent[]>;
  /** `seq` of the newest event. */
  newestSeq(): number;
}

export interface FollowerOptions {
  readonly name: string;
  readonly sink: Sink;
  readonly source: Source;
  readonly cursors: CursorRecords;
  /** Told once when it begins to fail, and once when it works again. */
  readonly onFailed: (error: unknown) => void;
  readonly onResumed: () => void;
  readonly pauseMs?: { readonly first: number; readonly max: number };
}

const batchMax = 500;
const pauses = { first: 1_000, max: 60_000 } as const;

/**
 * Brings every event of the journal to one sink, at least once. How far it has come is kept in the store once the sink
 * has taken a batch: whatever dies in between, the batch is sent again.
 */
export class Follower {
  readonly #it: FollowerOptions;
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;
  #taken = 0;

  constructor(options: FollowerOptions) {
    this.#it = options;
    this.#done = this.#run();
  }

  /** The `seq` up to which its sink has everything; 0 until that is known. */
  get taken(): number {
    return this.#taken;
  }

  /** What is under way is broken off, and comes again after the next start. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { source, onFailed } = this.#it;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const from = await this.#cursor();
        this.#taken = from;
        for await (const found of source.follow(from, signal)) {
          for (let at = 0; at < found.length; at += batchMax)
            await this.#bring(found.slice(at, at + batchMax));
        }
      } catch (error) {
        if (signal.aborted) return;
        // The journal or the store, not the sink: nothing is lost by looking again.
        onFailed(error);
        await this.#pause(pauses.max);
      }
    }
  }

  /** A journal that was begun anew has fewer events than were taken of the old one. */
  async #cursor(): Promise<number> {
    const { cursors, name, source } = this.#it;
    const kept = await cursors.get(name);
    return kept > source.newestSeq() ? 0 : kept;
  }

  #before: readonly StampedEvent[] = [];

  async #bring(batch: readonly StampedEvent[]): Promise<void> {
    const { sink, cursors, name, onFailed, onResumed, pauseMs = pauses } = this.#it;
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    let pause = pauseMs.first;
    let events = batch;
    for (let failures = 0; ; failures++) {
      try {
        await sink.take(events, signal);
        if (failures > 0) onResumed();
        break;
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0) onFailed(error);
        if (failures === 0 && sink.unconfirmed) events = [...this.#before, ...batch];
        await this.#pause(pause);
        if (signal.aborted) return;
        pause = Math.min(2 * pause, pauseMs.max);
      }
    }
    const last = batch.at(-1);
    if (last === undefined) return;
    await cursors.set(name, last.seq);
    this.#taken = last.seq;
    if (sink.unconfirmed) this.#before = batch;
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, ms).unref();
      signal.addEventListener('abort', over);
      if (signal.aborted) over();
    });
  }
}

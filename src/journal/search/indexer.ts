import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stampOf } from '../chain.ts';
import { fileName } from '../files.ts';
import { readLocated } from '../read.ts';
import type { LocatedEvent, Place } from '../read.ts';
import type { IndexFile } from './index-file.ts';
import type { Found, SearchQuery } from './query.ts';

const batchMax = 1_000;
/** How long the first event of a batch waits for others. */
const gatherMs = 100;
/** After a batch it rests for so many times as long as that took: people's commands come first. */
const rests = 2;

/** Keeps the index behind the journal, and answers from both. Runs in a thread of its own. */
export class Indexer {
  readonly #dir: string;
  readonly #index: IndexFile;
  readonly #onProgress: (seq: number) => void;
  #reading = new AbortController();
  #indexedTo = 0;

  constructor(dir: string, index: IndexFile, onProgress: (seq: number) => void) {
    this.#dir = dir;
    this.#index = index;
    this.#onProgress = onProgress;
  }

  /** Goes on until `stop`. @throws whatever keeps it from reading or writing */
  async run(): Promise<void> {
    for (let running = this.#reading; !running.signal.aborted; running = this.#reading) {
      await this.#follow(running.signal);
      if (running === this.#reading) return;
    }
  }

  /** Forgets all and begins anew. */
  reindex(): void {
    this.#index.clear();
    this.#indexedTo = 0;
    const before = this.#reading;
    this.#reading = new AbortController();
    before.abort();
  }

  stop(): void {
    this.#reading.abort();
  }

  async find(query: SearchQuery): Promise<Found> {
    const indexedTo = this.#indexedTo;
    const lines: string[] = [];
    for (const place of this.#index.find(query)) {
      const line = await this.#line(place);
      // Dropped from the journal in the meantime.
      if (line !== undefined) lines.push(line);
    }
    return { lines, indexedTo };
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const from = await this.#from();
    this.#progress(from);
    // Results are found through their commands; they are most of a journal, and hold no text.
    const filter = { sinceSeq: from, follow: true, signal, without: ['result'] as const };
    let batch: LocatedEvent[] = [];
    let dueMs = 0;
    const iterator = readLocated(this.#dir, filter)[Symbol.asyncIterator]();
    let next = iterator.next();
    while (!signal.aborted) {
      const waited = batch.length === 0 ? await next : await within(next, dueMs - performance.now());
      if (waited !== undefined) {
        if (waited.done === true) break;
        if (batch.length === 0) dueMs = performance.now() + gatherMs;
        batch.push(waited.value);
        next = iterator.next();
        if (batch.length < batchMax) continue;
      }
      // Begun anew meanwhile: this batch is of the index that was.
      if (signal.aborted) break;
      const began = performance.now();
      this.#index.add(batch);
      this.#progress(batch.at(-1)?.event.seq ?? this.#indexedTo);
      batch = [];
      await delay(rests * (performance.now() - began));
    }
    next.catch(() => undefined);
  }

  /** Behind what is in the index, if that is still what the journal has there; else from the beginning. */
  async #from(): Promise<number> {
    const newest = this.#index.newest();
    if (newest === undefined) return 0;
    const line = await this.#line(newest);
    if (line !== undefined && stampOf(Buffer.from(line))?.seq === newest.seq) return newest.seq;
    this.#index.clear();
    return 0;
  }

  async #line({ file, offset, bytes }: Place): Promise<string | undefined> {
    const handle = await open(join(this.#dir, fileName(file)), 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return undefined;
    try {
      const buffer = Buffer.alloc(bytes);
      const { bytesRead } = await handle.read(buffer, 0, bytes, offset);
      return bytesRead === bytes ? buffer.toString('utf8') : undefined;
    } finally {
      await handle.close();
    }
  }

  #progress(seq: number): void {
    this.#indexedTo = seq;
    this.#onProgress(seq);
  }
}

/** Undefined where it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(Math.max(0, ms), undefined, { signal: over.signal }).catch(() => undefined),
    ]);
  } finally {
    over.abort();
  }
}

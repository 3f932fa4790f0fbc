import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stampOf } from '../chain.ts';
import { fileName } from '../files.ts';
import { readBatches } from '../read.ts';
import type { Place } from '../read.ts';
import type { IndexFile } from './index-file.ts';
import type { FoundEvents, RecordQuery, RecordedSessionQuery } from '../../core/record-query.ts';

const batchMax = 1_000;
/** After a batch it rests for so many times as long as that took: people's commands come first. */
const rests = 19;
/** It rests no less than this: many events in one transaction cost a fraction of what they cost one by one. */
const restMinMs = 250;

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

  async find(query: RecordQuery): Promise<FoundEvents> {
    const indexedTo = this.#indexedTo;
    const lines: string[] = [];
    for (const place of this.#index.find(query)) {
      const line = await this.#line(place);
      // Dropped from the journal in the meantime.
      if (line !== undefined) lines.push(line);
    }
    return { lines, indexedTo };
  }

  sessions(query: RecordedSessionQuery): readonly string[] {
    return this.#index.sessions(query);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const from = await this.#from();
    this.#progress(from);
    // Results are found through their commands; they are most of a journal, and hold no text.
    const filter = { sinceSeq: from, follow: true, signal, without: ['result'] as const };
    for await (const batch of readBatches(this.#dir, filter)) {
      for (let at = 0; at < batch.length; at += batchMax) {
        // Begun anew meanwhile: this batch is of the index that was.
        if (signal.aborted) return;
        const began = performance.now();
        const part = batch.slice(at, at + batchMax);
        this.#index.add(part);
        this.#progress(part.at(-1)?.event.seq ?? this.#indexedTo);
        const restMs = Math.max(restMinMs, rests * (performance.now() - began));
        // Cut short by its signal alone.
        await delay(restMs, undefined, { signal }).catch(() => undefined);
      }
    }
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

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { replaceFile } from '../files/whole-file.ts';
import { parseCheckpoint } from './chain.ts';
import type { Checkpoint } from './chain.ts';

export const headName = 'head.json';
export const publicKeyName = 'journal-public.pem';
/** Under load checkpoints come faster than it makes sense to sync a disk. */
const pauseMs = 1_000;

/** The newest checkpoint as `head.json` states it; undefined where there is none, `damaged` where it is unreadable. */
export async function readHead(dir: string): Promise<Checkpoint | 'damaged' | undefined> {
  const text = await readFile(join(dir, headName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  return parseCheckpoint(text.trimEnd()) ?? 'damaged';
}

interface Waiting {
  /** How many lines must be on the disk, or overtaken. */
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (why: unknown) => void;
}

/**
 * Keeps `head.json` at the newest checkpoint, beside the traffic. The journal is on the disk before the head
 * that tells of it, so that a power loss never looks like a cut.
 */
export class Head {
  readonly #dir: string;
  readonly #syncJournal: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #next: string | undefined;
  #running: Promise<void> | undefined;
  #hurry = new AbortController();
  #closed = false;
  /** How many lines came, and how many of them are on the disk or were overtaken. */
  #came = 0;
  #done = 0;
  #waiting: Waiting[] = [];

  constructor(dir: string, syncJournal: () => Promise<void>, onError: (error: unknown) => void) {
    this.#dir = dir;
    this.#syncJournal = syncJournal;
    this.#onError = onError;
  }

  advance(line: string): void {
    this.#next = line;
    this.#came++;
    this.#running ??= this.#run();
  }

  /**
   * Resolves once the head is at the newest checkpoint of this moment, or a later one.
   * @throws whatever keeps it from being written
   */
  settled(): Promise<void> {
    if (this.#done === this.#came) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ until: this.#came, resolve, reject });
      this.#hurry.abort();
    });
  }

  /** Resolves once the head is at the newest checkpoint. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hurry.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const line = this.#next;
      const came = this.#came;
      this.#next = undefined;
      try {
        await this.#syncJournal();
        await replaceFile(join(this.#dir, headName), 0o600, line);
        this.#done = came;
        this.#release();
      } catch (error) {
        this.#onError(error);
        for (const { reject } of this.#waiting.splice(0)) reject(error);
      }
      await this.#pause();
    }
    this.#running = undefined;
  }

  #release(): void {
    const due = this.#waiting.filter(({ until }) => until <= this.#done);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }

  /** Not while somebody waits, or in the end: it alone would not even keep the process alive. */
  async #pause(): Promise<void> {
    if (this.#closed || this.#waiting.length > 0) return;
    this.#hurry = new AbortController();
    await delay(pauseMs, undefined, { ref: false, signal: this.#hurry.signal }).catch(() => undefined);
  }
}

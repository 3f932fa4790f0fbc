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

  constructor(dir: string, syncJournal: () => Promise<void>, onError: (error: unknown) => void) {
    this.#dir = dir;
    this.#syncJournal = syncJournal;
    this.#onError = onError;
  }

  advance(line: string): void {
    this.#next = line;
    this.#running ??= this.#run();
  }

  /** Resolves once the head is at the newest checkpoint. */
  async close(): Promise<void> {
    this.#hurry.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const line = this.#next;
      this.#next = undefined;
      try {
        await this.#syncJournal();
        await replaceFile(join(this.#dir, headName), 0o600, line);
      } catch (error) {
        this.#onError(error);
      }
      await this.#pause();
    }
    this.#running = undefined;
  }

  async #pause(): Promise<void> {
    await delay(pauseMs, undefined, { ref: false, signal: this.#hurry.signal }).catch(() => undefined);
  }
}

import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Verification } from './verify.ts';

/** How the last reading of the whole journal has ended. Times are milliseconds since the epoch. */
export interface Verified {
  readonly atMs: number;
  readonly tookMs: number;
  /** Or why it could not be read. */
  readonly found: Verification | { readonly failure: string };
}

export interface VerificationState {
  /** Since when one is under way; undefined: none is. */
  readonly runningSinceMs: number | undefined;
  /** Undefined: there was none since the gateway has started. */
  readonly last: Verified | undefined;
}

export interface VerificationOptions {
  /** The journal's folder. */
  readonly dir: string;
  /** Of the gateway itself, and not what the folder says it is. */
  readonly signingKey: KeyObject;
  readonly clock: { now(): number };
}

/** Verifies the journal in a thread of its own, one at a time, so that nobody's command waits for it. */
export class JournalVerification {
  readonly #it: VerificationOptions;
  #worker: Worker | undefined;
  #runningSinceMs: number | undefined;
  #last: Verified | undefined;

  constructor(options: VerificationOptions) {
    this.#it = options;
  }

  state(): VerificationState {
    return { runningSinceMs: this.#runningSinceMs, last: this.#last };
  }

  /** Does nothing where one is under way. */
  start(): void {
    if (this.#worker !== undefined) return;
    const { dir, signingKey, clock } = this.#it;
    const publicKey = createPublicKey(signingKey).export({ type: 'spki', format: 'pem' });
    const worker = new Worker(new URL(workerFile, import.meta.url), { workerData: { dir, publicKey } });
    const beganMs = clock.now();
    this.#worker = worker;
    this.#runningSinceMs = beganMs;
    let found: Verified['found'] = { failure: 'the verification has ended without a word' };
    worker.on('message', (told: Verification) => (found = told));
    worker.on('error', (error) => (found = { failure: String(error) }));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#runningSinceMs = undefined;
      const atMs = clock.now();
      this.#last = { atMs, tookMs: atMs - beganMs, found };
    });
    worker.unref();
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

/** As it stands here, or as the build left it. */
const workerFile = import.meta.url.endsWith('.ts') ? './verification-worker.ts' : './verification-worker.js';

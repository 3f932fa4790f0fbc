import { Refused } from './errors.ts';

/** Within one of these a signature is remembered for the minute that it was made in. */
const minuteMs = 60_000;
/** Minutes before and after now that a signature may be from, with one to spare. */
const minutesKept = 6;
/** At once, of all clients: some 70 MB. */
const signaturesMax = 500_000;

/** What was signed counts once: a copy of a request runs nothing. One process's. */
export class Signatures {
  readonly #startedAtMs: number;
  readonly #used = new Map<number, Set<string>>();
  #size = 0;

  /** What was signed before `startedAtMs` may have been used by then: nobody remembers. */
  constructor(startedAtMs: number) {
    // Dates of signatures have whole seconds.
    this.#startedAtMs = Math.floor(startedAtMs / 1000) * 1000;
  }

  /** @throws SallyportError where it was used before */
  use(signature: string, signedAtMs: number, nowMs: number): void {
    this.#forget(nowMs);
    const minute = Math.floor(signedAtMs / minuteMs);
    const used = this.#used.get(minute) ?? new Set();
    this.#used.set(minute, used);
    if (used.has(signature)) {
      throw new Refused('Throttling', 'Sallyport: the same request was taken already', {
        hint: 'A signature counts once. Send it again with another date; SDKs do so by themselves.',
      });
    }
    if (signedAtMs < this.#startedAtMs) {
      throw new Refused('Throttling', 'Sallyport: the request was signed before the gateway started', {
        hint: 'Sign it again; SDKs do so by themselves.',
      });
    }
    if (this.#size >= signaturesMax) {
      throw new Refused('Throttling', 'Sallyport: there are too many requests', { hint: 'Try again later.' });
    }
    used.add(signature);
    this.#size += 1;
  }

  #forget(nowMs: number): void {
    const now = Math.floor(nowMs / minuteMs);
    for (const [minute, used] of this.#used) {
      if (Math.abs(now - minute) <= minutesKept) continue;
      this.#used.delete(minute);
      this.#size -= used.size;
    }
  }
}

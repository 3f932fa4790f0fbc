export interface UpToDateOptions {
  /** Takes up what the store says now. */
  readonly read: () => Promise<void>;
  /** What was read last is too old to let anything through by it. */
  readonly stale: () => void;
  /** It was read again. */
  readonly fresh: () => void;
  /** Nobody can wait for that any more. */
  readonly lost: () => void;
  readonly report: (message: string, cause: unknown) => void;
  /** Milliseconds that only ever grow. */
  readonly nowMs: () => number;
}

/** Who was shut out since could go on: where that cannot be read for so long, no command is let through … */
const staleMs = 700;
/** … and then the process ends. */
const lostMs = 10_000;

/** Keeps what other processes change in the store at hand, or else sees to it that nothing goes by what is old. */
export class UpToDate {
  readonly #it: UpToDateOptions;
  #reading: Promise<void> = Promise.resolve();
  #readAtMs: number;
  #isBehind = false;

  constructor(options: UpToDateOptions) {
    this.#it = options;
    this.#readAtMs = options.nowMs();
  }

  /** The last time it could not be read: to be tried again soon. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Reads anew. One after the other, so that what was read earlier is never taken up later. Never throws. */
  read(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { read, fresh, report, nowMs } = this.#it;
    try {
      await read();
      this.#readAtMs = nowMs();
      this.#isBehind = false;
      fresh();
    } catch (error) {
      if (!this.#isBehind) report('what other processes have changed could not be read', error);
      this.#isBehind = true;
      this.#late(nowMs() - this.#readAtMs);
    }
  }

  #late(sinceMs: number): void {
    if (sinceMs > lostMs) this.#it.lost();
    else if (sinceMs > staleMs) this.#it.stale();
  }
}

interface CarrierOptions<T> {
  /** What has come together since the last time; from then on it is the carrier's. */
  readonly take: () => readonly T[];
  readonly add: (taken: readonly T[]) => Promise<void>;
  readonly failed: (cause: unknown) => void;
}

/** Brings what was counted to a store, so that nobody who counts waits for it. */
export class Carrier<T> {
  readonly #it: CarrierOptions<T>;
  /** On its way; stays until it is there. */
  #leaving: readonly T[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: CarrierOptions<T>) {
    this.#it = options;
  }

  /** One at a time. Never throws: what could not be kept is tried again the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const { take, add, failed } = this.#it;
    if (this.#leaving.length === 0) this.#leaving = take();
    if (this.#leaving.length === 0) return;
    try {
      await add(this.#leaving);
      this.#leaving = [];
    } catch (cause) {
      failed(cause);
    }
  }
}

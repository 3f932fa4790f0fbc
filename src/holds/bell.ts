/** Rings for whoever waits for an approval when something about it has changed. */
export class Bells {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Called by whoever changed it: in this process, or by a notification of another's. */
  ring(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  ringAll(): void {
    for (const id of this.#listeners.keys()) this.ring(id);
  }

  /** Calls `listener` at every ring, until the function that it returns is called. */
  listen(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }
}

/** One wait: for a ring, for the end of its time, or for the client to leave. */
export class Wait implements Disposable {
  timedOut = false;
  #next = Promise.withResolvers<void>();
  readonly #stop: () => void;

  constructor(bells: Bells, id: string, signal: AbortSignal, waitMs: number) {
    const wake = (): void => {
      this.#next.resolve();
      this.#next = Promise.withResolvers<void>();
    };
    const timerMsMax = 2 ** 31 - 1; // Node fires anything longer at once
    const timer = setTimeout(
      () => {
        this.timedOut = true;
        wake();
      },
      Math.min(waitMs, timerMsMax),
    );
    const silence = bells.listen(id, wake);
    signal.addEventListener('abort', wake);
    this.#stop = () => {
      clearTimeout(timer);
      silence();
      signal.removeEventListener('abort', wake);
    };
  }

  /** Take it before looking at what may change, so that nothing is missed in between. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

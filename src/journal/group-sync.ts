/**
 * One sync at a time; all who come while it runs share the next. A failed sync fails whoever has written by
 * then: the kernel may have forgotten those pages, and a later sync that succeeds would prove nothing.
 */
export class GroupSync {
  readonly #sync: () => Promise<void>;
  readonly #onFailure: () => void;
  #written = 0;
  #synced = 0;
  #running: { readonly upTo: number; readonly done: Promise<void> } | undefined;
  #next: Promise<void> | undefined;

  constructor(sync: () => Promise<void>, onFailure: () => void) {
    this.#sync = sync;
    this.#onFailure = onFailure;
  }

  wrote(): void {
    this.#written++;
  }

  /** Resolves once everything written so far is on the disk; undefined where it is already. */
  join(): Promise<void> | undefined {
    if (this.#synced === this.#written) return undefined;
    if (this.#running === undefined) return this.#start();
    if (this.#running.upTo === this.#written) return this.#running.done;
    this.#next ??= this.#running.done.then(
      () => this.#start(),
      (failure: unknown) => {
        this.#next = undefined;
        throw failure;
      },
    );
    return this.#next;
  }

  #start(): Promise<void> {
    const upTo = this.#written;
    this.#next = undefined;
    const done = this.#sync().then(
      () => {
        this.#running = undefined;
        this.#synced = upTo;
      },
      (failure: unknown) => {
        this.#running = undefined;
        this.#synced = this.#written;
        this.#onFailure();
        throw failure;
      },
    );
    this.#running = { upTo, done };
    return done;
  }
}

/** More than these that nobody takes, and the last ones are lost. */
const keptMax = 1_000;

/** What is put in comes out in order, until it is ended, or whoever takes it leaves. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #left: () => void;
  readonly #kept: T[] = [];
  #wake: (() => void) | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** `left`: told when nothing more is taken. */
  constructor(left: () => void) {
    this.#left = left;
  }

  put(one: T): void {
    if (this.#end !== undefined || this.#kept.length >= keptMax) return;
    this.#kept.push(one);
    this.#wake?.();
  }

  /** What is in it still comes out; `error` after that. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const one = this.#kept.shift();
        if (one !== undefined) yield one;
        else if (this.#end === undefined) {
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#wake = resolve;
          await promise;
        } else if (this.#end.error === undefined) return;
        else throw this.#end.error;
      }
    } finally {
      this.#left();
    }
  }
}

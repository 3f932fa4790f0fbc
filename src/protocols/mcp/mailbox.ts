import { SallyportError } from '../../core/errors.ts';

/** What nobody takes for so long that it is more than this ends it. */
const keptBytesMax = 32 * 1024 * 1024;

/** What is put in comes out in order, until it is ended, or whoever takes it leaves. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #left: () => void;
  readonly #kept: { readonly one: T; readonly bytes: number }[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** `left`: told when nothing more is taken. */
  constructor(left: () => void) {
    this.#left = left;
  }

  put(one: T, bytes: number): void {
    if (this.#end !== undefined) return;
    if (this.#bytes + bytes > keptBytesMax) return this.end(tooMuch());
    this.#kept.push({ one, bytes });
    this.#bytes += bytes;
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
        const next = this.#kept.shift();
        if (next !== undefined) {
          this.#bytes -= next.bytes;
          yield next.one;
        } else if (this.#end === undefined) {
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

function tooMuch(): SallyportError {
  return new SallyportError('too_large', 'Sallyport: the server says more than its client takes');
}

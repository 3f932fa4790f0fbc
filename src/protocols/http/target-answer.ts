import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { litter } from '../../transport/litter.ts';

/** What a target answers. */
export interface TargetAnswer {
  readonly statusCode: number;
  readonly headers: Fields;
  /** All that are to come are there when the body has ended. */
  readonly trailers: () => Fields;
  /** A short one as a whole; any other as it comes. */
  readonly body: Buffer | Readable;
}

type Fields = Readonly<Record<string, string | string[] | undefined>>;

/** An answer that says it is no longer than this is taken as a whole. */
export const wholeBytesMax = 64 * 1024;

/**
 * Asks, and takes the answer without undici's own stream where it is short: most are, and a stream is most of what one
 * costs. An abort of `signal` ends it at whatever point it is; its reason is what is thrown.
 */
export function askedFor(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<TargetAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TargetAnswer>();
  dispatcher.dispatch(options, new Taker(options.body, signal, resolve, reject));
  return promise;
}

/** undici's `DispatchHandler`: called in the order in which its methods stand here. */
class Taker implements Dispatcher.DispatchHandler {
  readonly #requestBody: Dispatcher.DispatchOptions['body'];
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: TargetAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #abort = (): void => this.#stop(this.#signal.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #answer: Pick<TargetAnswer, 'statusCode' | 'headers'> | undefined;
  #trailers: Fields = {};
  #whole: Buffer[] = [];
  #stream: Readable | undefined;
  #isOver = false;

  constructor(
    requestBody: Dispatcher.DispatchOptions['body'],
    signal: AbortSignal,
    resolve: (answer: TargetAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#requestBody = requestBody;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.#abort();
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number, headers: Fields): void {
    // Those of 100 to 199 come before the answer.
    if (statusCode < 200) return;
    this.#answer = { statusCode, headers };
    if (Number(headers['content-length'] ?? Infinity) <= wholeBytesMax) return;
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        // An abort behind the end would cost the connection, which other requests may have by then.
        if (!this.#isOver) controller.abort(error ?? new Error('the answer is not wanted any more'));
        this.#forget();
        done(error);
      },
    });
    // Whoever reads it is told; nobody need be reading it when it ends.
    this.#stream.on('error', () => undefined);
    this.#resolve({ statusCode, headers, trailers: () => this.#trailers, body: this.#stream });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream === undefined) {
      this.#whole.push(chunk);
      return;
    }
    litter.passed(chunk.length);
    if (!this.#stream.push(chunk)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: Fields | undefined): void {
    this.#isOver = true;
    this.#trailers = trailers ?? {};
    // What has come of a long one may still wait for its client, and can be taken back until it has gone.
    if (this.#stream !== undefined) return void this.#stream.push(null);
    this.#forget();
    if (this.#answer !== undefined) {
      const [first = Buffer.alloc(0), ...rest] = this.#whole;
      const body = rest.length === 0 ? first : Buffer.concat([first, ...rest]);
      this.#resolve({ ...this.#answer, trailers: () => this.#trailers, body });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#isOver = true;
    this.#forget();
    if (this.#requestBody instanceof Readable) this.#requestBody.on('error', () => undefined).destroy(error);
    if (this.#stream === undefined) this.#reject(error);
    else this.#stream.destroy(error);
  }

  #stop(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    if (this.#stream !== undefined) this.#stream.destroy(error);
    else this.#controller?.abort(error);
  }

  #forget(): void {
    this.#signal.removeEventListener('abort', this.#abort);
  }
}

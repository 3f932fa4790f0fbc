import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

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
        this.#end();
        controller.abort(error ?? new Error('the answer is not wanted any more'));
        done(error);
      },
    });
    this.#resolve({ statusCode, headers, trailers: () => this.#trailers, body: this.#stream });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream === undefined) this.#whole.push(chunk);
    else if (!this.#stream.push(chunk)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: Fields | undefined): void {
    this.#end();
    this.#trailers = trailers ?? {};
    if (this.#stream !== undefined) this.#stream.push(null);
    else if (this.#answer !== undefined) {
      const [first = Buffer.alloc(0), ...rest] = this.#whole;
      const body = rest.length === 0 ? first : Buffer.concat([first, ...rest]);
      this.#resolve({ ...this.#answer, trailers: () => this.#trailers, body });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end();
    if (this.#requestBody instanceof Readable) this.#requestBody.on('error', () => undefined).destroy(error);
    if (this.#stream === undefined) this.#reject(error);
    else this.#stream.destroy(error);
  }

  #stop(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    if (this.#stream !== undefined) this.#stream.destroy(error);
    else this.#controller?.abort(error);
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this.#abort);
  }
}

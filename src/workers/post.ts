import { SallyportError } from '../core/errors.ts';
import type { Assignment, FromWorker, ToWorker } from './messages.ts';

/** Whatever comes behind the assignment. */
export type Later = Exclude<ToWorker, { kind: 'begin' }>;

/** A worker's way to the first process. Without that it could not be told of a revocation, so it ends with it. */
export class Post {
  /** What this process is to do. */
  readonly assignment: Promise<Assignment>;
  readonly #lost: () => void;
  #listener: ((message: Later) => void) | undefined;
  /** Came before anybody listened. */
  #early: Later[] = [];

  /**
   * @param lost the first process is gone
   * @throws SallyportError where nobody has started this process as a worker
   */
  constructor(lost: () => void) {
    if (process.send === undefined) {
      throw new SallyportError('internal', 'this program is started by "sallyport serve --workers"');
    }
    this.#lost = lost;
    process.once('disconnect', lost);
    const { promise, resolve } = Promise.withResolvers<Assignment>();
    this.assignment = promise;
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'begin') resolve(message.assignment);
      else if (this.#listener === undefined) this.#early.push(message);
      else this.#listener(message);
    });
  }

  hear(listener: (message: Later) => void): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  tell(message: FromWorker): void {
    if (!process.connected) return this.#lost();
    process.send?.(message, undefined, undefined, (error: Error | null) => {
      if (error !== null) this.#lost();
    });
    return undefined;
  }
}

import { SallyportError } from '../../core/errors.ts';
import { BackendType } from '../../wire/postgres/backend.ts';

/** A message of the upstream's, whole, in bytes of its own. */
export interface Frame {
  readonly type: number;
  readonly bytes: Buffer;
}

/** Of the answer to a command that is not approved yet. */
const keptBytesMax = 1024 * 1024;

/** Of which an answer may have any number. */
const endless: ReadonlySet<number> = new Set([BackendType.DataRow, BackendType.NoticeResponse]);

/** Takes what the upstream answers while it is asked something that the client is not to hear of, or not yet. */
export class Diversion {
  /** There was more than is kept: rows or notices are missing. */
  overflowed = false;
  #frames: Frame[] = [];
  #bytes = 0;
  #awaited: { readonly ends: ReadonlySet<number>; readonly resolve: (frames: Frame[]) => void } | undefined;
  readonly #ended: AbortSignal;

  /** `ended`: nothing will come any more. */
  constructor(ended: AbortSignal) {
    this.#ended = ended;
  }

  take(type: number, bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > keptBytesMax && endless.has(type)) this.overflowed = true;
    else this.#frames.push({ type, bytes });
    if (this.#awaited?.ends.has(type) !== true) return;
    const { resolve } = this.#awaited;
    this.#awaited = undefined;
    resolve(this.#takeAll());
  }

  /** A part of a row that is too large to be kept. */
  drop(): void {
    this.overflowed = true;
  }

  /**
   * All that comes up to a message of one of these types.
   * @throws SallyportError `closed` where the session ends before that
   */
  async next(ends: ReadonlySet<number>): Promise<readonly Frame[]> {
    const at = this.#frames.findIndex(({ type }) => ends.has(type));
    if (at >= 0) return this.#frames.splice(0, at + 1);
    const { promise, resolve, reject } = Promise.withResolvers<Frame[]>();
    const closed = (): void => reject(new SallyportError('closed', 'Sallyport: the session has ended'));
    if (this.#ended.aborted) closed();
    this.#ended.addEventListener('abort', closed);
    this.#awaited = { ends, resolve };
    return promise.finally(() => this.#ended.removeEventListener('abort', closed));
  }

  #takeAll(): Frame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}

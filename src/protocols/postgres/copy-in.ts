import { SallyportError } from '../../core/errors.ts';
import type { Outbox } from '../../core/outbox.ts';
import type { CopyTokens } from '../../masking/tokens-copy.ts';
import { headerBytes } from '../../wire/postgres/frames.ts';
import { encodeCopyData, encodeCopyFail } from '../../wire/postgres/frontend.ts';
import type { Order } from './order.ts';
import type { Running } from './running.ts';

export interface CopyInParts {
  readonly outbox: Outbox;
  readonly order: Order;
  /** Whether the server ignores what comes, up to the next Sync. */
  skipping(): boolean;
}

/** What becomes of a message whose pieces come one by one: half of it would take the server out of step. */
type Piece = 'passes' | 'is dropped' | CopyTokens;

/** The data of COPYs on its way to the server, with its tokens turned back. */
export class CopyIn {
  readonly #parts: CopyInParts;
  #piece: Piece = 'passes';

  constructor(parts: CopyInParts) {
    this.#parts = parts;
  }

  /** A whole CopyData message, `buffer[start, end)`. */
  data(buffer: Buffer, start: number, end: number): void {
    const running = this.#begin();
    const tokens = running?.copyTokens;
    if (tokens === 'refused') return;
    if (tokens === undefined) return this.#parts.outbox.pass(buffer, start, end);
    this.#turn(tokens, buffer.subarray(start + headerBytes, end));
  }

  /** A part of one; the first has the header. */
  piece(bytes: Buffer, first: boolean): void {
    if (first) {
      const tokens = this.#begin()?.copyTokens ?? 'passes';
      this.#piece = this.#parts.skipping() || tokens === 'refused' ? 'is dropped' : tokens;
    }
    if (this.#piece === 'is dropped') return;
    if (this.#piece === 'passes') return this.#parts.outbox.pass(Buffer.from(bytes));
    // Once the server has answered it looks at no more of this data.
    if (this.#parts.order.copying?.copyTokens === this.#piece) {
      this.#turn(this.#piece, first ? bytes.subarray(headerBytes) : bytes);
    }
  }

  /** CopyDone: what was kept back of the data goes on before it. */
  done(): void {
    const tokens = this.#parts.order.copying?.copyTokens;
    if (tokens !== undefined && tokens !== 'refused') this.#send(tokens, () => tokens.end());
  }

  #begin(): Running | undefined {
    this.#parts.order.copyData();
    return this.#parts.order.copying;
  }

  #turn(tokens: CopyTokens, data: Buffer): void {
    this.#send(tokens, () => tokens.push(data));
  }

  #send(tokens: CopyTokens, turned: () => Buffer): void {
    const { outbox, order } = this.#parts;
    try {
      const data = turned();
      if (data.length > 0) outbox.pass(encodeCopyData(data));
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      const running = order.copying;
      if (running?.copyTokens !== tokens) return;
      // The server undoes the COPY, and the client is told why in the place of the server's error.
      running.copyTokens = 'refused';
      running.stopped ??= error;
      order.copyEnds();
      outbox.pass(encodeCopyFail('sallyport refused this data'));
    }
  }
}

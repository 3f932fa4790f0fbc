import { SallyportError } from '../../core/errors.ts';
import type { Outbox } from '../../core/outbox.ts';
import type { Session } from '../../core/session.ts';
import { encodeFlush, encodeParse, encodeQuery, encodeSync } from '../../wire/postgres/frontend.ts';
import { undo } from './pending.ts';
import type { PendingQueue } from './pending.ts';
import type { Running } from './running.ts';

/** Not SQL in any version: the server answers with a syntax error, which puts its own state right. */
const rejectedText = 'sallyport refused this command';
/** A name of its own, so that the client's unnamed statement stays. */
export const rejectedParse = encodeParse({
  name: 'sallyport_refused',
  query: rejectedText,
  parameterTypes: [],
});
const rejectedQuery = encodeQuery(rejectedText);
const flush = encodeFlush();

export interface BatchParts {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly pending: PendingQueue;
  /** What is held would be skipped by the server now. */
  abandoned(): void;
  /** The gate is broken for good (the client broke the protocol, or something of ours failed). */
  failed(error: unknown): void;
  /** Calls back at the end of the event loop's turn. */
  atEnd(task: () => void): void;
  /** Keeps the gate busy until it is over. */
  wait(work: Promise<void>): void;
  /** Whether data of a COPY may have gone on for a command that is not among `lost`. */
  halfCopied(lost: readonly unknown[]): boolean;
}

/** What goes on together, once all of it is on record: the client's messages, and refusals in the place of some. */
export class Batch {
  readonly #parts: BatchParts;
  /** Up to the next Sync the server ignores what comes, and so do we. */
  #skipping = false;
  /** The last Execute, while neither Sync nor Flush makes the server tell how it went. */
  #unheard: Running | undefined;
  /** `pending.pushed` at the last flush. */
  #mark = 0;
  /** Something was executed since the last Sync, so that the transaction under way is not only of what comes. */
  #begun = false;
  /** A flush waits for the end of this turn. */
  #flushing = false;

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  /** Whether the server ignores what comes, up to the next Sync. */
  get skipping(): boolean {
    return this.#skipping;
  }

  /** Whether nothing has run since the last Sync or Query. */
  get fresh(): boolean {
    return !this.#begun;
  }

  /** The server has failed before the Sync that is still to come. */
  skipToSync(): void {
    this.#skipping = true;
  }

  /** A Sync goes on. */
  sync(): void {
    this.#skipping = false;
    this.#begun = false;
  }

  /** A Query goes on: whatever came before it is over with it. */
  queried(): void {
    this.#begun = false;
  }

  /** A command goes on that lasts until a Sync. */
  began(): void {
    this.#begun = true;
  }

  /** An Execute goes on. */
  executing(running: Running): void {
    this.#unheard = running;
  }

  /** The client itself makes the server tell. */
  heard(): void {
    this.#unheard = undefined;
  }

  /** The time of the next command begins when that of the last Execute is over. */
  endTimed(): void {
    if (this.#unheard?.statementMs !== undefined) this.askToTell();
  }

  /** Together with other sessions' commands, so that one write of the journal serves all of them. */
  flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#parts.atEnd(this.#flushAtEnd);
  }

  readonly #flushAtEnd = (): void => {
    this.#flushing = false;
    // Whoever was killed or left in this turn has nothing run any more.
    if (this.#parts.session.ended.aborted) return;
    try {
      this.flush();
    } catch (error) {
      this.#parts.failed(error);
    }
  };

  /**
   * All so far goes on, once it is on record; what cannot be recorded is refused. A promise where the record waits for
   * the disk.
   */
  flush(): void | Promise<void> {
    const mark = this.#mark;
    this.#mark = this.#parts.pending.pushed;
    try {
      const flushed = this.#parts.outbox.flush();
      if (flushed === undefined) return;
      const done = flushed.catch((error: unknown) => this.#unrecorded(error, mark));
      this.#parts.wait(done);
      return done;
    } catch (error) {
      this.#unrecorded(error, mark);
    }
  }

  /** Without it a command that is over would go on as running: its time would be counted, and nobody could be idle. */
  askToTell(): void {
    if (this.#unheard !== undefined) this.#parts.outbox.pass(flush);
    this.#unheard = undefined;
  }

  /** Everything so far goes on and is answered. */
  hear(): void {
    this.#unheard = undefined;
    this.#parts.outbox.pass(flush);
    this.flush();
  }

  /** In place of a refused message of the extended protocol; nothing after it runs until Sync. */
  readonly refuse = (refusal: SallyportError): undefined => {
    if (this.#skipping) return;
    this.#parts.pending.push({ kind: 'refused', refusal });
    this.#parts.outbox.pass(rejectedParse);
    this.#skipping = true;
  };

  /** In place of a refused Query or FunctionCall. */
  readonly refuseQuery = (refusal: SallyportError): undefined => {
    if (this.#skipping) return;
    this.#parts.pending.push({ kind: 'query', running: undefined, refusal });
    this.#parts.outbox.pass(rejectedQuery);
  };

  /** The record could not be written, so nothing since the last flush has gone on: every part of it is refused. */
  #unrecorded(error: unknown, mark: number): void {
    const { pending, outbox } = this.#parts;
    if (!(error instanceof SallyportError)) throw error;
    const lost = pending.takeBack(mark);
    // Data of a COPY is gone, and no error can be put in its place.
    if (this.#parts.halfCopied(lost.map((item) => 'running' in item && item.running))) throw error;
    const parts: Buffer[] = [];
    let refused = false;
    for (const item of lost) {
      undo(item);
      if (item.kind === 'query' || item.kind === 'call') {
        pending.push({ kind: 'query', running: undefined, refusal: error });
        parts.push(rejectedQuery);
      } else if (item.kind === 'sync') {
        pending.push(item);
        parts.push(encodeSync());
        refused = false;
      } else if (!refused) {
        pending.push({ kind: 'refused', refusal: error });
        parts.push(rejectedParse);
        refused = true;
      }
    }
    if (refused) {
      this.#skipping = true;
      this.#parts.abandoned();
    }
    this.#mark = pending.pushed;
    if (parts.length > 0) outbox.writeRejected(Buffer.concat(parts));
  }
}

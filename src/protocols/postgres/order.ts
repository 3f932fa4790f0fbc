import { SallyportError } from '../../core/errors.ts';
import { FrontendType } from '../../wire/postgres/frontend.ts';
import type { PendingQueue } from './pending.ts';
import type { Running } from './running.ts';

/** What keeps a message from going on at once. */
export type Wait = Promise<void> | undefined;

/** Messages that the server still has to answer; a client that sends more ahead must wait. */
const pendingMax = 10_000;
/** What a text must have in it for standard_conforming_strings or client_encoding to matter. */
const ambiguous = /[\\\u0080-\uffff]/;

const { Sync, Flush, CopyData, CopyDone, CopyFail, Terminate } = FrontendType;
/** Messages that begin nothing and end nothing. */
const besideCopy: ReadonlySet<number> = new Set([Flush, CopyData, Terminate]);
const endsCopy: ReadonlySet<number> = new Set([CopyDone, CopyFail]);
/** Messages that begin nothing. */
const beginsNothing: ReadonlySet<number> = new Set([...besideCopy, ...endsCopy]);

export interface OrderParts {
  readonly pending: PendingQueue;
  readonly ended: AbortSignal;
  /** A cancel request of the gateway's own is on its way: it must hit no later command. */
  stopping(): boolean;
  /** Sends on what is to go on, and makes the server tell how that went. */
  hear(): void;
}

/** What must wait for what, though a client may send everything ahead. */
export class Order {
  readonly #parts: OrderParts;
  /** The last Execute since Sync whose rows are limited: nothing behind it goes on before it is answered. */
  #limited: Running | undefined;
  /** The command that takes a COPY from the client, until it is answered. */
  #copying: Running | undefined;
  /** A Sync within that COPY was kept back, and no data has come since. */
  #innerSync = false;
  /**
   * Something obscure has gone on, and how the server reads SQL is not sure until the ReadyForQuery behind it, which
   * is this answer of all. `undecided`: the Sync that brings it has not come yet.
   */
  #unsure: number | 'undecided' | undefined;
  #awaited: { readonly over: () => boolean; readonly resolve: () => void } | undefined;

  constructor(parts: OrderParts) {
    this.#parts = parts;
  }

  /** What keeps a message from going on though it is the next; undefined: nothing. */
  turn(type: number): Wait {
    const { pending, stopping } = this.#parts;
    const copy = this.#turnInCopy(type);
    if (copy !== undefined || beginsNothing.has(type)) return copy;
    if (stopping()) return this.until(() => !stopping());
    const limited = this.#limited;
    // A Sync would make lasting what the command has done. Where that is nothing, it need not wait.
    if (limited?.answered === false && (type !== Sync || limited.writes)) {
      return this.until(() => limited.answered);
    }
    if (pending.length < pendingMax || type === Sync) return undefined;
    return this.until(() => pending.length < pendingMax / 2);
  }

  /**
   * The server ignores a Sync that it reads within a COPY from the client, and libpq sends one before it knows that
   * there is a COPY. Who sends it on cannot tell which of two the server has answered, so none is sent on before
   * it is known whether the COPY goes on.
   */
  #turnInCopy(type: number): Wait {
    const copying = this.#inCopy();
    if (copying === undefined || besideCopy.has(type)) return undefined;
    if (!copying.copyIn) return this.until(() => copying.copyIn || copying.answered);
    if (endsCopy.has(type) || type === Sync) return undefined;
    throw new SallyportError('protocol', 'Sallyport: only data may be sent while a COPY takes it');
  }

  /** `portal`: its ReadyForQuery comes with the next Sync only. To be told once it is among what is pending. */
  began(running: Running): void {
    if (running.copiesIn) this.#copying = running;
    if (running.portal === undefined) {
      if (running.obscure) this.#unsure = this.#parts.pending.given;
      return;
    }
    if (running.limited) this.#limited = running;
  }

  /** Something goes on that may change how the server reads SQL, and tells only at its Sync. */
  obscured(): void {
    this.#unsure = 'undecided';
  }

  /** A Sync has gone on, and is among what is pending. */
  synced(): void {
    this.#limited = undefined;
    this.#innerSync = false;
    if (this.#unsure !== undefined) this.#unsure = this.#parts.pending.given;
  }

  /** Whether a Sync is not to go on, because the server would ignore it. */
  keepsSync(): boolean {
    this.#innerSync = this.#inCopy()?.copyIn === true;
    return this.#innerSync;
  }

  /** A Sync was kept back within a COPY that has failed now: it is to go on all the same. */
  owesSync(): boolean {
    return this.#innerSync;
  }

  copyData(): void {
    this.#innerSync = false;
  }

  copyEnds(): void {
    this.#innerSync = false;
    if (this.#copying !== undefined) this.#copying.copyIn = false;
  }

  /** The command that takes a COPY from the client now, or is about to. */
  get copying(): Running | undefined {
    return this.#inCopy();
  }

  #inCopy(): Running | undefined {
    if (this.#copying?.answered !== true) return this.#copying;
    this.#copying = undefined;
    this.#innerSync = false;
    return undefined;
  }

  /** Whether data of a COPY may have gone on for a command that is not among `lost`. */
  halfCopied(lost: readonly unknown[]): boolean {
    const copying = this.#inCopy();
    return copying !== undefined && !lost.includes(copying);
  }

  /** Whether nothing has gone on behind this Execute, not even a Sync. */
  isLast(running: Running): boolean {
    return this.#limited === running && this.#parts.pending.length === 0;
  }

  /**
   * Where it is not known yet whether the server reads a text as the gateway does: waits, or `never`, because the
   * Sync that would make the server tell stands behind this text.
   */
  whenSure(text: string): Wait | 'never' {
    if (this.#unsure === undefined || !ambiguous.test(text)) return undefined;
    return this.#unsure === 'undecided' ? 'never' : this.until(() => this.#unsure === undefined);
  }

  /** A ReadyForQuery: the server has told of all settings that had changed by then. */
  ready(): void {
    if (typeof this.#unsure === 'number' && this.#parts.pending.answered >= this.#unsure)
      this.#unsure = undefined;
  }

  /** The server has answered something, or the session has ended. */
  answered(): void {
    const awaited = this.#awaited;
    if (awaited === undefined || !(this.#parts.ended.aborted || awaited.over())) return;
    this.#awaited = undefined;
    awaited.resolve();
  }

  until(over: () => boolean): Promise<void> {
    this.#parts.hear();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited = { over, resolve };
    return promise;
  }
}

import type { SallyportError } from '../../core/errors.ts';
import type { Names, Version } from './names.ts';
import type { Portal, Statement } from './portals.ts';
import type { Running } from './running.ts';

/** One message that has gone upstream and whose answer is to come. */
export type Pending =
  | { readonly kind: 'parse'; readonly names: Names<Statement>; readonly version: Version<Statement> }
  | { readonly kind: 'bind'; readonly names: Names<Portal>; readonly version: Version<Portal> }
  | { readonly kind: 'close'; readonly done: () => void }
  /** `swallow`: the gateway asked, the client did not. */
  | { readonly kind: 'describe'; readonly portal: Portal | undefined; readonly swallow: boolean }
  | { readonly kind: 'execute'; readonly running: Running }
  /** A whole Query message, until its ReadyForQuery; with `refusal`, one that the server's grammar rejects. */
  | {
      readonly kind: 'query';
      readonly running: Running | undefined;
      readonly refusal: SallyportError | undefined;
    }
  | { readonly kind: 'call'; readonly running: Running }
  /** A Parse of ours that the server's grammar rejects, in the place of a refused message. */
  | { readonly kind: 'refused'; readonly refusal: SallyportError }
  /** `within`: the server reads it as part of a COPY from the client and does not answer it. */
  | { readonly kind: 'sync'; within?: boolean }
  /** CopyDone or CopyFail: no answer of its own. `matched`: the COPY that it ends is known. */
  | { readonly kind: 'copyEnd'; matched?: boolean };

/** What the server still owes, in order. */
export class PendingQueue {
  #items: Pending[] = [];
  #head = 0;
  #pushed = 0;
  /** The server reads a COPY from the client: it ignores Sync until CopyDone or CopyFail. */
  #copyIn = false;
  /** Syncs within a COPY that failed: the server may have come to them before or after it failed. */
  #spareSyncs = 0;

  get head(): Pending | undefined {
    return this.#items[this.#head];
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** How many have ever been pushed; a mark for `takeBack`. */
  get pushed(): number {
    return this.#pushed;
  }

  get copyIn(): boolean {
    return this.#copyIn;
  }

  push(item: Pending): void {
    if (item.kind === 'sync' && this.#copyIn) item.within = true;
    if (item.kind === 'copyEnd' && this.#copyIn) {
      item.matched = true;
      this.#copyIn = false;
    }
    this.#items.push(item);
    this.#pushed += 1;
  }

  shift(): Pending | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** The first item, once those without an answer of their own are out of the way. */
  answerable(): Pending | undefined {
    while (this.head !== undefined && isUnanswered(this.head)) this.shift();
    return this.head;
  }

  /** After an error in the extended protocol the server ignores everything up to the next Sync. */
  skipToSync(): Pending[] {
    const skipped: Pending[] = [];
    while (this.head !== undefined && (this.head.kind !== 'sync' || this.head.within === true)) {
      const item = this.shift();
      if (item?.kind === 'sync') this.#spareSyncs += 1;
      if (item !== undefined) skipped.push(item);
    }
    this.#copyIn = false;
    return skipped;
  }

  /** CopyInResponse has come: Syncs already sent before the end of the data will not be answered. */
  copyInBegan(): void {
    this.answerable();
    this.#copyIn = true;
    for (let at = this.#head; this.#copyIn && at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item?.kind === 'sync') item.within = true;
      if (item?.kind !== 'copyEnd' || item.matched === true) continue;
      item.matched = true;
      this.#copyIn = false;
    }
  }

  /** The COPY is over (its CommandComplete or an error has come). */
  copyInEnded(): void {
    this.#copyIn = false;
    this.#spareSyncs = 0;
  }

  /** Uses up a Sync that the server turns out to have taken after its COPY had failed. */
  spareSync(): boolean {
    if (this.#spareSyncs === 0) return false;
    this.#spareSyncs -= 1;
    return true;
  }

  /** Takes back what was pushed since `mark`, in the order in which it was pushed. */
  takeBack(mark: number): Pending[] {
    const count = Math.min(this.#pushed - mark, this.length);
    return count === 0 ? [] : this.#items.splice(-count);
  }

  drain(): Pending[] {
    const rest = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}

function isUnanswered(item: Pending): boolean {
  return item.kind === 'copyEnd' || (item.kind === 'sync' && item.within === true);
}

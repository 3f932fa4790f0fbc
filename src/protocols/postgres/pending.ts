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
  | { readonly kind: 'sync' }
  /** CopyDone or CopyFail: no answer of its own, but the Syncs before it were not answered. */
  | { readonly kind: 'copyEnd' };

/** What the server still owes, in order. */
export class PendingQueue {
  #items: Pending[] = [];
  #head = 0;
  #pushed = 0;
  /** The server reads a COPY from the client: it ignores Sync until CopyDone or CopyFail. */
  #copyIn = false;

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
    if (item.kind === 'sync' && this.#copyIn) return;
    if (item.kind === 'copyEnd') this.#copyIn = false;
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

  /** The first item, once markers without an answer of their own are out of the way. */
  answerable(): Pending | undefined {
    while (this.head?.kind === 'copyEnd') this.shift();
    return this.head;
  }

  /** After an error in the extended protocol the server ignores everything up to the next Sync. */
  skipToSync(): Pending[] {
    const skipped: Pending[] = [];
    while (this.head !== undefined && this.head.kind !== 'sync') {
      const item = this.shift();
      if (item !== undefined) skipped.push(item);
    }
    this.#copyIn = false;
    return skipped;
  }

  /** CopyInResponse has come: Syncs already sent before the end of the data will not be answered. */
  copyInBegan(): void {
    const rest = this.#items.slice(this.#head);
    const end = rest.findIndex(({ kind }) => kind === 'copyEnd');
    const within = end < 0 ? rest : rest.slice(0, end);
    const kept = within.filter(({ kind }) => kind !== 'sync');
    this.#items = [...kept, ...(end < 0 ? [] : rest.slice(end))];
    this.#head = 0;
    this.#copyIn = end < 0;
  }

  /** The COPY is over (its CommandComplete or an error has come). */
  copyInEnded(): void {
    this.#copyIn = false;
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

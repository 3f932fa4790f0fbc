import type { SallyportError } from '../../core/errors.ts';
import type { Names, Version } from './names.ts';
import type { Portal, Statement } from './portals.ts';
import type { Running } from './running.ts';

/** One message that has gone upstream and whose answer is to come. */
export type Pending =
  | {
      readonly kind: 'parse';
      readonly names: Names<Statement>;
      readonly version: Version<Statement>;
      /** The server got another text than the client sent: places in it mean nothing to the client. */
      readonly rewritten?: boolean;
    }
  | {
      readonly kind: 'bind';
      readonly names: Names<Portal>;
      readonly version: Version<Portal>;
      /** To a statement of the gateway's own, whose Parse is answered before it. */
      readonly unfolded?: boolean;
    }
  /** A Bind of the gateway's own, of a portal that went with a run that was undone. */
  | { readonly kind: 'rebind' }
  | { readonly kind: 'close'; readonly done: () => void }
  /** `swallow`: the gateway asked, the client did not. */
  | {
      readonly kind: 'describe';
      readonly portal: Portal | undefined;
      readonly swallow: boolean;
      /** Parameters that the gateway has added behind the client's. */
      readonly added?: number;
    }
  | { readonly kind: 'execute'; readonly running: Running }
  /** A whole Query message, until its ReadyForQuery; with `refusal`, one that the server's grammar rejects. */
  | {
      readonly kind: 'query';
      readonly running: Running | undefined;
      readonly refusal: SallyportError | undefined;
      /** It went as messages of the extended protocol, whose answers are the gateway's. */
      readonly unfolded?: boolean;
    }
  | { readonly kind: 'call'; readonly running: Running }
  /** A Parse of ours that the server's grammar rejects, in the place of a refused message. */
  | { readonly kind: 'refused'; readonly refusal: SallyportError }
  | { readonly kind: 'sync' };

/** What the server still owes, in order. */
export class PendingQueue {
  #items: Pending[] = [];
  #head = 0;
  #pushed = 0;
  #answered = 0;

  get head(): Pending | undefined {
    return this.#items[this.#head];
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The first command that is not answered. What stands before it takes no time that is worth counting. */
  get running(): Running | undefined {
    for (let at = this.#head; at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item !== undefined && 'running' in item && item.running !== undefined) return item.running;
    }
    return undefined;
  }

  /** Whether any command that is not answered may change what names mean. */
  get changesSchema(): boolean {
    return this.#items
      .slice(this.#head)
      .some((item) => 'running' in item && item.running?.changesSchema === true);
  }

  /** How many have ever been pushed; a mark for `takeBack`. */
  get pushed(): number {
    return this.#pushed;
  }

  /** How many are answered, or were skipped. */
  get answered(): number {
    return this.#answered;
  }

  /** What `answered` will be once the last one that was pushed is. */
  get given(): number {
    return this.#answered + this.length;
  }

  push(item: Pending): void {
    this.#items.push(item);
    this.#pushed += 1;
  }

  shift(): Pending | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    this.#answered += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** After an error in the extended protocol the server ignores everything up to the next Sync. */
  skipToSync(): Pending[] {
    const skipped: Pending[] = [];
    while (this.head !== undefined && this.head.kind !== 'sync') {
      const item = this.shift();
      if (item !== undefined) skipped.push(item);
    }
    return skipped;
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

/** The server never did what this message asked for. */
export function undo(item: Pending): void {
  if (item.kind === 'parse') item.names.retract(item.version);
  if (item.kind === 'bind') item.names.retract(item.version);
  if (item.kind === 'execute' || item.kind === 'query') item.running?.settled(false);
  if (item.kind === 'describe' && item.portal !== undefined) item.portal.described = false;
}

import type { Permit } from './govern.ts';
import type { Journal } from './ports.ts';

/** Where bytes leave for the upstream. */
export interface Sink {
  write(bytes: Uint8Array): void;
}

/**
 * The one writer to an upstream. Bytes wait here until `flush`, which first puts the journal on disk: nothing
 * runs that was not first recorded.
 */
export class Outbox {
  readonly #journal: Journal;
  readonly #sink: Sink;
  #chunks: Uint8Array[] = [];

  constructor(journal: Journal, sink: Sink) {
    this.#journal = journal;
    this.#sink = sink;
  }

  /** A command, with its permit, which is used up. */
  send(permit: Permit, bytes: Uint8Array): void {
    permit.spend();
    this.#chunks.push(bytes);
  }

  /** Messages that run nothing by themselves (Sync, Bind, CopyData of a permitted COPY …). */
  pass(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  get pendingBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  /** @throws SallyportError `journal_unavailable`; what waited is then gone, for it must not run */
  flush(): void | Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    const committed = this.#journal.commit();
    if (committed === undefined) return this.#write(chunks);
    return committed.then(() => this.#write(chunks));
  }

  #write(chunks: readonly Uint8Array[]): void {
    const [only] = chunks;
    if (only === undefined) return;
    this.#sink.write(chunks.length === 1 ? only : Buffer.concat(chunks));
  }
}

import type { Permit } from './govern.ts';
import type { Journal } from './ports.ts';
import { Ranges } from './ranges.ts';

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
  readonly #ranges = new Ranges();

  constructor(journal: Journal, sink: Sink) {
    this.#journal = journal;
    this.#sink = sink;
  }

  /** A command, with its permit, which is used up. */
  send(permit: Permit, buffer: Buffer, start: number, end: number): void {
    permit.spend();
    this.#ranges.add(buffer, start, end);
  }

  /** Messages that run nothing by themselves (Sync, Bind, CopyData of a permitted COPY …). */
  pass(buffer: Buffer, start = 0, end = buffer.length): void {
    this.#ranges.add(buffer, start, end);
  }

  /** @throws SallyportError `journal_unavailable`; what waited is then gone, for it must not run */
  flush(): void | Promise<void> {
    const bytes = this.#ranges.take();
    const committed = this.#journal.commit();
    if (bytes === undefined) return committed;
    if (committed !== undefined) return committed.then(() => this.#sink.write(bytes));
    return this.#sink.write(bytes);
  }

  /** Text that the upstream's grammar rejects, in the place of commands that could not be recorded. */
  writeRejected(bytes: Uint8Array): void {
    this.#sink.write(bytes);
  }
}

import { SallyportError } from './errors.ts';
import type { Inquiry, Permit } from './govern.ts';
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
  #losses: number | undefined;

  constructor(journal: Journal, sink: Sink) {
    this.#journal = journal;
    this.#sink = sink;
  }

  /** A command, with its permit, which is used up. */
  send(permit: Permit, buffer: Buffer, start: number, end: number): void {
    permit.spend();
    this.#losses ??= permit.losses;
    this.#ranges.add(buffer, start, end);
  }

  /** What is asked about a held command, with leave that is on record, and that is used up. */
  ask(leave: Inquiry, buffer: Buffer): void {
    leave.spend();
    this.#ranges.add(buffer, 0, buffer.length);
  }

  /** Messages that run nothing by themselves (Sync, Bind, CopyData of a permitted COPY …). */
  pass(buffer: Buffer, start = 0, end = buffer.length): void {
    this.#ranges.add(buffer, start, end);
  }

  /** @throws SallyportError `journal_unavailable`; what waited is then gone, for it must not run */
  flush(): void | Promise<void> {
    const bytes = this.#ranges.take();
    const losses = this.#losses;
    this.#losses = undefined;
    const committed = this.#journal.commit();
    if (committed !== undefined) return committed.then(() => this.#write(bytes, losses));
    return this.#write(bytes, losses);
  }

  #write(bytes: Buffer | undefined, losses: number | undefined): void {
    // Another session's failed write may have taken our events with it before this one succeeded.
    if (losses !== undefined && losses !== this.#journal.losses) {
      throw new SallyportError('journal_unavailable', 'Sallyport: the record of this command was lost', {
        hint: 'It did not run; send it again.',
      });
    }
    if (bytes !== undefined) this.#sink.write(bytes);
  }

  /** Text that the upstream's grammar rejects, in the place of commands that could not be recorded. */
  writeRejected(bytes: Uint8Array): void {
    this.#sink.write(bytes);
  }
}

import type { Permit } from '../../core/govern.ts';
import type { RecordedValue } from '../../core/event.ts';
import type { MaskPlan } from '../../core/mask.ts';
import type { SallyportError } from '../../core/errors.ts';
import { recordedValue } from '../../core/recorded.ts';
import { formatOf } from '../../wire/postgres/message.ts';
import type { RowMasker } from '../../masking/row.ts';
import { forEachField } from '../../wire/postgres/backend.ts';
import type { FieldDescription } from '../../wire/postgres/backend.ts';
import type { Portal } from './portals.ts';

/** What is kept of a result for the record. */
export interface RecordLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** A command that has gone upstream, and what has come back of it. */
export class Running {
  readonly number: number;
  readonly plan: MaskPlan;
  readonly rowsMax: number;
  readonly statementMs: number | undefined;
  /** Its portal; none for a simple query, whose rows are text and whose shape comes by itself. */
  readonly portal: Portal | undefined;
  readonly changesSchema: boolean;
  /** Of the rules that let it in. */
  readonly policyVersion: number;
  /** Of the rows that come now; a simple query can have several in turn. */
  shape: readonly FieldDescription[] | undefined;
  /** A COPY to the client is under way. */
  copyOut = false;
  masker: RowMasker | undefined;
  rows = 0;
  bytes = 0;
  masked = 0;
  /** Set once the gateway itself wants it stopped: what the client is told instead of the server's answer. */
  stopped: SallyportError | undefined;
  /** SQLSTATE of its error, once it has failed. */
  error: string | undefined;
  #tags: string[] = [];
  #columns: string[] | undefined;
  #first: RecordedValue[][] = [];
  #firstBytes = 0;
  readonly #record: RecordLimits;

  constructor(
    permit: Permit,
    record: RecordLimits,
    portal: Portal | undefined,
    changesSchema: boolean,
    policyVersion: number,
  ) {
    this.number = permit.command;
    this.plan = permit.plan;
    this.rowsMax = permit.limits.rows ?? Number.POSITIVE_INFINITY;
    this.statementMs = permit.limits.statementMs;
    this.portal = portal;
    this.changesSchema = changesSchema;
    this.policyVersion = policyVersion;
    this.#record = record;
  }

  /** A row as the client sees it, buffer[start, end). */
  keep(buffer: Buffer, start: number, end: number): void {
    const { rows, bytes } = this.#record;
    if (this.#first.length >= rows || this.#firstBytes + (end - start) > bytes) return;
    this.#firstBytes += end - start;
    this.#columns ??= this.shape?.map(({ name }) => name);
    const row: RecordedValue[] = [];
    const formats = this.portal?.resultFormats ?? [];
    forEachField(buffer, start, end, (index, at, length) => {
      const value = length < 0 ? null : buffer.subarray(at, at + length);
      row.push(recordedValue(value, formatOf(formats, index) === 1 ? 'binary' : 'text'));
    });
    this.#first.push(row);
  }

  completed(tag: string): void {
    if (this.#tags.length < 100) this.#tags.push(tag);
  }

  /** The result event's own fields. */
  outcome(error?: string): {
    tag?: string;
    error?: string;
    rows: number;
    bytes: number;
    masked: number;
    columns?: string[];
    first?: RecordedValue[][];
  } {
    return {
      ...(this.#tags.length === 0 ? {} : { tag: this.#tags.join('; ') }),
      ...(error === undefined ? {} : { error }),
      rows: this.rows,
      bytes: this.bytes,
      masked: this.masked,
      ...(this.#columns === undefined ? {} : { columns: this.#columns }),
      ...(this.#first.length === 0 ? {} : { first: this.#first }),
    };
  }
}

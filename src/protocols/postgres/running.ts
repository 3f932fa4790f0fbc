import type { Command } from '../../core/command.ts';
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

/** What to do once it is known whether a command was done. */
export type Settle = (done: boolean) => void;

export interface RunningParts {
  readonly permit: Permit;
  readonly command: Command;
  readonly record: RecordLimits;
  readonly portal: Portal | undefined;
  readonly policyVersion: number;
  readonly copiesIn?: boolean;
  readonly settle?: Settle;
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
  readonly writes: boolean;
  /** It runs what nobody has read, which may change how the server reads SQL. */
  readonly obscure: boolean;
  /** Its rows are counted against a limit, so what comes behind it must wait until they are. */
  readonly limited: boolean;
  /** Of the rules that let it in. */
  readonly policyVersion: number;
  /** Of the rows that come now; a simple query can have several in turn. */
  shape: readonly FieldDescription[] | undefined;
  /** A COPY from the client is part of it. */
  readonly copiesIn: boolean;
  /** The server takes the data of that COPY now. */
  copyIn = false;
  /** A COPY to the client is under way. */
  copyOut = false;
  masker: RowMasker | undefined;
  rows = 0;
  bytes = 0;
  masked = 0;
  /** Set once the gateway itself wants it stopped: what the client is told instead of the server's error. */
  stopped: SallyportError | undefined;
  /** It has more rows than it may: the rest of its answer is withheld, though the server may finish it. */
  withheld = false;
  /** The server has answered, one way or the other. */
  answered = false;
  /** SQLSTATE of its error, once it has failed. */
  error: string | undefined;
  #tags: string[] = [];
  #columns: string[] | undefined;
  #first: RecordedValue[][] = [];
  #firstBytes = 0;
  readonly #record: RecordLimits;
  readonly #settle: Settle;

  constructor({
    permit,
    command,
    record,
    portal,
    policyVersion,
    copiesIn = false,
    settle = () => {},
  }: RunningParts) {
    const does = (...kinds: readonly string[]): boolean =>
      command.effects.some(({ kind }) => kinds.includes(kind));
    this.number = permit.command;
    this.plan = permit.plan;
    this.rowsMax = permit.limits.rows ?? Number.POSITIVE_INFINITY;
    this.statementMs = permit.limits.statementMs;
    this.portal = portal;
    this.changesSchema = does('schema', 'execute');
    this.writes = does('write', 'schema', 'access', 'execute', 'opaque');
    this.obscure = does('access', 'execute', 'opaque');
    const plainWrite = command.effects.length > 0 && command.effects.every(({ kind }) => kind === 'write');
    this.limited = permit.limits.rows !== undefined && !plainWrite;
    this.policyVersion = policyVersion;
    this.copiesIn = copiesIn;
    this.#record = record;
    this.#settle = settle;
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

  settled(done: boolean): void {
    this.answered = true;
    this.#settle(done);
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

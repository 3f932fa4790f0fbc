import type { Allowance } from '../../core/budget.ts';
import type { Command } from '../../core/command.ts';
import type { Permit } from '../../core/govern.ts';
import type { RecordedValue } from '../../core/event.ts';
import type { MaskPlan } from '../../core/mask.ts';
import type { SallyportError } from '../../core/errors.ts';
import { recordedValue } from '../../core/recorded.ts';
import { formatOf } from '../../wire/postgres/message.ts';
import type { CopyMasker } from '../../masking/copy.ts';
import type { CopyTokens } from '../../masking/tokens-copy.ts';
import type { RowMasker } from '../../masking/row.ts';
import { unknownRows } from '../../masking/rows-from.ts';
import { forEachField } from '../../wire/postgres/backend.ts';
import type { FieldDescription } from '../../wire/postgres/backend.ts';
import type { Portal } from './portals.ts';
import type { StatementRows } from './reading.ts';

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
  /** What its rows come from, a statement each. */
  readonly rows: readonly StatementRows[];
  readonly policyVersion: number;
  readonly copiesIn?: boolean;
  readonly copyTokens?: CopyTokens;
  readonly rewritten?: boolean;
  readonly settle?: Settle;
}

/** A command that has gone upstream, and what has come back of it. */
export class Running {
  readonly number: number;
  readonly plan: MaskPlan;
  readonly rowsMax: number;
  readonly statementMs: number | undefined;
  /** What budgets leave for its answer. */
  readonly allowance: Allowance | undefined;
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
  /** Turns back the tokens in the data of that COPY; `refused`: what still comes of it is dropped. */
  copyTokens: CopyTokens | 'refused' | undefined;
  /** The server got another text than the client sent: places in it mean nothing to the client. */
  readonly rewritten: boolean;
  /** The server takes the data of that COPY now. */
  copyIn = false;
  /** A COPY to the client is under way. */
  copyOut = false;
  /** What its data is masked with, if anything in it can need a change. */
  copyMasker: CopyMasker | undefined;
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
  readonly #rows: readonly StatementRows[];
  /** Which statement of the text is answered now. */
  #statement = 0;
  /** How many times its rows have been described. */
  #shapes = 0;
  #columns: string[] | undefined;
  #first: RecordedValue[][] = [];
  #maskedAt: number[][] = [];
  #firstBytes = 0;
  readonly #record: RecordLimits;
  readonly #settle: Settle;

  constructor({
    permit,
    command,
    record,
    portal,
    rows,
    policyVersion,
    copiesIn = false,
    copyTokens,
    rewritten = false,
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
    this.allowance = permit.allowance;
    const bounded = permit.limits.rows !== undefined || permit.allowance?.boundsAnswer === true;
    this.limited = bounded && !plainWrite;
    this.policyVersion = policyVersion;
    this.copiesIn = copiesIn;
    this.copyTokens = copyTokens;
    this.rewritten = rewritten;
    this.#rows = rows;
    this.#record = record;
    this.#settle = settle;
  }

  /** What the rows that come now come from. */
  get rowsFrom(): StatementRows {
    // A name that PREPARE has given in a text of several statements: nobody says which of them it is.
    if (this.portal !== undefined && this.#rows.length > 1) return unknownRows;
    const at = this.portal === undefined ? this.#statement : 0;
    // Rows of a second shape are none of the statement's own: a rule of its table gives them.
    return (this.#shapes > 1 ? undefined : this.#rows[at]) ?? unknownRows;
  }

  /** The shape of rows that come next, of a simple query. */
  shaped(shape: readonly FieldDescription[], maskerOf: (rows: StatementRows) => RowMasker | undefined): void {
    this.#shapes += 1;
    this.shape = shape;
    this.masker = maskerOf(this.rowsFrom);
  }

  /** A row as the client sees it, buffer[start, end). @param by what has masked it last */
  keep(buffer: Buffer, start: number, end: number, by?: Pick<RowMasker, 'changed'>): void {
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
    this.#maskedAt.push(by?.changed() ?? []);
  }

  /** @throws WireError `upstream` where the data of a COPY has ended too early */
  copyDone(): void {
    if (!this.withheld) this.copyMasker?.end();
    this.copyOut = false;
    this.copyMasker = undefined;
  }

  settled(done: boolean): void {
    this.answered = true;
    this.#settle(done);
  }

  completed(tag: string): void {
    this.#statement += 1;
    this.#shapes = 0;
    if (this.#tags.length < 100) this.#tags.push(tag);
  }

  /** The result event's own fields. */
  outcome(error?: string): {
    tag?: string;
    error?: string;
    because?: string;
    rows: number;
    bytes: number;
    masked: number;
    columns?: string[];
    first?: RecordedValue[][];
    maskedAt?: number[][];
  } {
    return {
      ...(this.#tags.length === 0 ? {} : { tag: this.#tags.join('; ') }),
      ...(error === undefined ? {} : { error }),
      ...(error === undefined || this.stopped === undefined ? {} : { because: this.stopped.message }),
      rows: this.rows,
      bytes: this.bytes,
      masked: this.masked,
      ...(this.#columns === undefined ? {} : { columns: this.#columns }),
      ...(this.#first.length === 0 ? {} : { first: this.#first }),
      ...(this.#maskedAt.some((row) => row.length > 0) ? { maskedAt: this.#maskedAt } : {}),
    };
  }
}

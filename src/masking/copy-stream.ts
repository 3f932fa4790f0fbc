import { WireError } from '../wire/bytes.ts';
import { changeField, mayChange } from './field.ts';
import type { FieldMask } from './field.ts';
import { keptValueBytesMax, tooLong } from './long-value.ts';

/** The data of a COPY with some columns masked. A chunk may end anywhere; what comes back is to be sent in order. */
export interface CopyMasker {
  /** Values changed so far. */
  readonly masked: number;
  /**
   * Nothing of the chunk may be shown where it throws.
   * @throws WireError `upstream` where the data does not fit its format and columns
   * @throws SallyportError `too_large` where a value is too long to be looked into
   */
  push(chunk: Buffer): Buffer;
  /** @throws WireError `upstream` where the data ends in the middle of a row */
  end(): void;
}

/** How one format writes a value; null is NULL. */
export interface FieldCodec {
  decode(raw: Buffer): Buffer | null;
  encode(value: Buffer | null): Buffer;
}

/**
 * Takes a stream apart into fields and puts it together again, with those changed that have to be. Whoever reads
 * the format says where a field ends; what is no field passes as it is.
 */
export class CopyFields {
  masked = 0;
  readonly #columns: readonly FieldMask[];
  readonly #codec: FieldCodec;
  readonly #out: Buffer[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  /** Bytes of the chunk from here on have not been given out. */
  #rest = 0;
  /** Where the field at hand begins in the chunk. */
  #start = 0;
  /** What earlier chunks had of it. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** The field at hand is too long to be kept, and a constant takes its place. */
  #dropping = false;
  #index = 0;

  constructor(columns: readonly FieldMask[], codec: FieldCodec) {
    this.#columns = columns;
    this.#codec = codec;
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#rest = 0;
    this.#start = 0;
  }

  /** The field at hand ends at `at`, and the next one begins at `next`. */
  field(at: number, next: number): void {
    const column = this.#columns[this.#index];
    if (column === undefined) broken('a row of a COPY with more fields than its columns');
    this.#index += 1;
    if (mayChange(column)) this.#change(column, at);
    this.#start = next;
  }

  /** What stood since the last field is none: a header, a count. It passes. */
  skip(next: number): void {
    this.#start = next;
  }

  row(): void {
    if (this.#index !== this.#columns.length) broken('a row of a COPY with fewer fields than its columns');
    this.#index = 0;
  }

  get columns(): number {
    return this.#columns.length;
  }

  /** The end of the chunk: `inField`, it is in the middle of a field. */
  take(inField: boolean): Buffer {
    const chunk = this.#chunk;
    const column = inField ? this.#columns[this.#index] : undefined;
    const until = column !== undefined && mayChange(column) ? this.#start : chunk.length;
    if (until > this.#rest) this.#out.push(chunk.subarray(this.#rest, until));
    if (column !== undefined && until < chunk.length) this.#keep(column, chunk.subarray(until));
    return Buffer.concat(this.#out.splice(0));
  }

  #change(column: FieldMask, at: number): void {
    if (this.#dropping && column.long.kind === 'constant') {
      this.#dropping = false;
      return this.#replace(at, column.long.value, 1);
    }
    const here = this.#chunk.subarray(this.#start, at);
    const before = this.#kept.splice(0);
    this.#keptBytes = 0;
    const raw = before.length === 0 ? here : Buffer.concat([...before, here]);
    const changed = changeField(column, this.#codec.decode(raw));
    if (changed === undefined) {
      // Its bytes in this chunk pass with what stands around them.
      this.#out.push(...before);
      return;
    }
    this.#replace(at, changed.value, changed.count);
  }

  #replace(at: number, value: Buffer | null, count: number): void {
    this.masked += count;
    this.#out.push(this.#chunk.subarray(this.#rest, this.#start), this.#codec.encode(value));
    this.#rest = at;
  }

  #keep(column: FieldMask, bytes: Buffer): void {
    if (this.#dropping) return;
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= keptValueBytesMax) {
      this.#kept.push(Buffer.from(bytes));
      return;
    }
    if (column.long.kind !== 'constant') throw tooLong(this.#index, keptValueBytesMax);
    this.#kept = [];
    this.#keptBytes = 0;
    this.#dropping = true;
  }
}

export function broken(message: string): never {
  throw new WireError('upstream', message);
}

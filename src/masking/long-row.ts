import { WireError } from '../wire/bytes.ts';
import { changeField, mayChange } from './field.ts';
import type { FieldMask } from './field.ts';
import { keptValueBytesMax, tooLong } from './long-value.ts';
import { TextWindows } from './text-windows.ts';

/** Where the fields of a long row go. */
export interface RowSink {
  /** Valid during the call only. */
  add(bytes: Buffer): void;
  /** Room for a length, which is told by a call of what it returns. */
  reserve(): (length: number) => void;
}

/** What the bytes at hand are; a value `passes`, is `dropped`, is `kept` to be masked, or looked through (`seen`). */
type Part = 'count' | 'length' | 'passes' | 'dropped' | 'kept' | 'seen';

/**
 * Masks one DataRow that is too large to be kept, as it comes:
 *
 *     Int16 count | (Int32 length, or -1 | bytes)[count]
 *
 * A value is kept where its mask has to see the whole of it, up to `valueBytesMax`.
 */
export class LongRow {
  masked = 0;
  readonly #columns: readonly FieldMask[];
  readonly #out: RowSink;
  readonly #valueBytesMax: number;
  /** Columns from here on are sent as they come. */
  readonly #clearFrom: number;
  /** Of the row that is still to come. */
  #rowBytes: number;
  #part: Part = 'count';
  /** Of the part that is still to come. */
  #missing = 2;
  #number = 0;
  #index = -1;
  #kept: Buffer[] = [];
  #windows: TextWindows | undefined;
  #setLength: (length: number) => void = () => {};
  #bytes = 0;

  /** `bytes`: of the row, without the message's type and length. */
  constructor(columns: readonly FieldMask[], bytes: number, out: RowSink, valueBytesMax = keptValueBytesMax) {
    this.#columns = columns;
    this.#rowBytes = bytes;
    this.#out = out;
    this.#valueBytesMax = valueBytesMax;
    this.#clearFrom = columns.findLastIndex(mayChange) + 1;
  }

  /** How many bytes are still to go out, once that is sure: when all that is to come passes as it is. */
  get bytesToCome(): number | undefined {
    if (this.#part === 'count' || this.#index < this.#clearFrom) return undefined;
    return this.#rowBytes + (this.#part === 'length' ? 4 - this.#missing : 0);
  }

  /**
   * @throws WireError `upstream` where the row does not fit its RowDescription
   * @throws SallyportError `too_large` where a value is too long for its mask
   */
  push(bytes: Buffer): void {
    if (bytes.length > this.#rowBytes) broken('a DataRow longer than its message');
    let at = 0;
    while (at < bytes.length) {
      if (this.#index >= this.#columns.length) broken('a DataRow with bytes after its last field');
      const stop = Math.min(at + this.#missing, bytes.length);
      this.#rowBytes -= stop - at;
      this.#missing -= stop - at;
      this.#take(bytes.subarray(at, stop));
      at = stop;
      if (this.#missing === 0) this.#ended();
    }
  }

  /** @throws WireError `upstream` where the row has ended before its last field */
  end(): void {
    if (this.#index < this.#columns.length) broken('a DataRow that ends before its last field');
  }

  #take(bytes: Buffer): void {
    switch (this.#part) {
      case 'count':
      case 'length':
        for (const byte of bytes) this.#number = (this.#number << 8) | byte;
        return;
      case 'passes':
        return this.#out.add(bytes);
      case 'kept':
        this.#kept.push(Buffer.from(bytes));
        return;
      case 'seen':
        return this.#windows?.push(bytes);
      case 'dropped':
    }
  }

  /** A part is over; values of no bytes are over as they begin. */
  #ended(): void {
    switch (this.#part) {
      case 'count':
        if (this.#number !== this.#columns.length) broken('a DataRow that does not fit its RowDescription');
        this.#out.add(this.#word(2));
        return this.#next();
      case 'length':
        this.#value(this.#number);
        if (this.#missing === 0) this.#ended();
        return;
      case 'kept':
        this.#maskKept();
        return this.#next();
      case 'seen':
        this.#windows?.end();
        this.#setLength(this.#bytes);
        this.masked += this.#windows?.found ?? 0;
        this.#windows = undefined;
        return this.#next();
      case 'passes':
      case 'dropped':
        return this.#next();
    }
  }

  #next(): void {
    this.#index += 1;
    this.#number = 0;
    this.#part = 'length';
    this.#missing = 4;
  }

  /** A value of `length` bytes begins; -1 is NULL. */
  #value(length: number): void {
    const column = this.#columns[this.#index];
    if (column === undefined || length < -1 || length > this.#rowBytes)
      broken('a DataRow field that reaches past its message');
    this.#missing = Math.max(0, length);
    this.#part = this.#partOf(column, length);
    if (this.#part === 'passes') this.#out.add(this.#word(4));
    else if (this.#part === 'seen') {
      this.#bytes = 0;
      this.#setLength = this.#out.reserve();
    }
  }

  #partOf(column: FieldMask, length: number): Part {
    if (!mayChange(column) || (length < 0 && !column.nulls)) return 'passes';
    if (column.masker?.kind === 'constant') return this.#replaced(column.masker.value);
    if (length <= this.#valueBytesMax) return 'kept';
    const { long } = column;
    if (long.kind === 'constant') return this.#replaced(long.value);
    if (long.kind === 'refused') throw tooLong(this.#index, this.#valueBytesMax);
    this.#windows = new TextWindows(long.detect, (bytes) => {
      this.#bytes += bytes.length;
      this.#out.add(bytes);
    });
    return 'seen';
  }

  #replaced(value: Buffer | null): 'dropped' {
    this.masked += 1;
    this.#give(value);
    return 'dropped';
  }

  #maskKept(): void {
    const column = this.#columns[this.#index];
    const kept = this.#kept.splice(0);
    const value = kept.length === 1 && kept[0] !== undefined ? kept[0] : Buffer.concat(kept);
    const changed = column && changeField(column, value);
    this.masked += changed?.count ?? 0;
    this.#give(changed === undefined ? value : changed.value);
  }

  #give(value: Buffer | null): void {
    this.#number = value === null ? -1 : value.length;
    this.#out.add(this.#word(4));
    if (value !== null && value.length > 0) this.#out.add(value);
  }

  /** The number at hand as the protocol writes it. */
  #word(bytes: 2 | 4): Buffer {
    const word = Buffer.allocUnsafe(bytes);
    if (bytes === 2) word.writeUInt16BE(this.#number & 0xffff);
    else word.writeInt32BE(this.#number | 0);
    return word;
  }
}

function broken(message: string): never {
  throw new WireError('upstream', message);
}

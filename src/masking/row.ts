import { WireError } from '../wire/bytes.ts';
import type { FieldDescription } from '../wire/postgres/backend.ts';
import { Arena } from './arena.ts';
import type { ColumnMask } from './column-mask.ts';
import type { DetectorSet } from './detect.ts';
import { fieldMask, mayChange } from './field.ts';
import type { FieldMask } from './field.ts';
import type { MaskKeys } from './keys.ts';
import { LongRow } from './long-row.ts';
import type { RowSink } from './long-row.ts';

export type { ColumnMask } from './column-mask.ts';

/** What of a RowDescription masking needs. */
export type MaskedField = Pick<FieldDescription, 'tableOid' | 'columnAttr' | 'typeOid' | 'format'>;

const nothing = Buffer.alloc(0);
/** Type byte and length, before the count of fields. */
const headerBytes = 5;
/** A buffer of this size is kept from result to result: small ones come often. */
const keptBytesMax = 4096;

/**
 * Masks the DataRows of one result. Made once for a RowDescription, so that a row costs a walk over its lengths and
 * little more; see `out` for where a row ends up.
 */
export class RowMasker {
  /** Whether any column of this result could need a change at all. */
  readonly active: boolean;
  /** Values changed so far. */
  masked = 0;
  /**
   * The row last masked is `out[outStart, outEnd)`: the buffer it came in, changed in place or not at all, or one of
   * the masker's own, in which rows lie one behind the other and stay as they are while anybody keeps them.
   */
  out: Buffer = nothing;
  outStart = 0;
  outEnd = 0;
  readonly #columns: readonly FieldMask[];
  /** Which fields of the row last masked were changed: the first `#changedCount`. */
  readonly #changed: Uint16Array;
  #changedCount = 0;
  #arena = new Arena();
  /** How far the row at hand has been copied to the arena; -1 while it can stay where it is. */
  #copied = -1;

  /** `isText` tells string types without a fixed OID, such as `citext`. */
  constructor(
    fields: readonly MaskedField[],
    maskOf: (field: MaskedField, index: number) => ColumnMask | undefined,
    detect: DetectorSet | undefined,
    keys: MaskKeys,
    isText: (typeOid: number) => boolean = () => false,
  ) {
    this.#columns = fields.map((field, index) => {
      const format = field.format === 1 ? 'binary' : 'text';
      const type = { oid: field.typeOid, format, isText: isText(field.typeOid) } as const;
      return fieldMask(maskOf(field, index), type, detect, keys);
    });
    this.#changed = new Uint16Array(fields.length);
    this.active = this.#columns.some(mayChange);
  }

  /** The masked row as a message of its own, or undefined where nothing had to move (`buffer` holds it then). */
  mask(buffer: Buffer, start: number, end: number): Buffer | undefined {
    this.apply(buffer, start, end);
    return this.out === buffer ? undefined : this.out.subarray(this.outStart, this.outEnd);
  }

  /**
   * Masks one DataRow, `buffer[start, end)`.
   *
   *     Byte1 'D' | Int32 length | Int16 count | (Int32 length, or -1 | bytes)[count]
   *
   * @throws WireError `upstream` where the row does not fit its RowDescription, or is too large once masked;
   * nothing of it may be shown then
   */
  apply(buffer: Buffer, start: number, end: number): void {
    const columns = this.#columns;
    if (end - start < headerBytes + 2 || end > buffer.length) broken('a DataRow without a field count');
    if (buffer.readUInt16BE(start + headerBytes) !== columns.length) {
      broken('a DataRow that does not fit its RowDescription');
    }
    this.#copied = -1;
    this.#changedCount = 0;
    let at = start + headerBytes + 2;
    let index = 0;
    for (const column of columns) {
      if (end - at < 4) broken('a DataRow that ends before its last field');
      const length = buffer.readInt32BE(at);
      if (length < -1 || length > end - at - 4) broken('a DataRow field that reaches past its message');
      const next = at + 4 + Math.max(length, 0);
      if (length >= 0 || column.nulls) {
        const before = this.masked;
        this.#field(column, buffer, start, at, next);
        if (this.masked > before) this.#changed[this.#changedCount++] = index;
      }
      at = next;
      index += 1;
    }
    if (at !== end) broken('a DataRow with bytes after its last field');
    this.#finish(buffer, start, end);
  }

  /** Which fields of the row last masked were changed, from 0. */
  changed(): number[] {
    return [...this.#changed.subarray(0, this.#changedCount)];
  }

  /** A row of so many bytes, without its header, that is too large to be kept: masked as it comes. */
  long(bytes: number, out: RowSink): LongRow {
    return new LongRow(this.#columns, bytes, out);
  }

  /** Lets go of rows and of large buffers, at the end of a result: a masker that is kept then weighs little. */
  release(): void {
    this.out = nothing;
    this.outStart = 0;
    this.outEnd = 0;
    if (this.bufferBytes > keptBytesMax) this.#arena = new Arena();
  }

  /** Nobody holds the rows so far any more. */
  rewind(): void {
    this.#arena.rewind();
  }

  /** What it holds on to for rows to come. */
  get bufferBytes(): number {
    return this.#arena.bytes.length;
  }

  /** One field whose length word is at `at`; a NULL only where it is replaced by a constant. */
  #field(column: FieldMask, buffer: Buffer, start: number, at: number, next: number): void {
    const { masker, detection } = column;
    if (masker !== undefined) {
      this.masked += 1;
      const value = masker.kind === 'constant' ? masker.value : masker.mask(buffer, at + 4, next);
      this.#replace(buffer, start, at, next, value);
      return;
    }
    if (detection === undefined || !detection.mayContain(buffer, at + 4, next)) return;
    const found = detection.clean(buffer.subarray(at + 4, next));
    if (found === undefined) return;
    this.masked += found.count;
    this.#replace(buffer, start, at, next, found.value);
  }

  #replace(buffer: Buffer, start: number, at: number, next: number, value: Buffer | null): void {
    if (value === null ? buffer.readInt32BE(at) < 0 : value.length === buffer.readInt32BE(at)) {
      value?.copy(buffer, at + 4);
      return;
    }
    const arena = this.#arena;
    if (this.#copied < 0) {
      arena.begin();
      this.#copied = start;
    }
    arena.append(buffer, this.#copied, at);
    arena.appendInt32(value === null ? -1 : value.length);
    if (value !== null) arena.append(value, 0, value.length);
    this.#copied = next;
  }

  #finish(buffer: Buffer, start: number, end: number): void {
    if (this.#copied < 0) {
      this.out = buffer;
      this.outStart = start;
      this.outEnd = end;
      return;
    }
    const arena = this.#arena;
    arena.append(buffer, this.#copied, end);
    arena.bytes.writeInt32BE(arena.end - arena.start - 1, arena.start + 1);
    this.out = arena.bytes;
    this.outStart = arena.start;
    this.outEnd = arena.end;
  }
}

function broken(message: string): never {
  throw new WireError('upstream', message);
}

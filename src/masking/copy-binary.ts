import { broken, CopyFields } from './copy-stream.ts';
import type { CopyMasker, FieldCodec } from './copy-stream.ts';
import type { FieldMask } from './field.ts';

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** What the bytes at hand are. */
type Part =
  | 'signature'
  | 'flags'
  | 'extensionLength'
  | 'extension'
  | 'count'
  | 'length'
  | 'value'
  | 'trailer';

/**
 * COPY … TO STDOUT in the binary format (sql-copy, "Binary Format"):
 *
 *     "PGCOPY\n\377\r\n\0" | Int32 flags | Int32 length, extension | rows | Int16 -1
 *     row: Int16 count | (Int32 length, or -1 | bytes)[count]
 */
export class BinaryCopyMasker implements CopyMasker {
  readonly #fields: CopyFields;
  #part: Part = 'signature';
  /** Bytes of the part that are still to come. */
  #missing = signature.length;
  /** The number that the part is, as far as it has come. */
  #number = 0;
  /** Fields of the row that are still to come. */
  #left = 0;

  constructor(columns: readonly FieldMask[]) {
    this.#fields = new CopyFields(columns, codec);
  }

  get masked(): number {
    return this.#fields.masked;
  }

  push(chunk: Buffer): Buffer {
    this.#fields.begin(chunk);
    let at = 0;
    while (at < chunk.length) {
      if (this.#part === 'trailer') broken('a COPY with bytes behind its end');
      const end = Math.min(at + this.#missing, chunk.length);
      if (this.#part === 'signature') this.#checkSignature(chunk, at, end);
      else if (this.#part !== 'value' && this.#part !== 'extension') this.#read(chunk, at, end);
      this.#missing -= end - at;
      at = end;
      if (this.#missing === 0) this.#ended(at);
    }
    return this.#fields.take(this.#part === 'length' || this.#part === 'value');
  }

  end(): void {
    if (this.#part !== 'trailer') broken('a COPY that ends in the middle of its data');
  }

  #checkSignature(chunk: Buffer, at: number, end: number): void {
    const from = signature.length - this.#missing;
    if (signature.compare(chunk, at, end, from, from + end - at) !== 0) broken('a COPY that is not binary');
  }

  #read(chunk: Buffer, at: number, end: number): void {
    for (let index = at; index < end; index++) this.#number = (this.#number << 8) | (chunk[index] ?? 0);
  }

  /** A part ends at `at`; parts of no bytes end as they begin. */
  #ended(at: number): void {
    const number = this.#number;
    this.#number = 0;
    switch (this.#part) {
      case 'signature':
        return this.#next('flags', 4);
      case 'flags':
        // Bits that a reader must know (16 and above): OIDs, which no server sends any more.
        if (number >>> 16 !== 0) broken('a COPY with flags that are not known');
        return this.#next('extensionLength', 4);
      case 'extensionLength':
        if (number < 0) broken('a COPY with a header of negative length');
        return number === 0 ? this.#rowBegins(at) : this.#next('extension', number);
      case 'extension':
        return this.#rowBegins(at);
      case 'count':
        return this.#counted((number << 16) >> 16, at);
      case 'length':
        if (number < -1) broken('a field of a COPY with a negative length');
        return number > 0 ? this.#next('value', number) : this.#fieldEnds(at);
      case 'value':
        return this.#fieldEnds(at);
      case 'trailer':
    }
  }

  #next(part: Part, bytes: number): void {
    this.#part = part;
    this.#missing = bytes;
  }

  #rowBegins(at: number): void {
    this.#fields.skip(at);
    this.#next('count', 2);
  }

  #counted(count: number, at: number): void {
    this.#fields.skip(at);
    if (count === -1) return this.#next('trailer', 0);
    if (count !== this.#fields.columns) broken('a row of a COPY that does not fit its columns');
    this.#left = count;
    if (count === 0) this.#rowBegins(at);
    else this.#next('length', 4);
  }

  #fieldEnds(at: number): void {
    this.#fields.field(at, at);
    this.#left -= 1;
    if (this.#left > 0) return this.#next('length', 4);
    this.#fields.row();
    this.#rowBegins(at);
  }
}

/** A field with the length before it. */
const codec: FieldCodec = {
  decode: (raw) => (raw.readInt32BE(0) < 0 ? null : raw.subarray(4)),
  encode(value) {
    const raw = Buffer.alloc(4 + (value?.length ?? 0));
    raw.writeInt32BE(value?.length ?? -1);
    value?.copy(raw, 4);
    return raw;
  },
};

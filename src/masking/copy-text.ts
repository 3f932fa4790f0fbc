import { broken, CopyFields } from './copy-stream.ts';
import type { CopyMasker, FieldCodec } from './copy-stream.ts';
import type { FieldMask } from './field.ts';

/** Of a text COPY, from its options. */
export interface TextFormat {
  readonly delimiter: string;
  readonly null: string;
  readonly header: boolean;
}

const backslash = 0x5c;
const newline = 0x0a;
/** Letters behind a backslash, and what they stand for (sql-copy, "Text Format"). */
const controls: readonly (readonly [letter: string, byte: number])[] = [
  ['b', 0x08],
  ['f', 0x0c],
  ['n', newline],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
];
const byLetter = new Map(controls.map(([letter, byte]) => [letter.charCodeAt(0), byte]));
const byByte = new Map(controls.map(([letter, byte]) => [byte, letter.charCodeAt(0)]));

/**
 * COPY … TO STDOUT in the text format, as the server writes it: rows end by a newline, and a backslash stands before
 * whatever would be taken for something else.
 */
export class TextCopyMasker implements CopyMasker {
  readonly #fields: CopyFields;
  readonly #delimiter: number;
  #header: boolean;
  #escaped = false;
  /** Bytes of the row so far, on which it hangs whether it has begun. */
  #rowBytes = 0;

  constructor(columns: readonly FieldMask[], format: TextFormat) {
    this.#fields = new CopyFields(columns, textCodec(format));
    this.#delimiter = format.delimiter.charCodeAt(0);
    this.#header = format.header;
  }

  get masked(): number {
    return this.#fields.masked;
  }

  push(chunk: Buffer): Buffer {
    const fields = this.#fields;
    fields.begin(chunk);
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      this.#rowBytes += 1;
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === newline) this.#endRow(at);
      else if (byte === this.#delimiter && !this.#header) fields.field(at, at + 1);
    }
    return fields.take(!this.#header);
  }

  end(): void {
    if (this.#rowBytes > 0) broken('a COPY that ends in the middle of a row');
  }

  #endRow(at: number): void {
    const fields = this.#fields;
    if (this.#header) fields.skip(at + 1);
    // Rows of no columns are empty lines.
    else if (fields.columns === 0 && this.#rowBytes === 1) fields.skip(at + 1);
    else {
      fields.field(at, at + 1);
      fields.row();
    }
    this.#header = false;
    this.#rowBytes = 0;
  }
}

function textCodec(format: TextFormat): FieldCodec {
  const nothing = Buffer.from(format.null);
  const delimiter = format.delimiter.charCodeAt(0);
  return {
    decode: (raw) => (raw.equals(nothing) ? null : unescaped(raw)),
    encode: (value) => (value === null ? nothing : escaped(value, delimiter)),
  };
}

function unescaped(raw: Buffer): Buffer {
  if (!raw.includes(backslash)) return raw;
  const value = Buffer.alloc(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    let byte = raw[at] ?? 0;
    if (byte === backslash) {
      at += 1;
      byte = raw[at] ?? 0;
      byte = byLetter.get(byte) ?? byte;
    }
    value[length++] = byte;
  }
  return value.subarray(0, length);
}

function escaped(value: Buffer, delimiter: number): Buffer {
  const raw = Buffer.alloc(value.length * 2);
  let length = 0;
  for (const byte of value) {
    const letter = byByte.get(byte);
    const special = letter !== undefined || byte === backslash || byte === delimiter;
    if (special) raw[length++] = backslash;
    raw[length++] = letter ?? byte;
  }
  return raw.subarray(0, length);
}

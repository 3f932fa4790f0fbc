import { broken, CopyFields } from './copy-stream.ts';
import type { CopyMasker, FieldCodec } from './copy-stream.ts';
import type { TextFormat } from './copy-text.ts';
import type { FieldMask } from './field.ts';

/** Of a CSV COPY, from its options. */
export interface CsvFormat extends TextFormat {
  readonly quote: string;
  readonly escape: string;
  readonly forceQuote: boolean;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** COPY … TO STDOUT as CSV, as the server writes it (sql-copy, "CSV Format"): a quoted value is quoted from its first byte on. */
export class CsvCopyMasker implements CopyMasker {
  readonly #fields: CopyFields;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  #header: boolean;
  /** `ended`: behind a quote that ends the value, unless another one follows. */
  #state: 'start' | 'plain' | 'quoted' | 'escaped' | 'ended' = 'start';
  #rowBytes = 0;

  constructor(columns: readonly FieldMask[], format: CsvFormat) {
    this.#fields = new CopyFields(columns, csvCodec(format));
    this.#delimiter = format.delimiter.charCodeAt(0);
    this.#quote = format.quote.charCodeAt(0);
    this.#escape = format.escape.charCodeAt(0);
    this.#header = format.header;
  }

  get masked(): number {
    return this.#fields.masked;
  }

  push(chunk: Buffer): Buffer {
    this.#fields.begin(chunk);
    for (let at = 0; at < chunk.length; at++) this.#byte(chunk[at] ?? 0, at);
    return this.#fields.take(!this.#header);
  }

  end(): void {
    if (this.#rowBytes > 0) broken('a COPY that ends in the middle of a row');
  }

  #byte(byte: number, at: number): void {
    this.#rowBytes += 1;
    if (this.#state === 'quoted') this.#state = this.#inQuotes(byte);
    else if (this.#state === 'escaped') this.#state = 'quoted';
    else if (byte === this.#quote && this.#state !== 'plain') this.#state = 'quoted';
    else if (byte === newline) this.#endRow(at);
    else if (byte === this.#delimiter) this.#endField(at);
    else this.#state = 'plain';
  }

  #inQuotes(byte: number): 'quoted' | 'escaped' | 'ended' {
    // Where both are one, a second quote behind this one goes on with the value.
    if (byte === this.#quote) return 'ended';
    return byte === this.#escape ? 'escaped' : 'quoted';
  }

  #endField(at: number): void {
    if (!this.#header) this.#fields.field(at, at + 1);
    this.#state = 'start';
  }

  #endRow(at: number): void {
    const fields = this.#fields;
    if (this.#header) fields.skip(at + 1);
    else if (fields.columns === 0 && this.#rowBytes === 1) fields.skip(at + 1);
    else {
      fields.field(at, at + 1);
      fields.row();
    }
    this.#header = false;
    this.#state = 'start';
    this.#rowBytes = 0;
  }
}

/**
 * What comes of a value is quoted where it must be or where the options say so, never because the value itself was:
 * with a DELIMITER of the client's choice that would tell whether it has this character in it.
 */
function csvCodec(format: CsvFormat): FieldCodec {
  const nothing = Buffer.from(format.null);
  const [delimiter = 0, quote = 0, escape = 0] = [format.delimiter, format.quote, format.escape].map((one) =>
    one.charCodeAt(0),
  );
  const special = new Set([delimiter, quote, newline, carriageReturn]);
  return {
    decode(raw) {
      if (raw.equals(nothing)) return null;
      return raw[0] === quote ? unquoted(raw, quote, escape) : raw;
    },
    encode(value) {
      if (value === null) return nothing;
      const must =
        value.equals(nothing) || value.equals(endOfData) || value.some((byte) => special.has(byte));
      return must || format.forceQuote ? quoted(value, quote, escape) : value;
    },
  };
}

const endOfData = Buffer.from('\\.');

function unquoted(raw: Buffer, quote: number, escape: number): Buffer {
  const value = Buffer.alloc(raw.length);
  let length = 0;
  for (let at = 1; at < raw.length - 1; at++) {
    const next = raw[at + 1];
    // Not the last quote, which ends the value.
    if (raw[at] === escape && at + 1 < raw.length - 1 && (next === quote || next === escape)) at += 1;
    value[length++] = raw[at] ?? 0;
  }
  return value.subarray(0, length);
}

function quoted(value: Buffer, quote: number, escape: number): Buffer {
  const raw = Buffer.alloc(value.length * 2 + 2);
  let length = 0;
  raw[length++] = quote;
  for (const byte of value) {
    if (byte === quote || byte === escape) raw[length++] = escape;
    raw[length++] = byte;
  }
  raw[length++] = quote;
  return raw.subarray(0, length);
}

import { SallyportError } from '../core/errors.ts';
import { holdsToken } from './token.ts';
import type { TokenTarget } from './tokens-back.ts';
import { fieldBytesMax } from './tokens-copy.ts';
import type { CopiedColumns, CopyTokens } from './tokens-copy.ts';

/** What of COPY's options says how text or CSV is written; markers are what stands for no value at all. */
export interface CopyTextFormat {
  readonly csv: boolean;
  /** One byte each; `escape` counts in CSV alone. */
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  /** Of NULL, and of DEFAULT where that is given. */
  readonly markers: readonly string[];
  /** A first line with names. */
  readonly header: boolean;
  /** FORCE_NULL: a marker in quotes counts, too. */
  readonly forcesNull: boolean;
}

const nothing = Buffer.alloc(0);
const [newline, carriageReturn, backslash] = [0x0a, 0x0d, 0x5c];

/**
 * Where fields and rows end must be seen as the server sees it (CopyReadLineText and CopyReadAttributesText and …CSV in
 * copyfromparse.c), or a value could end up in a column that shows it. Where the server would refuse a row (line ends
 * of two kinds, bytes behind the end marker) it does not matter.
 */
export class TextCopyTokens implements CopyTokens {
  readonly #columns: CopiedColumns;
  readonly #format: CopyTextFormat;
  readonly #delimiter: number;
  readonly #quote: number;
  /** No byte at all where it is the quote itself: then quotes only toggle. */
  readonly #escape: number;
  #column = 0;
  #inHeader: boolean;
  #quoted = false;
  #escaped = false;
  /** The field at hand as far as it is kept back; undefined where it passes. */
  #kept: Buffer[] | undefined;
  #keptBytes = 0;

  constructor(columns: CopiedColumns, format: CopyTextFormat) {
    this.#columns = columns;
    this.#format = format;
    this.#delimiter = format.delimiter.charCodeAt(0);
    this.#quote = format.quote.charCodeAt(0);
    this.#escape = format.escape === format.quote ? -1 : format.escape.charCodeAt(0);
    this.#inHeader = format.header;
    this.#begin();
  }

  push(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    let done = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (!this.#ends(byte)) continue;
      this.#add(chunk.subarray(done, at), out);
      this.#finish(out);
      out.push(chunk.subarray(at, at + 1));
      done = at + 1;
      if (byte === this.#delimiter) this.#column += 1;
      else this.#line();
      this.#begin();
    }
    this.#add(chunk.subarray(done), out);
    return Buffer.concat(out);
  }

  end(): Buffer {
    const out: Buffer[] = [];
    this.#finish(out);
    return Buffer.concat(out);
  }

  /** Whether the field at hand ends before this byte. */
  #ends(byte: number): boolean {
    if (this.#format.csv) {
      if (this.#quoted && byte === this.#escape) this.#escaped = !this.#escaped;
      else if (byte === this.#quote && !this.#escaped) this.#quoted = !this.#quoted;
      if (byte !== this.#escape) this.#escaped = false;
      if (this.#quoted) return false;
    } else if (this.#escaped) {
      this.#escaped = false;
      return false;
    } else if (byte === backslash) {
      this.#escaped = true;
      return false;
    }
    return byte === this.#delimiter || byte === newline || byte === carriageReturn;
  }

  #begin(): void {
    this.#kept = !this.#inHeader && this.#columns.targets.has(this.#column) ? [] : undefined;
    this.#keptBytes = 0;
  }

  #line(): void {
    this.#column = 0;
    this.#inHeader = false;
  }

  #add(bytes: Buffer, out: Buffer[]): void {
    if (bytes.length === 0) return;
    if (this.#kept === undefined) return void out.push(Buffer.from(bytes));
    this.#kept.push(Buffer.from(bytes));
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= fieldBytesMax) return;
    out.push(...this.#kept);
    this.#kept = undefined;
  }

  #finish(out: Buffer[]): void {
    if (this.#kept === undefined) return;
    const [only = nothing, ...more] = this.#kept;
    const raw = more.length === 0 ? only : Buffer.concat(this.#kept);
    this.#kept = undefined;
    out.push(holdsToken(raw) ? this.#turned(raw) : raw);
  }

  #turned(raw: Buffer): Buffer {
    const { targets, tokens } = this.#columns;
    const target = targets.get(this.#column);
    if (target === undefined) return raw;
    const value = tokens.read(this.#format.csv ? this.#unquoted(raw) : unescaped(raw), target, 'text');
    return this.#format.csv ? this.#asQuoted(value, target) : this.#asEscaped(value, target);
  }

  /** What a CSV field stands for; one with quotes in its midst stays as it is, and is no token then. */
  #unquoted(raw: Buffer): Buffer {
    const { quote, escape } = this.#format;
    const text = raw.toString('latin1');
    if (!text.startsWith(quote) || !text.endsWith(quote) || text.length < 2) return raw;
    let inner = '';
    for (let at = 1; at < text.length - 1; at++) {
      const next = text.charAt(at + 1);
      if (text.charAt(at) === escape && (next === escape || next === quote)) at += 1;
      inner += text.charAt(at);
    }
    return Buffer.from(inner, 'latin1');
  }

  #asQuoted(value: Buffer, { resource }: TokenTarget): Buffer {
    const { quote, escape, markers, forcesNull } = this.#format;
    const text = value.toString('latin1');
    if (forcesNull && markers.includes(value.toString())) throw unwritable(resource);
    let escaped = text;
    if (escape !== quote) escaped = escaped.replaceAll(escape, escape + escape);
    return Buffer.from(quote + escaped.replaceAll(quote, escape + quote) + quote, 'latin1');
  }

  #asEscaped(value: Buffer, { resource }: TokenTarget): Buffer {
    const { delimiter, markers } = this.#format;
    let text = '';
    for (const char of value.toString('latin1')) {
      const code = controls.get(char);
      text += code === undefined ? (char === '\\' || char === delimiter ? `\\${char}` : char) : `\\${code}`;
    }
    // Markers are looked for before anything is unescaped, so that an escape keeps a value from being one.
    const marked = markers.some((marker) => Buffer.from(marker).toString('latin1') === text);
    if (!marked) return Buffer.from(text, 'latin1');
    const first = value[0];
    if (first === undefined || first > 0x7f || text.startsWith('\\')) throw unwritable(resource);
    return Buffer.from(`\\x${first.toString(16).padStart(2, '0')}${text.slice(1)}`, 'latin1');
  }
}

const controls: ReadonlyMap<string, string> = new Map([
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\v', 'v'],
]);

/** A token needs no escapes, but an array of them may have quotes; others keep it from being read as one. */
function unescaped(raw: Buffer): Buffer {
  return Buffer.from(raw.toString('latin1').replaceAll('\\\\', '\\'), 'latin1');
}

function unwritable(resource: string): SallyportError {
  return new SallyportError(
    'denied',
    `Sallyport: a token of ${resource} stands for a value that means NULL or DEFAULT in this COPY`,
    { hint: 'Use the CSV format, or another NULL marker.' },
  );
}

import { fieldBytesMax } from './tokens-copy.ts';
import type { CopiedColumns, CopyTokens } from './tokens-copy.ts';

/** PGCOPY\n\377\r\n\0 */
const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const fixedBytes = signature.length + 8;

const nothing = Buffer.alloc(0);

/** What comes next. */
type State = 'header' | 'count' | 'length' | 'field' | 'rest';

/**
 *     signature | Int32 flags | Int32 extensionBytes | extension
 *     | (Int16 count | (Int32 length, or -1 | bytes)[count])* | Int16 -1
 *
 * What breaks this layout passes as it is from there on: the server refuses it, and no token in it is turned back.
 */
export class BinaryCopyTokens implements CopyTokens {
  readonly #columns: CopiedColumns;
  #state: State = 'header';
  /** What is looked for is not whole yet: it needs this many bytes. */
  #needed = 0;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** Bytes that pass before the next step. */
  #passing = 0;
  #column = 0;
  #count = 0;
  #fieldBytes = 0;

  constructor(columns: CopiedColumns) {
    this.#columns = columns;
  }

  push(chunk: Buffer): Buffer {
    if (this.#keptBytes + chunk.length < this.#needed) return this.#keep(chunk);
    const bytes = Buffer.concat([...this.#kept, chunk]);
    const out: Buffer[] = [];
    let at = 0;
    for (;;) {
      const passed = Math.min(this.#passing, bytes.length - at);
      out.push(bytes.subarray(at, at + passed));
      this.#passing -= passed;
      at += passed;
      if (this.#passing > 0) break;
      this.#needed = this.#bytesOf(this.#state);
      if (bytes.length - at < this.#needed) break;
      at += this.#step(bytes, at, out);
    }
    this.#kept = [];
    this.#keptBytes = 0;
    this.#keep(bytes.subarray(at));
    return Buffer.concat(out);
  }

  end(): Buffer {
    return Buffer.concat(this.#kept);
  }

  #keep(bytes: Buffer): Buffer {
    this.#kept.push(Buffer.from(bytes));
    this.#keptBytes += bytes.length;
    return nothing;
  }

  #bytesOf(state: State): number {
    switch (state) {
      case 'header':
        return fixedBytes;
      case 'count':
        return 2;
      case 'length':
        return 4;
      case 'field':
        return this.#fieldBytes;
      case 'rest':
        return 1;
    }
  }

  /** Reads what is next at `at`, which is all there, and gives its length. */
  #step(bytes: Buffer, at: number, out: Buffer[]): number {
    const pass = (length: number): number => {
      out.push(bytes.subarray(at, at + length));
      return length;
    };
    switch (this.#state) {
      case 'header':
        this.#header(bytes, at);
        return pass(fixedBytes);
      case 'count':
        this.#count = bytes.readInt16BE(at);
        this.#column = 0;
        this.#state = this.#count < 0 ? 'rest' : this.#next();
        return pass(2);
      case 'length':
        return this.#length(bytes.readInt32BE(at)) ? pass(4) : 4;
      case 'field': {
        const value = this.#read(bytes.subarray(at, at + this.#fieldBytes));
        const length = Buffer.alloc(4);
        length.writeInt32BE(value.length);
        out.push(length, value);
        this.#column += 1;
        this.#state = this.#next();
        return this.#fieldBytes;
      }
      case 'rest':
        return pass(bytes.length - at);
    }
  }

  #header(bytes: Buffer, at: number): void {
    const extension = bytes.readInt32BE(at + fixedBytes - 4);
    const known = bytes.subarray(at, at + signature.length).equals(signature);
    // Flags tell of fields that no server reads any more (OIDs).
    const plain = known && bytes.readInt32BE(at + signature.length) === 0 && extension >= 0;
    this.#state = plain ? 'count' : 'rest';
    if (plain) this.#passing = extension;
  }

  /** Whether the field passes as it is, its length first. */
  #length(length: number): boolean {
    if (length >= 0 && length <= fieldBytesMax && this.#columns.targets.has(this.#column)) {
      this.#fieldBytes = length;
      this.#state = 'field';
      return false;
    }
    this.#column += 1;
    this.#state = length < -1 ? 'rest' : this.#next();
    this.#passing = Math.max(length, 0);
    return true;
  }

  #next(): State {
    return this.#column < this.#count ? 'length' : 'count';
  }

  #read(value: Buffer): Buffer {
    const { targets, tokens } = this.#columns;
    const target = targets.get(this.#column);
    return target === undefined ? value : tokens.read(value, target, 'binary');
  }
}

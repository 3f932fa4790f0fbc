import { isUtf8 } from 'node:buffer';

/** Whose bytes: the client's, or the upstream's. */
export type WireSide = 'client' | 'upstream';

/**
 * The codecs' one error: bytes that break the protocol, and whose fault it is. The message never quotes the
 * bytes, for they may be a password or a row.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly side: WireSide;
  /** `too_large`: well formed so far, but over a limit. */
  readonly reason: 'malformed' | 'too_large';

  constructor(side: WireSide, message: string, reason: 'malformed' | 'too_large' = 'malformed') {
    super(message);
    this.side = side;
    this.reason = reason;
  }
}

/** Reads big-endian fields out of `buffer[start, end)`; every read past `end` is a WireError. */
export class ByteReader {
  readonly #buffer: Buffer;
  readonly #side: WireSide;
  readonly #end: number;
  #at: number;

  constructor(side: WireSide, buffer: Buffer, start = 0, end = buffer.length) {
    this.#side = side;
    this.#buffer = buffer;
    this.#at = start;
    this.#end = Math.min(end, buffer.length);
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#take(1));
  }

  i16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#take(2));
  }

  i32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#take(4));
  }

  /** A view, not a copy: valid as long as the buffer is. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** All that is left, as a view. */
  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** Text up to a NUL; anything but UTF-8 is refused, for it could mean another thing to the other side. */
  cstring(): string {
    // Unnamed statements and portals are in almost every message; a look at one byte spares two calls.
    if (this.remaining > 0 && this.#buffer[this.#at] === 0) {
      this.#at++;
      return '';
    }
    const { at, nul } = this.#untilNul();
    const text = this.#buffer.toString('utf8', at, nul);
    // A replacement character is what bad bytes become, and also a character of its own: only then look closer.
    if (text.includes('\ufffd') && !isUtf8(this.#buffer.subarray(at, nul))) this.fail('text is not UTF-8');
    return text;
  }

  /** Text up to a NUL, what is not UTF-8 replaced: for words that are only shown. */
  cstringLossy(): string {
    const { at, nul } = this.#untilNul();
    return this.#buffer.toString('utf8', at, nul);
  }

  /**
   * How many items follow, as an unsigned 16-bit number, of at least `itemBytesMin` each: refused where they
   * cannot fit, before anything is allocated for them.
   */
  count(itemBytesMin: number): number {
    const count = this.u16();
    if (count * itemBytesMin > this.remaining) this.fail('more items announced than there are bytes');
    return count;
  }

  /** Nothing may follow. */
  end(): void {
    if (this.remaining !== 0) this.fail('bytes left over after the last field');
  }

  /** @throws WireError always */
  fail(message: string): never {
    throw new WireError(this.#side, message);
  }

  #take(length: number): number {
    if (length < 0 || length > this.remaining) this.fail('a field reaches past the end of its message');
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #untilNul(): { at: number; nul: number } {
    const at = this.#at;
    const nul = this.#buffer.indexOf(0, at);
    if (nul < 0 || nul >= this.#end) this.fail('text without its terminating NUL');
    this.#at = nul + 1;
    return { at, nul };
  }
}

/** Writes big-endian fields into one growing buffer; messages begin and end by `begin` and `end`. */
export class ByteWriter {
  readonly #side: WireSide;
  #buffer: Buffer;
  #at = 0;
  #lengthAt = 0;

  /** `side` is whose fault a value would be that does not fit. */
  constructor(side: WireSide, capacityBytes = 128) {
    this.#side = side;
    this.#buffer = Buffer.allocUnsafe(capacityBytes);
  }

  /** A type byte, where given, and room for the length. */
  begin(type?: number): this {
    if (type !== undefined) this.u8(type);
    this.#lengthAt = this.#at;
    return this.i32(0);
  }

  /** Fills in the length, which counts itself but not the type byte. */
  end(): this {
    this.#buffer.writeInt32BE(this.#at - this.#lengthAt, this.#lengthAt);
    return this;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#buffer.writeUInt8(value, at);
    return this;
  }

  i16(value: number): this {
    const at = this.#room(2);
    this.#buffer.writeInt16BE(value, at);
    return this;
  }

  i32(value: number): this {
    const at = this.#room(4);
    this.#buffer.writeInt32BE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#buffer.writeUInt32BE(value, at);
    return this;
  }

  /** @throws WireError over 65,535: the field is 16 bits wide */
  count(value: number): this {
    if (value > 0xffff) throw new WireError(this.#side, 'more items than a message can hold', 'too_large');
    const at = this.#room(2);
    this.#buffer.writeUInt16BE(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.byteLength);
    this.#buffer.set(value, at);
    return this;
  }

  /** @throws WireError where the text holds a NUL, which would forge the next field */
  cstring(text: string): this {
    if (text.includes('\0')) throw new WireError(this.#side, 'text holds a NUL');
    const length = Buffer.byteLength(text);
    const at = this.#room(length + 1);
    this.#buffer.write(text, at, 'utf8');
    this.#buffer[at + length] = 0;
    return this;
  }

  /** A 32-bit length and the bytes; -1 alone for NULL. */
  value(value: Uint8Array | null): this {
    return value === null ? this.i32(-1) : this.i32(value.byteLength).bytes(value);
  }

  /** What was written. The writer is done with it. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#at);
    this.#buffer = Buffer.alloc(0);
    this.#at = 0;
    return taken;
  }

  /** Where to write `length` bytes. May replace the buffer, so it comes before any use of it. */
  #room(length: number): number {
    const at = this.#at;
    const needed = at + length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#at = needed;
    return at;
  }
}

import { WireError } from '../wire/bytes.ts';

/** A masked row may be larger than it came: a digit in a document becomes a token. */
const itemBytesMax = 256 * 1024 * 1024;
const bytesMin = 4 * 1024;
/** The rows of one chunk of 64 KiB, somewhat longer than they came. */
const bytesMax = 128 * 1024;
/** Below this, copying byte by byte is cheaper than a call into the runtime. */
const shortBytes = 24;

/**
 * Room for items written one behind the other. What was written once is never written over: a full buffer is left
 * to whoever still holds it, and a new one begun.
 */
export class Arena {
  bytes: Buffer = Buffer.alloc(0);
  /** The item at hand is `bytes[start, end)`. */
  start = 0;
  end = 0;
  readonly #itemBytesMax: number;

  constructor(most = itemBytesMax) {
    this.#itemBytesMax = most;
  }

  /** Begins an item behind the last one. */
  begin(): void {
    this.start = this.end;
  }

  /** Nobody holds any item any more: their room can be written over. */
  rewind(): void {
    this.start = 0;
    this.end = 0;
  }

  /** @throws WireError `upstream` where the item gets too large */
  append(source: Buffer, from: number, to: number): void {
    const length = to - from;
    this.#room(length);
    const { bytes } = this;
    let at = this.end;
    this.end = at + length;
    if (length > shortBytes) source.copy(bytes, at, from, to);
    else for (let index = from; index < to; index++) bytes[at++] = source[index] ?? 0;
  }

  appendInt32(value: number): void {
    this.#room(4);
    this.bytes.writeInt32BE(value, this.end);
    this.end += 4;
  }

  #room(length: number): void {
    const needed = this.end - this.start + length;
    if (needed > this.#itemBytesMax) {
      throw new WireError('upstream', 'a row that its masks make too large', 'too_large');
    }
    if (this.start + needed <= this.bytes.length) return;
    const size = Math.min(Math.max(this.bytes.length * 2, bytesMin), bytesMax);
    // The item at hand moves along; it gets room to spare, so that a long one does not move at every step.
    const grown = Buffer.allocUnsafeSlow(Math.max(size, needed <= size ? size : needed * 2));
    this.bytes.copy(grown, 0, this.start, this.end);
    this.bytes = grown;
    this.end -= this.start;
    this.start = 0;
  }
}

import { WireError } from '../bytes.ts';
import type { WireSide } from '../bytes.ts';

/** Type byte and length. */
export const headerBytes = 5;
/** A streamed message longer than this that does not lie whole in one chunk is given in pieces. */
export const wholeBytesMax = 64 * 1024;
/** PostgreSQL's MAX_STARTUP_PACKET_LENGTH (libpq/pqcomm.h): what follows the length field. */
const startupBodyBytesMax = 10_000;
/** A buffer for incomplete messages that has grown larger than this is let go, for idle sessions to be small. */
const retainedBytesMax = 4096;

/** Takes messages as they are found. It must not call the splitter back. */
export interface FrameSink {
  /**
   * A whole message, type byte and length included, as `buffer[start, end)`. Valid during the call only: copy
   * what is kept. Returning `false` pauses the splitter after this message until `resume`.
   */
  frame(type: number, buffer: Buffer, start: number, end: number): void | false;
  /** Part of a streamed message. The first holds at least the header; valid during the call only. */
  piece?(type: number, bytes: Buffer, first: boolean, last: boolean): void;
}

export interface FrameSplitterOptions {
  readonly side: WireSide;
  /** The largest length field of a message type; 0 for a type that does not exist. */
  readonly bytesMax: (type: number) => number;
  /** Whether a message of this type and size, in bytes, may come in pieces, so that a huge one needs no memory. */
  readonly streamed?: (type: number, total: number) => boolean;
}

/**
 * Cuts a byte stream into messages, whatever its chunks. Copies nothing but the incomplete tail of a chunk.
 *
 *     Byte1 type | Int32 length, itself included, type not | body
 *
 * An error, the sink's own included, is final: a stream that has lost its step cannot find it again.
 */
export class FrameSplitter {
  readonly #side: WireSide;
  readonly #bytesMax: (type: number) => number;
  readonly #streamed: (type: number, total: number) => boolean;
  #state: 'ready' | 'running' | 'paused' = 'ready';
  /** Bytes not yet given to a sink: `#kept[#keptStart, #keptEnd)`. */
  #kept: Buffer = Buffer.alloc(0);
  #keptStart = 0;
  #keptEnd = 0;
  #pieceType = 0;
  /** Bytes of the message being given in pieces that are still to come. */
  #piecesLeft = 0;

  constructor(options: FrameSplitterOptions) {
    this.#side = options.side;
    this.#bytesMax = options.bytesMax;
    this.#streamed = options.streamed ?? (() => false);
  }

  /** Bytes that are held here: an incomplete message, or what came while paused. */
  get bufferedBytes(): number {
    return this.#keptEnd - this.#keptStart;
  }

  get paused(): boolean {
    return this.#state === 'paused';
  }

  /**
   * Gives the sink every message that `chunk` completes; while paused, only keeps the bytes (the caller bounds
   * them by `bufferedBytes`). The chunk may be reused afterwards.
   * @throws WireError on a length below 4 or over the type's limit, or whatever the sink throws
   */
  push(chunk: Buffer, sink: FrameSink): void {
    if (this.#state === 'paused') {
      this.#keep(chunk, 0, chunk.length);
      return;
    }
    this.#enter();
    let at = 0;
    if (this.#piecesLeft > 0) at = this.#nextPiece(chunk, 0, chunk.length, sink, false);
    if (this.bufferedBytes > 0) at = this.#complete(chunk, sink);
    if (!this.#hasPaused()) at = this.#split(chunk, at, chunk.length, sink);
    this.#keep(chunk, at, chunk.length);
    this.#leave();
  }

  /** Goes on after a pause with what was kept; the sink may pause again. */
  resume(sink: FrameSink): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#keptStart = this.#split(this.#kept, this.#keptStart, this.#keptEnd, sink);
    if (this.bufferedBytes === 0) this.#forget();
    this.#leave();
  }

  #enter(): void {
    // Still running: called from within the sink, or after an error. Either way the place in the stream is lost.
    if (this.#state === 'running') throw new WireError(this.#side, 'bytes after a broken message');
    this.#state = 'running';
  }

  #leave(): void {
    if (this.#state === 'running') this.#state = 'ready';
  }

  #hasPaused(): boolean {
    return this.#state === 'paused';
  }

  /** Gives all messages that lie whole in `buffer[start, end)`; returns where the rest begins. */
  #split(buffer: Buffer, start: number, end: number, sink: FrameSink): number {
    let at = start;
    while (end - at >= headerBytes) {
      const type = buffer.readUInt8(at);
      const next = at + this.#frameBytes(type, buffer, at);
      if (next > end) {
        if (!this.#streams(type, next - at, sink)) return at;
        this.#beginPieces(type, next - at);
        return this.#nextPiece(buffer, at, end, sink, true);
      }
      if (sink.frame(type, buffer, at, next) === false) {
        this.#state = 'paused';
        return next;
      }
      at = next;
    }
    return at;
  }

  /** Completes the kept message from the chunk's head; returns where the chunk's rest begins. */
  #complete(chunk: Buffer, sink: FrameSink): number {
    let at = this.#fill(chunk, 0, headerBytes);
    if (this.bufferedBytes < headerBytes) return at;
    const type = this.#kept.readUInt8(this.#keptStart);
    const total = this.#frameBytes(type, this.#kept, this.#keptStart);
    if (this.#streams(type, total, sink)) {
      this.#beginPieces(type, total);
      this.#nextPiece(this.#kept, this.#keptStart, this.#keptEnd, sink, true);
      this.#forget();
      return this.#nextPiece(chunk, at, chunk.length, sink, false);
    }
    at = this.#fill(chunk, at, total);
    if (this.bufferedBytes < total) return at;
    const answer = sink.frame(type, this.#kept, this.#keptStart, this.#keptEnd);
    this.#forget();
    if (answer === false) this.#state = 'paused';
    return at;
  }

  /** The whole message's size, type byte included. */
  #frameBytes(type: number, buffer: Buffer, at: number): number {
    const length = buffer.readInt32BE(at + 1);
    // The length counts itself (protocol-message-formats), so less than 4, or negative, is no length.
    if (length < 4) throw new WireError(this.#side, 'a message with an impossible length');
    const bytesMax = this.#bytesMax(type);
    if (bytesMax === 0) throw new WireError(this.#side, 'a message of an unknown type');
    if (length > bytesMax) throw new WireError(this.#side, 'a message over its size limit', 'too_large');
    return 1 + length;
  }

  #streams(type: number, total: number, sink: FrameSink): boolean {
    return total > wholeBytesMax && sink.piece !== undefined && this.#streamed(type, total);
  }

  #beginPieces(type: number, total: number): void {
    this.#pieceType = type;
    this.#piecesLeft = total;
  }

  /** Gives what `buffer[start, end)` has of the message; returns where it stopped. */
  #nextPiece(buffer: Buffer, start: number, end: number, sink: FrameSink, first: boolean): number {
    const stop = Math.min(end, start + this.#piecesLeft);
    if (stop === start) return start;
    this.#piecesLeft -= stop - start;
    sink.piece?.(this.#pieceType, buffer.subarray(start, stop), first, this.#piecesLeft === 0);
    return stop;
  }

  /** Takes from the chunk until `wanted` bytes are kept; returns where the chunk's rest begins. */
  #fill(chunk: Buffer, start: number, wanted: number): number {
    const stop = Math.min(chunk.length, start + Math.max(0, wanted - this.bufferedBytes));
    this.#keep(chunk, start, stop);
    return stop;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.#makeRoom(end - start);
    chunk.copy(this.#kept, this.#keptEnd, start, end);
    this.#keptEnd += end - start;
  }

  /** Grows with the bytes that have come, never by what a length field promises. */
  #makeRoom(bytes: number): void {
    if (this.#keptEnd + bytes <= this.#kept.length) return;
    const size = this.bufferedBytes;
    const needed = size + bytes;
    // Its own memory, not a slice of the shared pool: what a session keeps for long must not pin more than it is.
    const target =
      needed <= this.#kept.length
        ? this.#kept
        : Buffer.allocUnsafeSlow(Math.max(512, needed, this.#kept.length * 2));
    this.#kept.copy(target, 0, this.#keptStart, this.#keptEnd);
    this.#kept = target;
    this.#keptStart = 0;
    this.#keptEnd = size;
  }

  #forget(): void {
    this.#keptStart = 0;
    this.#keptEnd = 0;
    if (this.#kept.length > retainedBytesMax) this.#kept = Buffer.alloc(0);
  }
}

/**
 * Cuts the packets that open a connection, which have no type byte:
 *
 *     Int32 length, itself included | Int32 version or request code | body
 */
export class StartupSplitter {
  #kept: Buffer = Buffer.alloc(0);

  get bufferedBytes(): number {
    return this.#kept.length;
  }

  /**
   * The first packet once it is whole (a copy, length included) and the bytes behind it (a view); undefined
   * until then. After a packet it is ready for the next. Behind an SSLRequest `rest` must be empty, or somebody
   * has written into the stream before TLS protects it (CVE-2021-23214): the caller refuses it.
   * @throws WireError on a length that no packet can have
   */
  push(chunk: Buffer): { readonly packet: Buffer; readonly rest: Buffer } | undefined {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    const length = bytes.length < 4 ? undefined : startupLength(bytes);
    if (length === undefined || length > bytes.length) {
      // Bounded: once four bytes are here the length is known and checked. The chunk is the caller's to reuse.
      this.#kept = bytes === chunk ? Buffer.from(chunk) : bytes;
      return undefined;
    }
    this.#kept = Buffer.alloc(0);
    return { packet: Buffer.from(bytes.subarray(0, length)), rest: bytes.subarray(length) };
  }
}

/** The bounds of ProcessStartupPacket (backend_startup.c): a version at least, MAX_STARTUP_PACKET_LENGTH at most. */
function startupLength(bytes: Buffer): number {
  const length = bytes.readInt32BE(0);
  if (length < 8 || length > 4 + startupBodyBytesMax) {
    throw new WireError('client', 'a startup packet with an impossible length');
  }
  return length;
}

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/** RFC 6455 §11.8, by what they are to a reader of messages. */
const opcodes = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** Whole messages; control frames come between the parts of one, and are messages of their own here. */
export type WebSocketMessage =
  | { readonly kind: 'text' | 'binary' | 'ping' | 'pong'; readonly data: Buffer }
  /** `code` is undefined where the frame was empty (§7.1.5). */
  | { readonly kind: 'close'; readonly code: number | undefined; readonly reason: string };

/** What the other side did wrong; `code` is what to close with (§7.4.1). */
export class WebSocketFault extends Error {
  override readonly name = 'WebSocketFault';
  readonly code: 1002 | 1007 | 1009;

  constructor(code: 1002 | 1007 | 1009, message: string) {
    super(message);
    this.code = code;
  }
}

/** §5.5 */
const controlBytesMax = 125;

interface Head {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly bytes: number;
  readonly mask: Buffer | undefined;
}

/**
 * Reads one direction of a connection (§5.2):
 *
 *     FIN RSV1-3 opcode(4) | MASK length(7) | length(16) if 126, (64) if 127 | masking key(32) if MASK | payload
 */
export class WebSocketReader {
  readonly #isMasked: boolean;
  readonly #bytesMax: number;
  readonly #unread = new Pile();
  readonly #message = new Pile();
  /** Of the message whose parts are being read; undefined between messages. */
  #kind: 'text' | 'binary' | undefined;
  #head: Head | undefined;

  /** `isMasked`: clients must mask, servers must not (§5.1). `bytesMax`: of a whole message. */
  constructor({ isMasked, bytesMax }: { isMasked: boolean; bytesMax: number }) {
    this.#isMasked = isMasked;
    this.#bytesMax = bytesMax;
  }

  /** @throws WebSocketFault, after the messages before it; nothing may be read then */
  *push(chunk: Buffer): Generator<WebSocketMessage, void> {
    this.#unread.add(chunk);
    for (;;) {
      this.#head ??= this.#readHead();
      if (this.#head === undefined || this.#unread.length < this.#head.bytes) return;
      const head = this.#head;
      this.#head = undefined;
      const message = this.#frame(head, unmasked(this.#unread.take(head.bytes), head.mask));
      if (message !== undefined) yield message;
    }
  }

  /** Undefined until it is there as a whole. */
  #readHead(): Head | undefined {
    const bytes = this.#unread.seen;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    const short = second & 0x7f;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const isMasked = (second & 0x80) !== 0;
    // What is wrong already is not waited for.
    if ((first & 0x70) !== 0)
      throw new WebSocketFault(1002, 'a reserved bit is set, and no extension was agreed on');
    if (isMasked !== this.#isMasked)
      throw new WebSocketFault(1002, 'frames of clients are masked, and no others');
    const headBytes = 2 + lengthBytes + (isMasked ? 4 : 0);
    if (bytes.length < headBytes) return undefined;
    const length = payloadBytes(bytes, short);
    const head = { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, bytes: length };
    this.#check(head);
    const mask = isMasked ? Buffer.from(bytes.subarray(headBytes - 4, headBytes)) : undefined;
    this.#unread.take(headBytes);
    return { ...head, mask };
  }

  #check({ opcode, isLast, bytes }: Omit<Head, 'mask'>): void {
    const isControl = (opcode & 0x8) !== 0;
    if (!Object.values(opcodes).some((known) => known === opcode))
      throw new WebSocketFault(1002, 'an unknown opcode');
    if (isControl && (!isLast || bytes > controlBytesMax)) {
      throw new WebSocketFault(1002, 'a control frame is short and in one part');
    }
    if (!isControl && (opcode === opcodes.continuation) !== (this.#kind !== undefined)) {
      throw new WebSocketFault(1002, 'a part of a message where none has begun, or another one where it has');
    }
    if (!isControl && this.#message.length + bytes > this.#bytesMax) {
      throw new WebSocketFault(1009, `a message may have ${this.#bytesMax} bytes`);
    }
  }

  #frame({ opcode, isLast }: Head, payload: Buffer): WebSocketMessage | undefined {
    switch (opcode) {
      case opcodes.close:
        return closing(payload);
      case opcodes.ping:
        return { kind: 'ping', data: payload };
      case opcodes.pong:
        return { kind: 'pong', data: payload };
      case opcodes.text:
        this.#kind = 'text';
        break;
      case opcodes.binary:
        this.#kind = 'binary';
        break;
      default:
        break;
    }
    this.#message.add(payload);
    if (!isLast || this.#kind === undefined) return undefined;
    const message = { kind: this.#kind, data: this.#message.take(this.#message.length) };
    this.#kind = undefined;
    // §8.1
    if (message.kind === 'text' && !isUtf8(message.data))
      throw new WebSocketFault(1007, 'a text that is no UTF-8');
    return message;
  }
}

/** §5.2: in the fewest bytes that hold it. */
function payloadBytes(bytes: Buffer, short: number): number {
  if (short < 126) return short;
  const length = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length < (short === 126 ? 126 : 65_536))
    throw new WebSocketFault(1002, 'a length in more bytes than it needs');
  if (!Number.isSafeInteger(length)) throw new WebSocketFault(1002, 'a length that is none');
  return length;
}

/** §5.3 */
function unmasked(payload: Buffer, mask: Uint8Array | undefined): Buffer {
  if (mask === undefined) return payload;
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return payload;
}

/** §5.5.1: nothing, or a code and a reason in UTF-8. */
function closing(payload: Buffer): WebSocketMessage {
  if (payload.length === 0) return { kind: 'close', code: undefined, reason: '' };
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  if (!isCloseCode(code)) throw new WebSocketFault(1002, 'a code to close with that is none');
  const reason = payload.subarray(2);
  if (!isUtf8(reason)) throw new WebSocketFault(1007, 'a reason that is no UTF-8');
  return { kind: 'close', code, reason: reason.toString() };
}

/** §7.4: those that may stand in a frame, with what IANA has registered since. */
function isCloseCode(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  );
}

/** One frame that is a whole message. `mask`: four bytes that nobody can foresee; absent: the frame of a server. */
export function webSocketFrame(
  kind: 'text' | 'binary' | 'close' | 'ping' | 'pong',
  payload: Uint8Array,
  mask?: Uint8Array,
): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const headBytes = 2 + extended + (mask === undefined ? 0 : 4);
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = 0x80 | opcodes[kind];
  frame[1] = (mask === undefined ? 0 : 0x80) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, headBytes);
  if (mask !== undefined) {
    frame.set(mask, headBytes - 4);
    unmasked(frame.subarray(headBytes), mask);
  }
  return frame;
}

/** The payload of a close frame; a reason that is too long is cut between two characters. */
export function closePayload(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  let text = reason;
  while (Buffer.byteLength(text) > controlBytesMax - 2) text = [...text].slice(0, -1).join('');
  const payload = Buffer.alloc(2 + Buffer.byteLength(text));
  payload.writeUInt16BE(code, 0);
  payload.write(text, 2);
  return payload;
}

/** §4.2.2 (5.4): what answers this Sec-WebSocket-Key. */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** §4.1: sixteen bytes in Base64. */
export function isWebSocketKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(text);
}

/** Bytes in a row, however small the pieces they come in. */
class Pile {
  #bytes = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Valid until the next `add`. */
  get seen(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  add(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * this.length, this.length + bytes.length));
      this.seen.copy(grown);
      [this.#end, this.#start, this.#bytes] = [this.length, 0, grown];
    }
    bytes.copy(this.#bytes, this.#end);
    this.#end += bytes.length;
  }

  /** A copy of the first of them, which are then gone. */
  take(count: number): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(this.#start, this.#start + count));
    this.#start += count;
    // Nothing is kept of what is long gone.
    if (this.#start === this.#end) [this.#bytes, this.#start, this.#end] = [Buffer.alloc(0), 0, 0];
    return taken;
  }
}

import { depthMax, masked, maskAt, nowhere, under, underItem } from './json-pointer.ts';
import type { Change, Node, NodeMask, Places } from './json-pointer.ts';
import { quote, skipNumber, skipSpace, skipString, skipWord, stringAt } from './json-syntax.ts';
import { redacted } from './redacted.ts';

/** A string, a number or a hidden value that is longer than this is not kept. */
export const tokenBytesMax = 16 * 1024 * 1024;

/** The document is none, or is too deep, or has a string that is too long; nothing more of it may be shown. */
export class JsonStreamError extends Error {
  override readonly name = 'JsonStreamError';
}

/** Takes what may be shown of a document, whole tokens at a time; `isMasked`: it is a mask, and stays as it is. */
export type TakeTokens = (bytes: Buffer, isMasked: boolean) => void;

type Awaited = 'value' | 'item or end' | 'key or end' | 'key' | 'colon' | 'comma or end' | 'nothing';

interface Level {
  readonly isArray: boolean;
  /** The places that it may be at or above. */
  readonly nodes: readonly Node[];
  index: number;
}

/** A value that is being hidden, from its first byte. */
interface Hidden {
  readonly mask: NodeMask;
  readonly depth: number;
  /** Its bytes so far; undefined where the mask does not hang on them. */
  readonly parts: Buffer[] | undefined;
  bytes: number;
}

/**
 * Masks places in a JSON document (RFC 8259) of any length as it comes, cut anywhere. What comes out is what
 * `Places.splices` would make of the whole.
 */
export class JsonStream {
  readonly #take: TakeTokens;
  readonly #change: Change;
  readonly #levels: Level[] = [];
  #awaited: Awaited = 'value';
  /** The places that the next value may be at or above. */
  #nodes: readonly Node[];
  /** The beginning of a token, in which its end was looked for already. */
  #rest: Buffer = Buffer.alloc(0);
  #hidden: Hidden | undefined;
  /** Values masked so far. */
  masked = 0;

  constructor(places: Places | undefined, take: TakeTokens) {
    this.#nodes = places === undefined ? nowhere : [places.root];
    this.#take = take;
    this.#change = places?.change ?? masked;
  }

  /** @throws JsonStreamError */
  push(chunk: Buffer): void {
    this.#read(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  /** @throws JsonStreamError */
  end(): void {
    this.#read(this.#rest, true);
    if (this.#awaited !== 'nothing' || this.#rest.length > 0) throw new JsonStreamError('no JSON');
  }

  #read(bytes: Buffer, isEnd: boolean): void {
    let shown = 0;
    let at = 0;
    const show = (until: number): void => {
      if (until > shown) this.#pass(bytes.subarray(shown, until));
      shown = until;
    };
    for (;;) {
      const start = skipSpace(bytes, at, bytes.length);
      const from = start === 0 ? this.#rest.length : 0;
      const end = start < bytes.length ? this.#tokenEnd(bytes, start, from, isEnd) : start;
      // Space is passed at once, however much of it there is.
      at = start;
      if (end === start) break;
      const wasHidden = this.#hidden !== undefined;
      const mask = wasHidden ? undefined : this.#maskOfValue(bytes[start] ?? 0);
      if (mask !== undefined) {
        show(start);
        const hangs = mask.mask !== 'redact' || this.#change !== masked;
        this.#hidden = { mask, depth: this.#levels.length, parts: hangs ? [] : undefined, bytes: 0 };
      }
      this.#token(bytes, start, end);
      at = end;
      if (this.#hidden !== undefined && this.#levels.length === this.#hidden.depth && !this.#isKey) {
        show(end);
        this.#reveal(this.#hidden);
      }
    }
    show(at);
    this.#rest = Buffer.from(bytes.subarray(at));
    if (this.#rest.length > tokenBytesMax) throw new JsonStreamError('a string is too long');
  }

  /** Inside an object a key has no value of its own. */
  get #isKey(): boolean {
    return this.#awaited === 'colon' || this.#awaited === 'value';
  }

  #pass(bytes: Buffer): void {
    const hidden = this.#hidden;
    if (hidden === undefined) return this.#take(bytes, false);
    hidden.bytes += bytes.length;
    if (hidden.bytes <= tokenBytesMax) hidden.parts?.push(Buffer.from(bytes));
  }

  #reveal({ mask, parts, bytes }: Hidden): void {
    this.#hidden = undefined;
    this.masked += 1;
    const isWhole = parts !== undefined && bytes <= tokenBytesMax;
    const value = isWhole ? Buffer.concat(parts) : undefined;
    this.#take(
      value === undefined ? redactedString : (this.#change(value, 0, value.length, mask) ?? value),
      true,
    );
  }

  /** Of the value that begins with `byte`; JSON's null stays. */
  #maskOfValue(byte: number): NodeMask | undefined {
    const isValue = this.#awaited === 'value' || (this.#awaited === 'item or end' && byte !== 0x5d);
    return isValue && byte !== 0x6e ? maskAt(this.#nodesOfValue()) : undefined;
  }

  #nodesOfValue(): readonly Node[] {
    const level = this.#levels.at(-1);
    if (level?.isArray !== true) return this.#nodes;
    return level.nodes.length === 0 ? nowhere : underItem(level.nodes, level.index);
  }

  /** Where the token at `start` ends, not before `from`; `start` itself where more of it is to come. */
  #tokenEnd(bytes: Buffer, start: number, from: number, isEnd: boolean): number {
    const first = bytes[start] ?? 0;
    if (first === quote) {
      const end = stringEnd(bytes, Math.max(start + 1, from));
      if (end < 0) return isEnd ? bad() : start;
      return skipString(bytes, start, end) === end ? end : bad();
    }
    if (structure.includes(first)) return start + 1;
    let end = start;
    while (end < bytes.length && !isDelimiter(bytes[end] ?? 0)) end += 1;
    if (end === bytes.length && !isEnd) return start;
    const read = first === 0x2d || (first >= 0x30 && first <= 0x39) ? skipNumber : skipWord;
    return read(bytes, start, end) === end ? end : bad();
  }

  /** RFC 8259 §2: what may follow what. */
  #token(bytes: Buffer, start: number, end: number): void {
    const byte = bytes[start] ?? 0;
    switch (this.#awaited) {
      case 'key':
      case 'key or end':
        if (byte === 0x7d && this.#awaited === 'key or end') return this.#close(false);
        return this.#key(bytes, start, end);
      case 'colon':
        if (byte !== 0x3a) bad();
        this.#awaited = 'value';
        return;
      case 'comma or end':
        return this.#after(byte);
      case 'item or end':
        return byte === 0x5d ? this.#close(true) : this.#value(byte);
      case 'value':
        return this.#value(byte);
      case 'nothing':
        bad();
    }
  }

  #key(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] !== quote) bad();
    const nodes = this.#hidden === undefined ? (this.#levels.at(-1)?.nodes ?? nowhere) : nowhere;
    const key = nodes.length === 0 ? '' : stringAt(bytes, start, end);
    // Nobody can tell whether it is one of those looked for.
    if (key.includes('\ufffd')) bad();
    this.#nodes = nodes.length === 0 ? nowhere : under(nodes, key);
    this.#awaited = 'colon';
  }

  #value(byte: number): void {
    if (byte !== 0x7b && byte !== 0x5b) {
      if (byte === 0x2c || byte === 0x3a || byte === 0x7d || byte === 0x5d) bad();
      this.#awaited = this.#levels.length === 0 ? 'nothing' : 'comma or end';
      return;
    }
    if (this.#levels.length >= depthMax) throw new JsonStreamError('too deep');
    const nodes = this.#hidden === undefined ? this.#nodesOfValue() : nowhere;
    this.#levels.push({ isArray: byte === 0x5b, nodes, index: 0 });
    this.#awaited = byte === 0x5b ? 'item or end' : 'key or end';
  }

  #after(byte: number): void {
    const level = this.#levels.at(-1);
    if (level === undefined) return bad();
    if (byte !== 0x2c) return byte === 0x5d || byte === 0x7d ? this.#close(byte === 0x5d) : bad();
    level.index += 1;
    this.#awaited = level.isArray ? 'value' : 'key';
  }

  #close(isArray: boolean): void {
    if (this.#levels.pop()?.isArray !== isArray) bad();
    this.#awaited = this.#levels.length === 0 ? 'nothing' : 'comma or end';
  }
}

const structure = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a];
const redactedString = Buffer.from(JSON.stringify(redacted));
const backslash = 0x5c;

function isDelimiter(byte: number): boolean {
  return byte <= 0x20 || byte === quote || structure.includes(byte);
}

/** Behind the quote that ends the string, the first at `from` or later that is not escaped; or -1. */
function stringEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(quote, from); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    let escapes = at;
    while (bytes[escapes - 1] === backslash) escapes -= 1;
    if ((at - escapes) % 2 === 0) return at + 1;
  }
  return -1;
}

function bad(): never {
  throw new JsonStreamError('no JSON');
}

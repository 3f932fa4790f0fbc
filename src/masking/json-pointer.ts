import type { MaskName } from '../core/mask.ts';
import type { PlaceMask } from './column-mask.ts';
import type { LabelKeys, MaskKeys } from './keys.ts';
import {
  quote,
  skipNumber,
  skipSpace,
  skipString,
  skipWord,
  stringAt,
  stringBytesAt,
} from './json-syntax.ts';
import { redacted } from './redacted.ts';
import type { Splice } from './splice.ts';
import { maskText } from './text-masks.ts';

/** Deeper documents are not followed. PostgreSQL itself gives up at some thousands of levels. */
export const depthMax = 1000;
/** More places in one document are not masked one by one: a mask can be sixty times as long as its value. */
export const placesMax = 100_000;

/** Places inside JSON documents (RFC 6901, and `*` for any key or item), and how each is masked. */
export class Places {
  /** Where every walk over a document begins. */
  readonly root: Node = { keys: new Map(), any: undefined, mask: undefined, through: false };
  /** What stands in place of a value. */
  readonly change: Change;

  constructor(places: readonly PlaceMask[], keys: MaskKeys, change: Change = masked) {
    this.change = change;
    for (const { pointer, mask, resource, label = resource, throughLists = false } of places) {
      let node = this.root;
      node.through ||= throughLists;
      for (const key of pointer) {
        node = childFor(node, key);
        node.through ||= throughLists;
      }
      const stars = pointer.filter((key) => key === anyKey).length;
      const made: NodeMask = { mask, keys: keys.of(label), stars };
      node.mask = node.mask === undefined ? made : { ...made, mask: 'redact' };
    }
  }

  /**
   * What changes in the document `bytes[start, end)`, in order, masked or by `change`; JSON's null stays. Undefined where it is no JSON, too
   * deep, or has too many places: then nothing of it may be shown.
   */
  splices(bytes: Buffer, start: number, end: number, change = this.change): readonly Splice[] | undefined {
    const scan = new Scan(bytes, end, change);
    const next = scan.value(skipSpace(bytes, start, end), [this.root], 0);
    return next >= 0 && skipSpace(bytes, next, end) === end ? scan.splices : undefined;
  }
}

const anyKey = '*';

/** What is known of one place in documents, and of those below it. */
export interface Node {
  readonly keys: Map<string, Node>;
  any: Node | undefined;
  mask: NodeMask | undefined;
  /** It is a place of each item, too, where it is one of a list. */
  through: boolean;
}

export interface NodeMask {
  readonly mask: MaskName;
  readonly keys: LabelKeys;
  /** How many of its keys may be any: the fewer, the better it knows the place. */
  readonly stars: number;
}

function childFor(node: Node, key: string): Node {
  const known = key === anyKey ? node.any : node.keys.get(key);
  if (known !== undefined) return known;
  const child: Node = { keys: new Map(), any: undefined, mask: undefined, through: false };
  if (key === anyKey) node.any = child;
  else node.keys.set(key, child);
  return child;
}

export const nowhere: readonly Node[] = [];

/** What stands in place of a value; undefined where it stays. */
export type Change = (bytes: Buffer, start: number, end: number, mask: NodeMask) => Buffer | undefined;

/** One walk over a document. Its methods give where a part ends, or -1 where it is not what it should be. */
class Scan {
  readonly splices: Splice[] = [];
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #change: Change;

  constructor(bytes: Buffer, end: number, change: Change) {
    this.#bytes = bytes;
    this.#end = end;
    this.#change = change;
  }

  /** `nodes` are the places that this value may be at or above. */
  value(at: number, nodes: readonly Node[], depth: number): number {
    const mask = maskAt(nodes);
    if (mask === undefined) return this.#part(at, nodes, depth);
    const next = this.#part(at, nowhere, depth);
    if (next < 0 || this.splices.length >= placesMax) return -1;
    const value = this.#change(this.#bytes, at, next, mask);
    if (value !== undefined) this.splices.push({ start: at, end: next, value });
    return next;
  }

  #part(at: number, nodes: readonly Node[], depth: number): number {
    const first = at < this.#end ? this.#bytes[at] : undefined;
    if (first === quote) return skipString(this.#bytes, at, this.#end);
    if (first === 0x7b) return depth < depthMax ? this.#object(at, nodes, depth + 1) : -1;
    if (first === 0x5b) return depth < depthMax ? this.#array(at, nodes, depth + 1) : -1;
    if (first === 0x2d || isDigit(first)) return skipNumber(this.#bytes, at, this.#end);
    return skipWord(this.#bytes, at, this.#end);
  }

  #object(at: number, nodes: readonly Node[], depth: number): number {
    let next = this.#space(at + 1);
    if (this.#bytes[next] === 0x7d && next < this.#end) return next + 1;
    for (;;) {
      const key = next;
      next = skipString(this.#bytes, key, this.#end);
      if (next < 0) return -1;
      const inside = nodes.length === 0 ? nowhere : this.#under(nodes, key, next);
      if (inside === undefined) return -1;
      next = this.#space(next);
      if (next >= this.#end || this.#bytes[next] !== 0x3a) return -1;
      next = this.value(this.#space(next + 1), inside, depth);
      if (next < 0) return -1;
      next = this.#space(next);
      const byte = next < this.#end ? this.#bytes[next] : undefined;
      if (byte === 0x7d) return next + 1;
      if (byte !== 0x2c) return -1;
      next = this.#space(next + 1);
    }
  }

  #array(at: number, nodes: readonly Node[], depth: number): number {
    let next = this.#space(at + 1);
    if (this.#bytes[next] === 0x5d && next < this.#end) return next + 1;
    for (let index = 0; ; index++) {
      next = this.value(next, nodes.length === 0 ? nowhere : underItem(nodes, index), depth);
      if (next < 0) return -1;
      next = this.#space(next);
      const byte = next < this.#end ? this.#bytes[next] : undefined;
      if (byte === 0x5d) return next + 1;
      if (byte !== 0x2c) return -1;
      next = this.#space(next + 1);
    }
  }

  /** Undefined for a key that is no UTF-8: nobody can tell whether it is one of those looked for. */
  #under(nodes: readonly Node[], start: number, end: number): readonly Node[] | undefined {
    const key = stringAt(this.#bytes, start, end);
    return key.includes('\ufffd') ? undefined : under(nodes, key);
  }

  #space(at: number): number {
    return skipSpace(this.#bytes, at, this.#end);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Where `key` leads from any of these. */
export function under(nodes: readonly Node[], key: string): readonly Node[] {
  const found: Node[] = [];
  for (const { keys, any } of nodes) {
    const child = keys.get(key);
    if (child !== undefined) found.push(child);
    if (any !== undefined) found.push(any);
  }
  return found;
}

/** Where item `index` of a list leads from any of these. */
export function underItem(nodes: readonly Node[], index: number): readonly Node[] {
  // V8 puts numbers as texts where what is old lies, so none is made unless a place could be meant by it.
  const isNamed = nodes.some(({ keys }) => keys.size > 0);
  const found = isNamed ? under(nodes, String(index)) : underAny(nodes);
  const through = nodes.filter((node) => node.through);
  return through.length === 0 ? found : [...found, ...through];
}

function underAny(nodes: readonly Node[]): readonly Node[] {
  const found: Node[] = [];
  for (const { any } of nodes) if (any !== undefined) found.push(any);
  return found;
}

/** The mask that knows this place best; where two know it alike, nothing is kept of it. */
export function maskAt(nodes: readonly Node[]): NodeMask | undefined {
  let best: NodeMask | undefined;
  for (const { mask } of nodes) {
    if (mask === undefined || (best !== undefined && mask.stars > best.stars)) continue;
    best = best?.stars === mask.stars ? { ...best, mask: 'redact' } : mask;
  }
  return best;
}

/** What stands in place of the value `bytes[start, end)`: a JSON string, or null; undefined where it stays. */
export function masked(
  bytes: Buffer,
  start: number,
  end: number,
  { mask, keys }: NodeMask,
): Buffer | undefined {
  if (bytes[start] === 0x6e) return undefined;
  if (mask === 'redact') return redactedString;
  const isString = bytes[start] === quote;
  const value = isString ? stringBytesAt(bytes, start, end) : bytes.subarray(start, end);
  return Buffer.from(JSON.stringify(maskText(mask, value, keys)));
}

const redactedString = Buffer.from(JSON.stringify(redacted));

import { spliced } from './splice.ts';
import type { Splice } from './splice.ts';

/** More elements are not changed one by one: a mask can be sixty times as long as its value. */
export const elementsMax = 100_000;

/** What becomes of one element that is not NULL: another value, or the same Buffer where it stays. */
export type ChangeElement = (element: Buffer) => Buffer;

/**
 * An array with other elements, in as many dimensions, its NULLs where they were. Undefined where it is no array as
 * the server writes them, or has too many elements: then nothing of it may be shown.
 */
export function mapArray(
  value: Buffer,
  format: 'text' | 'binary',
  change: ChangeElement,
): Buffer | undefined {
  const splices = format === 'text' ? inText(value, change) : inBinary(value, change);
  return splices && spliced(value, 0, value.length, splices);
}

/** src/include/utils/array.h */
const dimensionsMax = 6;

/**
 * array_send (src/backend/utils/adt/arrayfuncs.c):
 *
 *     Int32 dimensions | Int32 flags | Int32 element type | (Int32 size | Int32 lower bound)[dimensions] |
 *     (Int32 length, or -1 | bytes)[product of sizes]
 */
function inBinary(value: Buffer, change: ChangeElement): Splice[] | undefined {
  const splices: Splice[] = [];
  let at = 12;
  if (value.length < at) return undefined;
  const dimensions = value.readInt32BE(0);
  if (dimensions < 0 || dimensions > dimensionsMax || value.length < at + dimensions * 8) return undefined;
  let count = dimensions === 0 ? 0 : 1;
  for (const last = at + dimensions * 8; at < last; at += 8) count *= value.readInt32BE(at);
  if (count < 0 || count > elementsMax) return undefined;
  for (; count > 0; count--) {
    if (value.length < at + 4) return undefined;
    const length = value.readInt32BE(at);
    const end = at + 4 + Math.max(length, 0);
    if (length < -1 || end > value.length) return undefined;
    if (length >= 0) {
      const element = value.subarray(at + 4, end);
      const changed = change(element);
      if (changed !== element) splices.push({ start: at, end, value: withLength(changed) });
    }
    at = end;
  }
  return at === value.length ? splices : undefined;
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const bounds = /^(?:\[-?\d{1,10}:-?\d{1,10}\]){1,6}=/;
const [open, close, comma, quote, backslash] = [0x7b, 0x7d, 0x2c, 0x22, 0x5c];

/** array_out: `{a,"b \"c\"",NULL}`, `{{1,2},{3,4}}`, `[2:3]={a,b}`. */
function inText(value: Buffer, change: ChangeElement): Splice[] | undefined {
  const splices: Splice[] = [];
  let at = bounds.exec(value.toString('latin1', 0, 160))?.[0].length ?? 0;
  let depth = 0;
  let count = 0;
  if (value[at] !== open) return undefined;
  do {
    // Before an element, or an array of them.
    while (value[at] === open) {
      depth += 1;
      at += 1;
    }
    if (depth > dimensionsMax) return undefined;
    if (value[at] !== close || value[at - 1] !== open) {
      const start = at;
      at = elementEnd(value, start);
      if (at < 0 || (count += 1) > elementsMax) return undefined;
      const changed = changedText(value.subarray(start, at), change);
      if (changed !== undefined) splices.push({ start, end: at, value: changed });
    }
    while (value[at] === close && depth > 0) {
      depth -= 1;
      at += 1;
    }
    if (depth > 0 && value[at++] !== comma) return undefined;
  } while (depth > 0);
  return at === value.length ? splices : undefined;
}

/** Bytes that stand in quotes alone. */
const special: ReadonlySet<number> = new Set(Buffer.from('{},"\\ \t\n\v\f\r'));

/** Where the element at `start` ends; -1 where there is none. */
function elementEnd(value: Buffer, start: number): number {
  let at = start;
  if (value[at] !== quote) {
    while (at < value.length && !special.has(value[at] ?? 0)) at += 1;
    return at > start ? at : -1;
  }
  for (at += 1; at < value.length; at++) {
    if (value[at] === quote) return at + 1;
    if (value[at] === backslash) at += 1;
  }
  return -1;
}

const isNull = /^null$/i;

/** Undefined where the element stays as it is. */
function changedText(written: Buffer, change: ChangeElement): Buffer | undefined {
  const quoted = written[0] === quote;
  if (!quoted && isNull.test(written.toString('latin1', 0, 5))) return undefined;
  // Latin-1 keeps every byte what it is.
  const element = quoted
    ? Buffer.from(written.toString('latin1', 1, written.length - 1).replaceAll(/\\(.)/gs, '$1'), 'latin1')
    : written;
  const changed = change(element);
  return changed === element ? undefined : asElement(changed);
}

function asElement(value: Buffer): Buffer {
  const text = value.toString('latin1');
  const plain = text !== '' && !isNull.test(text) && !/[{},"\\ \t\n\v\f\r]/.test(text);
  return plain ? value : Buffer.from(`"${text.replaceAll(/["\\]/g, '\\$&')}"`, 'latin1');
}

import type { ChangeElement } from './array-values.ts';
import { spliced } from './splice.ts';
import type { Splice } from './splice.ts';

const [brace, braceEnd, comma, quote, backslash, equals] = Buffer.from('{},"\\=');

/**
 * An array's text as clients may write it (arrays-io: blanks, bounds, quotes where none are needed), with its elements
 * changed, NULLs apart. Whether braces and dimensions fit is left to the server, which gets them byte for byte.
 * Undefined where it is no array's text.
 */
export function mapArrayLiteral(text: Buffer, change: ChangeElement): Buffer | undefined {
  const start = arrayStart(text);
  if (start < 0) return undefined;
  const splices: Splice[] = [];
  for (let at = start; at < text.length;) {
    const byte = text[at];
    if (byte === brace || byte === braceEnd || byte === comma || isBlank(byte)) {
      at += 1;
      continue;
    }
    const end = elementEnd(text, at);
    const element = elementOf(text.subarray(at, end));
    const changed = element && change(element);
    if (changed !== null && changed !== element) splices.push({ start: at, end, value: quoted(changed) });
    at = end;
  }
  return spliced(text, 0, text.length, splices);
}

/** Where the outermost brace is, behind blanks and bounds (`[1:2]={a,b}`); -1: it is no array. */
function arrayStart(text: Buffer): number {
  let at = 0;
  while (isBlank(text[at])) at += 1;
  if (text[at] === 0x5b) at = text.indexOf(equals ?? 0, at) + 1;
  while (isBlank(text[at])) at += 1;
  return text[at] === brace ? at : -1;
}

function elementEnd(text: Buffer, from: number): number {
  let quotes = false;
  for (let at = from; at < text.length; at++) {
    const byte = text[at];
    if (byte === backslash) at += 1;
    else if (byte === quote) quotes = !quotes;
    else if (!quotes && (byte === comma || byte === brace || byte === braceEnd)) return at;
  }
  return text.length;
}

/** What an element stands for; null is SQL's NULL. */
function elementOf(raw: Buffer): Buffer | null {
  const text = raw.toString('latin1').replace(/[ \t\n\r\v\f]+$/, '');
  if (/^null$/i.test(text)) return null;
  return Buffer.from(text.replaceAll(/\\([\s\S])|"/g, '$1'), 'latin1');
}

function quoted(element: Buffer): Buffer {
  return Buffer.from(`"${element.toString('latin1').replaceAll(/["\\]/g, String.raw`\$&`)}"`, 'latin1');
}

/** array_isspace. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

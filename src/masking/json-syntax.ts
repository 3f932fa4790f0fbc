// The lexical parts of JSON (RFC 8259) in bytes of UTF-8. Each function takes where its part begins and gives where
// it ends, or -1 where there is no such part.

/** Behind the white space (§2) that may stand at `at`. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && isSpace(bytes[next] ?? 0)) next += 1;
  return next;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export const quote = 0x22;
const backslash = 0x5c;
const simpleEscapes: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

/** §7. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== quote) return -1;
  for (let next = at + 1; next < end; next++) {
    const byte = bytes[next] ?? 0;
    if (byte === quote) return next + 1;
    if (byte < 0x20) return -1;
    if (byte !== backslash) continue;
    next += 1;
    if (next >= end) return -1;
    const escaped = bytes[next] ?? 0;
    if (escaped === 0x75) {
      for (const last = next + 4; next < last; next++) if (!isHexDigit(bytes[next + 1] ?? 0)) return -1;
    } else if (!simpleEscapes.has(escaped)) return -1;
  }
  return -1;
}

/** §6. */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  let next = bytes[at] === 0x2d ? at + 1 : at;
  const whole = skipDigits(bytes, next, end);
  if (whole === next || (bytes[next] === 0x30 && whole > next + 1)) return -1;
  next = whole;
  if (next < end && bytes[next] === 0x2e) {
    const fraction = skipDigits(bytes, next + 1, end);
    if (fraction === next + 1) return -1;
    next = fraction;
  }
  if (next >= end || ((bytes[next] ?? 0) | 0x20) !== 0x65) return next;
  const sign = bytes[next + 1] === 0x2b || bytes[next + 1] === 0x2d ? 1 : 0;
  const exponent = skipDigits(bytes, next + 1 + sign, end);
  return exponent === next + 1 + sign ? -1 : exponent;
}

function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && isDigit(bytes[next] ?? 0)) next += 1;
  return next;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** `true`, `false` or `null` (§3). */
export function skipWord(bytes: Uint8Array, at: number, end: number): number {
  const word = words.find((it) => it[0] === bytes[at]);
  if (word === undefined || at + word.length > end) return -1;
  return word.every((byte, index) => bytes[at + index] === byte) ? at + word.length : -1;
}

/** The text of the string `bytes[start, end)`, quotes and all; one that `skipString` has found. */
export function stringAt(bytes: Buffer, start: number, end: number): string {
  if (!hasEscapes(bytes, start, end)) return bytes.toString('utf8', start + 1, end - 1);
  const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
  return String(value);
}

/** As `stringAt`, in UTF-8. */
export function stringBytesAt(bytes: Buffer, start: number, end: number): Buffer {
  if (!hasEscapes(bytes, start, end)) return bytes.subarray(start + 1, end - 1);
  return Buffer.from(stringAt(bytes, start, end));
}

function hasEscapes(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === backslash) return true;
  return false;
}

import { isAlphanumeric, isLetter } from './detectors/span.ts';
import { redacted } from './redacted.ts';

/** RFC 5321 §4.5.3.1: 64 before the @, 255 after it. */
const emailBytesMax = 320;
const topLevelBytesMin = 2;
const topLevelBytesMax = 24;
/** Bytes that an address does not have without quoting: then the shape of it is not what it seems. */
const oddInEmail = new Uint8Array(256);
oddInEmail.fill(1, 0, 0x21);
for (const odd of '"(),:;<>[\\]\x7f') oddInEmail[odd.charCodeAt(0)] = 1;

const noAddress = Buffer.from(redacted);
/** Results by first letter and top-level domain: many addresses have few, and a row should allocate nothing. */
const known = new Map<number, Buffer>();
const knownMax = 4096;

/**
 * First letter and top-level domain at most of the address `value[start, end)`: `a***@***.com`. What is no plain
 * address is redacted. The buffer that comes back is shared.
 */
export function maskEmail(value: Buffer, start: number, end: number): Buffer {
  const topLevel = topLevelOf(value, start, end);
  if (topLevel < 0) return noAddress;
  const first = value[start] ?? 0;
  const length = end - topLevel;
  if (length > 3) return made(first, value.toString('latin1', topLevel, end));
  const last = length === 3 ? (value[topLevel + 2] ?? 0) : 0;
  const key = ((first * 256 + (value[topLevel] ?? 0)) * 256 + (value[topLevel + 1] ?? 0)) * 256 + last;
  let masked = known.get(key);
  if (masked === undefined) {
    if (known.size >= knownMax) known.clear();
    known.set(key, (masked = made(first, value.toString('latin1', topLevel, end))));
  }
  return masked;
}

function made(first: number, topLevel: string): Buffer {
  return Buffer.from(
    `${isAlphanumeric(first) ? String.fromCharCode(first) : '*'}***@***.${topLevel}`,
    'latin1',
  );
}

/** Where the top-level domain begins; -1 for what is no plain address. */
function topLevelOf(value: Buffer, start: number, end: number): number {
  if (end - start > emailBytesMax) return -1;
  let middle = -1;
  let dot = -1;
  for (let at = start; at < end; at++) {
    const byte = value[at] ?? 0;
    if (oddInEmail[byte] === 1) return -1;
    if (byte === 0x2e) dot = at;
    else if (byte === 0x40) {
      if (middle >= 0) return -1;
      middle = at;
    }
  }
  const length = end - dot - 1;
  if (middle <= start || dot < middle + 2 || length < topLevelBytesMin || length > topLevelBytesMax)
    return -1;
  for (let at = dot + 1; at < end; at++) if (!isLetter(value[at] ?? 0)) return -1;
  return dot + 1;
}

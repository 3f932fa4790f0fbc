import { createHmac } from 'node:crypto';
import type { MaskName } from '../core/mask.ts';
import type { LabelKeys } from './keys.ts';
import { RecentValues } from './recent.ts';
import { tokenise } from './token.ts';

export const redacted = '[redacted]';

/** What `mask` makes of a text, given and returned as bytes in any encoding that contains ASCII; null is NULL. */
export function maskText(mask: MaskName, value: Buffer, keys: LabelKeys): string | null {
  switch (mask) {
    case 'redact':
      return redacted;
    case 'null':
      return null;
    case 'email':
      return value.length > emailBytesMax ? redacted : maskEmail(value.toString('latin1'));
    case 'last4':
      return value.length > numberBytesMax ? redacted : maskLast4(value.toString('latin1'));
    case 'hash':
      return hashOf(value, keys);
    case 'token':
      return tokenise(value, keys);
  }
}

/** RFC 5321 §4.5.3.1: 64 before the @, 255 after it. */
const emailBytesMax = 320;
const emailShape = /^([A-Za-z0-9])?[^\s@"(),:;<>[\\\]]{0,64}@[^\s@"(),:;<>[\\\]]{1,255}\.([A-Za-z]{2,24})$/;

/** First letter and top-level domain at most: `a***@***.com`. What is no plain address is redacted. */
function maskEmail(text: string): string {
  const [whole, first = '*', top] = emailShape.exec(text) ?? [];
  return whole === undefined || whole.startsWith('@') ? redacted : `${first}***@***.${top}`;
}

const numberBytesMax = 64;
const numberShape = /^[0-9][0-9 -]*[0-9]$/;
const digitsMin = 12;

/** The last four digits of a long number; of a short one they would be most of it. */
function maskLast4(text: string): string {
  const trimmed = text.trimEnd(); // char(n) comes padded
  if (!numberShape.test(trimmed)) return redacted;
  const digits = trimmed.replaceAll(/[ -]/g, '');
  return digits.length < digitsMin ? redacted : `************${digits.slice(-4)}`;
}

const recentHashes = new WeakMap<LabelKeys, RecentValues>();

/** `hmac:` and 32 hex digits, the same for the same value of the same label. */
function hashOf(value: Buffer, keys: LabelKeys): string {
  let known = recentHashes.get(keys);
  if (known === undefined) recentHashes.set(keys, (known = new RecentValues()));
  return known.get(value, (bytes) => `hmac:${hmac(bytes, keys).toString('hex', 0, 16)}`);
}

export function hmac(value: Uint8Array, keys: LabelKeys): Buffer {
  return createHmac('sha256', keys.hash).update(value).digest();
}

import { createHmac } from 'node:crypto';
import type { MaskName } from '../core/mask.ts';
import { isDigit } from './detectors/span.ts';
import { maskEmail } from './email-mask.ts';
import type { LabelKeys } from './keys.ts';
import { RecentValues } from './recent.ts';
import { redacted } from './redacted.ts';
import { tokenise } from './token.ts';

/** What `mask` makes of a text, given and returned as bytes in any encoding that contains ASCII; null is NULL. */
export function maskText(mask: MaskName, value: Buffer, keys: LabelKeys): string | null {
  switch (mask) {
    case 'redact':
      return redacted;
    case 'null':
      return null;
    case 'email':
      return maskEmail(value, 0, value.length).toString('latin1');
    case 'last4':
      return maskLast4(value);
    case 'hash':
      return hashOf(value, keys);
    case 'token':
      return tokenise(value, keys);
  }
}

const numberBytesMax = 64;
const digitsMin = 12;

/** The last four digits of a long number; of a short one they would be most of it. */
function maskLast4(value: Buffer): string {
  let end = value.length;
  if (end > numberBytesMax) return redacted;
  while (end > 0 && value[end - 1] === 0x20) end -= 1; // char(n) comes padded
  let digits = 0;
  let last4 = '';
  for (let at = end - 1; at >= 0; at--) {
    const byte = value[at] ?? 0;
    if (!isDigit(byte)) {
      const separates = (byte === 0x20 || byte === 0x2d) && at > 0 && at < end - 1;
      if (separates) continue;
      return redacted;
    }
    digits += 1;
    if (digits <= 4) last4 = String.fromCharCode(byte) + last4;
  }
  return digits < digitsMin ? redacted : `************${last4}`;
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

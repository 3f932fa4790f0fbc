import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { SallyportError } from '../core/errors.ts';
import type { LabelKeys } from './keys.ts';
import { RecentValues } from './recent.ts';

// A token is   tok_<label id, 8 hex>_<base64url of IV (16 bytes) and ciphertext>
// The IV is HMAC-SHA-256 of the value, cut to 16 bytes: a synthetic IV (RFC 5297 with another MAC). The same
// value of the same label gives the same token, and only who has the key can make one that opens.

const ivBytes = 16;
const shape = /^tok_([0-9a-f]{8})_([A-Za-z0-9_-]{22,})$/;
const beginning = /^tok_[0-9a-f]{8}_/;
const beginningBytes = 13;
const recent = new WeakMap<LabelKeys, RecentValues>();

/** A text that stands for `value` and that the gateway alone can turn back. */
export function tokenise(value: Buffer, keys: LabelKeys): string {
  let known = recent.get(keys);
  if (known === undefined) recent.set(keys, (known = new RecentValues()));
  return known.get(value, (bytes) => makeToken(bytes, keys));
}

function makeToken(value: Buffer, keys: LabelKeys): string {
  const iv = syntheticIv(value, keys);
  const cipher = createCipheriv('aes-256-ctr', keys.tokenCipher, iv);
  return `tok_${keys.id}_${Buffer.concat([iv, cipher.update(value), cipher.final()]).toString('base64url')}`;
}

/** The label a token claims to be of, or undefined where the text is no token. */
export function tokenLabel(text: string): string | undefined {
  return shape.exec(text)?.[1];
}

/**
 * Whether a token stands anywhere in these bytes, or what means to be one: its beginning is enough, as one that was
 * cut should be refused rather than taken for a text.
 */
export function holdsToken(bytes: Buffer): boolean {
  for (let at = bytes.indexOf('tok_'); at >= 0; at = bytes.indexOf('tok_', at + 4)) {
    if (beginning.test(bytes.toString('latin1', at, at + beginningBytes))) return true;
  }
  return false;
}

/**
 * The value behind a token.
 * @throws SallyportError `denied` for a token that is forged, cut, of another label or of another deployment
 */
export function detokenise(token: string, keys: LabelKeys): Buffer {
  const [, label, body = ''] = shape.exec(token) ?? [];
  const sealed = Buffer.from(body, 'base64url');
  // Two spellings of the same bytes would be two tokens of one value.
  if (label !== keys.id || sealed.toString('base64url') !== body) throw notOurs();
  const iv = sealed.subarray(0, ivBytes);
  const decipher = createDecipheriv('aes-256-ctr', keys.tokenCipher, iv);
  const value = Buffer.concat([decipher.update(sealed.subarray(ivBytes)), decipher.final()]);
  if (!timingSafeEqual(syntheticIv(value, keys), iv)) throw notOurs();
  return value;
}

function syntheticIv(value: Buffer, keys: LabelKeys): Buffer {
  return createHmac('sha256', keys.tokenMac).update(value).digest().subarray(0, ivBytes);
}

function notOurs(): SallyportError {
  return new SallyportError(
    'denied',
    'Sallyport: this token is not one that the gateway gave out for this column',
    {
      hint: 'Use tokens exactly as they came, and only for the column they came from.',
    },
  );
}

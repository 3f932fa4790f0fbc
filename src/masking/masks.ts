import type { MaskName } from '../core/mask.ts';
import { blankValues, elementOid, isJsonOid, isTextOid, TypeOid } from '../wire/postgres/types.ts';
import { mapArray } from './array-values.ts';
import { maskEmail } from './email-mask.ts';
import type { LabelKeys } from './keys.ts';
import { redacted } from './redacted.ts';
import { hmac, maskText } from './text-masks.ts';

/** A column's type and format, as RowDescription gives them. */
export interface ColumnType {
  readonly oid: number;
  readonly format: 'text' | 'binary';
  /** A string type that has no fixed OID, such as `citext`. */
  readonly isText?: boolean;
}

/** Changes the values of one column, NULLs apart; null is NULL. Most masks need not look at the value at all. */
export type Masker =
  | { readonly kind: 'constant'; readonly value: Buffer | null }
  | { readonly kind: 'each'; readonly mask: MaskValue };

/** Of the value `buffer[start, end)`, which stays as it is. What comes back may be shared: it must stay so too. */
export type MaskValue = (buffer: Buffer, start: number, end: number) => Buffer | null;

/**
 * What changes the values of one column. Its results are valid in the column's type and format; where a mask has no
 * meaning in a type, its blank value (zero, the epoch, empty) comes instead, and NULL where it has none.
 */
export function maskerFor(mask: MaskName, type: ColumnType, keys: LabelKeys): Masker {
  if (mask === 'null') return constant(null);
  const element = elementOid(type.oid);
  if (element !== undefined && isTextOid(element)) return textArrayMasker(mask, element, type, keys);
  if (mask === 'redact') return constant(sayingNothing(type));
  if (isText(type)) return textMasker(mask, keys);
  if (isJsonOid(type.oid)) return jsonMasker(mask, type, keys);
  if (type.oid === TypeOid.uuid && mask === 'hash') return uuidMasker(type, keys);
  return constant(sayingNothing(type));
}

/** A constant that is valid in this type and format; null is NULL, for types that have no such value. */
export function sayingNothing(type: ColumnType): Buffer | null {
  if (isText(type)) return Buffer.from(redacted);
  if (isJsonOid(type.oid)) return asDocument(redacted, type);
  if (type.oid === TypeOid.char) return Buffer.from('*');
  return blankValues.get(type.oid)?.[type.format] ?? null;
}

function isText(type: ColumnType): boolean {
  return type.isText === true || isTextOid(type.oid);
}

/** One value; for many of a column, `maskerFor`. */
export function maskValue(
  mask: MaskName,
  value: Uint8Array | null,
  type: ColumnType,
  keys: LabelKeys,
): Buffer | null {
  if (value === null) return null;
  const masker = maskerFor(mask, type, keys);
  if (masker.kind === 'constant') return masker.value;
  return masker.mask(Buffer.from(value.buffer, value.byteOffset, value.byteLength), 0, value.byteLength);
}

function constant(value: Buffer | null): Masker {
  return { kind: 'constant', value };
}

function each(mask: (value: Buffer) => Buffer | null): Masker {
  return { kind: 'each', mask: (buffer, start, end) => mask(buffer.subarray(start, end)) };
}

function textMasker(mask: MaskName, keys: LabelKeys): Masker {
  if (mask === 'email') return { kind: 'each', mask: maskEmail };
  return each((value) => {
    const masked = maskText(mask, value, keys);
    return masked === null ? null : Buffer.from(masked, 'latin1');
  });
}

/** Each element by itself; what is no array has none. */
function textArrayMasker(mask: MaskName, element: number, type: ColumnType, keys: LabelKeys): Masker {
  const masker = maskerFor(mask, { oid: element, format: type.format }, keys);
  const change = (bytes: Buffer): Buffer => {
    const value = masker.kind === 'constant' ? masker.value : masker.mask(bytes, 0, bytes.length);
    return value ?? Buffer.from(redacted);
  };
  return each((value) => mapArray(value, type.format, change) ?? sayingNothing(type));
}

/**
 * Always a JSON string. `hash` and `token` are over the document's text, so that it can come back whole; `email`
 * and `last4` look into a document that is a string.
 */
function jsonMasker(mask: MaskName, type: ColumnType, keys: LabelKeys): Masker {
  return each((value) => {
    const text = value.subarray(versionBytes(type));
    const masked = maskText(mask, mask === 'hash' || mask === 'token' ? text : stringInside(text), keys);
    return masked === null ? null : asDocument(masked, type);
  });
}

/** jsonb in binary: a version byte (1), then the text. */
export function versionBytes(type: ColumnType): number {
  return type.oid === TypeOid.jsonb && type.format === 'binary' ? 1 : 0;
}

function asDocument(text: string, type: ColumnType): Buffer {
  return Buffer.concat([Buffer.alloc(versionBytes(type), 1), Buffer.from(JSON.stringify(text))]);
}

/** The string that a JSON document is, or nothing where it is something else. */
function stringInside(document: Buffer): Buffer {
  if (document[0] !== 0x22) return Buffer.alloc(0);
  try {
    const value: unknown = JSON.parse(document.toString());
    return Buffer.from(typeof value === 'string' ? value : '');
  } catch {
    return Buffer.alloc(0);
  }
}

/** A version 8 UUID (RFC 9562 §5.8: any bits) made of the hash. */
function uuidMasker(type: ColumnType, keys: LabelKeys): Masker {
  return each((value) => {
    // Both formats hash alike: the text form is brought to its 16 bytes.
    const bits =
      type.format === 'binary' ? value : Buffer.from(value.toString('latin1').replaceAll('-', ''), 'hex');
    const uuid = hmac(bits, keys).subarray(0, 16);
    uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x80, 6);
    uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
    if (type.format === 'binary') return uuid;
    return Buffer.from(uuid.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'));
  });
}

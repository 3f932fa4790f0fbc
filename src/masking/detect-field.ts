import { arrayOids, blankValues, elementOid, isJsonOid, isTextOid, TypeOid } from '../wire/postgres/types.ts';
import { mapArray } from './array-values.ts';
import type { DetectorSet } from './detect.ts';
import { cleanJson } from './json-values.ts';
import { refused } from './long-value.ts';
import type { LongValue } from './long-value.ts';
import { versionBytes } from './masks.ts';
import type { ColumnType } from './masks.ts';

/** Takes what must not be seen out of the values of one column, and leaves the rest of them. */
export interface FieldDetection {
  /** False only where there is nothing to take out; cheap. */
  mayContain(bytes: Buffer, start: number, end: number): boolean;
  /** The value without it, or undefined where there was nothing. */
  clean(value: Buffer): Cleaned | undefined;
  /** Where a value is too long to be cleaned. */
  readonly long: LongValue;
}

interface Cleaned {
  readonly value: Buffer | null;
  readonly count: number;
}

/** Types that can hold text in one way or another; arrays of them too. */
const textInside: ReadonlySet<number> = new Set([TypeOid.xml, TypeOid.tsvector, TypeOid.tsquery]);
/** Types whose values no detector looks for. */
const textFree: ReadonlySet<number> = new Set(
  [...blankValues.keys(), TypeOid.char].filter((oid) => !textInside.has(oid) && !isArrayOfText(oid)),
);

function isArrayOfText(oid: number): boolean {
  return [...arrayOids].some(
    ([element, array]) =>
      array === oid && (isTextOid(element) || isJsonOid(element) || textInside.has(element)),
  );
}

/** How detectors look into a column of this type; undefined where they need not. */
export function detectionOf(set: DetectorSet, type: ColumnType): FieldDetection | undefined {
  if (type.isText === true || isTextOid(type.oid)) return inText(set);
  if (isJsonOid(type.oid)) return inJson(set, type);
  if (textFree.has(type.oid)) return undefined;
  // Text forms of records, XML and what is unknown carry the text as it is. In a binary form it has lengths around
  // it that a change would break, so there the whole value goes.
  const whole = type.format === 'text' ? inText(set) : inWhole(set, type);
  const element = elementOid(type.oid);
  if (element === undefined || !(isTextOid(element) || isJsonOid(element))) return whole;
  const each = detectionOf(set, { oid: element, format: type.format });
  return each && inElements(each, type, (value) => whole.clean(value));
}

/** Over the elements of an array, one by one; `otherwise` is for what cannot be read as an array. */
export function inElements(
  each: FieldDetection,
  { format }: ColumnType,
  otherwise: FieldDetection['clean'],
  long: LongValue = refused,
): FieldDetection {
  return {
    long,
    mayContain(bytes, start, end) {
      return each.mayContain(bytes, start, end) || bytes.subarray(start, end).includes(backslash);
    },
    clean(value) {
      let count = 0;
      const cleaned = mapArray(value, format, (element) => {
        const found = each.clean(element);
        count += found?.count ?? 0;
        return found === undefined ? element : (found.value ?? nothing);
      });
      if (cleaned === undefined) return otherwise(value);
      return count === 0 ? undefined : { value: cleaned, count };
    },
  };
}

function inText(set: DetectorSet): FieldDetection {
  return {
    long: { kind: 'windows', detect: set },
    mayContain: (bytes, start, end) => set.mayContain(bytes, start, end),
    clean(value) {
      // Latin-1 maps bytes to characters one to one, so what is left alone comes back as it was in any encoding.
      const cleaned = set.apply(value.toString('latin1'), 'latin1');
      return cleaned.found === 0
        ? undefined
        : { value: Buffer.from(cleaned.text, 'latin1'), count: cleaned.found };
    },
  };
}

function inWhole(set: DetectorSet, type: ColumnType): FieldDetection {
  const blank = blankValues.get(type.oid)?.[type.format] ?? null;
  return {
    long: refused,
    mayContain: (bytes, start, end) => set.mayContain(bytes, start, end),
    clean(value) {
      const { found } = set.apply(value.toString('latin1'), 'latin1');
      return found === 0 ? undefined : { value: blank, count: found };
    },
  };
}

const backslash = 0x5c;
const nothing = Buffer.alloc(0);

function inJson(set: DetectorSet, type: ColumnType): FieldDetection {
  const from = versionBytes(type);
  return {
    // A window cannot tell where strings begin, and escapes would hide what is in them.
    long: refused,
    mayContain(bytes, start, end) {
      // An escape may spell what the scan of the bytes looks for.
      return set.mayContain(bytes, start, end) || bytes.subarray(start, end).includes(backslash);
    },
    clean(value) {
      const cleaned = cleanJson(set, value.toString('latin1', from), 'latin1');
      if (cleaned.found === 0) return undefined;
      const document = Buffer.from(cleaned.text, 'latin1');
      return { value: Buffer.concat([value.subarray(0, from), document]), count: cleaned.found };
    },
  };
}

import { arrayOids, blankValues, isJsonOid, isTextOid, TypeOid } from '../wire/postgres/types.ts';
import type { DetectorSet } from './detect.ts';
import { cleanJson } from './json-values.ts';
import type { ColumnType } from './masks.ts';

/** Detectors over the values of one column. */
export interface FieldDetection {
  /** False only where nothing can be found; cheap. */
  mayContain(bytes: Buffer, start: number, end: number): boolean;
  /** The value without what was found in it, or undefined where nothing was. */
  clean(value: Buffer): { readonly value: Buffer | null; readonly count: number } | undefined;
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
  // Text forms of arrays, records, XML and what is unknown carry the text as it is. In a binary form it has lengths
  // around it that a change would break, so there the whole value goes.
  return type.format === 'text' ? inText(set) : inWhole(set, type);
}

function inText(set: DetectorSet): FieldDetection {
  return {
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
    mayContain: (bytes, start, end) => set.mayContain(bytes, start, end),
    clean(value) {
      const { found } = set.apply(value.toString('latin1'), 'latin1');
      return found === 0 ? undefined : { value: blank, count: found };
    },
  };
}

const backslash = 0x5c;

function inJson(set: DetectorSet, type: ColumnType): FieldDetection {
  // jsonb in binary: a version byte (1), then the text.
  const versionBytes = type.oid === TypeOid.jsonb && type.format === 'binary' ? 1 : 0;
  return {
    mayContain(bytes, start, end) {
      // An escape may spell what the scan of the bytes looks for.
      return set.mayContain(bytes, start, end) || bytes.subarray(start, end).includes(backslash);
    },
    clean(value) {
      const cleaned = cleanJson(set, value.toString('latin1', versionBytes), 'latin1');
      if (cleaned.found === 0) return undefined;
      const document = Buffer.from(cleaned.text, 'latin1');
      return { value: Buffer.concat([value.subarray(0, versionBytes), document]), count: cleaned.found };
    },
  };
}

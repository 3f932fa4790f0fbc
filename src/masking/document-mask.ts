import { elementOid, isJsonOid } from '../wire/postgres/types.ts';
import type { DetectorSet } from './detect.ts';
import { inElements } from './detect-field.ts';
import type { FieldDetection } from './detect-field.ts';
import type { Places } from './json-pointer.ts';
import { cleanJson } from './json-values.ts';
import type { Kept } from './json-values.ts';
import { sayingNothing, versionBytes } from './masks.ts';
import type { ColumnType } from './masks.ts';
import { spliced } from './splice.ts';
import type { Splice } from './splice.ts';

/**
 * Masks places in documents, and looks over the rest of them with `detect`. Undefined where the type holds no
 * documents: such a column has to be hidden as a whole.
 */
export function maskDocuments(
  places: Places,
  type: ColumnType,
  detect: DetectorSet | undefined,
): FieldDetection | undefined {
  if (isJsonOid(type.oid)) return inDocument(places, type, detect);
  const element = elementOid(type.oid);
  if (element === undefined || !isJsonOid(element)) return undefined;
  const each = inDocument(places, { oid: element, format: type.format }, detect);
  const hidden = { kind: 'constant', value: sayingNothing(type) } as const;
  return inElements(each, type, () => ({ value: hidden.value, count: 1 }), hidden);
}

function inDocument(places: Places, type: ColumnType, detect: DetectorSet | undefined): FieldDetection {
  const from = versionBytes(type);
  return {
    long: { kind: 'constant', value: sayingNothing(type) },
    // Any key may be spelt with escapes, so there is no telling by a look.
    mayContain: () => true,
    clean(value) {
      const splices = places.splices(value, from, value.length);
      if (splices === undefined) return { value: sayingNothing(type), count: 1 };
      const masked = splices.length === 0 ? value : spliced(value, 0, value.length, splices);
      const cleaned =
        detect && cleanJson(detect, masked.toString('latin1', from), 'latin1', moved(splices, from));
      if (cleaned === undefined || cleaned.found === 0) {
        return splices.length === 0 ? undefined : { value: masked, count: splices.length };
      }
      const document = Buffer.concat([value.subarray(0, from), Buffer.from(cleaned.text, 'latin1')]);
      return { value: document, count: splices.length + cleaned.found };
    },
  };
}

/** Where masked values are in the document that has them, which detectors leave alone: a token must stay one. */
function moved(splices: readonly Splice[], from: number): Kept[] {
  let shift = -from;
  return splices.map(({ start, end, value }) => {
    const kept = { start: start + shift, end: start + shift + value.length };
    shift += value.length - (end - start);
    return kept;
  });
}

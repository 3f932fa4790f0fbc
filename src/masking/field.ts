import type { ColumnMask } from './column-mask.ts';
import type { DetectorSet } from './detect.ts';
import { detectionOf } from './detect-field.ts';
import type { FieldDetection } from './detect-field.ts';
import { maskDocuments } from './document-mask.ts';
import { Places } from './json-pointer.ts';
import type { MaskKeys } from './keys.ts';
import { refused } from './long-value.ts';
import type { LongValue } from './long-value.ts';
import { maskerFor, sayingNothing } from './masks.ts';
import type { ColumnType, Masker } from './masks.ts';

/** What becomes of the values of one column; one of a masker and a detection at most. */
export interface FieldMask {
  readonly masker: Masker | undefined;
  readonly detection: FieldDetection | undefined;
  /** NULL is replaced too: of a computed value it would tell. */
  readonly nulls: boolean;
  /** Where a value is too long to be masked by either. */
  readonly long: LongValue;
}

/** What is masked as a whole needs no detectors. */
export function fieldMask(
  hidden: ColumnMask | undefined,
  type: ColumnType,
  detect: DetectorSet | undefined,
  keys: MaskKeys,
): FieldMask {
  if (hidden === undefined) {
    return lookedInto(detect && detectionOf(detect, type));
  }
  if (hidden.kind === 'whole' || hidden.kind === 'places') {
    const inside =
      hidden.kind === 'places' ? maskDocuments(new Places(hidden.places, keys), type, detect) : undefined;
    if (inside !== undefined) return lookedInto(inside);
    const masker = { kind: 'constant', value: sayingNothing(type) } as const;
    return { masker, detection: undefined, nulls: hidden.kind === 'whole', long: masker };
  }
  const masker = maskerFor(hidden.mask, type, keys.of(hidden.resource));
  const long =
    masker.kind === 'constant' ? masker : ({ kind: 'constant', value: sayingNothing(type) } as const);
  return { masker, detection: undefined, nulls: false, long };
}

function lookedInto(detection: FieldDetection | undefined): FieldMask {
  return { masker: undefined, detection, nulls: false, long: detection?.long ?? refused };
}

export function mayChange({ masker, detection }: FieldMask): boolean {
  return masker !== undefined || detection !== undefined;
}

/** One value (null is NULL) as it may be seen, and how much of it was changed; undefined where it stays. */
export function changeField(
  { masker, detection, nulls }: FieldMask,
  value: Buffer | null,
): { readonly value: Buffer | null; readonly count: number } | undefined {
  if (value === null && !nulls) return undefined;
  if (masker?.kind === 'constant') return { value: masker.value, count: 1 };
  if (value === null) return undefined;
  if (masker !== undefined) return { value: masker.mask(value, 0, value.length), count: 1 };
  if (detection === undefined || !detection.mayContain(value, 0, value.length)) return undefined;
  return detection.clean(value);
}

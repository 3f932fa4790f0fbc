import type { MaskPlan } from '../core/mask.ts';
import { parseRoute, touchesRoute } from '../core/route.ts';
import { TypeOid } from '../wire/postgres/types.ts';
import type { PlaceMask } from './column-mask.ts';
import type { DetectorSet } from './detect.ts';
import { detectionOf } from './detect-field.ts';
import type { FieldDetection } from './detect-field.ts';
import { maskDocuments } from './document-mask.ts';
import { Places } from './json-pointer.ts';
import type { MaskKeys } from './keys.ts';

/** What must be hidden in the answer to one request of an API. */
export interface AnswerMask {
  /** In a JSON document; undefined where there is nothing to look for. */
  readonly json: FieldDetection | undefined;
  /** In any other text: what detectors find. */
  readonly text: DetectorSet | undefined;
  /** Places are hidden that only a JSON document has: nothing else may stand in for one. */
  readonly wantsJson: boolean;
}

/** A document in UTF-8, as a column of type json has it. */
const document = { oid: TypeOid.json, format: 'text' } as const;

/** By the plan's places for this request, whose path is in the gateway's spelling, and its detectors. */
export function answerMask(
  plan: MaskPlan,
  asked: { readonly method: string; readonly path: string },
  detect: DetectorSet | undefined,
  keys: MaskKeys,
): AnswerMask {
  const places = placesIn(plan, asked);
  const inPlaces =
    places.length === 0 ? undefined : maskDocuments(new Places(places, keys), document, detect);
  const json = inPlaces ?? (detect && detectionOf(detect, document));
  return { json, text: detect, wantsJson: places.length > 0 };
}

/** Of every route that this could be one of. */
function placesIn({ hidden }: MaskPlan, asked: { method: string; path: string }): PlaceMask[] {
  return [...hidden].flatMap(([resource, mask]) => {
    const [route = '', pointer = ''] = resource.split(/#(.*)/s, 2);
    if (!touchesRoute(parseRoute(route), asked)) return [];
    return [{ pointer: pointer.split('/').slice(1).map(unescapeKey), mask, resource }];
  });
}

/** RFC 6901 §4 */
function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

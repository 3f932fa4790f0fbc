import type { MaskName, MaskPlan } from '../core/mask.ts';
import { parseRoute, touchesRoute, type Route } from '../core/route.ts';
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
  /** The places alone, for documents too long to be kept. */
  readonly places: Places | undefined;
  /** In any other text: what detectors find. */
  readonly text: DetectorSet | undefined;
  /** Places are hidden that only a JSON document has: nothing else may stand in for one. */
  readonly wantsJson: boolean;
}

/** A document in UTF-8, as a column of type json has it. */
const document = { oid: TypeOid.json, format: 'text' } as const;

/** What is hidden in the answers of one target, worked out once for each plan and each set of routes. */
export class AnswerMasks {
  readonly #keys: MaskKeys;
  readonly #known = new WeakMap<
    MaskPlan,
    { readonly hidden: readonly Hidden[]; readonly masks: Map<string, AnswerMask> }
  >();

  constructor(keys: MaskKeys) {
    this.#keys = keys;
  }

  /** By the plan's places for this request, whose path is in the gateway's spelling, and its detectors. */
  of(
    plan: MaskPlan,
    asked: { readonly method: string; readonly path: string },
    detect: DetectorSet | undefined,
  ): AnswerMask {
    let known = this.#known.get(plan);
    if (known === undefined)
      this.#known.set(plan, (known = { hidden: [...plan.hidden].map(hiddenOf), masks: new Map() }));
    // Of every route that this could be one of.
    const here = known.hidden.filter(({ route }) => touchesRoute(route, asked)).map(({ place }) => place);
    const key = JSON.stringify(here.map(({ resource }) => resource));
    let mask = known.masks.get(key);
    if (mask === undefined) known.masks.set(key, (mask = this.#make(here, detect)));
    return mask;
  }

  #make(places: readonly PlaceMask[], detect: DetectorSet | undefined): AnswerMask {
    const found = places.length === 0 ? undefined : new Places(places, this.#keys);
    const inPlaces = found && maskDocuments(found, document, detect);
    const json = inPlaces ?? (detect && detectionOf(detect, document));
    return { json, places: found, text: detect, wantsJson: found !== undefined };
  }
}

interface Hidden {
  readonly route: Route;
  readonly place: PlaceMask;
}

function hiddenOf([resource, mask]: readonly [string, MaskName]): Hidden {
  const [route = '', pointer = ''] = resource.split(/#(.*)/s, 2);
  const keys = pointer.split('/').slice(1).map(unescapeKey);
  return { route: parseRoute(route), place: { pointer: keys, mask, resource } };
}

/** RFC 6901 §4 */
function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

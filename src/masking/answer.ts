import type { MaskName, MaskPlan } from '../core/mask.ts';
import { parseRoute, touchesRoute, type Route } from '../core/route.ts';
import { TypeOid } from '../wire/postgres/types.ts';
import type { PlaceMask } from './column-mask.ts';
import type { DetectorSet } from './detect.ts';
import { detectionOf } from './detect-field.ts';
import type { FieldDetection } from './detect-field.ts';
import { maskDocuments } from './document-mask.ts';
import { Places, type Change } from './json-pointer.ts';
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

/** So many requests are remembered. */
const requestsMax = 500;
const requestCharsMax = 200;

/** What is hidden in the answers of one target, worked out once for each plan and each set of routes. */
export class AnswerMasks {
  readonly #keys: MaskKeys;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #known = new WeakMap<
    MaskPlan,
    {
      readonly hidden: readonly RoutePlace[];
      /** By which places they hide. */
      readonly masks: Map<string, AnswerMask>;
      /** By requests, of which the same come again and again. */
      readonly requests: Map<string, AnswerMask>;
    }
  >();

  /** `labels`: resource → what its values are. */
  constructor(keys: MaskKeys, labels: ReadonlyMap<string, string> = new Map()) {
    this.#keys = keys;
    this.#labels = labels;
  }

  /**
   * By the plan's places for this request, whose path is in the gateway's spelling, by `more` that are hidden in its
   * answer, and its detectors.
   */
  of(
    plan: MaskPlan,
    asked: { readonly method: string; readonly path: string },
    detect: DetectorSet | undefined,
    more: readonly PlaceMask[] = [],
  ): AnswerMask {
    let known = this.#known.get(plan);
    if (known === undefined) {
      const hidden = placesOf(plan.hidden, this.#labels);
      this.#known.set(plan, (known = { hidden, masks: new Map(), requests: new Map() }));
    }
    const request = `${asked.method} ${asked.path}`;
    const before = more.length > 0 ? undefined : known.requests.get(request);
    if (before !== undefined) return before;
    // Of every route that this could be one of.
    const here = known.hidden.filter(({ route }) => touchesRoute(route, asked)).map(({ place }) => place);
    // Of one request alone: nobody knows how many of them there will be.
    if (more.length > 0) return answerMask([...here, ...more], this.#keys, detect);
    const key = JSON.stringify(here.map(({ resource }) => resource));
    let mask = known.masks.get(key);
    if (mask === undefined) known.masks.set(key, (mask = answerMask(here, this.#keys, detect)));
    if (known.requests.size >= requestsMax) known.requests.clear();
    if (request.length <= requestCharsMax) known.requests.set(request, mask);
    return mask;
  }
}

/** What these places and detectors hide of a document; `change`: how, where values are of a form of their own. */
export function answerMask(
  places: readonly PlaceMask[],
  keys: MaskKeys,
  detect: DetectorSet | undefined,
  change?: Change,
): AnswerMask {
  const found = places.length === 0 ? undefined : new Places(places, keys, change);
  const inPlaces = found && maskDocuments(found, document, detect);
  const json = inPlaces ?? (detect && detectionOf(detect, document));
  return { json, places: found, text: detect, wantsJson: found !== undefined };
}

/** One place of a route's. */
export interface RoutePlace {
  readonly route: Route;
  readonly place: PlaceMask;
}

/** Those in documents; parameters of requests are none. */
export function placesOf(
  sensitive: ReadonlyMap<string, MaskName>,
  labels: ReadonlyMap<string, string>,
): RoutePlace[] {
  return [...sensitive].flatMap(([resource, mask]) => {
    const [route = '', pointer = ''] = resource.split(/#(.*)/s, 2);
    if (!pointer.startsWith('/')) return [];
    const keys = pointer.split('/').slice(1).map(unescapeKey);
    const place: PlaceMask = { pointer: keys, mask, resource, label: keyLabel(resource, labels) };
    return [{ route: parseRoute(route), place }];
  });
}

/** What the keys of a place are derived from. Resources have a slash, and labels of the configuration none. */
export function keyLabel(resource: string, labels: ReadonlyMap<string, string>): string {
  const label = labels.get(resource);
  return label === undefined ? resource : `label:${label}`;
}

/** RFC 6901 §4 */
export function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

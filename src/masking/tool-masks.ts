import { matchesGlob } from '../core/glob.ts';
import type { MaskName, MaskPlan } from '../core/mask.ts';
import { answerMask, keyLabel, unescapeKey, type AnswerMask } from './answer.ts';
import type { PlaceMask } from './column-mask.ts';
import type { DetectorSet } from './detect.ts';
import { tokensTurnedBack, type GivenTokens } from './document-tokens.ts';
import type { LabelKeys, MaskKeys } from './keys.ts';

/** A place in what a tool or a resource of an MCP server answers, or an argument of a tool: `tool:lookup#/email`. */
interface ToolPlace {
  /** A glob over names with their kind: `tool:lookup_*`. */
  readonly of: string;
  readonly isArgument: boolean;
  readonly place: PlaceMask;
}

type Labels = ReadonlyMap<string, string>;

/** What is hidden in the answers of one target's tools and resources. */
export class ToolMasks {
  readonly #keys: MaskKeys;
  readonly #labels: Labels;
  readonly #known = new WeakMap<MaskPlan, Map<string, AnswerMask>>();

  constructor(keys: MaskKeys, labels: Labels) {
    this.#keys = keys;
    this.#labels = labels;
  }

  /** `names`: what the answer is of, with its kind: `tool:lookup`. What has no place of its own has detectors. */
  of(plan: MaskPlan, names: readonly string[], detect: DetectorSet | undefined): AnswerMask {
    let masks = this.#known.get(plan);
    if (masks === undefined) this.#known.set(plan, (masks = new Map()));
    const here = placesOf(plan.hidden, this.#labels)
      .filter(({ of, isArgument }) => !isArgument && names.some((name) => matchesGlob(of, name)))
      .map(({ place }) => place);
    const key = JSON.stringify(here.map(({ resource }) => resource));
    let mask = masks.get(key);
    if (mask === undefined) masks.set(key, (mask = answerMask(here, this.#keys, detect)));
    return mask;
  }
}

/** Turns tokens that a client sends back into values, in the arguments that are declared for them alone. */
export class ToolTokens {
  readonly #keys: MaskKeys;
  readonly #arguments: readonly ToolPlace[];
  readonly #given: GivenTokens;

  constructor(sensitive: ReadonlyMap<string, MaskName>, labels: Labels, keys: MaskKeys) {
    const tokens = new Map([...sensitive].filter(([, mask]) => mask === 'token'));
    const places = placesOf(tokens, labels);
    this.#keys = keys;
    this.#arguments = places.filter(({ isArgument }) => isArgument);
    const given = new Map<string, LabelKeys>();
    for (const { place } of places) {
      const own = keys.of(place.label ?? place.resource);
      given.set(own.id, own);
    }
    this.#given = given;
  }

  /**
   * A document with values in place of its tokens; `tool`: what it is the arguments of, if of any.
   * @throws SallyportError `denied` for a token of this target that may not stand where it does
   */
  read(document: Buffer, tool?: string): { readonly document: Buffer; readonly values: readonly string[] } {
    const values: string[] = [];
    const here = this.#arguments
      .filter(({ of }) => tool !== undefined && matchesGlob(of, tool))
      .map(({ place }) => place);
    const turned = tokensTurnedBack(document, here, { keys: this.#keys, given: this.#given, values });
    return { document: turned, values };
  }
}

/** `tool:lookup#/email` is a place in answers, `tool:refund#?customer/id` one in arguments. */
function placesOf(sensitive: ReadonlyMap<string, MaskName>, labels: Labels): ToolPlace[] {
  return [...sensitive].flatMap(([resource, mask]) => {
    const [, of, kind, keys = ''] = /^(.+)#([/?])(.+)$/s.exec(resource) ?? [];
    if (of === undefined) return [];
    const pointer = keys.split('/').map(unescapeKey);
    const place: PlaceMask = { pointer, mask, resource, label: keyLabel(resource, labels) };
    return [{ of, isArgument: kind === '?', place }];
  });
}

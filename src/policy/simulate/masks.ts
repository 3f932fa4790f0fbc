import type { Effect } from '../../core/effect.ts';
import { matchesAnyGlob } from '../../core/glob.ts';
import type { MaskName } from '../../core/mask.ts';
import { touchesArn } from '../match.ts';
import { isRoute, parseRoute, touchesRoute } from '../../core/route.ts';

/** What was or would be hidden from somebody: what is sensitive, but for what rules reveal. */
export interface Hiding {
  readonly sensitive: ReadonlyMap<string, MaskName>;
  readonly reveals: readonly string[];
}

export interface MaskChange {
  readonly resource: string;
  /** Null: in clear. */
  readonly was: MaskName | null;
  readonly now: MaskName | null;
}

/** Sensitive resources that a command touches and that come otherwise now than then. */
export function maskChanges(effects: readonly Effect[], then: Hiding, now: Hiding): readonly MaskChange[] {
  const resources = new Set([...touched(then.sensitive, effects), ...touched(now.sensitive, effects)]);
  return [...resources]
    .map((resource) => ({ resource, was: maskOf(resource, then), now: maskOf(resource, now) }))
    .filter((change) => change.was !== change.now);
}

function maskOf(resource: string, { sensitive, reveals }: Hiding): MaskName | null {
  return matchesAnyGlob(reveals, resource) ? null : (sensitive.get(resource) ?? null);
}

const known = new WeakMap<ReadonlyMap<string, MaskName>, WeakMap<readonly Effect[], readonly string[]>>();

/** Those of the sensitive resources that these effects name, or whose relation or path they name. */
export function touched(
  sensitive: ReadonlyMap<string, MaskName>,
  effects: readonly Effect[],
): readonly string[] {
  if (sensitive.size === 0) return [];
  let ofEffects = known.get(sensitive);
  if (ofEffects === undefined) known.set(sensitive, (ofEffects = new WeakMap()));
  let found = ofEffects.get(effects);
  if (found === undefined) {
    found = [...sensitive.keys()].filter((resource) => effects.some((effect) => touches(effect, resource)));
    ofEffects.set(effects, found);
  }
  return found;
}

function touches({ action, resource: named }: Effect, resource: string): boolean {
  const [place = ''] = resource.split('#', 1);
  if (isRoute(place)) return touchesRoute(parseRoute(place), { method: action, path: named });
  // Of AWS: an action's answer, or the items of a table.
  if (named.startsWith('arn:'))
    return place === action || (place.startsWith('arn:') && touchesArn(place, named));
  return relationOf(resource) === named;
}

/** `public.users.email#/x` → `public.users`, as PostgreSQL would quote them. */
function relationOf(column: string): string | undefined {
  const name = String.raw`(?:"(?:[^"]|"")*"|[^".#]+)`;
  return new RegExp(`^(${name}\\.${name})\\.`).exec(column)?.[1];
}

import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../core/effect.ts';
import { globsMeet, matchesAnyGlob, matchesGlob } from '../core/glob.ts';
import type { Identity } from '../core/identity.ts';
import { isRoute, matchesRoute, parseRoute, touchesRoute, type Route } from '../core/route.ts';
import type { EffectPattern, Rule, TargetPattern, Who } from '../core/rule.ts';
import { gatewayTargetName, type Target } from '../core/target.ts';

/** Every part that is given must match; none given matches everybody. */
export function matchesWho(who: Who, identity: Identity): boolean {
  if (who.subjects !== undefined && !who.subjects.includes(identity.subject)) return false;
  if (who.groups !== undefined && !who.groups.some((group) => identity.groups.includes(group))) return false;
  if (who.kind !== undefined && who.kind !== identity.kind) return false;
  if (who.issuer !== undefined && who.issuer !== identity.issuer) return false;
  if (who.claims !== undefined && !matchesClaims(who.claims, identity.claims)) return false;
  return who.not === undefined || !matchesWho(who.not, identity);
}

/** A claim matches a value that it equals or, being a list, holds. */
function matchesClaims(
  wanted: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    if (!Object.hasOwn(claims, name)) return false;
    const claim = claims[name];
    if (isDeepStrictEqual(claim, value)) return true;
    return Array.isArray(claim) && claim.some((item) => isDeepStrictEqual(item, value));
  });
}

/** Whether a rule that denies is about this target. */
export function matchesTarget(pattern: TargetPattern, target: Target): boolean {
  if ('names' in pattern) return matchesAnyGlob(pattern.names, target.name);
  return Object.entries(pattern.labels).every(
    ([name, value]) => Object.hasOwn(target.labels, name) && target.labels[name] === value,
  );
}

/**
 * Whether a rule that lets in is about this target. The gateway itself must be named in full: who wrote
 * `allow: [write], targets: ["*"]` did not mean to hand out the right to kill sessions.
 */
export function opensTarget(pattern: TargetPattern, target: Target): boolean {
  if (target.name === gatewayTargetName) {
    return 'names' in pattern && pattern.names.includes(gatewayTargetName);
  }
  return matchesTarget(pattern, target);
}

/** Whether what the identity's ticket narrows it to leaves it this rule here. */
export function isWithin({ within }: Identity, rule: Rule, target: Target): boolean {
  if (within?.targets !== undefined && !within.targets.includes(target.name)) return false;
  return within?.rules === undefined || within.rules.includes(rule.name);
}

/** Kinds never stand for each other: `write` covers no `execute` and nothing but `opaque` covers `opaque`. */
export function matchesEffect(patterns: readonly EffectPattern[], effect: Effect): boolean {
  return patterns.some(
    ({ kind, action }) => kind === effect.kind && (action === undefined || action === effect.action),
  );
}

/**
 * Whether a rule over these resources lets this effect in. A read that names nothing (`SELECT 1`) needs no
 * resource; any other effect without a name could be about anything, so globs do not cover it.
 */
export function coversResource(globs: readonly string[] | undefined, effect: Effect): boolean {
  if (globs === undefined) return true;
  if (effect.resource === '') return effect.kind === 'read';
  return globs.some((glob) => {
    const route = routeOf(glob);
    return route === undefined ? matchesName(glob, effect.resource) : matchesRoute(route, askedBy(effect));
  });
}

/** Whether a rule over these resources restricts this effect: one that names nothing could be about them. */
export function concernsResource(globs: readonly string[] | undefined, effect: Effect): boolean {
  if (globs === undefined) return true;
  if (effect.resource === '') return effect.kind !== 'read';
  return globs.some((glob) => {
    const route = routeOf(glob);
    if (route !== undefined) return touchesRoute(route, askedBy(effect));
    return effect.resource.startsWith('arn:')
      ? touchesArn(glob, effect.resource)
      : matchesName(glob, effect.resource);
  });
}

/** Some services take names in any capitals, and a star in a resource is what nobody could tell of it. */
export function touchesArn(glob: string, resource: string): boolean {
  const [one, other] = [glob.toLowerCase(), resource.toLowerCase()];
  return other.includes('*') ? globsMeet(one, other) : matchesGlob(one, other);
}

/** A field of GraphQL stands for all that is asked for below it. */
function matchesName(glob: string, resource: string): boolean {
  if (matchesGlob(glob, resource)) return true;
  return resource.startsWith('gql:') && glob.startsWith('gql:') && matchesGlob(`${glob}.*`, resource);
}

const routes = new Map<string, Route | undefined>();

/** Globs come from the configuration alone, so what is kept is bounded by it. */
function routeOf(glob: string): Route | undefined {
  if (!routes.has(glob)) routes.set(glob, isRoute(glob) ? parseRoute(glob) : undefined);
  return routes.get(glob);
}

/** An effect on an API: its action is the method, its resource the path. */
function askedBy({ action, resource }: Effect): { method: string; path: string } {
  return { method: action, path: resource };
}

import type { Command } from '../core/command.ts';
import type { Effect } from '../core/effect.ts';
import type { Identity } from '../core/identity.ts';
import type { Grants, Policy } from '../core/ports.ts';
import type { Rule } from '../core/rule.ts';
import type { Session } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import type { Deny, Verdict } from '../core/verdict.ts';
import { allowedHere } from './allowed.ts';
import { applicableRules, compileRules, type CompiledRule, letsIn } from './applicable.ts';
import { Asked, Optimistic } from './asking.ts';
import { factsOf } from './facts.ts';
import { bothAllowed } from './strictest.ts';
import { type Place, weigh } from './weigh.ts';

export interface PolicyOptions {
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Absent: no dormant rule is ever awake. */
  readonly grants?: Grants;
}

/**
 * The rules in force.
 * @throws ConditionError for a `when` that is no condition
 */
export function compilePolicy(rules: readonly Rule[], options: PolicyOptions): Policy {
  return new CompiledPolicy(compileRules(rules), options);
}

const noGrants: Grants = { version: 0, awake: () => false };

/** Verdicts that no `when` took part in, by the array of effects, which all runs of an analysed text share. */
interface KnownPlace extends Place {
  /** Of the grants that it was made by. */
  readonly grants: number;
  readonly verdicts: WeakMap<readonly Effect[], Verdict>;
}

class CompiledPolicy implements Policy {
  readonly #version: number;
  readonly #rules: readonly CompiledRule[];
  readonly #now: () => number;
  readonly #grants: Grants;
  readonly #places = new WeakMap<Identity, WeakMap<Target, KnownPlace>>();

  constructor(rules: readonly CompiledRule[], { version, now, grants = noGrants }: PolicyOptions) {
    this.#rules = rules;
    this.#version = version;
    this.#now = now;
    // Where nothing is dormant, nothing changes with grants.
    this.#grants = rules.some(({ rule }) => rule.onRequest !== undefined) ? grants : noGrants;
  }

  get version(): number {
    return this.#version + this.#grants.version;
  }

  decide(identity: Identity, target: Target, command: Command, session?: Session): Verdict {
    const own = this.#decideFor(identity, target, command, session);
    if (identity.actor === undefined) return own;
    return bothAllowed(own, this.decide(identity.actor, target, command, session));
  }

  foredoomed(identity: Identity, target: Target, command: Command): Deny | undefined {
    const verdict = weigh(this.#place(identity, target), command.effects, new Optimistic());
    if (verdict.kind === 'deny') return verdict;
    return identity.actor && this.foredoomed(identity.actor, target, command);
  }

  admits(identity: Identity, target: Target): boolean {
    const own = this.#place(identity, target).admitted;
    return own && (identity.actor === undefined || this.admits(identity.actor, target));
  }

  readOnly(identity: Identity, target: Target): boolean {
    const { rules, dormant } = this.#place(identity, target);
    const changes = [...rules, ...dormant].some(
      ({ rule, opens, within }) =>
        opens &&
        within &&
        [...rule.allow, ...rule.hold].some(({ kind }) => kind !== 'read' && kind !== 'session'),
    );
    return !changes || (identity.actor !== undefined && this.readOnly(identity.actor, target));
  }

  opening(identity: Identity, target: Target): readonly string[] {
    return applicableRules(this.#rules, identity, target)
      .filter(({ rule, opens, within }) => opens && within && opensAnything(rule))
      .map(({ rule }) => rule.name);
  }

  requestable(identity: Identity, target: Target): readonly Rule[] {
    return applicableRules(this.#rules, identity, target)
      .filter(({ rule, opens, within }) => opens && within && rule.onRequest !== undefined)
      .map(({ rule }) => rule);
  }

  allowed(identity: Identity, target: Target): readonly string[] {
    const own = allowedHere(this.#place(identity, target).rules);
    if (identity.actor === undefined) return own;
    const others = this.allowed(identity.actor, target);
    return own.filter((what) => others.includes(what));
  }

  resourcesOf(rules: readonly string[]): readonly string[] | undefined {
    const all = this.#rules.filter(({ rule }) => rules.includes(rule.name)).map(({ rule }) => rule.resources);
    const known = all.filter((globs) => globs !== undefined);
    return known.length < all.length ? undefined : known.flat();
  }

  #decideFor(identity: Identity, target: Target, command: Command, session: Session | undefined): Verdict {
    const place = this.#place(identity, target);
    const known = place.verdicts.get(command.effects);
    if (known !== undefined) return known;
    const asked = new Asked(() => factsOf(identity, target, command, session, this.#now()));
    const verdict = weigh(place, command.effects, asked);
    if (!asked.wasAsked) place.verdicts.set(command.effects, verdict);
    return verdict;
  }

  #place(identity: Identity, target: Target): KnownPlace {
    let places = this.#places.get(identity);
    if (places === undefined) this.#places.set(identity, (places = new WeakMap()));
    let place = places.get(target);
    const grants = this.#grants.version;
    if (place?.grants !== grants) {
      const all = applicableRules(this.#rules, identity, target);
      const isAwake = ({ rule }: CompiledRule): boolean =>
        rule.onRequest === undefined || this.#grants.awake(identity, rule, target);
      const rules = all.filter(isAwake);
      const dormant = all.filter((one) => !isAwake(one));
      const admitted = rules.some(letsIn);
      place = { identity, target, rules, dormant, admitted, grants, verdicts: new WeakMap() };
      places.set(target, place);
    }
    return place;
  }
}

function opensAnything({ allow, hold, reveal }: Rule): boolean {
  return allow.length + hold.length + reveal.length > 0;
}

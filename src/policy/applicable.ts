import type { Identity } from '../core/identity.ts';
import type { Rule } from '../core/rule.ts';
import type { Target } from '../core/target.ts';
import { isWithin, matchesTarget, matchesWho, opensTarget } from './match.ts';
import { compileCondition, type Condition } from './when.ts';

/** A rule with its `when` compiled. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly condition: Condition | undefined;
}

/** A rule about this identity and target, effects and `when` apart. */
export interface ApplicableRule extends CompiledRule {
  /** Whether its allow, hold and reveal count here, or its deny alone (see `opensTarget`). */
  readonly opens: boolean;
  /** Whether the identity's ticket lets it allow, hold in and reveal; what denies, holds or limits does so all the same. */
  readonly within: boolean;
}

/** @throws ConditionError for a `when` that is no condition */
export function compileRules(rules: readonly Rule[]): readonly CompiledRule[] {
  return rules.map((rule) => ({
    rule,
    condition: rule.when === undefined ? undefined : compileCondition(rule.when),
  }));
}

export function applicableRules(
  rules: readonly CompiledRule[],
  identity: Identity,
  target: Target,
): readonly ApplicableRule[] {
  return rules
    .filter(({ rule }) => matchesTarget(rule.targets, target) && matchesWho(rule.who, identity))
    .map((compiled) => ({
      ...compiled,
      opens: opensTarget(compiled.rule.targets, target),
      within: isWithin(identity, compiled.rule, target),
    }));
}

/** Whether it lets in, now or after somebody's nod. */
export function letsIn(applicable: ApplicableRule): boolean {
  return applicable.within && wouldLetIn(applicable);
}

/** The same, whatever a ticket leaves out. */
export function wouldLetIn({ rule, opens }: ApplicableRule): boolean {
  return opens && rule.allow.length + rule.hold.length > 0;
}

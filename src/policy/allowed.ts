import type { EffectPattern, Rule } from '../core/rule.ts';
import { type ApplicableRule, letsIn } from './applicable.ts';

/** What these rules let an identity do, for the hint of a refusal: `read public.*`, `write (held for approval)`. */
export function allowedHere(rules: readonly ApplicableRule[]): readonly string[] {
  const denied = rules.filter(({ rule }) => rule.when === undefined && rule.resources === undefined);
  const isDenied = (pattern: EffectPattern): boolean =>
    denied.some(({ rule }) =>
      rule.deny.some(
        ({ kind, action }) => kind === pattern.kind && (action === undefined || action === pattern.action),
      ),
    );
  const allowed = rules
    .filter(letsIn)
    .flatMap(({ rule }) => [
      ...rule.allow.filter((pattern) => !isDenied(pattern)).map((pattern) => phrase(pattern, rule, '')),
      ...rule.hold
        .filter((pattern) => !isDenied(pattern))
        .map((pattern) => phrase(pattern, rule, ' (held for approval)')),
    ]);
  return [...new Set(allowed)];
}

function phrase({ kind, action }: EffectPattern, rule: Rule, held: string): string {
  const effect = action === undefined ? kind : `${kind}.${action}`;
  const resources = rule.resources === undefined ? '' : ` ${rule.resources.join(', ')}`;
  // The condition itself stays inside: it can name people and networks.
  return `${effect}${resources}${held}${rule.when === undefined ? '' : ' (on a condition)'}`;
}

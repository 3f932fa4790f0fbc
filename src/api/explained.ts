import type { BudgetLeft } from '../core/budget.ts';
import { describeEffect } from '../core/effect.ts';
import type { Explained } from './contract/schemas.ts';
import type { Explanation } from './parts.ts';

/** An explanation as the API and `sallyport explain` give it. */
export function explainedBody(
  { verdict, effects, rules, masks }: Explanation,
  budgets: readonly BudgetLeft[],
): Explained {
  const denied = verdict.kind === 'deny' ? verdict : undefined;
  return {
    verdict: verdict.kind,
    ...(denied === undefined ? {} : { because: denied.because }),
    effects,
    uncovered: denied?.uncovered.map(describeEffect) ?? [],
    allowed: denied?.allowed ?? [],
    approvers: verdict.kind === 'hold' ? verdict.approvers : [],
    limits: verdict.kind === 'deny' ? {} : verdict.limits,
    rules: rules.map(({ name, does, because }) => ({ name, does, because })),
    failures: verdict.failures,
    masks,
    budgets,
  };
}

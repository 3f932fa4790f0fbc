import type { MaskPlan } from '../core/mask.ts';
import { type Finding, type StatementLineage, uses as allUses } from '../wire/sql/lineage/lineage.ts';
import { showsValues } from './telltales.ts';

/**
 * Why this statement could give away a value that `plan` hides and that no mask could cover, in a sentence;
 * undefined where it cannot. Where nobody can tell there is a reason.
 */
export function undisclosable(lineage: StatementLineage, plan: MaskPlan): string | undefined {
  if (plan.hidden.size === 0) return undefined;
  const [opaque] = lineage.opaque;
  if (opaque !== undefined) return opaque;
  const telltale = lineage.reads.find(({ schema, name }) => showsValues(schema, name));
  if (telltale !== undefined) return `${telltale.name} could show hidden values of others`;
  const [unknown] = lineage.unknown;
  if (unknown !== undefined) {
    return `the relation ${unknown} is not known here: it does not exist, or is newer than what is known of the target`;
  }
  for (const finding of lineage.findings) {
    const why = findingReason(finding, plan);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** What statements do with sensitive columns apart from returning them, hidden or not: `equality`, `pattern` … */
export function uses(lineages: readonly StatementLineage[]): string[] {
  const found = new Set(lineages.flatMap(({ findings }) => findings.map(({ use }) => use)));
  return allUses.filter((use) => found.has(use));
}

function findingReason({ resources, leaks, with: others }: Finding, plan: MaskPlan): string | undefined {
  const hidden = resources.find((resource) => plan.hidden.has(resource));
  if (leaks !== undefined) return hidden === undefined ? undefined : reason(hidden, leaks);
  if (others === undefined) return undefined;
  // Whoever sees the one side would know the other.
  const other = others.find((resource) => plan.hidden.has(resource));
  if ((hidden === undefined) === (other === undefined)) return undefined;
  const known = hidden ?? other ?? '';
  return reason(known, 'compare it with something that is not hidden, which tells it');
}

function reason(resource: string, leaks: string): string {
  return (
    `${resource} is hidden from you, and this would ${leaks}. You may select it or compute with it, which comes ` +
    'back masked, compare it by = to a constant or to another hidden column, group by it, count it, or write to it'
  );
}

import type { Identity } from '../core/identity.ts';
import { isNarrowed } from '../core/own.ts';
import type { DecisionRecord } from '../core/records.ts';
import type { Approvers } from '../core/rule.ts';
import { isPerson } from './people.ts';

/** Which of these entries somebody counts for, by position: an agent in a person's place, or a narrowed ticket, for none. */
export function countsFor(approvers: readonly Approvers[], by: Identity): readonly number[] {
  if (isNarrowed(by) || (by.actor !== undefined && !isPerson(by))) return [];
  return approvers.flatMap((entry, position) => (matches(entry, by) ? [position] : []));
}

/** Every part that is given must match, as in a rule's `who`; an entry that names nobody is nobody. */
function matches({ groups, subjects }: Approvers, by: Identity): boolean {
  if (groups === undefined && subjects === undefined) return false;
  if (subjects !== undefined && !subjects.includes(by.subject)) return false;
  return groups === undefined || groups.some((group) => by.groups.includes(group));
}

/** What becomes of what people decide on. */
export type Settled = 'pending' | 'approved' | 'denied';

/** One denial ends it; each entry wants as many different people as it says. */
export function settle(approvers: readonly Approvers[], decisions: readonly DecisionRecord[]): Settled {
  if (decisions.some(({ decision }) => decision === 'deny')) return 'denied';
  // A hold without entries would be approved by nobody at all.
  if (approvers.length === 0) return 'pending';
  const agreed = approvers.every(
    ({ count }, position) =>
      decisions.filter(({ counts }) => counts.includes(position)).length >= Math.max(1, count),
  );
  return agreed ? 'approved' : 'pending';
}

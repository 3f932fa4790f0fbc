import type { DecisionRecord } from '../../core/records.ts';
import type { DecisionColumns } from '../schema.ts';

// What people decided, on holds and on requests alike.

/** `position`: how many there were before. */
export function decisionToRow(position: number, it: DecisionRecord): DecisionColumns {
  return {
    position,
    by: JSON.stringify(it.by),
    decision: it.decision,
    because: it.because,
    decided_at: it.atMs,
    counts: JSON.stringify(it.counts),
    names: JSON.stringify(it.names),
  };
}

export function decisionFromRow(row: DecisionColumns): DecisionRecord {
  return {
    by: JSON.parse(row.by) as DecisionRecord['by'],
    decision: row.decision,
    because: row.because,
    atMs: row.decided_at,
    counts: JSON.parse(row.counts) as DecisionRecord['counts'],
    names: JSON.parse(row.names) as DecisionRecord['names'],
  };
}

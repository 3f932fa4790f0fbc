import type { TargetPattern, Who } from './rule.ts';
import type { SallyportError } from './errors.ts';

export const budgetPeriods = ['session', 'grant', 'day'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];
export const budgetUnits = ['rows', 'commands', 'bytes'] as const;
export type BudgetUnit = (typeof budgetUnits)[number];

/** How much one identity may do in a session, under a grant, or in a day of UTC. */
export interface Budget {
  readonly name: string;
  readonly who: Who;
  /** They share what is counted. */
  readonly targets: TargetPattern;
  readonly per: BudgetPeriod;
  readonly limits: { readonly [unit in BudgetUnit]?: number };
}

/** What was used of a budget since it was last kept. */
export interface BudgetUse {
  /** Which budget: its `who`, `targets` and `per`, whatever its limits. */
  readonly budget: string;
  /** `identityKey` */
  readonly identity: string;
  /** A day (`2026-11-23`), or the id of a session or grant. */
  readonly period: string;
  readonly rows: number;
  readonly commands: number;
  readonly bytes: number;
  /** When nobody needs it any more, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

export interface BudgetRecords {
  /** Adds to what is there. */
  add(uses: readonly BudgetUse[]): Promise<void>;
  /** All that still counts. */
  list(nowMs: number): Promise<readonly BudgetUse[]>;
  /** Forgets what no longer counts. */
  prune(nowMs: number): Promise<void>;
}

/** What is left of one limit of a budget. */
export interface BudgetLeft {
  readonly name: string;
  readonly per: BudgetPeriod;
  readonly unit: BudgetUnit;
  readonly limit: number;
  /** Null: it is not known, or counts anew in every session or grant. */
  readonly left: number | null;
  /** ISO 8601; null: with the next session or grant. */
  readonly renews: string | null;
}

/** One command's share of the budgets that are about it. */
export interface Allowance {
  /** Whether its answer is counted, too. */
  readonly boundsAnswer: boolean;
  /**
   * Counts so many bytes of an answer, and so many rows (one, if not said otherwise); the refusal where that is more
   * than is left, and then nothing is counted.
   */
  spend(bytes: number, rows?: number): SallyportError | undefined;
}

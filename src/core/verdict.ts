import type { Effect } from './effect.ts';
import type { Approvers, Limits } from './rule.ts';

interface Reasons {
  /** Names of all rules that took part, in file order. */
  readonly rules: readonly string[];
  /** Rules whose `when` could not be evaluated: name and error. */
  readonly failures: readonly { readonly rule: string; readonly error: string }[];
}

export interface Allow extends Reasons {
  readonly kind: 'allow';
  readonly limits: Limits;
  /** Globs over resources that this identity may see in clear. */
  readonly reveals: readonly string[];
}

export interface Hold extends Reasons {
  readonly kind: 'hold';
  readonly limits: Limits;
  readonly reveals: readonly string[];
  /** One entry a holding rule; each wants its own people, `count` is already the highest. */
  readonly approvers: readonly Approvers[];
  readonly waitMs: number;
  readonly validMs: number;
  /**
   * Every rule that holds it wants it run without being committed, and kept so for this long at most. Absent: it is
   * not run before it is approved.
   */
  readonly previewMs?: number;
}

export interface Deny extends Reasons {
  readonly kind: 'deny';
  /** The `because` of the denying rules, or a sentence of the gateway's own. */
  readonly because: string;
  /** Effects that no rule covers (empty where a `deny` matched). */
  readonly uncovered: readonly Effect[];
  /** What this identity may do on this target, for the refusal's hint: `read public.*`. */
  readonly allowed: readonly string[];
  /** Dormant rules that would cover some of what is uncovered, once they are awake. */
  readonly requestable?: readonly string[];
  /** What to do instead, in a sentence, where no rule could help. */
  readonly instead?: string;
}

/** What the rules say of a command. */
export type Verdict = Allow | Hold | Deny;

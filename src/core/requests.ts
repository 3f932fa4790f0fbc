import type { DecisionView } from './approvals.ts';
import type { EventIdentity } from './event.ts';
import type { Identity } from './identity.ts';
import type { DecisionRecord } from './records.ts';
import type { Approvers, Rule } from './rule.ts';
import type { Target } from './target.ts';

export const requestStates = ['pending', 'granted', 'denied', 'withdrawn', 'expired', 'ended'] as const;
/** `granted`: the rule is awake; `expired`: nobody decided; `ended`: it was granted, and is over. */
export type RequestState = (typeof requestStates)[number];

/** Asking for a dormant rule to wake, and, once granted, that it did. Times are milliseconds since the epoch. */
export interface RequestRecord {
  readonly id: string;
  readonly identity: EventIdentity;
  /** Whom a grant is for: `grantKey` of the identity. */
  readonly key: string;
  /** Every name of whoever is behind it: none of them may decide on it. */
  readonly names: readonly string[];
  readonly target: string;
  /** The rule's name. */
  readonly rule: string;
  /** The rule as it stood: `termsOf`. A grant counts for no other. */
  readonly terms: string;
  /** What it would let, in words. */
  readonly lets: readonly string[];
  readonly because: string;
  readonly forMs: number;
  /** Empty: whoever asked woke it alone. */
  readonly approvers: readonly Approvers[];
  readonly state: RequestState;
  readonly createdAtMs: number;
  /** Until when it can be decided. */
  readonly pendingUntilMs: number;
  /** From when to when it is granted; null before it was. */
  readonly startedAtMs: number | null;
  readonly untilMs: number | null;
  readonly endedBy: EventIdentity | null;
  readonly decisions: readonly DecisionRecord[];
}

type Settled = 'pending' | 'approved' | 'denied';

/** Every change is conditional on the state it starts from, so that of two at once only one happens. */
export interface RequestRecords {
  /** False: the same is asked for already, and pending. */
  add(request: RequestRecord, nowMs: number): Promise<boolean>;
  get(id: string): Promise<RequestRecord | undefined>;
  /** How many were opened for this `key` since then. */
  countSince(key: string, sinceMs: number): Promise<number>;
  /** Newest first. */
  list(filter: { state?: RequestState; after?: string; limit: number }): Promise<readonly RequestRecord[]>;
  /** As `HoldRecords.decide`; approved, its time begins with the decision. */
  decide(
    id: string,
    decision: DecisionRecord,
    settle: (all: readonly DecisionRecord[]) => Settled,
    nowMs: number,
  ): Promise<RequestState | undefined>;
  /** False: it was in another state. */
  end(
    id: string,
    change: { from: RequestState; to: RequestState; by: EventIdentity | null },
  ): Promise<boolean>;
  /** Those that nobody decided on in time, which are marked so. */
  expire(nowMs: number): Promise<readonly string[]>;
}

/** A request as those see it who asked or may decide. What people typed is text: show it, never run it. */
export interface RequestView {
  readonly id: string;
  readonly identity: EventIdentity;
  readonly target: string;
  readonly rule: string;
  readonly lets: readonly string[];
  readonly because: string;
  /** What could deceive whoever reads the reason, in sentences. */
  readonly warnings: readonly string[];
  readonly forMs: number;
  readonly approvers: readonly Approvers[];
  readonly self: boolean;
  readonly decisions: readonly DecisionView[];
  readonly state: RequestState;
  readonly createdAt: number;
  readonly pendingUntil: number;
  readonly startedAt: number | null;
  readonly until: number | null;
  readonly endedBy: EventIdentity | null;
  readonly url: string;
}

/** What somebody may ask for. */
export interface RequestableRule {
  readonly target: string;
  readonly rule: string;
  readonly lets: readonly string[];
  /** How long at the longest. */
  readonly forMs: number;
  readonly self: boolean;
}

export interface RequestFilter {
  readonly state?: RequestState;
  /** Only what this identity asked for or may decide on. Absent: everything. */
  readonly visibleTo?: Identity;
  readonly after?: string;
  readonly limit?: number;
}

export interface Requests {
  /**
   * @throws SallyportError `not_found` where there is no such rule for them, `denied` for longer than it lets,
   *   `conflict` where the same waits already, `limit_requests`, `too_large`, `protocol` without a reason,
   *   `journal_unavailable`
   */
  open(ask: {
    by: Identity;
    target: Target;
    rule: string;
    /** Absent: as long as the rule lets. */
    forMs?: number;
    because: string;
  }): Promise<RequestView>;
  /** A person's decision; on record before it counts. @throws SallyportError as `Approvals.decide` */
  decide(it: {
    id: string;
    by: Identity;
    decision: 'approve' | 'deny';
    because?: string;
  }): Promise<RequestState>;
  /**
   * Takes back what is pending, ends what is granted.
   * @param it.any may do so whosever it is
   * @throws SallyportError `not_found`, `denied`, `conflict`
   */
  end(it: { id: string; by: Identity; any: boolean }): Promise<RequestState>;
  /** Newest first. */
  list(filter?: RequestFilter): Promise<readonly RequestView[]>;
  /** @throws SallyportError `not_found`, also where it is not visible to `visibleTo` */
  get(id: string, visibleTo?: Identity): Promise<RequestView>;
  /** What this identity may ask for there. */
  requestable(by: Identity, target: Target): readonly RequestableRule[];
}

/** Whom a grant is for: an identity with whoever acts for it. The same person through an agent is somebody else. */
export function grantKey(identity: Identity): string {
  const { issuer, subject, kind, actor } = identity;
  return JSON.stringify([issuer, subject, kind, ...(actor === undefined ? [] : [grantKey(actor)])]);
}

const terms = new WeakMap<Rule, string>();

/** A rule in all its parts: what people have agreed to. */
export function termsOf(rule: Rule): string {
  let text = terms.get(rule);
  if (text === undefined) terms.set(rule, (text = JSON.stringify(rule)));
  return text;
}

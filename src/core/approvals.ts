import type { EventIdentity, RecordedValue } from './event.ts';
import type { Identity } from './identity.ts';
import type { HoldState } from './records.ts';
import type { Approvers } from './rule.ts';

/** A hold as those see it who may decide on it. All of it came from a client: show it as text, never run it. */
export interface HoldView {
  readonly id: string;
  readonly session: string;
  readonly identity: EventIdentity;
  readonly target: string;
  readonly text: string;
  readonly parameters: readonly RecordedValue[];
  /** Text or parameters are longer than shown here: `get` shows them in full. */
  readonly clipped: boolean;
  /** What could deceive whoever reads the text (hidden direction changes, invisible characters …), in sentences. */
  readonly warnings: readonly string[];
  readonly effects: readonly string[];
  readonly unbounded: boolean;
  readonly uses: readonly string[];
  readonly rules: readonly string[];
  readonly approvers: readonly Approvers[];
  readonly decisions: readonly DecisionView[];
  readonly state: HoldState;
  /** Its client is connected and waits; else it was told to send the command again. */
  readonly waiting: boolean;
  /** Milliseconds since the epoch, as all below. */
  readonly createdAt: number;
  readonly waitUntil: number;
  /** Until when it can be decided. */
  readonly pendingUntil: number;
  /** Until when an approval can be used; null before there is one. */
  readonly validUntil: number | null;
  /** It can be used any number of times until then. */
  readonly standing: boolean;
  /** What the target's planner expects of it; null where it was not asked, and for whoever asked for it. */
  readonly estimate: Estimate | null;
  /** What it has changed where it was run without being committed; null where it was not, and for whoever asked for it. */
  readonly preview: Preview | null;
  readonly url: string;
}

/** What is known beforehand of a held command, for those who decide on it. */
export interface Outlook {
  readonly estimate?: Estimate;
  readonly preview?: Preview;
}

/** By the target's planner, without running it. */
export interface Estimate {
  /** Rows that it would return or change. */
  readonly rows: number;
  /** In the planner's own unit. */
  readonly cost: number;
}

/** What a command has changed in a transaction that is not committed, or why it came to nothing there. */
export interface Preview {
  /** Rows that it has inserted, updated or deleted. */
  readonly rows: number;
  /** Of what the sample shows; values are cut where they are long. */
  readonly columns: readonly string[];
  /** Some of those rows, masked as for somebody to whom no rule reveals anything. */
  readonly sample: readonly PreviewRow[];
  /** What the target said where it failed, in a sentence. */
  readonly failed: string | null;
  /**
   * Until when this very run waits to be committed, in milliseconds since the epoch; afterwards it is undone, and an
   * approval lets the command run anew. Null: it is undone already.
   */
  readonly keptUntil: number | null;
}

export interface PreviewRow {
  /** Null: there was none. */
  readonly before: readonly RecordedValue[] | null;
  /** Null: there is none, or it is not known. */
  readonly after: readonly RecordedValue[] | null;
}

export interface DecisionView {
  readonly by: EventIdentity;
  readonly decision: 'approve' | 'deny';
  readonly because: string | null;
  readonly at: number;
}

export interface HoldFilter {
  readonly status?: HoldState;
  /** Who looks: only what they asked for or may decide on. Absent: everything. */
  readonly visibleTo?: Identity;
  /** They may see everything, but for the outlook of what they asked for themselves. */
  readonly all?: boolean;
  /** The last id of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

/** The deciding side of holds. */
export interface Approvals {
  /**
   * A person's decision. It is on record before it counts. Denying ends an approval that stands.
   * @throws SallyportError `not_found`; `denied` for who may not decide on it; `conflict` where nothing is left
   *   to decide; `too_large` for a long reason; `journal_unavailable`
   */
  decide(request: {
    approvalId: string;
    by: Identity;
    decision: 'approve' | 'deny';
    because?: string;
    /** The very same command may run any number of times until then; absent: once. */
    untilMs?: number;
  }): Promise<HoldState>;
  /** Newest first; texts and parameters clipped. */
  list(filter?: HoldFilter): Promise<readonly HoldView[]>;
  /** In full, as `list` shows it to them. @throws SallyportError `not_found`, also where it is not visible to `visibleTo` */
  get(id: string, visibleTo?: Identity, all?: boolean): Promise<HoldView>;
}

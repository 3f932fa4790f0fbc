import type { EffectKind } from './effect.ts';

/** Whom a rule is about. Every part that is given must match; none given matches everybody. */
export interface Who {
  readonly subjects?: readonly string[];
  readonly groups?: readonly string[];
  readonly kind?: 'agent' | 'human';
  readonly issuer?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly any?: true;
  readonly not?: Who;
}

/** `write`, or one action of it: `write.delete`. */
export interface EffectPattern {
  readonly kind: EffectKind;
  readonly action?: string;
}

export type TargetPattern =
  | { readonly names: readonly string[] }
  | { readonly labels: Readonly<Record<string, string>> };

export interface Limits {
  /** Rows one command may return. */
  readonly rows?: number;
  readonly statementMs?: number;
  readonly idleMs?: number;
  readonly sessionMs?: number;
}

export interface Approvers {
  readonly groups?: readonly string[];
  readonly subjects?: readonly string[];
  /** How many different people must agree. */
  readonly count: number;
  /** For how long they may agree to the very same command, any number of times; absent: once. */
  readonly untilMs?: number;
}

/** What wakes a rule that sleeps until somebody asks for it. */
export interface OnRequest {
  /** Who must agree; absent: whoever asks wakes it alone, and loudly. */
  readonly approvers?: Approvers;
  /** How long a grant lasts at the longest. */
  readonly forMs: number;
  /** Channels that are told. */
  readonly notify: readonly string[];
}

/** One line of policy. */
export interface Rule {
  readonly name: string;
  readonly who: Who;
  readonly targets: TargetPattern;
  readonly allow: readonly EffectPattern[];
  readonly hold: readonly EffectPattern[];
  readonly deny: readonly EffectPattern[];
  /** Columns shown in clear: globs over resources. */
  readonly reveal: readonly string[];
  /** Globs over resources; absent: any. */
  readonly resources?: readonly string[];
  /** A CEL expression over identity, target, command, session, now. */
  readonly when?: string;
  readonly because?: string;
  readonly approvers?: Approvers;
  /** How long the connection of a held command is kept open. */
  readonly waitMs: number;
  /** How long an approval that came later can still be used, once. */
  readonly validMs: number;
  /** What it holds is run before it is approved, and kept uncommitted for this long at most. Absent: it is not. */
  readonly previewMs?: number;
  readonly limits: Limits;
  /** Dormant: it counts only for whom a grant has woken it. */
  readonly onRequest?: OnRequest;
}

import type { EventIdentity } from '../../core/event.ts';
import type { MaskName } from '../../core/mask.ts';

export type VerdictKind = 'allow' | 'hold' | 'deny';

/** Where a change can be looked at: a command in its recording. */
export interface Example {
  readonly session: string;
  /** Of its event. */
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly text: string;
}

/** Whose it was, without what has no say here. */
export type Whose = Pick<EventIdentity, 'subject' | 'issuer' | 'kind' | 'actor'>;

/** Commands of one kind, by one identity on one target, whose verdict would be another. */
export interface ChangedGroup {
  readonly was: VerdictKind;
  /** `cut`: let through, and then stopped by a limit on rows; `unknown`: the record lacks what decides. */
  readonly now: VerdictKind | 'cut' | 'unknown';
  readonly identity: Whose;
  readonly target: string;
  /** The text without its literals. */
  readonly text: string;
  readonly commands: number;
  /** Rules that took part when it ran. */
  readonly rulesBefore: readonly string[];
  readonly rulesNow: readonly string[];
  /** Why the first of them would be refused, or why that cannot be told. */
  readonly because?: string;
  readonly examples: readonly Example[];
}

/** A sensitive resource that commands of one identity touched, and that would come otherwise than it did. */
export interface ChangedMask {
  readonly target: string;
  readonly resource: string;
  /** Null: in clear. */
  readonly was: MaskName | null;
  readonly now: MaskName | null;
  readonly identity: Whose;
  readonly commands: number;
  readonly examples: readonly Example[];
}

/** What other rules would have made of the record. */
export interface Simulation {
  /** Times of the first and the last of these commands; null where there was none. */
  readonly from: string | null;
  readonly to: string | null;
  /** Commands that were decided again. */
  readonly commands: number;
  readonly unchanged: number;
  /** Refused for what is no matter of rules (syntax, limits, budgets …): left as they are. By code. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** How many would change from what to what, the most first. */
  readonly changes: readonly {
    readonly was: VerdictKind;
    readonly now: ChangedGroup['now'];
    readonly commands: number;
  }[];
  /** The most commands first. */
  readonly groups: readonly ChangedGroup[];
  readonly masks: readonly ChangedMask[];
  /** Commands that touch what is sensitive, and whose masks then are not on record. */
  readonly masksUnknown: number;
  /** Commands that changed in groups or masks beyond those listed. */
  readonly unlisted: number;
}

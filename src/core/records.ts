import type { Estimate, Preview } from './approvals.ts';
import type { Name } from './record-query.ts';
import type { EventIdentity, RecordedValue } from './event.ts';
import type { Approvers } from './rule.ts';

// What outlives a process beside the journal. The store implements these; times are milliseconds since the epoch.
// `live` is always the processes that are alive, the caller's own among them.

export interface SessionRecord {
  readonly id: string;
  readonly protocol: string;
  readonly target: string;
  readonly client: string;
  readonly application: string | null;
  readonly identity: EventIdentity;
  /** The process that served it. */
  readonly instance: string;
  readonly openedAtMs: number;
  /** Null while it is open. */
  readonly closedAtMs: number | null;
  readonly reason: string | null;
  readonly commands: number;
  readonly rows: number;
}

export interface SessionFilter {
  /** Whose it was, or who acted for them in it. */
  readonly subject?: string;
  readonly issuer?: string;
  /** Only those of this one, and not those in which it acted for somebody else. */
  readonly own?: Name;
  /** The id of the ticket it lives on. */
  readonly ticket?: string;
  readonly target?: string;
  readonly open?: boolean;
  /** Open at any time between these. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** The last id of the page before. */
  readonly after?: string;
  readonly limit: number;
}

export interface SessionRecords {
  add(record: SessionRecord): Promise<void>;
  close(id: string, end: { atMs: number; reason: string; commands: number; rows: number }): Promise<void>;
  get(id: string): Promise<SessionRecord | undefined>;
  /** Newest first. */
  list(filter: SessionFilter): Promise<readonly SessionRecord[]>;
  /** Closes what processes that are no longer alive left open; the ids. */
  closeAbandoned(live: readonly string[], end: { atMs: number; reason: string }): Promise<readonly string[]>;
}

const holdStates = ['pending', 'approved', 'denied', 'withdrawn', 'expired', 'used'] as const;
export type HoldState = (typeof holdStates)[number];

/** What one person decided on a hold. */
export interface DecisionRecord {
  readonly by: EventIdentity;
  readonly decision: 'approve' | 'deny';
  readonly because: string | null;
  readonly atMs: number;
  /** Which entries of the hold's `approvers` this person counts for. */
  readonly counts: readonly number[];
  /** Every name of the person who decided, so that nobody decides twice under two of them. */
  readonly names: readonly string[];
  /** Until when it stands, for any number of times; absent: once. */
  readonly untilMs?: number;
}

export interface HoldRecord {
  readonly id: string;
  /** What the approval is bound to. */
  readonly digest: string;
  readonly session: string;
  readonly identity: EventIdentity;
  /** Every name of whoever is behind the command: none of them may decide on it. */
  readonly names: readonly string[];
  readonly target: string;
  readonly text: string;
  readonly parameters: readonly RecordedValue[];
  readonly effects: readonly string[];
  readonly unbounded: boolean;
  readonly uses: readonly string[];
  readonly rules: readonly string[];
  readonly approvers: readonly Approvers[];
  readonly state: HoldState;
  /** A client is connected and waits for it. */
  readonly waiting: boolean;
  /** The process whose client waits. */
  readonly instance: string;
  readonly createdAtMs: number;
  readonly waitUntilMs: number;
  /** Until when it can be decided. */
  readonly pendingUntilMs: number;
  readonly validMs: number;
  /** Until when an approval can be used; null before there is one. */
  readonly validUntilMs: number | null;
  /** The approval is not used up: the very same command may run again until then. */
  readonly standing: boolean;
  /** What the target's planner expected; null where it was not asked. */
  readonly estimate: Estimate | null;
  /** What a run of it that was not committed has changed; null where there was none. */
  readonly preview: Preview | null;
  readonly decisions: readonly DecisionRecord[];
}

/** Every change is conditional on the state it starts from, so that of two at once only one happens. */
export interface HoldRecords {
  add(hold: Omit<HoldRecord, 'decisions'>): Promise<void>;
  get(id: string): Promise<HoldRecord | undefined>;
  /** Newest first. */
  list(filter: { state?: HoldState; after?: string; limit: number }): Promise<readonly HoldRecord[]>;
  /** A pending hold with this digest that no client waits for any more. */
  findUnattended(digest: string, nowMs: number): Promise<HoldRecord | undefined>;
  /** A client waits for it again; false: no longer pending, or somebody else waits already. */
  attend(
    id: string,
    by: {
      session: string;
      instance: string;
      waitUntilMs: number;
      pendingUntilMs: number;
      nowMs: number;
      /** What a run of it has changed now. */
      preview: Preview | null;
    },
  ): Promise<boolean>;
  /** The client was told to send the command again later; false: no longer pending. */
  leave(id: string): Promise<boolean>;
  /** Uses up an approval that no client waits for, or uses one that stands; its id. */
  useEarlier(digest: string, nowMs: number): Promise<string | undefined>;
  /** Uses up the approval of a waiting client; false: there is none, or no longer. */
  use(id: string, nowMs: number): Promise<boolean>;
  /**
   * Adds a decision to a pending hold and gives it the state that `settle` makes of all of them.
   * Undefined: no longer pending, and nothing has changed.
   */
  decide(
    id: string,
    decision: DecisionRecord,
    settle: (all: readonly DecisionRecord[]) => HoldState,
    nowMs: number,
  ): Promise<HoldState | undefined>;
  /** Ends an approval that stands; false: it does not. */
  end(id: string, decision: DecisionRecord): Promise<boolean>;
  /** Nothing will come of it any more; false: that was so already. What stands goes on. */
  withdraw(id: string): Promise<boolean>;
  /** Withdraws what clients of processes that are no longer alive waited for. */
  withdrawAbandoned(live: readonly string[]): Promise<readonly { id: string; session: string }[]>;
  /** Marks what can no longer be decided or used. */
  expire(nowMs: number): Promise<void>;
}

/** An upstream account that exists, or may exist, because of a session. */
export interface LeaseRecord {
  readonly id: string;
  readonly target: string;
  readonly session: string;
  /** The account's name at the upstream. */
  readonly user: string;
  readonly instance: string;
  readonly createdAtMs: number;
  /** `ending`: its session is over, it only has to go. */
  readonly state: 'live' | 'ending';
  /** Why it could not be removed the last time. */
  readonly error: string | null;
}

export interface LeaseRecords {
  add(lease: LeaseRecord): Promise<void>;
  /** Its session is over; `error` says why it is still there. */
  ending(id: string, error: string | null): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those whose session is over, or whose process is no longer alive. */
  leftovers(live: readonly string[]): Promise<readonly LeaseRecord[]>;
  list(target?: string): Promise<readonly LeaseRecord[]>;
}

export interface RevocationRecord {
  readonly subject: string;
  /** Null: whichever issuer. */
  readonly issuer: string | null;
  readonly atMs: number;
  readonly by: EventIdentity;
  readonly because?: string;
}

export interface RevocationRecords {
  /** Revoking twice keeps the first. */
  add(revocation: RevocationRecord): Promise<void>;
  /** False: there was none. */
  remove(subject: string, issuer: string | null): Promise<boolean>;
  list(): Promise<readonly RevocationRecord[]>;
}

/** Which gateway processes share the store. */
export interface InstanceRecords {
  /** This process is alive; to be called more often than every `instanceStaleMs`. */
  beat(instance: string, nowMs: number): Promise<void>;
  remove(instance: string): Promise<void>;
  /** Those heard of within the last `instanceStaleMs`. */
  live(nowMs: number): Promise<readonly string[]>;
}

/** A process that was not heard of for this long is taken for dead, and what it left is cleaned up. */
export const instanceStaleMs = 180_000;

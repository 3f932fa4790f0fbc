/** What a gateway did in one stretch of time: how many of each. */
export interface ActivityCounts {
  /** Opened. */
  readonly sessions: number;
  /** That went upstream. */
  readonly commands: number;
  readonly holds: number;
  /** Commands and logins. */
  readonly refusals: number;
  /** Values. */
  readonly masked: number;
}

/** Milliseconds since the epoch: when the stretch begins, a multiple of `activityStepMs`. */
export interface ActivityStep extends ActivityCounts {
  readonly atMs: number;
}

export const activityStepMs = 15 * 60_000;

/** Sums to be looked at; the journal is the record. */
export interface ActivityRecords {
  /** Adds to what is there. All or nothing. */
  add(steps: readonly ActivityStep[]): Promise<void>;
  /** From that time on, oldest first; stretches in which nothing happened are left out. */
  list(sinceMs: number): Promise<readonly ActivityStep[]>;
  /** Forgets what lies before. */
  dropBefore(ms: number): Promise<void>;
}

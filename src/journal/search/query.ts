/** What is looked for; every part that is given must be so. */
export interface SearchQuery {
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
  readonly target?: string | undefined;
  readonly rule?: string | undefined;
  readonly verdict?: 'allow' | 'hold' | 'deny' | undefined;
  readonly type?: string | undefined;
  readonly session?: string | undefined;
  /** Anywhere in the command's text, in whatever case. */
  readonly text?: string | undefined;
  /** ISO 8601, as the journal writes it; from this time on, and up to that one. */
  readonly since?: string;
  readonly until?: string;
  /** Only events before this one: the last of the page before. */
  readonly before?: number;
  /** Only events that belong to a session: what somebody may see of their own. */
  readonly ofSessions?: boolean;
  readonly limit: number;
}

/** Sessions in which something fits. */
export interface SessionQuery extends Omit<SearchQuery, 'before' | 'ofSessions'> {
  /** Only sessions that began before this one: the last of the page before. */
  readonly beforeSession?: string | undefined;
}

export interface Found {
  /** Events as they stand in the journal, newest first. */
  readonly lines: readonly string[];
  /** The `seq` up to which everything can be found. */
  readonly indexedTo: number;
}

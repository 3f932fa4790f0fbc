import type { Identity } from './identity.ts';

type Who = Pick<Identity, 'issuer' | 'subject'>;

/** How often somebody did something, and when last. Times are milliseconds since the epoch. */
export interface Use {
  readonly commands: number;
  readonly refusals: number;
  readonly lastAtMs: number;
}

/** What has been seen of one identity, acting for itself or for others. */
export interface SeenRecord extends Who, Use {
  readonly kind: 'agent' | 'human';
  /** As of the last session. */
  readonly groups: readonly string[];
  readonly firstAtMs: number;
  readonly sessions: number;
  /** By name, in the order of the names. */
  readonly targets: readonly NamedUse[];
  /** Rules that took part. */
  readonly rules: readonly NamedUse[];
}

export interface NamedUse extends Use {
  readonly name: string;
}

/** What has been seen since the last time. */
export interface SeenSince extends Omit<SeenRecord, 'groups'> {
  /** Null: of whoever only acted for others, events do not tell. */
  readonly groups: readonly string[] | null;
}

export interface SeenFilter {
  readonly kind?: 'agent' | 'human';
  readonly subject?: string;
  readonly limit: number;
}

export interface SeenRecords {
  /** Adds what has happened since; times and groups replace what was there. All or nothing. */
  add(since: readonly SeenSince[]): Promise<void>;
  /** Those seen last come first. */
  list(filter: SeenFilter): Promise<readonly SeenRecord[]>;
}

import type { EventActor, EventIdentity } from './event.ts';

/** By which an identity is known. */
export interface Name {
  readonly subject: string;
  readonly issuer: string;
}

/** Everybody who acts for an identity, and who acts for them in turn. */
export function actorsOf({ actor }: EventIdentity | EventActor): readonly Name[] {
  if (actor === undefined) return [];
  const { subject, issuer } = actor;
  return [{ subject, issuer }, ...actorsOf(actor)];
}

/** What is looked for; every part that is given must be so. */
export interface RecordQuery {
  /** Whom it was done for, or who has done it for them. */
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
  /** Only what this one did, alone or through others, and not what it did for somebody else. */
  readonly own?: Name | undefined;
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
export interface RecordedSessionQuery extends Omit<RecordQuery, 'before' | 'ofSessions'> {
  /** Only sessions that began before this one: the last of the page before. */
  readonly beforeSession?: string | undefined;
}

export interface FoundEvents {
  /** Events as they stand in the journal, newest first. */
  readonly lines: readonly string[];
  /** The `seq` up to which everything can be found. */
  readonly indexedTo: number;
}

import type { Identity } from './identity.ts';

/** What a ticket is to be. */
export interface TicketTerms {
  /** Names of targets. Absent: all that the tokens open. */
  readonly targets?: readonly string[];
  /** Names of rules. Absent: all that count for the tokens. */
  readonly rules?: readonly string[];
  /** Absent: an hour. Never beyond the tokens' own end. */
  readonly lifetimeMs?: number;
  readonly purpose?: string;
  readonly task?: string;
  /** The address of whoever asks, for the record. */
  readonly client: string;
}

/** What somebody asks for who has a token and wants a ticket. */
export interface TicketRequest extends TicketTerms {
  /** Proves whom the ticket is for. */
  readonly subjectToken: string;
  /** Proves who acts for them. */
  readonly actorToken?: string;
}

export interface IssuedTicket {
  readonly id: string;
  /** The ticket itself: whoever has it is taken for its identity. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** What is kept of a ticket: never its secret. Times are milliseconds since the epoch. */
export interface TicketRecord {
  readonly id: string;
  /** With who acts for it, and what each is narrowed to. */
  readonly identity: Identity;
  /** The tickets it came from, and those they came from. */
  readonly from: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Null unless it was ended early. */
  readonly endedAtMs: number | null;
}

export interface TicketRecords {
  /** False, and nothing is kept, where one of those it comes from has ended. */
  add(ticket: TicketRecord): Promise<boolean>;
  get(id: string): Promise<TicketRecord | undefined>;
  /** Neither ended nor expired; newest first. */
  live(nowMs: number): Promise<readonly TicketRecord[]>;
  /** How many of this identity are live. */
  count(identity: Pick<Identity, 'issuer' | 'subject'>, nowMs: number): Promise<number>;
  /** Ended early and not expired since. */
  ended(nowMs: number): Promise<readonly string[]>;
  /** Ends those of these that are live, and all that came from them; the ids of what has ended now. */
  end(ids: readonly string[], atMs: number): Promise<readonly string[]>;
  /** Forgets what has expired before then. */
  forget(beforeMs: number): Promise<void>;
}

/** The tickets there are, for those who look after them. */
export interface TicketBook {
  /** Live ones, newest first. */
  list(): Promise<readonly TicketRecord[]>;
  /** Ends them and all that came from them, before their time; the ids of what has ended now. */
  end(ids: readonly string[]): Promise<readonly string[]>;
  /** Ends every ticket in which `matches` holds for the identity or anybody who acts for it. */
  endOf(matches: (identity: Identity) => boolean): Promise<readonly string[]>;
}

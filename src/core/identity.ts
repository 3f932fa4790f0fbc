/** Who asks, how that was proven, and until when. */
export interface Identity {
  readonly subject: string;
  /** The issuer's URL, or `sallyport` for the gateway's own issuer. */
  readonly issuer: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  /** The verified claims, for `who.claims` and `when`. Never the token itself. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the proof ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** The person this identity answers to (claim `owner`); approvals look at it. */
  readonly owner?: string;
  /** Who acts for this identity (RFC 8693 `act`), innermost last. */
  readonly actor?: Identity;
  /** The ticket it came with: its id, never its secret. */
  readonly ticket?: string;
  /** What a ticket narrows it to; absent: nothing is narrowed. */
  readonly within?: Within;
  /** What it says it is here for. A claim of its own that nobody has verified. */
  readonly purpose?: string;
  /** Which piece of work it says it is at. */
  readonly task?: string;
  /** It asks by way of the gateway's own tools, which carry its commands to the gateway's own ports. */
  readonly errand?: {
    /** The address that it came from; that of the connection is the gateway's. */
    readonly client: string;
  };
}

/** Only these count. Absent: all of them; an empty list: none. */
export interface Within {
  /** Names of targets. */
  readonly targets?: readonly string[];
  /** Names of the rules that may let in, hold in or reveal. What denies, holds or limits counts all the same. */
  readonly rules?: readonly string[];
}

/** One stable key for an identity: two identities are the same only if issuer and subject are. */
export function identityKey(identity: Pick<Identity, 'issuer' | 'subject'>): string {
  return `${identity.issuer}\u0000${identity.subject}`;
}

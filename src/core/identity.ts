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
}

/** One stable key for an identity: two identities are the same only if issuer and subject are. */
export function identityKey(identity: Pick<Identity, 'issuer' | 'subject'>): string {
  return `${identity.issuer}\u0000${identity.subject}`;
}

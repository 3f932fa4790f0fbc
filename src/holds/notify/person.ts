import type { Person } from '../../core/channel.ts';
import type { Identity } from '../../core/identity.ts';

/** Proven by the chat's signature just now, and for this one decision. */
const proofMs = 60_000;

/** Somebody whom a chat has signed for, as rules and approvals see them. */
export function personIdentity({ subject, issuer, groups, email }: Person, nowMs: number): Identity {
  return {
    subject,
    issuer,
    kind: 'human',
    groups,
    claims: email === undefined ? {} : { email },
    expiresAtMs: nowMs + proofMs,
  };
}

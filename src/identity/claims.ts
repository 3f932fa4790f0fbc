import type { Identity } from '../core/identity.ts';
import { tokenRefused } from './token-fault.ts';

type Claims = Readonly<Record<string, unknown>>;

/** How verified claims become an identity. */
export interface Mapping {
  readonly issuer: string;
  readonly kind: 'agent' | 'human';
  /** Name of the claim, or JSON pointer to it. */
  readonly subject: string;
  readonly groups: string;
  readonly fixedGroups: readonly string[];
  readonly expiresAtMs: number;
}

const nameCharsMax = 256;

/**
 * @param claims verified
 * @throws SallyportError `unauthenticated` where a claim is there but unusable: it could be the one that a `deny` waits for
 */
export function identityOf(claims: Claims, mapping: Mapping): Identity {
  if (Object.hasOwn(claims, 'act')) throw tokenRefused('delegated', 'claim act');
  const owner = claims['owner'];
  return {
    subject: subjectOf(claims, mapping.subject),
    issuer: mapping.issuer,
    kind: mapping.kind,
    groups: [...new Set([...mapping.fixedGroups, ...groupsOf(claims, mapping.groups)])],
    claims,
    expiresAtMs: mapping.expiresAtMs,
    ...(owner === undefined ? {} : { owner: name(owner, 'owner') }),
  };
}

function subjectOf(claims: Claims, claim: string): string {
  // OpenID Connect Core §5.1: an address that was not verified is whatever its holder typed in.
  // Absent is left to the operator, as many issuers verify without saying so; some write it as text.
  const verified = claims['email_verified'];
  if (claim === 'email' && verified !== undefined && verified !== true && verified !== 'true')
    throw tokenRefused('claims', 'the subject is an e-mail address that was not verified');
  return name(claimAt(claims, claim), 'subject');
}

function groupsOf(claims: Claims, claim: string): readonly string[] {
  // OpenID Connect Core §5.6.2: the groups are elsewhere (Microsoft does so past 200); reading none would be wrong.
  const elsewhere = claims['_claim_names'];
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim))
    throw tokenRefused('claims', 'the groups are not in the token (_claim_names)');
  const value = claimAt(claims, claim);
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((group) => name(group, 'groups'));
}

/** RFC 6901 where the name begins with `/`; own properties alone. */
export function claimAt(claims: Claims, claim: string): unknown {
  const path = claim.startsWith('/')
    ? claim
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    : [claim];
  let value: unknown = claims;
  for (const part of path) value = ownProperty(value, part);
  return value;
}

function ownProperty(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/**
 * A name that people read and keys are made of: no control characters (`identityKey` joins with NUL) and
 * nothing that turns the direction of text (an approver must see who asks).
 */
function name(value: unknown, claim: string): string {
  if (typeof value !== 'string' || value === '' || value.length > nameCharsMax)
    throw tokenRefused('claims', `${claim} is no text of 1 to ${nameCharsMax} characters`);
  if (
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(value) ||
    !value.isWellFormed()
  )
    throw tokenRefused('claims', `${claim} has control characters`);
  return value;
}

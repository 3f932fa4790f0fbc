import { errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { asymmetricAlgorithms } from '../core/issuer.ts';
import type { IssuerSpec } from '../core/issuer.ts';
import type { Clock } from '../core/ports.ts';
import { identityOf } from './claims.ts';
import type { KeySource } from './issuer-keys.ts';
import { tokenRefused } from './token-fault.ts';
import type { TokenFault } from './token-fault.ts';
import { audiencesOf, isAccessTokenType, readUnverified } from './unverified-token.ts';

/** How far the issuer's clock may be from ours. */
const clockToleranceS = 30;
/** The last second that a Date can hold (ECMA-262 §21.4.1.1). */
const secondsMax = 8.64e12;

/**
 * Who presents this token, if it is one of this issuer's.
 * @throws SallyportError `unauthenticated`
 */
export async function verifyToken(
  token: string,
  spec: IssuerSpec,
  keys: KeySource,
  clock: Clock,
): Promise<Identity> {
  const claims = await verifiedClaims(token, spec, keys, clock);
  return identityOf(claims, {
    issuer: spec.issuer,
    kind: spec.kind,
    subject: spec.claims?.subject ?? 'sub',
    groups: spec.claims?.groups ?? 'groups',
    fixedGroups: spec.groups ?? [],
    // With the tolerance, or a session let in by it would end at once.
    expiresAtMs: (expiry(claims) + clockToleranceS) * 1000,
  });
}

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms?: IssuerSpec['algorithms'];
  readonly authorizedParties?: IssuerSpec['authorizedParties'];
  readonly idTokens?: boolean;
  /** Default 30. */
  readonly clockToleranceS?: number;
}

/** Signature first, then every claim that limits where and when a token counts. */
export async function verifiedClaims(
  token: string,
  expected: Expected,
  keys: KeySource,
  clock: Clock,
): Promise<JWTPayload> {
  const { header } = readUnverified(token);
  const nowMs = clock.now();
  const toleranceS = expected.clockToleranceS ?? clockToleranceS;
  const { payload } = await jwtVerify(token, (found) => keys.keyFor(found), {
    algorithms: [...(expected.algorithms ?? asymmetricAlgorithms)],
    issuer: expected.issuer,
    audience: expected.audience,
    requiredClaims: ['exp'],
    clockTolerance: toleranceS,
    currentDate: new Date(nowMs),
  }).catch((error: unknown) => {
    throw error instanceof SallyportError ? error : refusalOf(error);
  });
  expiry(payload);
  checkIssuedAt(payload, nowMs / 1000 + toleranceS);
  checkAuthorizedParty(payload, expected);
  if (expected.idTokens !== true && looksLikeIdToken(header, payload))
    throw tokenRefused('id_token', 'claims that only ID tokens have');
  return payload;
}

/** Seconds since the epoch. */
function expiry({ exp }: JWTPayload): number {
  if (exp === undefined || exp > secondsMax) throw tokenRefused('claims', 'exp is no date');
  return exp;
}

/** jose looks at `iat` only where a maximum age is set. */
function checkIssuedAt({ iat, exp = 0 }: JWTPayload, latestS: number): void {
  if (iat === undefined) return;
  if (iat > latestS) throw tokenRefused('not_yet_valid', 'iat is in the future');
  if (iat > exp) throw tokenRefused('claims', 'exp is before iat');
}

/** OpenID Connect Core §3.1.3.7, 4 and 5: a token for several audiences says which client it was made for. */
function checkAuthorizedParty(claims: JWTPayload, expected: Expected): void {
  const { authorizedParties, audience } = expected;
  const party = claims['azp'];
  const several = audiencesOf(claims.aud).length > 1;
  if (authorizedParties === undefined && (party === undefined || !several)) return;
  if (typeof party !== 'string' || ![audience, ...(authorizedParties ?? [])].includes(party))
    throw tokenRefused('authorized_party', 'azp is not accepted');
}

/**
 * An ID token proves to a client that somebody logged in; it is no key to anything (RFC 9068 §4). It is told by the
 * claims of OpenID Connect Core §2 and §3.3.2.11, or by Keycloak's `typ`. `nonce` alone is not enough where the token
 * says that it is an access token: some issuers copy it there. One without any of these cannot be told, and then its
 * audience decides: ID tokens carry a client id, so naming a client id as `audience` is the operator's choice.
 */
function looksLikeIdToken(header: Readonly<Record<string, unknown>>, claims: JWTPayload): boolean {
  const typ = claims['typ'];
  if (typ === 'ID') return true;
  if (isAccessTokenType(header['typ']) || typ === 'Bearer') return false;
  return ['nonce', 'at_hash', 'c_hash'].some((name) => Object.hasOwn(claims, name));
}

/** jose's errors carry the claims, so only their code and name of claim go on, into the log. */
function refusalOf(error: unknown): SallyportError {
  if (!(error instanceof errors.JOSEError)) return tokenRefused('malformed', 'key or token cannot be read');
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined;
  const fault =
    claim === undefined ? (faultByCode[error.code] ?? 'malformed') : (faultByClaim[claim] ?? 'claims');
  return tokenRefused(fault, claim === undefined ? error.code : `${error.code} ${claim}`);
}

const faultByCode: Readonly<Record<string, TokenFault>> = {
  ERR_JWT_EXPIRED: 'expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWKS_NO_MATCHING_KEY: 'unknown_key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'ambiguous_key',
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JOSE_NOT_SUPPORTED: 'algorithm',
};

const faultByClaim: Readonly<Record<string, TokenFault>> = {
  aud: 'audience',
  iss: 'unknown_issuer',
  nbf: 'not_yet_valid',
};

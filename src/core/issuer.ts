/** Only signatures that the issuer alone can make: no `none`, no shared secrets. */
export const asymmetricAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type Algorithm = (typeof asymmetricAlgorithms)[number];

/** Which claim holds what: a claim's name, or a JSON pointer where it begins with `/` (`/realm_access/roles`). */
export interface ClaimNames {
  /** Default `sub`. */
  readonly subject?: string;
  /** Default `groups`. */
  readonly groups?: string;
}

/** An issuer of JWTs that the configuration trusts. */
export interface IssuerSpec {
  /** Exactly as tokens carry it in `iss`. */
  readonly issuer: string;
  /** What `aud` must contain. */
  readonly audience: string;
  readonly kind: 'agent' | 'human';
  readonly claims?: ClaimNames;
  /** Groups that everybody of this issuer has, beside those of the claim. */
  readonly groups?: readonly string[];
  /** Absent: found by discovery. */
  readonly jwksUri?: string;
  /** Absent: all of `asymmetricAlgorithms`. */
  readonly algorithms?: readonly Algorithm[];
  /** Clients (`azp`) that tokens may have been made for; absent: checked for tokens of several audiences alone. */
  readonly authorizedParties?: readonly string[];
  /** Takes ID tokens too: right where `audience` is the client id of whoever logs in. Default false. */
  readonly idTokens?: boolean;
}

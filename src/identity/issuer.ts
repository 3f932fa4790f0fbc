import { isIP } from 'node:net';

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

/** The name of the gateway's own issuer; no configured issuer can have it, as it is no URL. */
export const localIssuerName = 'sallyport';

/** Why this issuer cannot be trusted as configured, in a sentence; undefined where it can. */
export function issuerProblem(spec: IssuerSpec): string | undefined {
  if (!isSecureUrl(spec.issuer)) return `issuer ${spec.issuer} must be an https URL (http on loopback only)`;
  if (/[?#]/.test(spec.issuer)) return `issuer ${spec.issuer} must have neither query nor fragment`;
  if (spec.jwksUri !== undefined && !isSecureUrl(spec.jwksUri))
    return `the keys of issuer ${spec.issuer} must be at an https URL (http on loopback only)`;
  if (spec.audience === '') return `issuer ${spec.issuer} needs an audience`;
  const unsafe = spec.algorithms?.find((name) => !asymmetricAlgorithms.includes(name));
  if (unsafe !== undefined) return `issuer ${spec.issuer}: ${unsafe} is no asymmetric signature algorithm`;
  return undefined;
}

/** https, or http to this machine. */
export function isSecureUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}

/** The URL parser has already turned `127.1` and `0x7f000001` into `127.0.0.1`. */
function isLoopbackHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}

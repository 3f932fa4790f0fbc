import { isIP } from 'node:net';
import { asymmetricAlgorithms } from '../core/issuer.ts';
import type { IssuerSpec } from '../core/issuer.ts';

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

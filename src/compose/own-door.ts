import { isLoopback } from '../transport/loopback.ts';
import type { OwnDoor } from '../api/parts.ts';

/** The addresses that stand for all of this machine's, and how it calls itself instead. */
const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Where the gateway reaches a port of its own. Where that is no loopback address, TLS is asked of it as of everybody, and
 * nobody else's certificate will do.
 * @param certificate PEM, the leaf first
 */
export function ownDoor(host: string, port: number | undefined, certificate: string): OwnDoor | undefined {
  if (port === undefined) return undefined;
  const own = everywhere[host] ?? host;
  if (own === 'localhost' || isLoopback(own)) return { host: own, port };
  return { host: own, port, certificate: leafOf(certificate) };
}

function leafOf(pem: string): string {
  return /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n?/.exec(pem)?.[0] ?? pem;
}

import type { JSONWebKeySet } from 'jose';
import type { IssuerSpec } from '../core/issuer.ts';
import { isSecureUrl } from './issuer.ts';

export type Fetch = typeof globalThis.fetch;

const timeoutMs = 5_000;
/** The largest public key sets (Google, Microsoft) are about 15 kB. */
const documentBytesMax = 512 * 1024;

/**
 * The keys an issuer publishes now: OpenID Connect Discovery 1.0 §4, then RFC 7517 §5.
 * @throws Error that says what could not be fetched
 */
export async function fetchKeys(
  spec: Pick<IssuerSpec, 'issuer' | 'jwksUri'>,
  fetch: Fetch,
): Promise<JSONWebKeySet> {
  const uri = spec.jwksUri ?? (await discoverKeys(spec.issuer, fetch));
  const keySet = await fetchJson(uri, fetch);
  if (!isKeySet(keySet)) throw new Error(`${uri} holds no JSON Web Key Set`);
  return keySet;
}

async function discoverKeys(issuer: string, fetch: Fetch): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const metadata = await fetchJson(url, fetch);
  // §4.3: or else one issuer could hand out another's keys.
  if (metadata['issuer'] !== issuer) throw new Error(`${url} describes another issuer than ${issuer}`);
  const uri = metadata['jwks_uri'];
  if (typeof uri !== 'string' || !isSecureUrl(uri)) throw new Error(`${url} names no jwks_uri over https`);
  // A public issuer must not make the gateway ask services of its own machine.
  if (uri.startsWith('http:') && !issuer.startsWith('http:'))
    throw new Error(`${url} names a jwks_uri without TLS`);
  return uri;
}

/** Redirects are not followed: they would let whoever answers choose where the keys come from. */
async function fetchJson(url: string, fetch: Fetch): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const document: unknown = JSON.parse(await boundedText(response, url));
  if (typeof document !== 'object' || document === null) throw new Error(`${url} holds no JSON object`);
  return { ...document };
}

async function boundedText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > documentBytesMax) throw new Error(`${url} is larger than ${documentBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isKeySet(document: Record<string, unknown>): document is Record<string, unknown> & JSONWebKeySet {
  const { keys } = document;
  return Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SignJWT, calculateJwkThumbprint, createLocalJWKSet, exportJWK } from 'jose';
import type { Identity } from '../core/identity.ts';
import type { Clock } from '../core/ports.ts';
import { privateFile } from '../files/kept-file.ts';
import { identityOf } from './claims.ts';
import { localIssuerName } from './issuer.ts';
import { verifiedClaims } from './oidc.ts';
import { tokenRefused } from './token-fault.ts';

/** Nobody remembers a token that is older. */
const ttlMsMax = 366 * 24 * 3_600_000;

export interface TokenRequest {
  readonly subject: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  readonly ttlMs: number;
  /** Beside those above: `owner`, and whatever rules ask for. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const ownClaims = ['iss', 'aud', 'sub', 'exp', 'iat', 'nbf', 'jti', 'kind', 'groups', 'act'];

/** The gateway's own issuer, for those who have no other; its key never leaves the data folder. */
export interface LocalIssuer {
  /**
   * @returns a JWT
   * @throws TypeError where the request makes no identity
   */
  issue(request: TokenRequest): Promise<string>;
  /** @throws SallyportError `unauthenticated` */
  verify(token: string): Promise<Identity>;
}

/**
 * Opens `issuer-key.json` in the data folder; makes it on first use.
 * @throws Error where others may read the key, or it is no Ed25519 key
 */
export async function openLocalIssuer(it: { dataDir: string; clock: Clock }): Promise<LocalIssuer> {
  const file = join(it.dataDir, 'issuer-key.json');
  const key = privateKey(await privateFile(file, newKey), file);
  const publicJwk = await exportJWK(createPublicKey(key));
  const kid = await calculateJwkThumbprint(publicJwk);
  const keyFor = createLocalJWKSet({ keys: [{ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' }] });
  return {
    issue: async (request) => {
      const nowS = Math.floor(it.clock.now() / 1000);
      return new SignJWT(claimsOf(request))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
        .setIssuer(localIssuerName)
        .setAudience(localIssuerName)
        .setSubject(request.subject)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + Math.ceil(request.ttlMs / 1000))
        .setJti(randomUUID())
        .sign(key);
    },
    verify: async (token) => {
      // One clock made and reads these tokens: no tolerance.
      const expected = { issuer: localIssuerName, audience: localIssuerName, clockToleranceS: 0 };
      const claims = await verifiedClaims(token, expected, { keyFor }, it.clock);
      return localIdentity(claims, (claims.exp ?? 0) * 1000);
    },
  };
}

function localIdentity(claims: Readonly<Record<string, unknown>>, expiresAtMs: number): Identity {
  const { kind } = claims;
  if (kind !== 'agent' && kind !== 'human') throw tokenRefused('claims', 'kind is neither agent nor human');
  return identityOf(claims, {
    issuer: localIssuerName,
    kind,
    subject: 'sub',
    groups: 'groups',
    fixedGroups: [],
    expiresAtMs,
  });
}

/** Refuses here what `verify` would refuse later. */
function claimsOf({ subject, kind, groups, ttlMs, claims = {} }: TokenRequest): Record<string, unknown> {
  if (!(ttlMs > 0 && ttlMs <= ttlMsMax))
    throw new TypeError('a token lives for more than 0 s and at most 366 days');
  const taken = ownClaims.find((name) => Object.hasOwn(claims, name));
  if (taken !== undefined) throw new TypeError(`claim ${taken} is the issuer's own`);
  const all = { ...claims, kind, groups: [...groups] };
  try {
    localIdentity({ ...all, sub: subject }, 0);
  } catch (error) {
    throw new TypeError(reasonOf(error), { cause: error });
  }
  return all;
}

/** Whoever issues is told which claim is wrong; whoever presents a token is not. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error
    ? error.cause.message
    : 'this makes no identity';
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return `${JSON.stringify(privateKey.export({ format: 'jwk' }))}\n`;
}

/** The parser quotes what it could not read, so its error stops here. */
function privateKey(json: string, file: string): ReturnType<typeof createPrivateKey> {
  let key;
  try {
    key = createPrivateKey({ format: 'jwk', key: JSON.parse(json) });
  } catch {
    throw new Error(
      `${file} holds no private key; remove it to make a new one (all tokens made with it end)`,
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no Ed25519 key`);
  return key;
}

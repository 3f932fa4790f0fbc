import { resolve } from 'node:path';
import type { ClaimNames } from '../core/issuer.ts';
import type { LoginSpec } from '../core/login.ts';
import { parseDuration } from './duration.ts';
import type { ConfigFile } from './schema.ts';

const idleMs = 3_600_000;
const lifetimeMs = 12 * 3_600_000;

type Login = NonNullable<ConfigFile['identity']['login']>;

/** How people sign in; paths are relative to `folder`. */
export function loginSpec({ login, issuers }: ConfigFile['identity'], folder: string): LoginSpec | undefined {
  if (login === undefined) return undefined;
  const limits = {
    idleMs: (login.idle === undefined ? undefined : parseDuration(login.idle)) ?? idleMs,
    lifetimeMs: (login.lifetime === undefined ? undefined : parseDuration(login.lifetime)) ?? lifetimeMs,
  };
  if (login.oidc !== undefined) return oidc(login.oidc, limits, issuers);
  if (login.saml !== undefined) return saml(login.saml, limits, folder);
  throw new TypeError('a login without a provider was not refused');
}

type Limits = Pick<LoginSpec, 'idleMs' | 'lifetimeMs'>;

function oidc(
  it: NonNullable<Login['oidc']>,
  limits: Limits,
  issuers: ConfigFile['identity']['issuers'],
): LoginSpec {
  // Who signs in must be the same identity as with a token of the same issuer, or rules would need both names.
  const twin = issuers.find(({ issuer }) => issuer === it.issuer);
  return {
    ...limits,
    via: 'oidc',
    issuer: it.issuer,
    clientId: it.client_id,
    ...(it.client_secret === undefined ? {} : { clientSecret: it.client_secret }),
    scopes: it.scopes.includes('openid') ? it.scopes : ['openid', ...it.scopes],
    kind: it.kind,
    claims: named(it.claims ?? twin?.claims),
    groups: it.groups ?? twin?.groups ?? [],
  };
}

function saml(it: NonNullable<Login['saml']>, limits: Limits, folder: string): LoginSpec {
  return {
    ...limits,
    via: 'saml',
    issuer: it.idp_issuer,
    entryPoint: it.entry_point,
    certFile: resolve(folder, it.idp_cert),
    audience: it.audience,
    ...(it.callback === undefined ? {} : { callback: it.callback }),
    signed: it.signed,
    ...(it.decryption_key === undefined ? {} : { decryptionKey: it.decryption_key }),
    ...(it.decryption_cert === undefined ? {} : { decryptionCertFile: resolve(folder, it.decryption_cert) }),
    kind: it.kind,
    claims: named(it.claims),
    groups: it.groups ?? [],
  };
}

function named({ subject, groups }: { subject?: string; groups?: string } = {}): ClaimNames {
  return { ...(subject === undefined ? {} : { subject }), ...(groups === undefined ? {} : { groups }) };
}

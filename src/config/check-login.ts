import { gatewayTargetName } from '../core/target.ts';
import type { ConfigFile } from './schema.ts';
import { secretProblem, secretReferences } from './secrets.ts';
import type { Path, Source } from './source.ts';
import { isSecureUrl } from './secure-url.ts';

const path = ['identity', 'login'];

/** How people sign in: one provider, reached safely, whose answers can be told from everybody else's. */
export function checkLogin({ identity, listen }: ConfigFile, source: Source): void {
  const { login } = identity;
  if (login === undefined) return;
  const { oidc, saml } = login;
  if (oidc === undefined && saml === undefined) source.refuse(path, 'login is empty', 'give it oidc or saml');
  if (oidc !== undefined && saml !== undefined) source.refuse(path, 'oidc and saml', 'there is one way in');
  if (oidc !== undefined) checkOidc(oidc, source);
  if (saml !== undefined) {
    checkSaml(saml, source);
    const taken = [gatewayTargetName, ...identity.issuers.map(({ issuer }) => issuer)];
    if (taken.includes(saml.idp_issuer)) {
      const at = [...path, 'saml', 'idp_issuer'];
      source.refuse(at, `"${saml.idp_issuer}" is an issuer of tokens`, 'two of one name would be one');
    }
  }
  if (listen.http === undefined) {
    source.warn(path, 'nobody can sign in: listen.http is off', 'give listen.http a port');
  } else if (listen.url === undefined && ['0.0.0.0', '::'].includes(listen.host)) {
    source.warn(path, 'providers will send browsers back to localhost', 'set listen.url');
  }
}

type Login = NonNullable<ConfigFile['identity']['login']>;

function checkOidc({ issuer, client_secret }: NonNullable<Login['oidc']>, source: Source): void {
  mustBeSecure(issuer, 'oidc', 'issuer', source);
  if (client_secret !== undefined) checkSecret(client_secret, [...path, 'oidc', 'client_secret'], source);
}

function checkSecret(secret: string, at: Path, source: Source): void {
  const problem = secretProblem(secret);
  if (problem !== undefined) source.refuse(at, problem, 'there are ${env:NAME} and ${file:PATH}');
  else if (secretReferences(secret).length === 0) {
    source.warn(
      at,
      'a secret stands plainly in this file',
      'put it elsewhere and write ${env:NAME} or ${file:PATH}',
    );
  }
}

function checkSaml(saml: NonNullable<Login['saml']>, source: Source): void {
  const { entry_point, callback, decryption_key: key, decryption_cert: cert } = saml;
  mustBeSecure(entry_point, 'saml', 'entry_point', source);
  if (key !== undefined) checkSecret(key, [...path, 'saml', 'decryption_key'], source);
  else if (cert !== undefined) {
    source.refuse(
      [...path, 'saml', 'decryption_cert'],
      'a certificate without its key',
      'name decryption_key, too',
    );
  }
  if (callback !== undefined) mustBeSecure(callback, 'saml', 'callback', source);
}

function mustBeSecure(url: string, via: 'oidc' | 'saml', key: string, source: Source): void {
  if (isSecureUrl(url)) return;
  source.refuse([...path, via, key], `"${url}" must be https`, 'http is for providers on this machine');
}

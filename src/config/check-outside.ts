import { gatewayTargetName } from '../core/target.ts';
import { didYouMean } from './nearest.ts';
import type { ChannelEntry, SinkEntry } from './schema/outside.ts';
import type { ConfigFile } from './schema.ts';
import { secretProblem, secretReferences } from './secrets.ts';
import { isSecureUrl } from './secure-url.ts';
import type { Path, Source } from './source.ts';

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Where the gateway tells others something: each name one way, safe addresses, secrets that are none in the open. */
export function checkOutside(file: ConfigFile, source: Source): void {
  for (const [name, entry] of Object.entries(file.notify)) checkChannel(name, entry, file, source);
  for (const [name, entry] of Object.entries(file.sinks)) checkSink(name, entry, source);
}

/** Whether a reference may stand at this path. */
export function isOutsideSecret(path: Path): boolean {
  const [top, , way, key] = path;
  if (top === 'sinks') return way === 'otlp' && (key === 'url' || key === 'headers');
  if (top !== 'notify') return false;
  return ['url', 'secret', 'token', 'signing_secret', 'user', 'password'].includes(String(key));
}

function checkChannel(name: string, entry: ChannelEntry, file: ConfigFile, source: Source): void {
  const path = ['notify', name];
  mustBeName(name, path, source);
  const { webhook, slack, teams, email } = entry;
  mustBeOne({ webhook, slack, teams, email }, path, source);
  if (webhook !== undefined) {
    checkAddress(webhook.url, [...path, 'webhook', 'url'], source);
    checkSecrets({ secret: webhook.secret }, [...path, 'webhook'], source);
  }
  if (slack !== undefined) {
    const { token, signing_secret, users, by_email, api } = slack;
    checkSecrets({ token, signing_secret }, [...path, 'slack'], source);
    if (!isSecureUrl(api)) source.refuse([...path, 'slack', 'api'], `"${api}" must be https`);
    checkUsers(users, file, [...path, 'slack', 'users'], source);
    if (by_email !== undefined) {
      checkIssuer(by_email.issuer, file, [...path, 'slack', 'by_email', 'issuer'], source);
    }
    if (signing_secret === undefined && (by_email !== undefined || Object.keys(users).length > 0)) {
      source.refuseKey(
        [...path, 'slack'],
        'users without signing_secret',
        'nothing they press could be verified',
      );
    }
  }
  if (teams !== undefined) {
    checkAddress(teams.url, [...path, 'teams', 'url'], source);
    checkSecrets({ secret: teams.secret }, [...path, 'teams'], source);
    checkUsers(teams.users, file, [...path, 'teams', 'users'], source);
    if (teams.secret === undefined && Object.keys(teams.users).length > 0) {
      source.refuseKey([...path, 'teams'], 'users without secret', 'nothing they say could be verified');
    }
  }
  if (email !== undefined) checkEmail(email, [...path, 'email'], source);
}

function checkEmail(it: NonNullable<ChannelEntry['email']>, path: Path, source: Source): void {
  const { tls, host, user, password } = it;
  checkSecrets({ password }, path, source);
  if ((user === undefined) !== (password === undefined)) {
    source.refuseKey(path, 'user and password go together');
  }
  if (tls === 'none' && !isThisMachine(host)) {
    source.refuse([...path, 'tls'], 'mail may go in clear to this machine alone', 'tls: starttls');
  }
}

function checkSink(name: string, { syslog, otlp }: SinkEntry, source: Source): void {
  const path = ['sinks', name];
  mustBeName(name, path, source);
  mustBeOne({ syslog, otlp }, path, source);
  if (syslog !== undefined && !syslog.tls && !isThisMachine(syslog.host)) {
    source.warn([...path, 'syslog', 'tls'], 'the record goes over the network in clear', 'set tls: true');
  }
  if (otlp === undefined) return;
  checkAddress(otlp.url, [...path, 'otlp', 'url'], source);
  for (const [header, value] of Object.entries(otlp.headers)) {
    const problem = secretProblem(value);
    if (problem !== undefined) source.refuse([...path, 'otlp', 'headers', header], problem, references);
  }
}

const references = 'there are ${env:NAME} and ${file:PATH}';

function mustBeName(name: string, path: Path, source: Source): void {
  if (namePattern.test(name)) return;
  source.refuseKey(path, `"${name}" is no name`, 'letters, digits, _ . - and at most 63 of them');
}

function mustBeOne(ways: Readonly<Record<string, unknown>>, path: Path, source: Source): void {
  const given = Object.keys(ways).filter((way) => ways[way] !== undefined);
  if (given.length === 1) return;
  const all = Object.keys(ways).join(', ');
  if (given.length === 0) source.refuseKey(path, 'it leads nowhere', `give it one of ${all}`);
  else source.refuseKey(path, `${given.join(' and ')}`, 'each has a name of its own');
}

/** What a reference yields is looked at when it is used. */
function checkAddress(url: string, path: Path, source: Source): void {
  const problem = secretProblem(url);
  if (problem !== undefined) source.refuse(path, problem, references);
  else if (secretReferences(url).length === 0 && !isSecureUrl(url)) {
    source.refuse(path, `"${url}" must be https`, 'http is for this machine');
  }
}

function checkSecrets(
  secrets: Readonly<Record<string, string | undefined>>,
  path: Path,
  source: Source,
): void {
  for (const [key, secret] of Object.entries(secrets)) {
    if (secret === undefined) continue;
    const problem = secretProblem(secret);
    if (problem !== undefined) source.refuse([...path, key], problem, references);
    else if (secretReferences(secret).length === 0) {
      const hint = 'put it elsewhere and write ${env:NAME} or ${file:PATH}';
      source.warn([...path, key], 'a secret stands plainly in this file', hint);
    }
  }
}

function checkUsers(
  users: NonNullable<ChannelEntry['slack']>['users'],
  file: ConfigFile,
  path: Path,
  source: Source,
): void {
  for (const [id, { issuer }] of Object.entries(users))
    checkIssuer(issuer, file, [...path, id, 'issuer'], source);
}

function checkIssuer(issuer: string, { identity }: ConfigFile, path: Path, source: Source): void {
  const { oidc, saml } = identity.login ?? {};
  const known = [
    ...identity.issuers.map((each) => each.issuer),
    ...(identity.local ? [gatewayTargetName] : []),
    ...(oidc === undefined ? [] : [oidc.issuer]),
    ...(saml === undefined ? [] : [saml.idp_issuer]),
  ];
  if (known.includes(issuer)) return;
  source.refuse(path, `no issuer "${issuer}" is configured`, didYouMean(issuer, known));
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

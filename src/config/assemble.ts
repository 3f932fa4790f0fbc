import { dirname, resolve } from 'node:path';
import type { Budget } from '../core/budget.ts';
import { effectKinds } from '../core/effect.ts';
import { matchesAnyGlob } from '../core/glob.ts';
import type { IssuerSpec } from '../core/issuer.ts';
import type { MaskName } from '../core/mask.ts';
import type { Approvers, EffectPattern, Limits, OnRequest, Rule, TargetPattern, Who } from '../core/rule.ts';
import { detectorNames } from '../core/target.ts';
import type {
  PostgresCredentialSpec,
  DetectorName,
  HttpAddress,
  HttpCredentialSpec,
  McpTarget,
  OAuthClientSpec,
  OwnPattern,
  PostgresAddress,
  UpstreamTarget,
} from '../core/target.ts';
import {
  awsPlace,
  columnName,
  resourceGlob,
  routePlace,
  toolPlace,
  type ResourceName,
} from '../policy/resource.ts';
import { loginSpec } from './assemble-login.ts';
import { awsTarget } from './assemble-aws.ts';
import { channels, sinks } from './assemble-outside.ts';
import type { Config, IdentityConfig, JournalConfig, Listen } from './config.ts';
import { parseDuration } from './duration.ts';
import type { BudgetEntry, ConfigFile, MaskEntry, RuleEntry, TargetEntry, WhoEntry } from './schema.ts';

const waitMs = 120_000;
const validMs = 900_000;
const previewMs = 30_000;

/** The configuration of a file that has been checked; paths in it are relative to its folder. */
export function assemble(
  file: ConfigFile,
  fileName: string,
): Omit<Config, 'text' | 'beside' | 'digest' | 'warnings'> {
  const folder = dirname(fileName);
  return {
    file: fileName,
    listen: listen(file, folder),
    data: resolve(folder, file.data),
    journal: journal(file.journal),
    notify: channels(file.notify, folder),
    sinks: sinks(file.sinks, folder),
    identity: identity(file.identity, folder),
    targets: new Map(
      Object.entries(file.targets).map(([name, entry]) => [name, target(name, entry, file, folder)]),
    ),
    passthrough: file.passthrough.map((entry) => ({ who: who(entry.who), hosts: entry.hosts })),
    rules: file.rules.map(rule),
    budgets: file.budgets.map(budget),
  };
}

function journal({ keep, ...same }: ConfigFile['journal']): JournalConfig {
  return { ...same, ...defined({ keepMs: milliseconds(keep) }) };
}

function listen(
  { listen: { tls, host, postgres, http, targets, proxy, url } }: ConfigFile,
  folder: string,
): Listen {
  return {
    host,
    ...defined({ postgres, http, targets, proxy, url: url?.replace(/\/+$/, '') }),
    ...(tls === undefined
      ? {}
      : { tls: { certFile: resolve(folder, tls.cert), keyFile: resolve(folder, tls.key) } }),
  };
}

function identity(entry: ConfigFile['identity'], folder: string): IdentityConfig {
  const login = loginSpec(entry, folder);
  return {
    issuers: entry.issuers.map(issuer),
    local: entry.local,
    ...(login === undefined ? {} : { login }),
  };
}

function issuer(entry: ConfigFile['identity']['issuers'][number]): IssuerSpec {
  const { claims, groups, jwks_uri, algorithms, authorized_parties, id_tokens } = entry;
  return {
    issuer: entry.issuer,
    audience: entry.audience,
    kind: entry.kind,
    ...defined({
      claims: claims && defined(claims),
      groups,
      jwksUri: jwks_uri,
      algorithms,
      authorizedParties: authorized_parties,
      idTokens: id_tokens,
    }),
  };
}

function target(name: string, entry: TargetEntry, file: ConfigFile, folder: string): UpstreamTarget {
  const place = {
    name,
    labels: entry.labels,
    sensitive: sensitive(file.sensitive[name] ?? {}, placeName(entry)),
    detect: file.detect
      .filter(({ targets }) => matchesAnyGlob(targets, name))
      .map(({ find, mask }) => ({
        find: find.map((word) => detector(word, file.patterns)),
        mask: mask ?? 'null',
      })),
  };
  if (entry.mcp !== undefined) return mcpTarget(place, entry, entry.mcp, { file, folder });
  if (entry.aws !== undefined) return awsTarget(place, entry, entry.aws, folder);
  if (entry.http === undefined) {
    return { ...place, protocol: 'postgres', address: address(entry, folder), credential: credential(entry) };
  }
  return {
    ...place,
    protocol: 'http',
    address: httpAddress(entry, entry.http, uninspected(entry, place.sensitive), folder),
    ...defined({ graphql: entry.http.graphql }),
    credential: requestCredential(entry),
    valueLabels: valueLabels(file.sensitive[name] ?? {}),
  };
}

function placeName(entry: TargetEntry): (text: string) => ResourceName {
  if (entry.mcp !== undefined) return toolPlace;
  if (entry.aws !== undefined) return awsPlace;
  return entry.http === undefined ? columnName : routePlace;
}

function uninspected(entry: TargetEntry, places: ReadonlyMap<string, MaskName>): 'refuse' | 'pass' {
  return entry.uninspected ?? (places.size > 0 ? 'refuse' : 'pass');
}

function httpAddress(
  { credential: { certificate } }: TargetEntry,
  { url, networks, ca, http2 }: { url: string; networks: readonly string[]; http2?: boolean; ca?: string },
  blind: 'refuse' | 'pass',
  folder: string,
): HttpAddress {
  return {
    url: url.replace(/\/+$/, ''),
    networks,
    uninspected: blind,
    ...defined({ http2 }),
    ...(ca === undefined ? {} : { caFile: resolve(folder, ca) }),
    ...(certificate === undefined
      ? {}
      : {
          certificate: {
            certFile: resolve(folder, certificate.cert),
            keyFile: resolve(folder, certificate.key),
          },
        }),
  };
}

function mcpTarget(
  place: Pick<McpTarget, 'name' | 'labels' | 'sensitive' | 'detect'>,
  entry: TargetEntry,
  { url, command = [], env, folder: runs = '.', accept, ...http }: NonNullable<TargetEntry['mcp']>,
  { file, folder }: { file: ConfigFile; folder: string },
): McpTarget {
  const blind = uninspected(entry, place.sensitive);
  const address =
    url === undefined
      ? ({ kind: 'process', command, environment: env, folder: resolve(folder, runs) } as const)
      : ({ kind: 'http', ...httpAddress(entry, { url, ...http }, blind, folder) } as const);
  return {
    ...place,
    protocol: 'mcp',
    address,
    credential: { ...requestCredential(entry), environment: entry.credential.env ?? {} },
    accept,
    uninspected: blind,
    valueLabels: valueLabels(file.sensitive[place.name] ?? {}),
  };
}

function requestCredential({
  credential: { headers = {}, query = {}, basic, oauth },
}: TargetEntry): HttpCredentialSpec {
  return { kind: 'http', headers, query, ...defined({ basic, oauth: oauth && oauthClient(oauth) }) };
}

function oauthClient(entry: NonNullable<TargetEntry['credential']['oauth']>): OAuthClientSpec {
  const {
    token_url: tokenUrl,
    client_id: clientId,
    client_secret: clientSecret,
    client_auth: clientAuth,
  } = entry;
  const { scope, audience } = entry;
  return { tokenUrl, clientId, clientSecret, clientAuth, ...defined({ scope, audience }) };
}

function detector(name: string, patterns: Readonly<Record<string, string>>): DetectorName | OwnPattern {
  const builtIn = detectorNames.find((each) => each === name);
  if (builtIn !== undefined) return builtIn;
  const pattern = patterns[name];
  if (pattern === undefined) throw new TypeError('an unknown detector was not refused');
  return { name, pattern };
}

function address({ postgres }: TargetEntry, folder: string): PostgresAddress {
  if (postgres === undefined) throw new TypeError('a target without an address was not refused');
  const { host, port, database, tls, ca } = postgres;
  return {
    host,
    port,
    database,
    // TLS is for the network; PostgreSQL does not speak it on a unix socket.
    tls: tls ?? (host.startsWith('/') ? 'disable' : 'verify-full'),
    ...(ca === undefined ? {} : { caFile: resolve(folder, ca) }),
  };
}

function credential({ credential: { static: fixed, mint } }: TargetEntry): PostgresCredentialSpec {
  if (mint !== undefined) return { kind: 'mint', admin: mint.admin, memberOf: mint.member_of };
  if (fixed === undefined) throw new TypeError('a target without a credential was not refused');
  return { kind: 'static', user: fixed.user, ...defined({ password: fixed.password }) };
}

function maskName(mask: MaskEntry): MaskName {
  return typeof mask === 'object' && mask !== null ? mask.mask : (mask ?? 'null');
}

function valueLabels(places: Readonly<Record<string, MaskEntry>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(places).flatMap(([place, mask]) =>
      typeof mask === 'object' && mask !== null ? [[place, mask.label]] : [],
    ),
  );
}

function sensitive(
  columns: Readonly<Record<string, MaskEntry>>,
  nameOf: (text: string) => ResourceName,
): ReadonlyMap<string, MaskName> {
  return new Map(
    Object.entries(columns).map(([column, mask]) => {
      const found = nameOf(column);
      return ['name' in found ? found.name : column, maskName(mask)];
    }),
  );
}

function rule(entry: RuleEntry): Rule {
  const { name, when, because, approvers: people, on_request: asked } = entry;
  return {
    name,
    who: who(entry.who ?? {}),
    targets: targets(entry),
    allow: (entry.allow ?? []).map(effect),
    hold: (entry.hold ?? []).map(effect),
    deny: (entry.deny ?? []).map(effect),
    reveal: (entry.reveal ?? []).map(glob),
    waitMs: milliseconds(entry.wait) ?? waitMs,
    validMs: milliseconds(entry.valid) ?? validMs,
    limits: limits(entry.limits ?? {}),
    ...defined({ resources: entry.resources?.map(glob), when, because }),
    ...(people === undefined ? {} : { approvers: approvers(people) }),
    ...(entry.preview === undefined ? {} : { previewMs: milliseconds(entry.preview_for) ?? previewMs }),
    ...(asked === undefined ? {} : { onRequest: onRequest(asked) }),
  };
}

function approvers({ until, ...people }: NonNullable<RuleEntry['approvers']>): Approvers {
  return { ...people, ...defined({ untilMs: milliseconds(until) }) };
}

function budget(entry: BudgetEntry, at: number): Budget {
  const { name = `budgets[${at}]`, per, rows, commands, bytes } = entry;
  return {
    name,
    who: who(entry.who ?? {}),
    targets: targets(entry),
    per,
    limits: defined({ rows, commands, bytes }),
  };
}

function targets({ targets: entry }: Pick<RuleEntry, 'targets'>): TargetPattern {
  return 'labels' in entry ? entry : { names: entry };
}

function onRequest(entry: NonNullable<RuleEntry['on_request']>): OnRequest {
  const { approvers: people, notify = [] } = entry;
  return { forMs: milliseconds(entry.for) ?? 0, notify, ...defined({ approvers: people }) };
}

function who(entry: WhoEntry): Who {
  const { subjects, groups, kind, issuer, claims, any, not } = entry;
  return {
    ...defined({ subjects, groups, kind, issuer, claims, any }),
    ...(not === undefined ? {} : { not: who(not) }),
  };
}

function effect(text: string): EffectPattern {
  const [word = ''] = text.split('.', 1);
  const kind = effectKinds.find((each) => each === word);
  if (kind === undefined) throw new TypeError('an unknown kind of effect was not refused');
  return word === text ? { kind } : { kind, action: text.slice(word.length + 1) };
}

function glob(text: string): string {
  const found = resourceGlob(text);
  return 'name' in found ? found.name : text;
}

function limits({ rows, statement, idle, session }: NonNullable<RuleEntry['limits']>): Limits {
  return defined({
    rows,
    statementMs: milliseconds(statement),
    idleMs: milliseconds(idle),
    sessionMs: milliseconds(session),
  });
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys whose value is undefined: absent and undefined are two things to these types. */
function defined<T extends object>(it: T): Defined<T> {
  const found: Defined<T> = {};
  for (const key in it) {
    if (it[key] !== undefined) Object.assign(found, { [key]: it[key] });
  }
  return found;
}

import { gatewayTargetName } from '../core/target.ts';
import { checkAws } from './check-aws.ts';
import { checkBudgets } from './check-budgets.ts';
import { checkDetectors } from './check-detectors.ts';
import { checkLogin } from './check-login.ts';
import { checkOutside, isOutsideSecret } from './check-outside.ts';
import { checkPeople, checkRules, isNobody } from './check-rules.ts';
import { isApiName } from '../wire/openapi/names.ts';
import { checkSecret, warnOfPlain } from './check-secret.ts';
import { checkGraphqlName, type GraphqlSchemas } from './graphql.ts';
import { didYouMean } from './nearest.ts';
import { isNetwork } from './network.ts';
import { awsPlace, columnName, routePlace, toolPlace } from '../policy/resource.ts';
import type { ConfigFile, MaskEntry, TargetEntry } from './schema.ts';
import { isSecureUrl } from './secure-url.ts';
import type { Path, Source } from './source.ts';

/** What no schema can say: names that are nowhere, secrets in the open, parts that cannot stand together. */
export function checkConfig(file: ConfigFile, source: Source, schemas: GraphqlSchemas): void {
  checkListen(file, source);
  checkIssuers(file, source);
  checkLogin(file, source);
  checkOutside(file, source);
  for (const [name, target] of Object.entries(file.targets)) checkTarget(name, target, source);
  checkSensitive(file, source, schemas);
  checkDetectors(file, source);
  checkRules(file, source);
  checkBudgets(file, source);
  checkReferences(source.value, [], source);
}

function checkListen(file: ConfigFile, source: Source): void {
  const { listen } = file;
  const ports = (['postgres', 'http', 'targets', 'proxy'] as const).filter(
    (key) => listen[key] !== undefined,
  );
  if (ports.length === 0) {
    source.warn(['listen'], 'nothing is listened on', 'give listen.postgres and listen.http a port');
  }
  for (const [at, key] of ports.entries()) {
    const taken = ports.slice(0, at).find((other) => listen[other] === listen[key] && listen[key] !== 0);
    if (taken !== undefined)
      source.refuse(['listen', key], `port ${listen[key]} is taken by listen.${taken}`);
  }
  if (file.passthrough.length > 0 && listen.proxy === undefined) {
    source.warn(['passthrough'], 'there is no proxy to pass through', 'give listen.proxy a port');
  }
  for (const [i, { who }] of file.passthrough.entries()) {
    const path = ['passthrough', i, 'who'];
    checkPeople(who, file, path, source);
    if (isNobody(who)) source.refuseKey(path, 'these hosts are open to nobody');
  }
}

function checkIssuers({ identity }: ConfigFile, source: Source): void {
  const seen = new Set<string>();
  for (const [i, { issuer, jwks_uri }] of identity.issuers.entries()) {
    const path = ['identity', 'issuers', i];
    if (seen.has(issuer)) source.refuse([...path, 'issuer'], `issuer "${issuer}" stands here twice`);
    seen.add(issuer);
    for (const [key, url] of Object.entries({ issuer, jwks_uri })) {
      if (url === undefined || isSecureUrl(url)) continue;
      source.refuse([...path, key], `"${url}" must be https`, 'http is for issuers on this machine');
    }
  }
  if (identity.issuers.length === 0 && !identity.local && identity.login === undefined) {
    source.warn(['identity'], 'nobody can log in', 'add identity.issuers, or identity.local: true');
  }
}

function checkTarget(name: string, target: TargetEntry, source: Source): void {
  const path = ['targets', name];
  if (name === gatewayTargetName) {
    source.refuseKey(path, `"${gatewayTargetName}" is the gateway itself`, 'give the target another name');
  } else if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name)) {
    source.refuseKey(path, `"${name}" cannot name a target`, 'letters, digits, _ . - and at most 63 of them');
  }
  const [, second] = (['postgres', 'http', 'mcp', 'aws'] as const).filter((key) => target[key] !== undefined);
  if (second !== undefined) {
    source.refuseKey([...path, second], `target "${name}" has two addresses`, 'make two targets of it');
  }
  if (target.mcp !== undefined) {
    checkMcp(target, target.mcp, path, source);
    return;
  }
  if (target.aws !== undefined) {
    checkAws(target, target.aws, path, source);
    return;
  }
  if (target.http !== undefined) {
    checkHttp(target, target.http, [...path, 'http'], path, source);
    if (target.credential.env !== undefined) {
      source.refuseKey([...path, 'credential', 'env'], 'env is for programs: an MCP server by its command');
    }
    return;
  }
  if (target.uninspected !== undefined) {
    source.refuseKey([...path, 'uninspected'], 'uninspected is for HTTP, MCP and AWS targets');
  }
  if (target.postgres === undefined) {
    source.refuseKey(
      path,
      `target "${name}" has no address`,
      'give it postgres: { host, port, database }, http: { url }, mcp: { url } or aws: { regions }',
    );
  } else if (
    target.postgres.ca !== undefined &&
    !(target.postgres.tls ?? 'verify-full').startsWith('verify-')
  ) {
    source.warn([...path, 'postgres', 'ca'], 'ca is not looked at', 'set tls: verify-full');
  }
  checkCredential(target.credential, [...path, 'credential'], source);
}

/** Where it is, and what it is started with. */
function checkMcp(
  target: TargetEntry,
  mcp: NonNullable<TargetEntry['mcp']>,
  path: Path,
  source: Source,
): void {
  const here = [...path, 'mcp'];
  const { url, command, networks } = mcp;
  if (url !== undefined && command === undefined) {
    for (const key of ['env', 'folder'] as const) {
      if (key in mcp && (key !== 'env' || Object.keys(mcp.env).length > 0))
        source.refuseKey([...here, key], `${key} goes with command`);
    }
    if (target.credential.env !== undefined)
      source.refuseKey([...path, 'credential', 'env'], 'env goes with mcp.command');
    checkHttp(target, { url, networks }, here, path, source);
    return;
  }
  if (command === undefined || url !== undefined) {
    source.refuse(here, 'an MCP server has either url or command', 'write one of them');
    return;
  }
  const { env = {}, ...others } = target.credential;
  for (const key of Object.keys(others))
    source.refuseKey(
      [...path, 'credential', key],
      `${key} is not for programs`,
      'give it credential: { env: … }',
    );
  for (const [names, at] of [
    [mcp.env, [...here, 'env']],
    [env, [...path, 'credential', 'env']],
  ] as const) {
    for (const name of Object.keys(names)) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        source.refuseKey([...at, name], `"${name}" cannot name a variable`);
    }
  }
  for (const [name, secret] of Object.entries(env)) {
    checkSecret(secret, [...path, 'credential', 'env', name], source);
    warnOfPlain(secret, [...path, 'credential', 'env', name], source);
  }
}

/** `here`: where its URL stands. */
function checkHttp(
  target: TargetEntry,
  http: { readonly url: string; readonly networks: readonly string[]; readonly http2?: boolean },
  here: Path,
  path: Path,
  source: Source,
): void {
  const url = new URL(http.url);
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    source.refuse(
      [...here, 'url'],
      'url has more than scheme, host, port and path',
      'put secrets into credential',
    );
  }
  if (http.http2 === true && url.protocol === 'https:') {
    source.refuse(
      [...path, 'http', 'http2'],
      'http2 is for targets without TLS',
      'leave it out: the handshake says it',
    );
  }
  for (const [i, network] of http.networks.entries()) {
    if (!isNetwork(network)) source.refuse([...here, 'networks', i], `"${network}" is no range of addresses`);
  }
  const { static: fixed, mint, headers = {}, query = {}, basic, oauth, certificate } = target.credential;
  const at = [...path, 'credential'];
  refuseAwsKeys(target.credential, at, source);
  if (fixed !== undefined || mint !== undefined) {
    source.refuse(
      at,
      'static and mint are for databases',
      'give it headers, query, basic, oauth or certificate',
    );
  }
  const secrets = { headers, query, basic: basic ?? {} };
  for (const [key, texts] of Object.entries(secrets)) {
    for (const [name, secret] of Object.entries(texts)) {
      checkSecret(secret, [...at, key, name], source);
      if (key !== 'basic' || name === 'password') warnOfPlain(secret, [...at, key, name], source);
    }
  }
  for (const name of Object.keys(headers)) {
    if (!/^[!#$%&'*+.^`|~0-9A-Za-z-]+$/.test(name)) {
      source.refuseKey([...at, 'headers', name], `"${name}" cannot name a header field`);
    }
  }
  const hasHeader = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (basic !== undefined && hasHeader) {
    source.refuseKey([...at, 'basic'], 'basic beside an Authorization header', 'a target has one of them');
  }
  if (oauth !== undefined) {
    if (hasHeader || basic !== undefined) {
      const what = hasHeader ? 'an Authorization header' : 'basic';
      source.refuseKey([...at, 'oauth'], `oauth beside ${what}`, 'a target has one of them');
    }
    if (!isSecureUrl(oauth.token_url)) {
      source.refuse([...at, 'oauth', 'token_url'], `"${oauth.token_url}" must be https`);
    }
    checkSecret(oauth.client_id, [...at, 'oauth', 'client_id'], source);
    checkSecret(oauth.client_secret, [...at, 'oauth', 'client_secret'], source);
    warnOfPlain(oauth.client_secret, [...at, 'oauth', 'client_secret'], source);
  }
  if (certificate !== undefined && url.protocol !== 'https:') {
    source.refuseKey([...at, 'certificate'], 'a certificate is shown over https alone');
  }
}

function refuseAwsKeys(credential: TargetEntry['credential'], path: Path, source: Source): void {
  for (const key of ['keys', 'assume_role', 'from', 'external_id'] as const) {
    if (credential[key] !== undefined) source.refuseKey([...path, key], `${key} is for AWS targets`);
  }
}

function checkCredential(credential: TargetEntry['credential'], path: Path, source: Source): void {
  const { static: fixed, mint, headers, query, basic, oauth, certificate, env } = credential;
  refuseAwsKeys(credential, path, source);
  if ((headers ?? query ?? basic ?? oauth ?? certificate ?? env) !== undefined) {
    source.refuse(
      path,
      'headers, query, basic, oauth, certificate and env are for HTTP and MCP targets',
      'give it static or mint',
    );
  }
  if (fixed === undefined && mint === undefined)
    source.refuse(path, 'credential is empty', 'give it static or mint');
  if (fixed !== undefined && mint !== undefined)
    source.refuse(path, 'static and mint', 'a target has one credential');
  if (fixed !== undefined) {
    checkSecret(fixed.user, [...path, 'static', 'user'], source);
    if (fixed.password !== undefined) {
      checkSecret(fixed.password, [...path, 'static', 'password'], source);
      warnOfPlain(fixed.password, [...path, 'static', 'password'], source);
    }
  }
  if (mint !== undefined) {
    checkSecret(mint.admin, [...path, 'mint', 'admin'], source);
    if (!isPasswordless(mint.admin)) warnOfPlain(mint.admin, [...path, 'mint', 'admin'], source);
  }
}

function isPasswordless(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.password === '' && !parsed.searchParams.has('password');
}

function checkSensitive(file: ConfigFile, source: Source, schemas: GraphqlSchemas): void {
  const names = Object.keys(file.targets);
  for (const [target, columns] of Object.entries(file.sensitive)) {
    const path = ['sensitive', target];
    if (!names.includes(target)) {
      source.refuseKey(path, `no target "${target}" is configured`, didYouMean(target, names));
    }
    const seen = new Set<string>();
    const { http, mcp, aws } = file.targets[target] ?? {};
    const isHttp = (http ?? mcp) !== undefined;
    const nameOf =
      mcp !== undefined
        ? toolPlace
        : http !== undefined
          ? routePlace
          : aws !== undefined
            ? awsPlace
            : columnName;
    for (const [column, mask] of Object.entries(columns)) {
      if (http !== undefined && column.startsWith('gql:')) {
        const has = { hasGraphql: http.graphql !== undefined, types: schemas.get(target)?.types };
        checkGraphqlName(column, { path: [...path, column], source }, has);
      }
      if (http !== undefined && isApiName(column)) {
        checkMask(mask, { isHttp, isParameter: /#[?{]/.test(column) }, [...path, column], source);
        continue;
      }
      const found = nameOf(column);
      checkMask(mask, { isHttp, isParameter: /#[?{]/.test(column) }, [...path, column], source);
      if ('problem' in found) source.refuseKey([...path, column], found.problem, found.hint);
      else if (seen.has(found.name)) source.refuseKey([...path, column], `${found.name} stands here twice`);
      else seen.add(found.name);
    }
  }
}

function checkMask(
  mask: MaskEntry,
  { isHttp, isParameter }: { isHttp: boolean; isParameter: boolean },
  path: Path,
  source: Source,
): void {
  const isLabelled = typeof mask === 'object' && mask !== null;
  if (isLabelled && !isHttp) {
    source.refuse(path, 'labels are for HTTP and MCP targets', 'name the mask alone: token');
  } else if (isHttp && isParameter && (!isLabelled || mask.mask !== 'token')) {
    source.refuse(
      path,
      'a parameter of requests is where tokens come back',
      'write { mask: token, label: what_it_is }, with the label of the place that gives the tokens out',
    );
  }
}

/** Whether a value at this path may hold secrets, and so references. */
export function holdsSecret(path: Path): boolean {
  return (
    (path[0] === 'targets' && path[2] === 'credential') ||
    isOutsideSecret(path) ||
    path.join('.') === 'identity.login.oidc.client_secret' ||
    path.join('.') === 'identity.login.saml.decryption_key'
  );
}

/** A reference outside a credential would be taken as it stands, which nobody can have meant. */
function checkReferences(value: unknown, path: Path, source: Source): void {
  if (typeof value === 'string') {
    if (!holdsSecret(path) && /\$\{(env|file|vault|aws-sm):/.test(value)) {
      source.refuse(path, 'a reference is resolved in credentials alone', 'write the value itself');
    }
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkReferences(item, [...path, i], source);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) checkReferences(item, [...path, key], source);
  }
}

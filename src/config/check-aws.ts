import { checkSecret, warnOfPlain } from './check-secret.ts';
import { isNetwork } from './network.ts';
import type { TargetEntry } from './schema.ts';
import { isSecureUrl } from './secure-url.ts';
import type { Path, Source } from './source.ts';

type Credential = TargetEntry['credential'];
type Aws = NonNullable<TargetEntry['aws']>;

/** What no schema can say of a target of AWS. */
export function checkAws(target: TargetEntry, aws: Aws, path: Path, source: Source): void {
  const { keys, assume_role: role, from } = target.credential;
  checkAddress(aws, [...path, 'aws'], source);
  const at = [...path, 'credential'];
  refuseOthers(target.credential, at, source);
  if (keys !== undefined && role !== undefined) {
    source.refuseKey([...at, 'keys'], 'keys beside assume_role', 'put the keys that assume it under from');
  } else if (keys === undefined && role === undefined) {
    source.refuse(at, 'credential is empty', 'give it keys or assume_role');
  }
  if (role !== undefined && from === undefined) {
    source.refuse(
      at,
      'assume_role without keys to assume it by',
      'add from: { access_key_id, secret_access_key }',
    );
  }
  if (role === undefined && from !== undefined) source.refuseKey([...at, 'from'], 'from is for assume_role');
  if (role === undefined && aws.account === undefined) {
    source.refuse([...path, 'aws'], 'nobody can tell whose account this is', 'add account: "123456789012"');
  }
  for (const [name, entry] of Object.entries({ keys, from })) {
    for (const [key, secret] of Object.entries(entry ?? {})) {
      checkSecret(secret, [...at, name, key], source);
      if (key !== 'access_key_id') warnOfPlain(secret, [...at, name, key], source);
    }
  }
}

function checkAddress({ endpoint, networks }: Aws, path: Path, source: Source): void {
  const url = endpoint === undefined ? undefined : new URL(endpoint);
  if (
    url !== undefined &&
    (url.pathname !== '/' || url.search + url.hash + url.username + url.password !== '')
  ) {
    source.refuse([...path, 'endpoint'], 'endpoint has more than scheme, host and port');
  }
  if (endpoint !== undefined && !isSecureUrl(endpoint)) {
    source.warn(
      [...path, 'endpoint'],
      'what is asked and answered goes over the network in clear',
      'use https',
    );
  }
  for (const [i, network] of networks.entries()) {
    if (!isNetwork(network)) source.refuse([...path, 'networks', i], `"${network}" is no range of addresses`);
  }
}

function refuseOthers(credential: Credential, path: Path, source: Source): void {
  const others = ['static', 'mint', 'headers', 'query', 'basic', 'oauth', 'certificate'] as const;
  for (const key of others) {
    if (credential[key] === undefined) continue;
    source.refuseKey([...path, key], `${key} is for other targets than AWS`, 'give it keys or assume_role');
  }
}

import { resolve } from 'node:path';
import type { AwsCredentialSpec, AwsKeySpec, AwsTarget } from '../core/target.ts';
import type { TargetEntry } from './schema.ts';

type Aws = NonNullable<TargetEntry['aws']>;

export function awsTarget(
  place: Pick<AwsTarget, 'name' | 'labels' | 'sensitive' | 'detect'>,
  { credential, uninspected }: TargetEntry,
  { regions, account, endpoint, ca, networks }: Aws,
  folder: string,
): AwsTarget {
  return {
    ...place,
    protocol: 'aws',
    address: {
      regions,
      account: account ?? accountOf(credential.assume_role),
      networks,
      uninspected: uninspected ?? (place.sensitive.size > 0 ? 'refuse' : 'pass'),
      ...(endpoint === undefined ? {} : { endpoint: new URL(endpoint).origin }),
      ...(ca === undefined ? {} : { caFile: resolve(folder, ca) }),
    },
    credential: credentialOf(credential),
  };
}

function credentialOf({
  keys,
  assume_role: role,
  from,
  external_id: externalId,
}: TargetEntry['credential']): AwsCredentialSpec {
  if (keys !== undefined) return { kind: 'static', keys: keySpec(keys) };
  if (role === undefined || from === undefined) {
    throw new TypeError('a target of AWS without a credential was not refused');
  }
  const spec = { kind: 'assume_role', role, from: keySpec(from) } as const;
  return externalId === undefined ? spec : { ...spec, externalId };
}

function keySpec(entry: NonNullable<TargetEntry['credential']['keys']>): AwsKeySpec {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token } = entry;
  const keys = { accessKeyId, secretAccessKey };
  return session_token === undefined ? keys : { ...keys, sessionToken: session_token };
}

function accountOf(role: string | undefined): string {
  const account = role?.split(':')[4];
  if (account === undefined) throw new TypeError('a target of AWS without an account was not refused');
  return account;
}

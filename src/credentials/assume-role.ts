import type { AwsKeys, AwsNeed } from '../core/ports.ts';
import type { AwsAddress } from '../core/target.ts';
import { partitionOf } from '../wire/aws/arn.ts';
import { awsEncoded } from '../wire/aws/encoding.ts';
import { amzDate, authorizationFor, sha256 } from '../wire/aws/sigv4.ts';
import { post } from './post.ts';

/** What STS gives where a role says nothing else, and the least that every role allows. */
const livesS = 3_600;

export interface AssumedRole {
  readonly keys: AwsKeys;
  readonly endsAtMs: number;
}

/**
 * `sts:AssumeRole` with a session policy of `need` alone. Rejects where STS does not give any.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(it: {
  readonly role: string;
  readonly by: AwsKeys;
  readonly address: AwsAddress;
  readonly need: AwsNeed;
  readonly sessionName: string;
  readonly externalId?: string;
  readonly nowMs: number;
}): Promise<AssumedRole> {
  const region = it.address.regions[0] ?? 'us-east-1';
  const endpoint = it.address.endpoint ?? `https://sts.${region}.${partitionOf(region).domain}`;
  const form = {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: it.role,
    RoleSessionName: it.sessionName,
    DurationSeconds: String(livesS),
    Policy: JSON.stringify(sessionPolicy(it.need)),
    ...(it.externalId === undefined ? {} : { ExternalId: it.externalId }),
  };
  // Escaped as signatures are: some servers write a form anew before they verify it.
  const body = Object.entries(form).map(([name, value]) => `${name}=${awsEncoded(value)}`);
  const answer = await signedPost(`${endpoint}/`, body.join('&'), { ...it, region });
  return readAnswer(answer, it.nowMs + livesS * 1000);
}

/** What may be done with the keys; what the role may do bounds it as well. */
export function sessionPolicy(need: AwsNeed): object {
  return {
    Version: '2012-10-17',
    Statement: [
      ...need.map(({ action, resources }) => ({ Effect: 'Allow', Action: action, Resource: resources })),
      // What a service encrypts and decrypts on the way to what is asked for, it does in the name of whoever asks.
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Resource: '*',
        Condition: { StringLike: { 'kms:ViaService': '*' } },
      },
    ],
  };
}

async function signedPost(
  url: string,
  body: string,
  it: { readonly by: AwsKeys; readonly address: AwsAddress; readonly region: string; readonly nowMs: number },
): Promise<string> {
  const { by, address, region, nowMs } = it;
  const date = amzDate(nowMs);
  const signed = new Map([
    ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ['host', new URL(url).host],
    ['x-amz-date', date],
  ]);
  if (by.sessionToken !== undefined) signed.set('x-amz-security-token', by.sessionToken);
  const request = { method: 'POST', path: '/', query: [], headers: signed, payload: sha256(body) };
  const scope = { day: date.slice(0, 8), region, service: 'sts' };
  const { accessKeyId, secretAccessKey: secret } = by;
  const authorization = authorizationFor(request, { accessKeyId, secret, scope, date });
  signed.delete('host');
  const headers = { ...Object.fromEntries(signed), authorization };
  const { status, text } = await post(url, headers, body, address.caFile);
  // Its code alone, for the log: a message may repeat what was sent.
  if (status !== 200) throw new Error(`STS answers ${status} ${element(text, 'Code') ?? ''}`);
  return text;
}

function readAnswer(xml: string, endsAtMsMost: number): AssumedRole {
  const accessKeyId = element(xml, 'AccessKeyId');
  const secretAccessKey = element(xml, 'SecretAccessKey');
  const sessionToken = element(xml, 'SessionToken');
  const ends = Date.parse(element(xml, 'Expiration') ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
    throw new Error('STS gave no keys');
  }
  const keys = { accessKeyId, secretAccessKey, sessionToken, secrets: [secretAccessKey, sessionToken] };
  return { keys, endsAtMs: Number.isNaN(ends) ? endsAtMsMost : Math.min(ends, endsAtMsMost) };
}

/** None of those asked for has anything that XML escapes. */
function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([\\w+/=:.-]+)</${name}>`).exec(xml)?.[1];
}

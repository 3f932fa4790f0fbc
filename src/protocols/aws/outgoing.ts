import type { AwsKeys } from '../../core/ports.ts';
import { amzDate, authorizationFor, type Scope } from '../../wire/aws/sigv4.ts';
import { fieldsForUpstream, type Field } from '../../wire/http/headers.ts';
import type { AwsAsked } from './asked.ts';
import type { Claim } from './proof.ts';
import type { Payload } from './payload.ts';

/** A request as AWS gets it. */
export interface Outgoing {
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly fields: readonly Field[];
}

/** The gateway says these itself. */
const own =
  /^(?:x-amz-date|x-amz-content-sha256|x-amz-security-token|x-amz-decoded-content-length|x-amz-trailer|x-amzn-trace-id|x-amz-user-agent|amz-sdk-.*|content-encoding)$/;

/** Not signed by all SDKs, and about delivery alone. */
const unsigned: ReadonlySet<string> = new Set(['cache-control', 'user-agent', 'accept']);

/**
 * What was signed with the ticket, signed again. Fields that nobody signed could be anybody's: they stay here.
 * @param host of the endpoint, with its port
 */
export function outgoing(
  asked: AwsAsked,
  claim: Claim,
  payload: Payload,
  by: { readonly keys: AwsKeys; readonly host: string; readonly nowMs: number },
): Outgoing {
  const { path, query, search } = asked.target;
  const date = amzDate(by.nowMs);
  const scope: Scope = { ...claim.authorization.scope, day: date.slice(0, 8) };
  const kept = keptFields(asked, claim);
  const headers = new Map([
    ...kept.filter(([name]) => !unsigned.has(name)),
    ...ownFields(asked, payload),
    ['host', by.host],
    ['x-amz-date', date],
    ['x-amz-content-sha256', payload.word],
  ]);
  const { accessKeyId, secretAccessKey: secret, sessionToken } = by.keys;
  if (sessionToken !== undefined) headers.set('x-amz-security-token', sessionToken);
  const signable = { method: asked.method, path, query, headers, payload: payload.word };
  const authorization = authorizationFor(signable, { accessKeyId, secret, scope, date });
  headers.delete('host');
  const length: Field[] = payload.bytes === undefined ? [] : [['content-length', String(payload.bytes)]];
  return {
    path,
    query: search,
    fields: [
      ...kept.filter(([name]) => unsigned.has(name)),
      ...headers,
      ['authorization', authorization],
      ['accept-encoding', 'identity'],
      ...length,
    ],
  };
}

function keptFields({ fields }: AwsAsked, { signed }: Claim): readonly (readonly [string, string])[] {
  return fieldsForUpstream([...fields]).filter(
    ([name]) => !own.test(name) && (signed.has(name) || unsigned.has(name)),
  );
}

/** aws-chunked is between a client and the gateway, unless there is a trailer, which goes on in it. */
function ownFields({ fields }: AwsAsked, payload: Payload): readonly (readonly [string, string])[] {
  const codings = (fields.get('content-encoding') ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'aws-chunked');
  const others = payload.fields.filter(([name]) => name !== 'content-encoding');
  const all = others.length < payload.fields.length ? ['aws-chunked', ...codings] : codings;
  return all.length === 0 ? others : [...others, ['content-encoding', all.join(',')]];
}

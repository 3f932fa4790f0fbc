import { SallyportError } from '../../core/errors.ts';
import type { WebRequest } from '../../transport/web-message.ts';
import { awsRequestTarget, type AwsRequestTarget } from '../../wire/aws/target.ts';
import { fieldsOf, type Field } from '../../wire/http/headers.ts';

/** A request to AWS as the gateway reads it. */
export interface AwsAsked {
  readonly method: string;
  readonly target: AwsRequestTarget;
  /** By their names in lower case; none came twice. */
  readonly fields: ReadonlyMap<string, string>;
  /** The address of the client. */
  readonly client: string;
  /** It came over TLS. */
  readonly isSecure: boolean;
}

const methods: ReadonlySet<string> = new Set('GET HEAD POST PUT PATCH DELETE'.split(' '));

/** Fields that come twice in what clients send, and mean nothing to the target. */
const anyNumber: ReadonlySet<string> = new Set(['connection', 'via', 'x-forwarded-for', 'forwarded']);

/**
 * @throws SallyportError `protocol`
 */
export function awsAskedOf(request: WebRequest): AwsAsked {
  const { method = '', url = '', rawHeaders, socket } = request;
  const target = awsRequestTarget(url);
  if ('problem' in target) {
    throw new SallyportError('protocol', `Sallyport: ${target.problem}`, {
      hint: 'Send it as an AWS SDK does.',
    });
  }
  if (!methods.has(method)) {
    throw new SallyportError('protocol', `Sallyport: ${method} is no method that goes on to AWS`, {
      hint: `There are ${[...methods].join(', ')}.`,
    });
  }
  return {
    method,
    target,
    fields: once(fieldsOf(rawHeaders)),
    client: socket.remoteAddress ?? 'unknown',
    isSecure: 'encrypted' in socket && socket.encrypted === true,
  };
}

/** One that came twice is signed by some as the first, by some as both. */
function once(fields: readonly Field[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (known.has(lower) && !anyNumber.has(lower)) {
      throw new SallyportError('protocol', `Sallyport: the field ${lower} came twice`);
    }
    known.set(lower, value);
  }
  return known;
}

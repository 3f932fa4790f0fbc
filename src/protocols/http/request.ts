import type { IncomingMessage } from 'node:http';
import { SallyportError } from '../../core/errors.ts';
import { fieldsOf, fieldValue, type Field } from '../../wire/http/headers.ts';
import { requestPath } from '../../wire/http/path.ts';

/** A request as the gateway reads it. */
export interface Asked {
  readonly target: string;
  readonly method: string;
  /** At the target, in the one spelling that rules and the upstream see. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly fields: readonly Field[];
  /** The proof of identity. */
  readonly token: string;
}

const methods: ReadonlySet<string> = new Set('GET HEAD POST PUT PATCH DELETE OPTIONS'.split(' '));

/** @throws SallyportError `protocol`, `not_found`, `unauthenticated` */
export function askedOf(request: IncomingMessage): Asked {
  const { method = '', url = '' } = request;
  const fields = fieldsOf(request.rawHeaders);
  const twice = ['host', 'authorization', 'content-type'].find(
    (name) => fields.filter(([each]) => each.toLowerCase() === name).length > 1,
  );
  if (twice !== undefined) throw new SallyportError('protocol', `Sallyport: the field ${twice} came twice`);
  const found = requestPath(url);
  if ('problem' in found) {
    throw new SallyportError('protocol', `Sallyport: ${found.problem}`, {
      hint: 'Servers read such paths in more than one way. Write the path plainly.',
    });
  }
  const [, target, path = '/'] = /^\/t\/([^/]+)(\/.*)?$/.exec(found.path) ?? [];
  if (target === undefined) {
    throw new SallyportError('not_found', 'Sallyport: there is nothing at this address', {
      hint: "Targets are at /t/ and the target's name: /t/billing/v1/customers.",
    });
  }
  if (!methods.has(method)) {
    throw new SallyportError('protocol', `Sallyport: ${method} is no method that goes on`, {
      hint: `There are ${[...methods].join(', ')}.`,
    });
  }
  return { target, method, path, query: found.query, fields, token: bearerToken(fields) };
}

/** RFC 6750 §2.1 */
function bearerToken(fields: readonly Field[]): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(fieldValue(fields, 'authorization') ?? '')?.[1];
  if (token !== undefined) return token;
  throw new SallyportError('unauthenticated', 'Sallyport: no bearer token came with this request', {
    hint: 'Send "Authorization: Bearer TOKEN" with a token of a configured issuer, or of "sallyport token issue".',
  });
}

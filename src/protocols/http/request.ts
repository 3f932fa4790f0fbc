import { SallyportError } from '../../core/errors.ts';
import type { WebRequest } from '../../transport/web-message.ts';
import { cameTwice, fieldsOf, fieldValue, type Field } from '../../wire/http/headers.ts';
import { requestPath } from '../../wire/http/path.ts';

/** How a request came to its target: under a path of the gateway's, or through the proxy, to its own `host:port`. */
export type Way =
  | { readonly by: 'path'; readonly prefix: string }
  | { readonly by: 'proxy'; readonly authority: string };

/** A request, whatever says which target it is for, and by whom. */
export interface Plain {
  readonly method: string;
  /** At the target, in the one spelling that rules and the upstream see. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly fields: readonly Field[];
}

/** A request as the gateway reads it. */
export interface Asked extends Plain {
  readonly target: string;
  readonly way: Way;
  /** The address of the client. */
  readonly client: string;
  /** The proof of identity. */
  readonly token: string;
}

/** Fields that some servers would read the first of, and some the last. */
const once = ['host', 'authorization', 'content-type', 'idempotency-key'] as const;

const methods: ReadonlySet<string> = new Set('GET HEAD POST PUT PATCH DELETE OPTIONS'.split(' '));

/** @throws SallyportError `protocol`, `not_found`, `unauthenticated` */
export function askedOf(request: WebRequest): Asked {
  const plain = plainOf(request);
  const [, target, path = '/'] = /^\/t\/([^/]+)(\/.*)?$/.exec(plain.path) ?? [];
  if (target === undefined) {
    throw new SallyportError('not_found', 'Sallyport: there is nothing at this address', {
      hint: "Targets are at /t/ and the target's name: /t/billing/v1/customers.",
    });
  }
  const way = { by: 'path', prefix: `/t/${target}` } as const;
  return { ...plain, target, path, way, client: clientOf(request), token: bearerToken(plain.fields) };
}

/**
 * `url`: where it says that it goes, in origin form.
 * @throws SallyportError `protocol`
 */
export function plainOf(request: WebRequest, url = request.url ?? ''): Plain {
  const { method = '' } = request;
  const fields = fieldsOf(request.rawHeaders);
  const twice = once.find((name) => cameTwice(fields, name));
  if (twice !== undefined) throw new SallyportError('protocol', `Sallyport: the field ${twice} came twice`);
  const found = requestPath(url);
  if ('problem' in found) {
    throw new SallyportError('protocol', `Sallyport: ${found.problem}`, {
      hint: 'Servers read such paths in more than one way. Write the path plainly.',
    });
  }
  if (!methods.has(method)) {
    throw new SallyportError('protocol', `Sallyport: ${method} is no method that goes on`, {
      hint: `There are ${[...methods].join(', ')}.`,
    });
  }
  return { method, path: found.path, query: found.query, fields };
}

export function clientOf({ socket }: WebRequest): string {
  return socket.remoteAddress ?? 'unknown';
}

/** RFC 6750 §2.1 */
function bearerToken(fields: readonly Field[]): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(fieldValue(fields, 'authorization') ?? '')?.[1];
  if (token !== undefined) return token;
  throw new SallyportError('unauthenticated', 'Sallyport: no bearer token came with this request', {
    hint: 'Send "Authorization: Bearer TOKEN" with a token of a configured issuer, or of "sallyport token issue".',
  });
}

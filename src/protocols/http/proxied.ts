import { SallyportError } from '../../core/errors.ts';
import type { WebRequest } from '../../transport/web-message.ts';
import { readAuthority, usualPort } from '../../wire/http/authority.ts';
import { fieldsOf, fieldValue, type Field } from '../../wire/http/headers.ts';
import type { ProtocolParts } from '../protocol.ts';
import { targetAt, type Whither } from './by-address.ts';
import { clientOf, plainOf, type Asked } from './request.ts';

/** What the requests within a tunnel have from its CONNECT. */
export interface Tunnel extends Whither {
  readonly token: string;
  /** The address of the client. */
  readonly client: string;
}

/**
 * A request through the proxy: in a tunnel, or in absolute form (RFC 9112 §3.2.2).
 * @throws SallyportError `protocol`, `unauthenticated`, `denied`
 */
export async function askedOfProxy(
  parts: ProtocolParts,
  request: WebRequest,
  tunnel: Tunnel | undefined,
): Promise<Asked> {
  const { url = '' } = request;
  const whither = tunnel ?? absolute(url);
  const plain = plainOf(request, tunnel === undefined ? originForm(url) : url);
  mustName(fieldValue(plain.fields, 'host'), whither);
  const token = tunnel?.token ?? proxyToken(plain.fields);
  const { authority } = whither;
  const found = targetAt(parts.targets().values(), whither, plain.path);
  if (found === undefined) {
    // Whether a host is known is told to nobody who is not.
    await parts.verifier.verify(token);
    throw nothingAt(authority);
  }
  const client = tunnel?.client ?? clientOf(request);
  return { ...plain, target: found.name, path: found.path, way: { by: 'proxy', authority }, client, token };
}

/** RFC 6750, and RFC 7617 for clients that take a user and a password with the proxy's URL: the password is the token. */
export function proxyToken(fields: readonly Field[]): string {
  const proof = fieldValue(fields, 'proxy-authorization') ?? '';
  const bearer = /^Bearer +([\w.~+/-]+=*)$/i.exec(proof)?.[1];
  const basic = /^Basic +([A-Za-z0-9+/_-]+=*)$/i.exec(proof)?.[1];
  const login = basic === undefined ? '' : Buffer.from(basic, 'base64').toString('latin1');
  const token = bearer ?? /^[^:]*:([\w.~+/-]+=*)$/.exec(login)?.[1];
  if (token !== undefined) return token;
  throw new SallyportError('unauthenticated', 'Sallyport: no token came with this request to the proxy', {
    hint: 'Send "Proxy-Authorization: Bearer TOKEN", or put it into the URL of the proxy: https://agent:TOKEN@gateway:8445.',
  });
}

/** Where no target is, and where one is that this identity may not reach. */
export function nothingAt(authority: string): SallyportError {
  return new SallyportError('denied', `Sallyport: the proxy does not lead to ${authority}`, {
    hint: 'It leads to the targets of sallyport.yaml that a rule opens to you, and to hosts of its passthrough; ask whoever keeps it.',
  });
}

/** @throws SallyportError where Host names another one, which some servers would go by (RFC 9112 §3.2.2) */
export function mustName(host: string | undefined, { isSecure, authority }: Whither): void {
  if (host !== undefined && readAuthority(host, usualPort(isSecure))?.text === authority) return;
  throw new SallyportError('protocol', 'Sallyport: the field host names another host than the request does');
}

/** Names that came twice would be read by some as the first and by some as the last. */
export function fieldsOnce(request: WebRequest, names: readonly string[]): readonly Field[] {
  const fields = fieldsOf(request.rawHeaders);
  const twice = names.find((name) => fields.filter(([each]) => each.toLowerCase() === name).length > 1);
  if (twice === undefined) return fields;
  throw new SallyportError('protocol', `Sallyport: the field ${twice} came twice`);
}

const absoluteForm = /^(https?):\/\/([^/?#@]+)([/?].*)?$/i;

function absolute(url: string): Whither {
  const [, scheme = '', named = ''] = absoluteForm.exec(url) ?? [];
  const isSecure = scheme.toLowerCase() === 'https';
  const authority = readAuthority(named, usualPort(isSecure))?.text;
  if (authority !== undefined) return { isSecure, authority };
  throw new SallyportError('protocol', 'Sallyport: this port is a proxy, and the request names no host', {
    hint: 'Set it as HTTPS_PROXY and HTTP_PROXY. Paths of targets (/t/…) are on the port listen.targets.',
  });
}

function originForm(url: string): string {
  const rest = absoluteForm.exec(url)?.[3] ?? '/';
  return rest.startsWith('?') ? `/${rest}` : rest;
}

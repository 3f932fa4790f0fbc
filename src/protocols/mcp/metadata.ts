import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { TLSSocket } from 'node:tls';
import { fieldsOf, fieldValue } from '../../wire/http/headers.ts';
import type { ProtocolParts } from '../protocol.ts';

const wellKnown = '/.well-known/oauth-protected-resource';

/** The target whose metadata is asked for (RFC 9728 §3.1); undefined for any other path. */
export function metadataTarget(url: string): string | undefined {
  // Asked of every request on the port.
  if (!url.startsWith(wellKnown)) return undefined;
  const [path = ''] = url.split('?', 1);
  return /^\/t\/([A-Za-z0-9][\w.-]{0,62})\/mcp$/.exec(path.slice(wellKnown.length))?.[1];
}

/**
 * Who gives out tokens for a target, for clients that log in by themselves. The same for names of no target: which there
 * are is nobody's business who has not said who they are.
 */
export function metadataOf(
  { authorizationServer }: Pick<ProtocolParts, 'authorizationServer'>,
  target: string,
  request: WebRequest,
  response: WebResponse,
): Promise<void> {
  const issuer = authorizationServer();
  const body = {
    resource: `${originOf(request)}/t/${target}/mcp`,
    ...(issuer === undefined ? {} : { authorization_servers: [issuer] }),
    bearer_methods_supported: ['header'],
    resource_name: target,
  };
  response
    .writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    })
    .end(JSON.stringify(body));
  return Promise.resolve();
}

/** RFC 9728 §5.1, RFC 6750 §3.1 */
export function challengeFor(request: WebRequest): string {
  const target = /^\/t\/([A-Za-z0-9][\w.-]{0,62})\/mcp$/.exec(
    (request.url ?? '').split('?', 1)[0] ?? '',
  )?.[1];
  const where =
    target === undefined ? '' : `, resource_metadata="${originOf(request)}${wellKnown}/t/${target}/mcp"`;
  const error = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
  return `Bearer realm="sallyport"${where}${error}`;
}

/** The gateway as this client reaches it. What it says of itself in Host comes back to nobody else. */
function originOf({ rawHeaders, socket }: WebRequest): string {
  // In HTTP/2 it is there alone.
  const named = fieldValue(fieldsOf(rawHeaders), 'host') ?? '';
  const host = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(named) ? named : 'localhost';
  return `${isSecure({ socket }) ? 'https' : 'http'}://${host}`;
}

export function isSecure({ socket }: Pick<WebRequest, 'socket'>): boolean {
  return socket instanceof TLSSocket;
}

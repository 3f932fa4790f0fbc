import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { listenHttp, type HttpListener } from '../../transport/http-listener.ts';
import type { Leaves } from '../../transport/leaves.ts';
import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { readAuthority, type Authority } from '../../wire/http/authority.ts';
import { fieldValue } from '../../wire/http/headers.ts';
import { revoked } from '../admission.ts';
import type { Protocol, ProtocolParts } from '../protocol.ts';
import { isServed } from './by-address.ts';
import { exchange, type Door, type Shared } from './exchange.ts';
import { refuseOn, type Challenge } from './refusing.ts';
import { passThrough } from './pass-through.ts';
import { askedOfProxy, fieldsOnce, mustName, nothingAt, proxyToken, type Tunnel } from './proxied.ts';
import { Repeats } from './repeats.ts';
import { clientOf } from './request.ts';
import { HttpSessions } from './sessions.ts';
import { turnJournal } from './turn-journal.ts';
import { upgrade } from './upgrade.ts';
import { Upstreams } from './upstream.ts';

/** How long requests may take to end when the gateway stops. */
const graceMs = 1_000;

/** Basic, too: it is what clients with a proxy's URL know. */
const proxyChallenge: Challenge = {
  status: 407,
  fields: { 'proxy-authenticate': 'Basic realm="sallyport"' },
};
/** In a tunnel there is no proxy any more; who opened it has to do so anew. */
const tunnelChallenge: Challenge = { status: 401, fields: {} };

/** A forward proxy: targets by their own addresses, and no other hosts but those that are passed through. */
export const proxy: Protocol = {
  name: 'http',
  async listen(parts, { host, port }) {
    const shared = {
      parts,
      journal: turnJournal(parts.journal),
      sessions: new HttpSessions(parts),
      upstreams: new Upstreams(),
      repeats: new Repeats(parts),
    };
    const tunnels = new WeakMap<Socket, Tunnel>();
    const door: Door = {
      asked: (request) => askedOfProxy(parts, request, tunnels.get(request.socket)),
      challenge: ({ socket }) => (tunnels.has(socket) ? tunnelChallenge : proxyChallenge),
    };
    const leaves = await parts.leaves();
    const handle = (request: WebRequest, response: WebResponse): Promise<void> =>
      exchange(shared, door, request, response);
    const listening: HttpListener = await listenHttp({
      host,
      port,
      tls: parts.tls,
      handle,
      http2: { on: 'tunnels', handle },
      upgrade: (request, socket, head) => upgrade(shared, door, request, socket, head),
      connect: (request, socket, head) =>
        connect({ shared, tunnels, leaves, listening }, request, socket, head),
      onError: (error) => parts.log.error({ err: error }, 'a request failed'),
    });
    return {
      port: listening.port,
      async close() {
        await listening.close(graceMs);
        await shared.sessions.close();
        await shared.upstreams.close();
      },
    };
  },
};

interface Ends {
  readonly shared: Shared;
  readonly tunnels: WeakMap<Socket, Tunnel>;
  readonly leaves: Leaves;
  readonly listening: HttpListener;
}

/** RFC 9110 §9.3.6. What is no socket of the network's cannot be a client. */
async function connect(ends: Ends, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  if (!(socket instanceof Socket)) return void socket.destroy();
  const { shared, tunnels, leaves, listening } = ends;
  const { parts } = shared;
  socket.on('error', () => socket.destroy());
  try {
    if (tunnels.has(socket)) throw new SallyportError('protocol', 'Sallyport: a tunnel leads to one host');
    const authority = authorityOf(request);
    const client = clientOf(request);
    const token = proxyToken(fieldsOnce(request, ['proxy-authorization']));
    const identity = await identityOf(parts, token, authority, client);
    // What is in front of a target is not to be passed by, however wide a pattern is.
    const isTarget = isServed(parts.targets().values(), authority.text, () => true);
    if (!isTarget && parts.mayPass(identity, authority.text)) {
      await passThrough(shared.parts, { authority, identity, request, socket, head });
      return;
    }
    const isOpen = isServed(parts.targets().values(), authority.text, (it) =>
      parts.policy().admits(identity, it),
    );
    if (!isOpen) throw nothingAt(authority.text);
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    listening.serve(socket, {
      head,
      host: authority.host,
      context: leaves.contextFor(authority.host),
      begin: (connection, isSecure) =>
        tunnels.set(connection, { isSecure, authority: authority.text, token, client }),
    });
  } catch (error) {
    refuseOn(parts, request, socket, error, proxyChallenge);
  }
}

/** @throws SallyportError */
function authorityOf(request: IncomingMessage): Authority {
  const authority = readAuthority(request.url ?? '');
  if (authority === undefined) {
    throw new SallyportError('protocol', 'Sallyport: CONNECT is followed by a host and a port');
  }
  const host = fieldValue(fieldsOnce(request, ['host']), 'host');
  // HTTP/1.0 knows no such field, and some clients leave the port out of it.
  const isPlain = host !== undefined && readAuthority(host, authority.port)?.text === authority.text;
  if (host !== undefined && !isPlain) mustName(undefined, { isSecure: true, authority: authority.text });
  return authority;
}

/** Who is refused here is on record. */
async function identityOf(
  parts: ProtocolParts,
  token: string,
  { text: target }: Authority,
  client: string,
): Promise<Identity> {
  try {
    const identity = await parts.verifier.verify(token);
    if (parts.revoked(identity)) throw revoked();
    return identity;
  } catch (error) {
    if (error instanceof SallyportError) {
      parts.journal.note({
        type: 'identity.refused',
        protocol: 'http',
        client,
        target,
        reason: error.message,
      });
    }
    throw error;
  }
}

import type { IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { chain } from '../../core/live-sessions.ts';
import { Session } from '../../core/session.ts';
import type { HttpTarget } from '../../core/target.ts';
import type { Authority } from '../../wire/http/authority.ts';
import { newSessionId, recordClosing, recordOpening } from '../admission.ts';
import type { ProtocolParts } from '../protocol.ts';
import { nothingAt } from './proxied.ts';
import { guardedLookup } from './upstream.ts';

const connectTimeoutMs = 10_000;
/** A tunnel without a byte in either direction ends after this time. */
const idleMs = 600_000;

/**
 * A tunnel to a host that the configuration lets through, untouched: it is a session of its own, on record before the first
 * byte, and ends as all sessions do.
 * @throws SallyportError where it does not come about; nothing has been answered then
 */
export async function passThrough(
  parts: ProtocolParts,
  it: { authority: Authority; identity: Identity; request: IncomingMessage; socket: Socket; head: Buffer },
): Promise<void> {
  const { authority, identity, request, socket, head } = it;
  // A ticket for some targets or rules is for these alone.
  if (chain(identity).some(({ within }) => within !== undefined)) throw nothingAt(authority.text);
  const client = socket.remoteAddress ?? 'unknown';
  const target = untouched(authority);
  const session = new Session({ id: newSessionId(), identity, target, client, nowMs: parts.clock.now() });
  await recordOpening(parts, session, 'http', request.headers['user-agent']?.slice(0, 200));
  let sent = 0;
  let received = 0;
  let why = new SallyportError('closed', 'the tunnel ended');
  try {
    parts.live.add(session, () => undefined);
    parts.live.limit(session, { idleMs });
    const upstream = await connected(authority);
    const cut = (): void => {
      upstream.destroy();
      socket.destroy();
    };
    session.ended.addEventListener('abort', cut);
    if (session.ended.aborted) cut();
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    sent += head.length;
    const seen = (bytes: number): number => {
      session.lastActiveAtMs = parts.clock.now();
      return bytes;
    };
    socket.on('data', ({ length }: Buffer) => (sent += seen(length)));
    upstream.on('data', ({ length }: Buffer) => (received += seen(length)));
    await Promise.all([pipeline(socket, upstream), pipeline(upstream, socket)]).catch(cut);
  } catch (error) {
    why =
      error instanceof SallyportError
        ? error
        : new SallyportError('internal', 'the tunnel failed', { cause: error });
    throw why;
  } finally {
    parts.journal.note({ type: 'tunnel.ended', session: session.id, sent, received });
    session.end(why);
    const reason: unknown = session.ended.reason;
    await recordClosing(parts, session, reason instanceof SallyportError ? reason : why);
  }
}

/** Its name cannot be that of a target, which has no colon. No rule is about it. */
function untouched({ host, port, text: name }: Authority): HttpTarget {
  return {
    protocol: 'http',
    name,
    labels: {},
    sensitive: new Map(),
    detect: [],
    address: { url: `https://${host}:${port}`, networks: [], http2: false, uninspected: 'pass' },
    credential: { kind: 'http', headers: {}, query: {} },
    valueLabels: new Map(),
  };
}

function connected({ host, port }: Authority): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connectTcp({
    host,
    port,
    lookup: guardedLookup(host, []),
    noDelay: true,
    timeout: connectTimeoutMs,
  });
  const fail = (cause?: unknown): void => {
    socket.destroy();
    reject(
      new SallyportError('upstream_unavailable', `Sallyport: ${host}:${port} does not answer`, {
        hint: 'Try again. Names that lead to private addresses are not passed through: write the address itself.',
        cause,
      }),
    );
  };
  socket.once('connect', () => {
    socket.setTimeout(0);
    resolve(socket);
  });
  socket.once('error', fail).once('timeout', () => fail());
  socket.on('error', () => socket.destroy());
  return promise;
}

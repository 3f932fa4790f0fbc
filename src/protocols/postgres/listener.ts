import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { encodeErrorResponse } from '../../wire/postgres/backend.ts';
import type { Listening, Protocol, ProtocolParts, SessionKey } from '../protocol.ts';
import { Analyst } from './analyst.ts';
import { Cancels } from './cancels.ts';
import { Catalogs } from './catalogs.ts';
import { introduce } from './login.ts';
import type { Opening, Stranger } from './login.ts';
import { openSession } from './session.ts';
import type { Shared } from './shared.ts';
import { asRefusal, errorFields } from './sqlstate.ts';
import { Turn } from './turn.ts';

/** PostgreSQL's authentication_timeout is 60 s; nobody honest needs half of it. */
const loginTimeoutMs = 30_000;
/** Clients of the gateway that have not proven who they are; more wait in the kernel's queue for their turn. */
const strangersMax = 500;

export const postgres: Protocol = {
  name: 'postgres',
  async listen(parts, { host, port }) {
    const shared: Shared = {
      parts,
      analyst: new Analyst(),
      catalogs: new Catalogs(() => parts.clock.now()),
      cancels: new Cancels(parts.peers),
      turn: new Turn(),
      endings: new Set(),
      previewing: new Set(),
      ending: new Set(),
    };
    const secureContext = createSecureContext({ ...parts.tls, minVersion: 'TLSv1.2' });
    const sockets = new Set<Socket>();
    let strangers = 0;
    const most = Math.ceil(strangersMax / (parts.peers?.count ?? 1));
    parts.peers?.onCancel((key) => void shared.cancels.request(key));
    const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      if (strangers >= most) return void socket.destroy();
      strangers += 1;
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      void meet(shared, socket, secureContext).finally(() => (strangers -= 1));
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen({ host, port, backlog: 4096 }, resolve);
    await promise;
    return {
      port: (server.address() as AddressInfo).port,
      async close() {
        const closed = new Promise<void>((done) => server.close(() => done()));
        for (const socket of sockets) socket.destroySoon();
        await closed;
        await Promise.allSettled(shared.endings);
        await Promise.all(shared.ending);
        await shared.analyst.close();
      },
    } satisfies Listening;
  },
};

/** One client, from its first byte to the start of its session (or to its refusal). */
async function meet(shared: Shared, raw: Socket, secureContext: SecureContext): Promise<void> {
  const { parts } = shared;
  const stranger: Stranger = { socket: raw, target: '' };
  // An error on a socket is followed by its close, which is what everybody waits for.
  raw.on('error', () => raw.destroy());
  const timer = setTimeout(() => raw.destroy(), loginTimeoutMs);
  try {
    const opening = await introduced(parts, stranger, secureContext);
    if (opening === undefined) return void stranger.socket.destroy();
    if ('cancel' in opening) {
      cancel(shared, opening.cancel);
      return void stranger.socket.end();
    }
    await openSession(shared, opening);
  } catch (error) {
    refuse(parts, stranger.socket, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The one who asks is told nothing, as PostgreSQL does. */
function cancel({ parts: { peers }, cancels }: Shared, key: SessionKey): void {
  const place = cancels.placeOf(key);
  if (peers === undefined || place === peers.number) cancels.request(key);
  else peers.cancelElsewhere(place, key);
}

/** Who is refused before giving any proof of identity is on record all the same. */
async function introduced(
  parts: ProtocolParts,
  stranger: Stranger,
  secureContext: SecureContext,
): Promise<Opening> {
  const client = stranger.socket.remoteAddress ?? 'unknown';
  try {
    return await introduce(stranger, secureContext, parts.discoveryUrl());
  } catch (error) {
    const { target } = stranger;
    const reason = asRefusal(error).message;
    parts.journal.note({ type: 'identity.refused', protocol: 'postgres', client, target, reason });
    throw error;
  }
}

/** A client that does not get in is told why, as PostgreSQL would tell it. */
function refuse(parts: ProtocolParts, socket: Socket, error: unknown): void {
  const refusal = asRefusal(error);
  if (refusal.code === 'internal') parts.log.error({ err: error }, 'a login failed');
  // Anybody can send a bad token, as often as they like: it is on record, and need not fill the log.
  else if (refusal.code === 'unauthenticated') parts.log.info({ code: refusal.code }, refusal.message);
  else if (refusal.cause !== undefined)
    parts.log.warn({ err: refusal.cause, code: refusal.code }, refusal.message);
  if (socket.destroyed) return;
  socket.end(encodeErrorResponse(errorFields(refusal, 'FATAL')));
  socket.resume();
}

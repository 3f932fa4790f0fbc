import { listenHttp } from '../../transport/http-listener.ts';
import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import type { Listening, ProtocolParts } from '../protocol.ts';
import { exchange, type Door } from './exchange.ts';
import { askedOf } from './request.ts';
import { Repeats } from './repeats.ts';
import { HttpSessions } from './sessions.ts';
import { turnJournal } from './turn-journal.ts';
import { upgrade } from './upgrade.ts';
import { Upstreams } from './upstream.ts';

/** How long requests may take to end when the gateway stops. */
const graceMs = 1_000;

/** RFC 6750 §3 */
const door: Door = {
  asked: askedOf,
  challenge: () => ({ status: 401, fields: { 'www-authenticate': 'Bearer realm="sallyport"' } }),
};

/** Another protocol that is spoken over HTTP on the same port. */
export interface SideDoor {
  /** Whether this request is for it. */
  takes(request: WebRequest): boolean;
  handle(request: WebRequest, response: WebResponse): Promise<void>;
  /** When its last session has ended. */
  close(): Promise<void>;
}

/** Targets at /t/TARGET/…, on a port of their own; the first side door that takes a request handles it. */
export async function listenForTargets(
  parts: ProtocolParts,
  { host, port }: { readonly host: string; readonly port: number },
  sideDoors: readonly SideDoor[],
): Promise<Listening> {
  const shared = {
    parts,
    journal: turnJournal(parts.journal),
    sessions: new HttpSessions(parts),
    upstreams: new Upstreams(),
    repeats: new Repeats(parts),
  };
  const handle = (request: WebRequest, response: WebResponse): Promise<void> =>
    sideDoors.find((side) => side.takes(request))?.handle(request, response) ??
    exchange(shared, door, request, response);
  const listening = await listenHttp({
    host,
    port,
    tls: parts.tls,
    handle,
    http2: { on: 'port', handle },
    upgrade: (request, socket, head) => upgrade(shared, door, request, socket, head),
    onError: (error) => parts.log.error({ err: error }, 'a request failed'),
  });
  return {
    port: listening.port,
    async close() {
      await listening.close(graceMs);
      await shared.sessions.close();
      await shared.upstreams.close();
      await Promise.all(sideDoors.map((side) => side.close()));
    },
  };
}

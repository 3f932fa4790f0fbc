import { listenHttp } from '../../transport/http-listener.ts';
import type { Protocol } from '../protocol.ts';
import { exchange, type Door } from './exchange.ts';
import { askedOf } from './request.ts';
import { Repeats } from './repeats.ts';
import { HttpSessions } from './sessions.ts';
import { upgrade } from './upgrade.ts';
import { Upstreams } from './upstream.ts';

/** How long requests may take to end when the gateway stops. */
const graceMs = 1_000;

/** RFC 6750 §3 */
const door: Door = {
  asked: askedOf,
  challenge: () => ({ status: 401, fields: { 'www-authenticate': 'Bearer realm="sallyport"' } }),
};

/** Targets at /t/TARGET/…, on a port of their own. */
export const http: Protocol = {
  name: 'http',
  async listen(parts, { host, port }) {
    const shared = {
      parts,
      sessions: new HttpSessions(parts),
      upstreams: new Upstreams(),
      repeats: new Repeats(parts),
    };
    const listening = await listenHttp({
      host,
      port,
      tls: parts.tls,
      handle: (request, response) => exchange(shared, door, request, response),
      upgrade: (request, socket, head) => upgrade(shared, door, request, socket, head),
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

import type { SideDoor } from '../http/listener.ts';
import { Upstreams } from '../http/upstream.ts';
import type { ProtocolParts } from '../protocol.ts';
import { exchange } from './exchange.ts';
import { claimsAws } from './proof.ts';
import { AwsSessions } from './sessions.ts';

/** Requests that are signed for AWS, on the port of all targets: the ticket that signs names the target. */
export function awsDoor(parts: ProtocolParts): SideDoor {
  const shared = {
    parts,
    sessions: new AwsSessions(parts),
    upstreams: new Upstreams(),
  };
  return {
    takes: ({ url, headers }) => claimsAws(url, headers.authorization),
    handle: (request, response) => exchange(shared, request, response),
    async close() {
      await shared.sessions.close();
      await shared.upstreams.close();
    },
  };
}

import { awsDoor } from './aws/door.ts';
import { listenForTargets } from './http/listener.ts';
import { mcpDoor } from './mcp/door.ts';
import type { Protocol } from './protocol.ts';

/** The port of all targets that are reached over HTTP. */
export const targets: Protocol = {
  name: 'targets',
  listen: (parts, at) => listenForTargets(parts, at, [awsDoor(parts), mcpDoor(parts)]),
};

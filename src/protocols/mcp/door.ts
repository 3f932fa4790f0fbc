import type { SideDoor } from '../http/listener.ts';
import type { ProtocolParts } from '../protocol.ts';
import { metadataOf, metadataTarget } from './metadata.ts';

/** MCP servers at /t/TARGET/mcp. What they need is loaded with the first request: schemas take a while. */
export function mcpDoor(parts: ProtocolParts): SideDoor {
  type Endpoint = Awaited<ReturnType<typeof load>>;
  const load = async () => new (await import('./endpoint.ts')).McpEndpoint(parts);
  let endpoint: Promise<Endpoint> | undefined;
  return {
    takes: ({ url = '' }) => {
      const name = /^\/t\/([^/?]+)/.exec(url)?.[1] ?? '';
      return parts.targets().get(name)?.protocol === 'mcp' || metadataTarget(url) !== undefined;
    },
    handle: async (request, response) => {
      const described = metadataTarget(request.url ?? '');
      if (described !== undefined) return metadataOf(parts, described, request, response);
      endpoint ??= load();
      return (await endpoint).handle(request, response);
    },
    close: async () => (await endpoint)?.close(),
  };
}

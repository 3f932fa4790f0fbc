import type { Config } from '../config/config.ts';
import type { UpstreamTarget } from '../core/target.ts';
import { baseUrl, type Ports } from './addresses.ts';

/** Where clients reach a target: `host:port`, or an address in place of its own. Undefined: no port is open for it. */
export function targetAddress(config: Config, ports: Ports, target: UpstreamTarget): string | undefined {
  const { hostname } = new URL(baseUrl(config));
  const { postgres, targets } = ports;
  if (target.protocol === 'postgres') {
    return postgres === undefined ? undefined : `${hostname}:${postgres}`;
  }
  if (targets === undefined) return undefined;
  const origin = `https://${hostname}:${targets}`;
  // What signs for AWS names its target by the ticket, and the path is AWS's own.
  if (target.protocol === 'aws') return origin;
  const address = `${origin}/t/${encodeURIComponent(target.name)}`;
  return target.protocol === 'mcp' ? `${address}/mcp` : address;
}

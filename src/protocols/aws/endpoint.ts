import type { AwsAddress, HttpAddress } from '../../core/target.ts';

/** Addresses by target and host: connections are kept by them. */
const known = new WeakMap<AwsAddress, Map<string, HttpAddress>>();

/** Where a service answers. `host`: where it does in AWS itself. */
export function endpointOf(address: AwsAddress, host: string): HttpAddress {
  let all = known.get(address);
  if (all === undefined) known.set(address, (all = new Map()));
  const url = address.endpoint ?? `https://${host}`;
  let endpoint = all.get(url);
  if (endpoint === undefined) {
    const { caFile, networks, uninspected } = address;
    endpoint = { url, networks, uninspected, ...(caFile === undefined ? {} : { caFile }) };
    all.set(url, endpoint);
  }
  return endpoint;
}

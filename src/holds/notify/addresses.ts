import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** Two lists: to one of both kinds an IPv4 address would also be what it is in IPv6's form. */
const notPublic = { 4: new BlockList(), 6: new BlockList() } as const;
/** RFC 6890 and its updates: this host, private, shared, loopback, link-local, protocols, tests, multicast, reserved. */
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic[4].addSubnet(net, bits, 'ipv4');
}
/** Loopback and unspecified, IPv4 in other clothes, NAT64, Teredo, 6to4, unique local, link-local, multicast. */
for (const [net, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  notPublic[6].addSubnet(net, bits, 'ipv6');
}

export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic[4].check(address, 'ipv4');
    case 6:
      return !notPublic[6].check(address, 'ipv6');
    default:
      return false;
  }
}

/**
 * For `net.connect`: names lead to public addresses alone. It is asked for every connection and its answer is the
 * address that is connected to, so that a name cannot change in between.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, []);
    const hidden = found.find(({ address }) => !isPublicAddress(address));
    if (hidden !== undefined) return callback(new Error(`${hostname} leads to a private address`), []);
    const [first] = found;
    if (options.all === true || first === undefined) return callback(null, found);
    return callback(null, first.address, first.family);
  });
};

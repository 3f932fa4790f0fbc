import { BlockList, isIP } from 'node:net';

/** Not of the public internet: IANA's special-purpose registries (RFC 6890), multicast, and clouds' metadata among them. */
const special = ranges([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/127',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

/** @throws RangeError for what is no `address/bits` */
export function ranges(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits = ''] = text.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether a connection may go to `address`: a public one, or one of the ranges that are named. */
export function mayConnectTo(address: string, named: BlockList): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mayConnectTo(mapped, named);
  // Any other spelling of an address within an address.
  if (/^::ffff:/i.test(address)) return false;
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return !special.check(address, family) || named.check(address, family);
}

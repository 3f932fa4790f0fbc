import { isIP } from 'node:net';

/** Whether a text is a range of addresses: `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Whether a peer's address is this machine's own: 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1, and the former in IPv6's form. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);
}

/** Where a request says that it goes (RFC 9110 §7.2), in one spelling. */
export interface Authority {
  /** In lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, an IPv6 address in brackets. */
  readonly text: string;
}

/** Of the value of Host, or the target of a CONNECT. Undefined: it is none, or has no port where `usualPort` is none. */
export function readAuthority(text: string, usualPort?: number): Authority | undefined {
  const [, named = '', digits] =
    /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? usualPort : Number(digits);
  // The URL parser gives addresses one spelling: 0x7f.1 is 127.0.0.1.
  const host = named === '' ? undefined : URL.parse(`http://${named}/`)?.hostname;
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host: host.replaceAll(/^\[|\]$/g, ''), port, text: `${host}:${port}` };
}

/** The port of a scheme, where an authority names none. */
export function usualPort(isSecure: boolean): number {
  return isSecure ? 443 : 80;
}

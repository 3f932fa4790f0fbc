import type { HttpAddress, UpstreamTarget } from '../../core/target.ts';
import { readAuthority, usualPort } from '../../wire/http/authority.ts';
import { requestPath } from '../../wire/http/path.ts';

/** Where a request through the proxy goes. */
export interface Whither {
  readonly isSecure: boolean;
  /** `host:port` */
  readonly authority: string;
}

interface Place extends Whither {
  /** What all paths begin with; empty or without a `/` at its end. */
  readonly root: string;
}

const places = new WeakMap<HttpAddress, Place>();

/** Whether a target is behind this host and port, over TLS or not; `open` says which of them count. */
export function isServed(
  targets: Iterable<UpstreamTarget>,
  authority: string,
  open: (target: UpstreamTarget) => boolean,
): boolean {
  for (const target of targets) {
    if (target.protocol === 'http' && placeOf(target.address).authority === authority && open(target))
      return true;
  }
  return false;
}

/**
 * The target whose address has the most of this path, and the rest of the path; of two with one address, the first. That
 * it is closed to somebody opens no other one to them.
 */
export function targetAt(
  targets: Iterable<UpstreamTarget>,
  { isSecure, authority }: Whither,
  path: string,
): { readonly name: string; readonly path: string } | undefined {
  let best: { name: string; root: string } | undefined;
  for (const target of targets) {
    if (target.protocol !== 'http') continue;
    const place = placeOf(target.address);
    if (place.authority !== authority || place.isSecure !== isSecure) continue;
    if (!`${path}/`.startsWith(`${place.root}/`)) continue;
    if (best === undefined || place.root.length > best.root.length)
      best = { name: target.name, root: place.root };
  }
  return best && { name: best.name, path: path.slice(best.root.length) || '/' };
}

function placeOf(address: HttpAddress): Place {
  const known = places.get(address);
  if (known !== undefined) return known;
  const { protocol, host, pathname } = new URL(address.url);
  const isSecure = protocol === 'https:';
  const spelt = requestPath(pathname);
  const place = {
    isSecure,
    authority: readAuthority(host, usualPort(isSecure))?.text ?? host,
    root: pathname === '/' ? '' : 'path' in spelt ? spelt.path : pathname,
  };
  places.set(address, place);
  return place;
}

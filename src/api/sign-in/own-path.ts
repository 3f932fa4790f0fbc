const pathCharsMax = 1_500;

/** One slash, then printable ASCII without backslashes. */
const plain = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

/**
 * Where to go after signing in, if that is a path of the gateway's own; else `/login`. Backslashes, which browsers
 * read as slashes, and whatever else could lead to another host, are refused.
 */
export function ownPath(text: string | undefined): string {
  if (text === undefined || text.length > pathCharsMax || !plain.test(text)) return '/login';
  const base = 'https://own.invalid';
  const url = URL.parse(text, base);
  const path = url?.origin === base ? `${url.pathname}${url.search}${url.hash}` : '';
  // Once more: `/.//elsewhere` has become another host's by now.
  return plain.test(path) ? path : '/login';
}

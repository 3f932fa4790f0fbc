import { asksOtherMethod } from './method-override.ts';

/** Where a request goes, in the one spelling that rules and the upstream both see. */
export interface RequestPath {
  /** Begins with `/`. What must be escaped is, in capitals; nothing else is. */
  readonly path: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
}

/** Why nobody can say where a request would go. */
export interface PathFault {
  readonly problem: string;
}

/**
 * What a segment may have as it stands (RFC 3986 §3.3), but `;`, which is refused: servers take it escaped for the same. Not
 * so `+`, which some take for a space.
 */
const plain = /^[A-Za-z0-9\-._~!$&'()*,=:@]$/;
/** What needs no closer look, as most paths: nothing in it could be read in two ways. */
const plainly = /^(?:\/[A-Za-z0-9_~-]+)+$/;
/** Servers disagree on what these mean in a segment: a separator, parameters, an end. */
const ambiguous = /[\\;]|%(?:2F|5C|3B|7F|[01][0-9A-F])/;
/** Read twice, it would be one of those, or a dot. */
const escapedTwice = /%25(?:2[EF]|5C|3B|25|0[0-9A-F])/i;

/**
 * The request target in origin form (RFC 9112 §3.2.1). What servers read in more than one way is refused, for rules
 * would be about another resource than the upstream's.
 */
export function requestPath(target: string): RequestPath | PathFault {
  if (plainly.test(target)) return { path: target, query: '' };
  if (!/^\/[\x21-\x7e]*$/.test(target) || target.includes('#')) {
    return { problem: 'the path has characters that no path may have unescaped' };
  }
  const at = target.indexOf('?');
  const raw = at < 0 ? target : target.slice(0, at);
  const query = at < 0 ? '' : target.slice(at);
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) return { problem: 'the path has a % that escapes nothing' };
  const path = raw.replaceAll(/%[0-9A-Fa-f]{2}|["<>[\]^`{|}]/g, spelt);
  if (ambiguous.test(path)) {
    return { problem: 'the path has a backslash, a semicolon, a control character or an escaped slash' };
  }
  if (escapedTwice.test(path)) return { problem: 'the path is escaped twice' };
  const segments = path.split('/').slice(1);
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    return { problem: 'the path has a segment of dots' };
  }
  if (segments.slice(0, -1).includes('')) return { problem: 'the path has an empty segment' };
  if (asksOtherMethod(query.slice(1))) return { problem: 'the query asks for another method' };
  return { path, query };
}

function spelt(text: string): string {
  const code = text.length === 1 ? text.charCodeAt(0) : Number.parseInt(text.slice(1), 16);
  const character = String.fromCharCode(code);
  return plain.test(character) ? character : `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

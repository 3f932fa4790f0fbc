import { isAlphanumeric, isLetter } from './span.ts';
import type { Span } from './span.ts';

const dot = 0x2e;
const hyphen = 0x2d;
const underscore = 0x5f;
/**
 * RFC 5321 atoms beside letters and digits, without those that stand before an address far more often than in it:
 * `?to=bob@…`, `/bob@…`, `{bob@…`.
 */
const localMarks: ReadonlySet<number> = new Set([..."!#$%'*+-^_~."].map((mark) => mark.charCodeAt(0)));

/** No top-level domains, but endings of files for denser screens: `logo@2x.png`. */
const images: ReadonlySet<string> = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'avif']);

/** Addresses as RFC 5321 has them without quoting, internationalised ones included. */
export function findEmails(text: string): Span[] {
  const found: Span[] = [];
  // Neither side of an @ reaches past the next @, so no character is looked at more than twice.
  for (let middle = text.indexOf('@'); middle !== -1; middle = text.indexOf('@', middle + 1)) {
    const start = localStart(text, middle);
    const end = domainEnd(text, middle + 1);
    if (start < middle && end !== undefined) found.push({ start, end });
  }
  return found;
}

function localStart(text: string, middle: number): number {
  let start = middle;
  while (start > 0 && isLocal(text.charCodeAt(start - 1))) start -= 1;
  // Quotes, slashes and dots before it are somebody else's.
  while (start < middle && !isLocalFirst(text.charCodeAt(start))) start += 1;
  return start;
}

function isLocalFirst(code: number): boolean {
  return isAlphanumeric(code) || code >= 0x80 || code === underscore;
}

function isLocal(code: number): boolean {
  return isAlphanumeric(code) || code >= 0x80 || localMarks.has(code);
}

/** Where a domain of at least two labels ends, the last of them of letters; undefined where there is none. */
function domainEnd(text: string, start: number): number | undefined {
  let end = start;
  while (end < text.length && isDomain(text.charCodeAt(end))) end += 1;
  while (end > start && !isDomainLast(text.charCodeAt(end - 1))) end -= 1;
  let label = end;
  while (label > start && text.charCodeAt(label - 1) !== dot) label -= 1;
  if (label - 1 <= start || end - label < 2) return undefined;
  const first = text.charCodeAt(label);
  if (!isLetter(first) && first < 0x80) return undefined;
  return images.has(text.slice(label, end).toLowerCase()) ? undefined : end;
}

function isDomain(code: number): boolean {
  return isDomainLast(code) || code === dot || code === hyphen;
}

function isDomainLast(code: number): boolean {
  return isAlphanumeric(code) || code >= 0x80;
}

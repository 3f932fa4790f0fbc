import { isAlphanumeric } from './span.ts';
import type { Span } from './span.ts';

/** Unique identifiers of access keys (IAM user guide, "IAM identifiers"). */
const id = /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g;
const secretChars = 40;
const named = /aws|secret/i;
const nameReach = 64;

/** Access key ids, and secret keys that stand by an id or shortly after a word that names them. */
export function findAwsKeys(text: string): Span[] {
  const ids = [...text.matchAll(id)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  const secrets = runs(text).filter(
    ({ start }) => ids.length > 0 || named.test(text.slice(Math.max(0, start - nameReach), start)),
  );
  return [...ids, ...secrets];
}

/** Words of exactly 40 characters of base64 that are mixed as random bytes are: a SHA-1 in hex is not. */
function runs(text: string): Span[] {
  const found: Span[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && isSecretChar(text.charCodeAt(at))) continue;
    if (at - start === secretChars && isMixed(text.slice(start, at))) found.push({ start, end: at });
    start = at + 1;
  }
  return found;
}

function isSecretChar(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2b || code === 0x2f;
}

function isMixed(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word);
}

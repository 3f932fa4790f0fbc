import type { Span } from './span.ts';

const begin = '-----BEGIN ';
const label = /^-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/;
const labelCharsMax = 120;
const endMark = '-----END ';
const endLine = /^-----END [A-Z0-9 ]{0,80}PRIVATE KEY(?: BLOCK)?-----/;

/** A key of 16,384 bits with room to spare. */
const keyCharsMax = 16_384;

/** PEM private keys (RFC 7468), OpenSSH's and PGP's too, line breaks escaped or not, cut short or not. */
export function findPrivateKeys(text: string): Span[] {
  const found: Span[] = [];
  let start = text.indexOf(begin);
  let endAt = -1;
  while (start !== -1) {
    const head = label.exec(text.slice(start, start + labelCharsMax));
    const body = start + (head?.[0].length ?? begin.length);
    // Looked for once, not from every beginning.
    if (head !== null && endAt < body) endAt = indexOrEnd(text, endMark, body);
    const stop = head === null ? body : keyEnd(text, body, endAt);
    if (head !== null) found.push({ start, end: stop });
    start = text.indexOf(begin, stop);
  }
  return found;
}

function indexOrEnd(text: string, word: string, from: number): number {
  const at = text.indexOf(word, from);
  return at === -1 ? text.length : at;
}

/**
 * Behind the END line, whatever stands before it within one string and one key; where the key is cut short, as far as
 * its text can reach.
 */
function keyEnd(text: string, body: number, endAt: number): number {
  if (endAt - body <= keyCharsMax && !/"|-----BEGIN /.test(text.slice(body, endAt))) {
    const length = endLine.exec(text.slice(endAt, endAt + labelCharsMax))?.[0].length;
    if (length !== undefined) return endAt + length;
  }
  let at = body;
  while (at < endAt && isKeyText(text, at)) at += text.charCodeAt(at) === backslash ? 2 : 1;
  return Math.min(at, text.length);
}

const backslash = 0x5c;

/** Base64, headers (`Proc-Type: 4,ENCRYPTED`), white space, escaped line breaks. */
function isKeyText(text: string, at: number): boolean {
  if (text.charCodeAt(at) === backslash) return 'nrt'.includes(text.charAt(at + 1) || '-');
  return /[\w+/=:,.()\- \t\r\n]/.test(text.charAt(at));
}

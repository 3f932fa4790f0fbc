import type { Span } from './span.ts';

const begin = '-----BEGIN ';
const label = /^-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/;
const labelCharsMax = 120;
const endMark = '-----END ';
const endLine = /^-----END [A-Z0-9 ]{1,80}-----/;

/** PEM private keys (RFC 7468), OpenSSH's and PGP's too, line breaks escaped or not, cut short or not. */
export function findPrivateKeys(text: string): Span[] {
  const found: Span[] = [];
  let start = text.indexOf(begin);
  while (start !== -1) {
    const head = label.exec(text.slice(start, start + labelCharsMax));
    const stop = head === null ? start + begin.length : keyEnd(text, start + head[0].length);
    if (head !== null) found.push({ start, end: stop });
    start = text.indexOf(begin, stop);
  }
  return found;
}

/** Behind the END line; where the key is cut short, as far as its text can reach. */
function keyEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && isKeyText(text, at)) {
    const end = endLineEnd(text, at);
    if (end !== undefined) return end;
    at += text.charCodeAt(at) === backslash ? 2 : 1;
  }
  return Math.min(at, text.length);
}

/** Behind the END line that begins at `at`, or undefined where none does. */
function endLineEnd(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== hyphen || !text.startsWith(endMark, at)) return undefined;
  const length = endLine.exec(text.slice(at, at + labelCharsMax))?.[0].length;
  return length === undefined ? undefined : at + length;
}

const hyphen = 0x2d;
const backslash = 0x5c;

/** Base64, headers (`Proc-Type: 4,ENCRYPTED`), white space, escaped line breaks. */
function isKeyText(text: string, at: number): boolean {
  if (text.charCodeAt(at) === backslash) return 'nrt'.includes(text.charAt(at + 1) || '-');
  return /[\w+/=:,.()\- \t\r\n]/.test(text.charAt(at));
}

import { isAlphanumeric } from './span.ts';
import type { Span } from './span.ts';

/** base64url of `{"` */
const objectMark = 'eyJ';
/** `{"alg":""}` */
const headerCharsMin = 14;
const headerCharsMax = 8192;

/** JSON web tokens in compact form: signed (RFC 7515 §7.1, three parts) and encrypted (RFC 7516 §7.1, five). */
export function findJwts(text: string): Span[] {
  const found: Span[] = [];
  let start = text.indexOf(objectMark);
  while (start !== -1) {
    const headerEnd = partEnd(text, start);
    const end = tokenEnd(text, start, headerEnd);
    if (end !== undefined) found.push({ start, end });
    // Within this part there is nothing new to find, however often the mark comes again.
    start = text.indexOf(objectMark, Math.max(end ?? 0, headerEnd));
  }
  return found;
}

function tokenEnd(text: string, start: number, headerEnd: number): number | undefined {
  const payload = nextPart(text, headerEnd);
  if (payload === undefined) return undefined;
  const signature = nextPart(text, payload);
  if (signature === undefined) return undefined;
  const ciphertext = nextPart(text, signature);
  const encryptedEnd = ciphertext === undefined ? undefined : nextPart(text, ciphertext);
  // The second part is the key of an encrypted one, which may be agreed on beforehand.
  if (payload === headerEnd + 1 && encryptedEnd === undefined) return undefined;
  if (!text.startsWith(objectMark, headerEnd + 1) && !isHeader(text.slice(start, headerEnd)))
    return undefined;
  return encryptedEnd ?? signature;
}

function partEnd(text: string, start: number): number {
  let end = start;
  while (isBase64Url(text.charCodeAt(end))) end += 1;
  return end;
}

/** The end of the part behind the dot at `dot`; undefined where there is no dot. */
function nextPart(text: string, dot: number): number | undefined {
  return text.charCodeAt(dot) === 0x2e ? partEnd(text, dot + 1) : undefined;
}

function isBase64Url(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d || code === 0x5f;
}

/** A JOSE header always names its algorithm. */
function isHeader(part: string): boolean {
  if (part.length < headerCharsMin || part.length > headerCharsMax) return false;
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch {
    return false;
  }
}

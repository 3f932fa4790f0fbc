/** A part of a text: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds all of one sort of thing in a text, in time linear in its length whatever the text. The text may be UTF-8
 * read as Latin-1, so characters from U+0080 on are letters of which nothing is known.
 */
export type Detector = (text: string) => Span[];

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

/** How many characters at `at` separate groups of digits: blank, hyphen, dot, no-break space (two in UTF-8). */
export function separatorLength(text: string, at: number): 0 | 1 | 2 {
  const code = text.charCodeAt(at);
  if (code === 0x20 || code === 0x2d || code === 0x2e || code === 0xa0) return 1;
  return code === 0xc2 && text.charCodeAt(at + 1) === 0xa0 ? 2 : 0;
}

const gapMax = 3;

/** The same of up to three of them in a row: `4111 - 1111`. */
export function gapLength(text: string, start: number): number {
  let at = start;
  for (let count = 0; count < gapMax; count++) {
    const length = separatorLength(text, at);
    if (length === 0) break;
    at += length;
  }
  return at - start;
}

export function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

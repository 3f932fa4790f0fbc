import { isDigit, gapLength } from './span.ts';
import type { Span } from './span.ts';

const digitsMin = 13;
const digitsMax = 19;
const prefixDigits = 4;

/** Card numbers, ISO/IEC 7812: 13 to 19 digits, in groups or not, of a known issuer, with the right check digit. */
export function findPaymentCards(text: string): Span[] {
  const found: Span[] = [];
  for (const groups of digitRuns(text)) findInRun(text, groups, found);
  return found;
}

/** Runs of digit groups with a few separators between them. */
function* digitRuns(text: string): Generator<Span[]> {
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const groups: Span[] = [];
    let next = at;
    while (isDigit(text.charCodeAt(next))) {
      const start = next;
      while (isDigit(text.charCodeAt(next))) next += 1;
      groups.push({ start, end: next });
      at = next;
      next += gapLength(text, next);
    }
    yield groups;
  }
}

/** A number may stand among other groups of digits, so every sequence of groups of the right length is tried. */
function findInRun(text: string, groups: readonly Span[], found: Span[]): void {
  let from = 0;
  while (from < groups.length) {
    const to = cardEnd(text, groups, from);
    const first = groups[from];
    const last = groups[to - 1];
    if (to > from && first !== undefined && last !== undefined)
      found.push({ start: first.start, end: last.end });
    from = Math.max(to, from + 1);
  }
}

/** Behind the last group of a card number that begins with group `from`; `from` itself where there is none. */
function cardEnd(text: string, groups: readonly Span[], from: number): number {
  let digits = '';
  let end = from;
  for (let index = from; index < groups.length; index++) {
    const group = groups[index];
    if (group === undefined || digits.length + (group.end - group.start) > digitsMax) break;
    const isPrefixKnown = digits.length >= prefixDigits;
    digits += text.slice(group.start, group.end);
    if (!isPrefixKnown && digits.length >= prefixDigits && !isIssued(digits)) break;
    if (digits.length >= digitsMin && isCard(digits)) end = index + 1;
  }
  return end;
}

/** First digits and lengths that the schemes have published. */
const issuers: readonly {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}[] = [
  { from: 4000, to: 4999, lengths: [13, 16, 19] }, // Visa
  { from: 5100, to: 5599, lengths: [16] }, // Mastercard
  { from: 2221, to: 2720, lengths: [16] },
  { from: 3400, to: 3499, lengths: [15] }, // American Express
  { from: 3700, to: 3799, lengths: [15] },
  { from: 6011, to: 6011, lengths: [16, 17, 18, 19] }, // Discover
  { from: 6440, to: 6599, lengths: [16, 17, 18, 19] },
  { from: 3528, to: 3589, lengths: [16, 17, 18, 19] }, // JCB
  { from: 3000, to: 3059, lengths: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { from: 3600, to: 3699, lengths: [14, 15, 16, 17, 18, 19] },
  { from: 3800, to: 3999, lengths: [14, 15, 16, 17, 18, 19] },
  { from: 6200, to: 6299, lengths: [16, 17, 18, 19] }, // UnionPay
  { from: 5018, to: 5018, lengths: [13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: 5020, to: 5020, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5038, to: 5038, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 6304, to: 6304, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 6759, to: 6763, lengths: [13, 14, 15, 16, 17, 18, 19] },
];

/** Whether a number of this beginning is given out at all. */
function isIssued(digits: string): boolean {
  const prefix = Number(digits.slice(0, prefixDigits));
  return issuers.some(({ from, to }) => prefix >= from && prefix <= to);
}

function isCard(digits: string): boolean {
  const prefix = Number(digits.slice(0, prefixDigits));
  const known = issuers.some(
    ({ from, to, lengths }) => prefix >= from && prefix <= to && lengths.includes(digits.length),
  );
  return known && passesLuhn(digits);
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

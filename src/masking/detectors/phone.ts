import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isAlphanumeric, isDigit, separatorLength } from './span.ts';
import type { Span } from './span.ts';

/** E.164 §6.2.1 */
const digitsMax = 15;
const digitsMin = 7;
const groupsMax = 8;

/**
 * Phone numbers with a country code (`+49 30 901820`, `0049 30 901820`), and of North America with separators
 * (`(415) 555-2671`). Other national forms cannot be told from other numbers, unless a word before them says so.
 */
export function findPhones(text: string): Span[] {
  return [...findInternational(text), ...findDialled(text), ...findNorthAmerican(text), ...findNamed(text)];
}

function findInternational(text: string): Span[] {
  const found: Span[] = [];
  for (let plus = text.indexOf('+'); plus !== -1; plus = text.indexOf('+', plus + 1)) {
    if (isAlphanumeric(text.charCodeAt(plus - 1))) continue;
    // Other digits may follow the number: the longest run of groups that is a number counts.
    const end = groupEnds(text, plus).findLast((candidate) => isNumber(text.slice(plus, candidate)));
    if (end !== undefined) found.push({ start: plus, end });
  }
  return found;
}

function isNumber(text: string): boolean {
  return parsePhoneNumberFromString(text)?.isPossible() === true;
}

const dialled = /(?<![A-Za-z\d+.,_-]|\d )00(?=[1-9])/g;
/** Shorter ones are numbers filled up with zeros as often as not. */
const dialledDigitsMin = 10;

/** The international prefix as it is dialled in most countries, for a plus sign. */
function findDialled(text: string): Span[] {
  const found: Span[] = [];
  for (const { index: start } of text.matchAll(dialled)) {
    const end = groupEnds(text, start + 1, dialledDigitsMin).findLast((candidate) =>
      isNumber(`+${text.slice(start + 2, candidate)}`),
    );
    if (end !== undefined && !isAlphanumeric(text.charCodeAt(end))) found.push({ start, end });
  }
  return found;
}

/** Ends of the digit groups behind a plus sign that make a number of possible length. */
function groupEnds(text: string, plus: number, least = digitsMin): number[] {
  const ends: number[] = [];
  let digits = 0;
  let at = plus + 1;
  for (let group = 0; group < groupsMax; group++) {
    at += gapOf(text, at);
    const start = at;
    while (digits <= digitsMax && isDigit(text.charCodeAt(at))) {
      at += 1;
      digits += 1;
    }
    if (at === start || digits > digitsMax) break;
    if (digits >= least) ends.push(at);
  }
  return ends;
}

/** Separators, brackets and slashes between groups, three characters at most: `) `, ` (0) ` is two gaps. */
function gapOf(text: string, start: number): number {
  let at = start;
  while (at - start < 3) {
    const separator = separatorLength(text, at);
    if (separator === 0 && !'()/'.includes(text.charAt(at) || '-')) break;
    at += separator || 1;
  }
  return at - start;
}

const northAmerican =
  /(?<![\d.+-])(?:1[-. ])?(?:\([2-9]\d{2}\)[ -]?|[2-9]\d{2}([-. ]))\d{3}([-. ])\d{4}(?!\d|[-.]\d)/g;

function findNorthAmerican(text: string): Span[] {
  return [...text.matchAll(northAmerican)]
    .filter(([, first, second]) => first === undefined || first === second)
    .map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

const national = /(?<![A-Za-z\d+.,_-])\(?\d(?:[-. ()/]{0,3}\d){9,14}(?![A-Za-z\d])/g;
const named = /phone|\btel(?!em)|mobil|\bcell|\bfax|whatsapp|\bhandy|\bfon\b|\bms?isdn/i;
const nameReach = 24;

function findNamed(text: string): Span[] {
  return [...text.matchAll(national)]
    .filter(({ index }) => named.test(text.slice(Math.max(0, index - nameReach), index)))
    .map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

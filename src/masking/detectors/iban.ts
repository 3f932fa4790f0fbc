import { countrySpecs, isValidIBAN } from 'ibantools';
import { isAlphanumeric, isDigit, isLetter, gapLength } from './span.ts';
import type { Span } from './span.ts';

/** International bank account numbers, ISO 13616, in groups or not, of a country's own length and check digits. */
export function findIbans(text: string): Span[] {
  const found: Span[] = [];
  let at = 0;
  while (at < text.length - 3) {
    const end = startsAt(text, at) ? ibanEnd(text, at) : undefined;
    if (end !== undefined) found.push({ start: at, end });
    at = end ?? at + 1;
  }
  return found;
}

/** Two letters and two digits, at the beginning of a word. */
function startsAt(text: string, at: number): boolean {
  return (
    isLetter(text.charCodeAt(at)) &&
    isLetter(text.charCodeAt(at + 1)) &&
    isDigit(text.charCodeAt(at + 2)) &&
    isDigit(text.charCodeAt(at + 3)) &&
    !isAlphanumeric(text.charCodeAt(at - 1))
  );
}

function ibanEnd(text: string, start: number): number | undefined {
  const country = text.slice(start, start + 2).toUpperCase();
  const wanted = lengthOf(country);
  if (wanted === undefined) return undefined;
  let iban = '';
  let at = start;
  while (iban.length < wanted) {
    const code = text.charCodeAt(at);
    if (!isAlphanumeric(code)) return undefined;
    iban += text.charAt(at);
    at += 1;
    if (iban.length < wanted) at += gapLength(text, at);
  }
  return !isAlphanumeric(text.charCodeAt(at)) && isValidIBAN(iban.toUpperCase()) ? at : undefined;
}

function lengthOf(country: string): number | undefined {
  return Object.hasOwn(countrySpecs, country) ? (countrySpecs[country]?.chars ?? undefined) : undefined;
}

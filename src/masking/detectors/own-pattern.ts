import { RE2JS } from 're2js';
import { compilePattern, programMax } from '../../core/pattern.ts';
import { isAscii } from './span.ts';
import type { Span } from './span.ts';

/** A text, or its bytes in UTF-8: offsets are of the one or the other. */
export type Haystack = string | Uint8Array;

/** A pattern of one's own. */
export interface OwnDetector {
  /** False only where nothing would be found, be the bytes one value or several with lengths between them. */
  test(bytes: Uint8Array): boolean;
  find(haystack: Haystack): Span[];
}

/**
 * How far a match may begin within one look, and how far behind that it may end. A pattern such as `a.*z|a` reads to
 * the end of the text before it is content with an `a`: without this, from every `a` anew. Whatever matches without
 * `*`, `+` and `{n,}` is not longer.
 */
const reach = programMax;
/** UTF-8; UTF-16 needs two at most. */
const unitsPerCharacter = 4;
/** A match that still goes on at the end of what is looked at is given so many times as much. */
const growth = 4;

/** @throws PatternError where the pattern is none */
export function ownDetector(text: string): OwnDetector {
  const pattern = compilePattern(text);
  const anywhere = RE2JS.compile(withoutAssertions(text));
  return {
    test: (bytes) => anywhere.test(bytes),
    find: (haystack) => findAll(new Looks(pattern, haystack)),
  };
}

/** What is written in a pattern as one thing: a quotation, an escape, a class; or an assertion. */
const parts = /\\Q[^]*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]|[\^$]/g;

/** Matches all that the pattern does and more: where an element of an array begins, bytes alone do not tell. */
function withoutAssertions(pattern: string): string {
  return pattern.replaceAll(parts, (part) => (/^(?:[\^$]|\\[bBAz])$/.test(part) ? '(?:)' : part));
}

function findAll(looks: Looks): Span[] {
  const { length, reach } = looks;
  const found: Span[] = [];
  let at = 0;
  while (at < length) {
    const match = looks.first(at, at + 2 * reach);
    if (match === undefined) {
      at += reach;
    } else if (match.start >= at + reach) {
      // Whether it would be another with more behind it is for a look of its own.
      at = match.start;
    } else {
      const whole = grown(looks, match, at + 2 * reach);
      // What matches where nothing stands was refused; should one get here, it must not stop the search.
      if (whole.end > whole.start) found.push(whole);
      at = Math.max(whole.end, whole.start + 1);
    }
  }
  return found;
}

/** The match with as much behind it as it can use. Each look is paid for by the length of the match before it. */
function grown(looks: Looks, match: Span, lookEnd: number): Span {
  let longest = match;
  let end = lookEnd;
  while (longest.end === end && end < looks.length) {
    end = longest.start + (end - longest.start) * growth;
    const again = looks.first(longest.start, end);
    // With more behind it another alternative may be preferred; what has matched once stays found.
    if (again === undefined || again.start !== longest.start || again.end <= longest.end) break;
    longest = again;
  }
  return longest;
}

type Pattern = ReturnType<typeof compilePattern>;

/** First matches within a part of the haystack, by which `^` and `\b` still see what stands before it. */
class Looks {
  readonly length: number;
  readonly reach: number;
  readonly #pattern: Pattern;
  readonly #haystack: Haystack;

  constructor(pattern: Pattern, haystack: Haystack) {
    this.#pattern = pattern;
    this.#haystack = haystack;
    this.length = haystack.length;
    this.reach = typeof haystack === 'string' && isAscii(haystack) ? reach : reach * unitsPerCharacter;
  }

  first(start: number, end: number): Span | undefined {
    const before = Math.max(0, start - 1);
    const part = this.#haystack;
    const matcher = this.#pattern.matcher(
      typeof part === 'string' ? part.slice(before, end) : part.subarray(before, end),
    );
    if (!matcher.find(start - before)) return undefined;
    return { start: before + matcher.start(), end: before + matcher.end() };
  }
}

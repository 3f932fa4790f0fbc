import type { DetectorName } from '../../core/target.ts';

/** Whether bytes[start, end) could hold anything of what is looked for; false is certain. */
export type Prefilter = (bytes: Uint8Array, start: number, end: number) => boolean;

// What a byte means to the scan.
const breaks = 0; // ends a run of digits
const joins = 1; // may stand between digits
const digit = 2;
const plus = 3;
const hit = 4; // alone enough to look closer
const letterE = 5;
const letterA = 6;
const letterS = 7;
const hyphen = 8;

/** Digits in one run that some detector needs at the least; with a plus sign before them; never where not wanted. */
interface DigitsMin {
  readonly bare: number;
  readonly afterPlus: number;
  readonly iban: boolean;
}

/** One pass over the bytes of a value, without decoding them: most values end here. */
export function prefilterFor(names: ReadonlySet<DetectorName>): Prefilter {
  const table = tableFor(names);
  const min = digitsMinFor(names);
  return (bytes, start, end) => {
    let digits = 0;
    let plusSeen = false;
    for (let at = start; at < end; at++) {
      switch (table[bytes[at] ?? 0]) {
        case digit:
          digits += 1;
          if (digits >= min.bare || (plusSeen && digits >= min.afterPlus)) return true;
          if (min.iban && digits === 2 && at - start >= 3 && followsTwoLetters(bytes, at - 1)) return true;
          continue;
        case joins:
          continue;
        case plus:
          plusSeen = true;
          digits = 0;
          continue;
        case hit:
          return true;
        case letterE: // eyJ
          if (bytes[at + 1] === 0x79 && bytes[at + 2] === 0x4a && at + 2 < end) return true;
          break;
        case letterA: // A…A and a letter between: AKIA and its like
          if (bytes[at + 3] === 0x41 && at + 3 < end) return true;
          if (followedBy(bytes, at + 1, end, 'ws')) return true;
          break;
        case letterS: // secret
          if (followedBy(bytes, at + 1, end, 'ecret')) return true;
          break;
        case hyphen: // joins digits, and begins a PEM line
          if (bytes[at + 1] === 0x2d && bytes[at + 2] === 0x2d && at + 2 < end) return true;
          continue;
        default:
      }
      digits = 0;
      plusSeen = false;
    }
    return false;
  };
}

function digitsMinFor(names: ReadonlySet<DetectorName>): DigitsMin {
  const bare = Math.min(
    names.has('payment_card') ? 13 : Infinity,
    names.has('us_ssn') ? 9 : Infinity,
    names.has('phone') ? 10 : Infinity,
  );
  return { bare, afterPlus: names.has('phone') ? 7 : Infinity, iban: names.has('iban') };
}

function tableFor(names: ReadonlySet<DetectorName>): Uint8Array {
  const table = new Uint8Array(256).fill(breaks);
  const set = (characters: string, meaning: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = meaning;
  };
  set('0123456789', digit);
  set(' ./()-', joins);
  table.fill(joins, 0x80); // a no-break space has such bytes
  if (names.has('phone')) set('+', plus);
  if (names.has('email')) set('@', hit);
  if (names.has('jwt')) set('e', letterE);
  if (names.has('aws_key')) {
    set('Aa', letterA);
    set('Ss', letterS);
  }
  if (names.has('private_key')) set('-', hyphen);
  return table;
}

/** Two letters before the digit at `at`. */
function followsTwoLetters(bytes: Uint8Array, at: number): boolean {
  return isLetter(bytes[at - 1] ?? 0) && isLetter(bytes[at - 2] ?? 0);
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Whether `word` (lower case) follows, in any case. */
function followedBy(bytes: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false;
  for (let index = 0; index < word.length; index++) {
    if (((bytes[at + index] ?? 0) | 0x20) !== word.charCodeAt(index)) return false;
  }
  return true;
}

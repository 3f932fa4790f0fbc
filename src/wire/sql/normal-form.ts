/** A text with its literals emptied: every string is `''`, every whole number is `0`. */
export interface NormalForm {
  /** The same of two texts only if they have the same characters, but for what is in their strings and numbers. */
  readonly text: string;
  /** In order. */
  readonly literals: readonly Literal[];
}

/** Where a literal stands in the text; characters are bytes here. */
export interface Literal {
  readonly kind: LiteralKind;
  readonly start: number;
  readonly end: number;
}

type LiteralKind = 'string' | 'number';

const emptied: Readonly<Record<LiteralKind, string>> = { string: "''", number: '0' };

/** A longer text mostly carries data that does not come twice; it is not cached either. */
const lengthMax = 16 * 1024;
/** Such numbers are integers to the server's grammar (`ICONST`), whatever their digits are. */
const digitsMax = 9;

/**
 * What could make a literal end elsewhere or be another thing than it seems: names in double quotes, dollar quotes and
 * parameters, backslashes, and any character but ASCII's printable ones, blanks, tabs and line feeds …
 */
const unsafe = /[^\t\n !#%-[\]-~]/;
/** … comments and Unicode escapes. Tokens stand for values by what they are. */
const unsafePairs = /--|\/\*|[uU]&|tok_/;
/** A string, or digits that no word ends in. */
const literals = /'[^']*(?:''[^']*)*'|\b\d+/g;
/** What could belong to a literal beside which it stands: `N'x'`, `1.5`, `1e5`, `0x1F`, `1_000`. */
const sticksToString = /['\w]/;
const sticksToNumber = /['\w.]/;

/**
 * The normal form of a text in which it is sure where literals begin and end; undefined for any other, and for one
 * without literals. It does not hang on a session's settings, such as `standard_conforming_strings`: those change what
 * other characters mean.
 */
export function normalFormOf(text: string): NormalForm | undefined {
  if (text.length > lengthMax || unsafe.test(text) || unsafePairs.test(text)) return undefined;
  const found: Literal[] = [];
  let form = '';
  let done = 0;
  for (const { 0: written, index: start } of text.matchAll(literals)) {
    const kind = written.startsWith("'") ? 'string' : 'number';
    const end = start + written.length;
    const between = text.slice(done, start);
    if (!isWhole(text, { kind, start, end }) || joins(kind, between, found.at(-1))) return undefined;
    found.push({ kind, start, end });
    form += between + emptied[kind];
    done = end;
  }
  const rest = text.slice(done);
  return found.length === 0 || rest.includes("'") ? undefined : { text: form + rest, literals: found };
}

function isWhole(text: string, { kind, start, end }: Literal): boolean {
  if (kind === 'number' && end - start > digitsMax) return false;
  const sticks = kind === 'string' ? sticksToString : sticksToNumber;
  return !sticks.test(text[start - 1] ?? '') && !sticks.test(text[end] ?? '');
}

/** Strings with nothing but blanks between them can be one; a quote between literals is one that nothing closes. */
function joins(kind: LiteralKind, between: string, before: Literal | undefined): boolean {
  if (between.includes("'")) return true;
  return kind === 'string' && before?.kind === 'string' && between.trim() === '';
}

/** What a literal stands for. */
export function valueOf(text: string, { kind, start, end }: Literal): string | number {
  const written = text.slice(start, end);
  return kind === 'number' ? Number(written) : written.slice(1, -1).replaceAll("''", "'");
}

/** A text of the same normal form in which every literal has another value, and most another length. */
export function sibling(text: string, { literals }: NormalForm): string {
  let written = '';
  let done = 0;
  for (const [index, literal] of literals.entries()) {
    const value = valueOf(text, literal);
    const other = literal.kind === 'number' ? (value === index + 10 ? 7 : index + 10) : `${value}q${index}`;
    const quoted = typeof other === 'number' ? String(other) : `'${other.replaceAll("'", "''")}'`;
    written += text.slice(done, literal.start) + quoted;
    done = literal.end;
  }
  return written + text.slice(done);
}

/** For every place in the text that is not within a literal: where it is in the normal form. */
export function placesInForm(text: string, { literals }: NormalForm): Int32Array {
  const places = new Int32Array(text.length + 1);
  let shift = 0;
  let next = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const literal = literals[next];
    if (literal !== undefined && literal.start < at) {
      shift += excess(literal);
      next += 1;
    }
    places[at] = at - shift;
  }
  return places;
}

/** Where in the text something begins that begins at `at` in its normal form, outside of its literals. */
export function placeInText(at: number, { literals }: NormalForm): number {
  let place = at;
  for (const literal of literals) {
    if (literal.start >= place) break;
    place += excess(literal);
  }
  return place;
}

/** By how many characters it is longer than in the normal form. */
function excess({ kind, start, end }: Literal): number {
  return end - start - emptied[kind].length;
}

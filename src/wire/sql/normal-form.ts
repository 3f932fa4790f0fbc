/** A text with its literals emptied: every string is `''`, every whole number `0`, every fraction `0.0`. */
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

type LiteralKind = 'string' | 'number' | 'fraction';

const emptied: Readonly<Record<LiteralKind, string>> = { string: "''", number: '0', fraction: '0.0' };

/** A longer text mostly carries data that does not come twice; it is not cached either. */
const lengthMax = 16 * 1024;
/** Such whole numbers are integers to the server's grammar (`ICONST`), whatever their digits are. */
const digitsMax = 9;

/**
 * A backslash, which means this or that in a string by the session's settings, and any character but ASCII's printable
 * ones, blanks, tabs and line feeds. Tokens stand for values by what they are.
 */
const unsafe = /[^\t\n -[\]-~]|tok_/;
/** A string, a name in quotes, digits that no word ends in; else what begins something that nobody looks for here. */
const lexemes = /'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|\b\d+(?:\.\d+)?|['"$]|--|\/\*|[uU]&/g;
/** What could belong to a literal beside which it stands: `N'x'`, `.5`, `1e5`, `0x1F`, `1_000`. */
const sticksToString = /['"\w]/;
const sticksToNumber = /['"\w.]/;

/**
 * The normal form of a text in which it is sure where literals begin and end; undefined for any other, and for one
 * without literals. It does not hang on a session's settings, such as `standard_conforming_strings`: those change what
 * other characters mean.
 */
export function normalFormOf(text: string): NormalForm | undefined {
  if (text.length > lengthMax || unsafe.test(text)) return undefined;
  const literals: Literal[] = [];
  let form = '';
  let done = 0;
  for (const { 0: lexeme, index: start } of text.matchAll(lexemes)) {
    const kind = kindOf(lexeme);
    if (kind === undefined) return undefined;
    if (kind === 'name') continue;
    const literal = { kind, start, end: start + lexeme.length };
    const between = text.slice(done, start);
    if (!isWhole(text, literal) || joins(literal, between, literals.at(-1))) return undefined;
    literals.push(literal);
    form += between + emptied[kind];
    done = literal.end;
  }
  return literals.length === 0 ? undefined : { text: form + text.slice(done), literals };
}

/** Undefined: comments, dollar quotes, parameters, Unicode escapes, a quote that nothing closes. */
function kindOf(lexeme: string): LiteralKind | 'name' | undefined {
  if (/^\d/.test(lexeme)) return lexeme.includes('.') ? 'fraction' : 'number';
  if (lexeme.length < 2) return undefined;
  if (lexeme.startsWith("'")) return 'string';
  return lexeme.startsWith('"') ? 'name' : undefined;
}

function isWhole(text: string, { kind, start, end }: Literal): boolean {
  if (kind === 'number' && end - start > digitsMax) return false;
  const sticks = kind === 'string' ? sticksToString : sticksToNumber;
  return !sticks.test(text[start - 1] ?? '') && !sticks.test(text[end] ?? '');
}

/** Strings with nothing but blanks between them can be one. */
function joins({ kind }: Literal, between: string, before: Literal | undefined): boolean {
  return kind === 'string' && before?.kind === 'string' && between.trim() === '';
}

/** What a literal stands for, in the grammar's terms: a fraction is as it is written. */
export function valueOf(text: string, { kind, start, end }: Literal): string | number {
  const written = text.slice(start, end);
  switch (kind) {
    case 'string':
      return written.slice(1, -1).replaceAll("''", "'");
    case 'number':
      return Number(written);
    case 'fraction':
      return written;
  }
}

/** A text of the same normal form in which every literal has another value, and most another length. */
export function sibling(text: string, { literals }: NormalForm): string {
  let written = '';
  let done = 0;
  for (const [index, literal] of literals.entries()) {
    written += text.slice(done, literal.start) + otherThan(valueOf(text, literal), literal.kind, index);
    done = literal.end;
  }
  return written + text.slice(done);
}

function otherThan(value: string | number, kind: LiteralKind, index: number): string {
  switch (kind) {
    case 'string':
      return value === `q${index}` ? "'q'" : `'q${index}'`;
    case 'number':
      return String(value === index + 10 ? 7 : index + 10);
    case 'fraction':
      return value === `${index}.25` ? '7.5' : `${index}.25`;
  }
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

/**
 * A statement with every value cut out of it: `SELECT a FROM t WHERE b = ? AND c > ?`. For showing a statement where
 * its values must not go. It is told by lexical rules alone, so that it works on what no parser takes; where the text
 * could be read two ways, more is cut.
 */
export function withoutLiterals(text: string): string {
  let shown = '';
  let at = 0;
  while (at < text.length) {
    const [length, instead] = piece(text, at);
    shown += instead;
    at += length;
  }
  return shown.replace(/\s+/g, ' ').trim();
}

type Piece = readonly [length: number, instead: string];

/** https://www.postgresql.org/docs/18/sql-syntax-lexical.html; each is anchored where it is tried. */
const parameter = /\$\d+/y;
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const number = /(?:\d|\.\d)[\w.]*(?:(?<=[eE])[+-]\d[\w.]*)?/y;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const lineComment = /--[^\r\n]*/y;
/** Names as people write them; another one may be there to carry a value out. */
const plainName = /^"[\p{L}_][\p{L}\p{N}_ $.-]{0,62}"$/u;

function piece(text: string, at: number): Piece {
  switch (text[at]) {
    case "'":
      return [stringEnd(text, at) - at, '?'];
    case '"':
      return quotedName(text, at);
    case '$':
      return dollar(text, at);
    case '-':
      return cutOrSelf(text, at, lineComment, ' ');
    case '/':
      return text.startsWith('/*', at) ? [commentEnd(text, at) - at, ' '] : [1, '/'];
    default:
      return wordOrNumber(text, at);
  }
}

function wordOrNumber(text: string, at: number): Piece {
  const name = matchAt(word, text, at);
  if (name !== undefined) return [name.length, name];
  return cutOrSelf(text, at, number, '?');
}

/**
 * Behind the quote that ends it. A backslash before a quote ends the string or does not, as a setting says: then
 * nothing that follows can be told from a value.
 */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && text[at + 1] === "'") return text.length;
    if (text[at] !== "'") continue;
    if (text[at + 1] !== "'") return at + 1;
    at++;
  }
  return text.length;
}

function quotedName(text: string, start: number): Piece {
  const end = text.indexOf('"', start + 1);
  if (end < 0) return [text.length - start, '"?"'];
  const name = text.slice(start, end + 1);
  return [name.length, plainName.test(name) ? name : '"?"'];
}

function dollar(text: string, at: number): Piece {
  const bound = matchAt(parameter, text, at);
  if (bound !== undefined) return [bound.length, bound];
  const tag = matchAt(dollarTag, text, at);
  if (tag === undefined) return [1, '$'];
  const end = text.indexOf(tag, at + tag.length);
  return [(end < 0 ? text.length : end + tag.length) - at, '?'];
}

/** Comments nest. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const two = text.slice(at, at + 2);
    if (two !== '/*' && two !== '*/') continue;
    depth += two === '/*' ? 1 : -1;
    at++;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function cutOrSelf(text: string, at: number, pattern: RegExp, instead: string): Piece {
  const found = matchAt(pattern, text, at);
  if (found !== undefined) return [found.length, instead];
  // By code point, so that no half of a pair is left alone.
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return [character.length, character];
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

export type PieceKind = 'word' | 'text' | 'quiet' | 'plain';

export interface SqlPiece {
  readonly kind: PieceKind;
  readonly text: string;
}

const words = new Set(
  `all alter analyze and any as asc begin between by call case cast commit copy create cross delete desc distinct do drop
   else end except execute exists explain false fetch for from full function grant group having ilike in index inner
   insert intersect into is join lateral left like limit merge natural not null offset on only or order outer over
   partition prepare returning revoke right rollback schema select set show similar some table then to true truncate
   union unique update using values view when where window with`.split(/\s+/),
);

/** Comments, strings, dollar quotes, quoted names, words, all else. One pass, each character looked at once. */
const pattern =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(\$(\w*)\$[\s\S]*?(?:\$\3\$|$)|'(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|([A-Za-z_]\w*)|([^\w'"$/-]+|[\s\S])/g;

/** For the eye alone: the gateway decides by PostgreSQL's own grammar, never by this. */
export function sqlPieces(text: string): SqlPiece[] {
  const pieces: SqlPiece[] = [];
  for (const [all, comment, string, , , word] of text.matchAll(pattern)) {
    const kind =
      comment !== undefined
        ? 'quiet'
        : string !== undefined
          ? 'text'
          : word !== undefined && words.has(word.toLowerCase())
            ? 'word'
            : 'plain';
    const last = pieces.at(-1);
    if (last?.kind === kind) pieces[pieces.length - 1] = { kind, text: last.text + all };
    else pieces.push({ kind, text: all });
  }
  return pieces;
}

/** A string constant of a text, as the parser tells of it. */
export interface PlacedLiteral {
  /** In bytes of the text in UTF-8, from 0. */
  readonly at: number;
  readonly value: string;
}

/**
 * The text with parameters `$first`, `$first + 1` … in the places of these literals, so that what they stand for need
 * not be written into it: a server shows texts of statements in many places, and parameters in hardly any. Undefined
 * where one is written otherwise than `'…'` or `E'…'`, or is part of something longer (`date '…'`).
 */
export function withParameters(
  text: string,
  literals: readonly PlacedLiteral[],
  first: number,
): string | undefined {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  let done = 0;
  for (const [index, literal] of literals.toSorted((a, b) => a.at - b.at).entries()) {
    const end = literalEnd(bytes, literal);
    if (end === undefined || literal.at < done || isTyped(bytes.toString('latin1', done, literal.at)))
      return undefined;
    // With blanks around: `'x'AND` is two words, `$1AND` is none.
    parts.push(bytes.subarray(done, literal.at), Buffer.from(` $${first + index} `));
    done = end;
  }
  return Buffer.concat([...parts, bytes.subarray(done)]).toString();
}

function literalEnd(bytes: Buffer, { at, value }: PlacedLiteral): number | undefined {
  for (const prefix of ["'", "E'", "e'"]) {
    const written = Buffer.from(`${prefix}${value}'`);
    const end = at + written.length;
    // Another quote behind it would be a quote within it.
    if (bytes.subarray(at, end).equals(written) && bytes[end] !== quote) return end;
  }
  return undefined;
}

const quote = 0x27;

/** Words behind which an expression may begin. Behind others a string is a constant of the type that they name. */
const beforeExpressions = new Set(
  'all and any as by case distinct else except from having in intersect is like limit not offset on or returning select set then union using values when where'.split(
    ' ',
  ),
);

/** Whether a type's name stands at the end of what is before a literal, or a comment that may hide one. */
function isTyped(before: string): boolean {
  const text = before.trimEnd();
  if (/(?:[")]|\*\/)$/.test(text)) return true;
  const [word] = /[\w$\x80-\xff]+$/.exec(text) ?? [];
  return word !== undefined && !beforeExpressions.has(word.toLowerCase());
}

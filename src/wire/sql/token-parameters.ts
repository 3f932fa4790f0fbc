import { quoteIdentifier } from './identifier.ts';
import type { Unqualified } from './lineage/lineage.ts';

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
 *
 * Names that have no schema get theirs: by the time that the server reads the text they could stand for others.
 */
export function withParameters(
  text: string,
  literals: readonly PlacedLiteral[],
  first: number,
  unqualified: readonly Unqualified[],
): string | undefined {
  const bytes = Buffer.from(text);
  const edits = unqualified.map(({ at, schema }): Edit => ({
    at,
    end: at,
    written: `${quoteIdentifier(schema)}.`,
  }));
  for (const [index, literal] of literals.toSorted((a, b) => a.at - b.at).entries()) {
    const { at } = literal;
    const end = literalEnd(bytes, literal);
    if (end === undefined || isTyped(bytes.toString('latin1', Math.max(0, at - typeBytesMax), at)))
      return undefined;
    // With blanks around: `'x'AND` is two words, `$1AND` is none.
    edits.push({ at, end, written: ` $${first + index} ` });
  }
  return edited(bytes, edits);
}

/** How far before a literal a type's name is looked for. Behind more blanks the server refuses the text. */
const typeBytesMax = 256;

/** What is written in the place of some bytes. */
interface Edit {
  readonly at: number;
  readonly end: number;
  readonly written: string;
}

function edited(bytes: Buffer, edits: readonly Edit[]): string | undefined {
  const parts: Buffer[] = [];
  let done = 0;
  for (const { at, end, written } of edits.toSorted((a, b) => a.at - b.at)) {
    if (at < done) return undefined;
    parts.push(bytes.subarray(done, at), Buffer.from(written));
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

/**
 * Controls, format and direction characters, unassigned and private ones, halves of surrogate pairs, separators
 * of lines, whatever takes no place, and spaces that only look like one.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const deleteCode = 0x7f;

/**
 * Recorded text in one line, as a terminal or a page may show it: what could move the cursor, turn the direction
 * or stay hidden is spelled out (`^[`, `\n`, `\u{202e}`). Not meant to be read back: text that holds those very
 * spellings looks the same.
 */
export function visible(text: string): string {
  return text.replace(unseen, spelled);
}

/** The same for text of several lines, such as a statement: one string a line. */
export function visibleLines(text: string): string[] {
  return text.split('\n').map(visible);
}

function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return named[character] ?? `^${String.fromCodePoint(code + 0x40)}`;
  return code === deleteCode ? '^?' : `\\u{${code.toString(16)}}`;
}

import type { RecordedValue } from '../core/event.ts';

/** Ways to make a command look like another one to whoever decides on it. */
const tricks: readonly { readonly pattern: RegExp; readonly sentence: string }[] = [
  {
    // Unicode UTR #36 §2.5: embeddings, overrides, isolates and marks reorder what is shown.
    pattern: /\p{Bidi_Control}/u,
    sentence:
      'It contains characters that change the direction of the text: it may read otherwise than it runs.',
  },
  {
    // U+2800 is an empty Braille cell: no blank to the grammar, and no mark to the eye.
    pattern: /(?!\p{Bidi_Control})\p{Default_Ignorable_Code_Point}|\u2800/u,
    sentence: 'It contains characters that cannot be seen.',
  },
  {
    // U+2028 and U+2029 break a line where it is shown, and end no comment.
    pattern: /[^\P{Cc}\t\r\n]|\r(?!\n)|[\u2028\u2029]/u,
    sentence: 'It contains control characters, which a terminal may obey.',
  },
  {
    // Unicode UTS #39 §5: a name in two alphabets is most likely made to look like another one.
    pattern:
      /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin}/u,
    sentence: 'It contains words in two alphabets at once: a name may look like another one.',
  },
  {
    pattern: /(?:[^\S\n]*\n){30}|[^\S\n]{200}/,
    sentence: 'It contains a long stretch of nothing: read to the end.',
  },
];

const longChars = 5_000;

/** What an approver should be told before believing their eyes. */
export function deceptions(text: string, parameters: readonly RecordedValue[]): readonly string[] {
  const shown = [text, ...parameters.filter((value) => typeof value === 'string')];
  const found = tricks
    .filter(({ pattern }) => shown.some((part) => pattern.test(part)))
    .map(({ sentence }) => sentence);
  const chars = shown.reduce((sum, part) => sum + part.length, 0);
  if (chars > longChars) found.push(`It is ${chars} characters long: read to the end.`);
  if (parameters.some(isPart)) found.push('Only the beginning of a parameter is shown, and its digest.');
  return found;
}

function isPart(value: RecordedValue): boolean {
  return typeof value === 'object' && value !== null && 'bytes' in value;
}

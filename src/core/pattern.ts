import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';

/** Longer ones are no pattern for one sort of value. */
const charsMax = 1000;
/**
 * Instructions of the compiled pattern: a character costs at most as many steps, and what a pattern without `*`, `+`
 * and `{n,}` matches has at most as many characters.
 */
export const programMax = 256;
/** In some place of these, what can match nothing does. */
const blankPlaces: readonly string[] = ['', 'a', ' ', 'a \n\na', '-1-'];

/** Why a text is no pattern for a detector, and where in it (characters from its start). */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly offset: number;
  /** What to do about it, in a sentence. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, offset = 0) {
    super(message);
    this.hint = hint;
    this.offset = offset;
  }
}

/**
 * A pattern in RE2's syntax, which needs time linear in the text whatever the pattern.
 * @throws PatternError where RE2 does not take it, or it is too large, or it matches nothing at all somewhere
 */
export function compilePattern(pattern: string): RE2JS {
  if (pattern.length > charsMax) throw new PatternError(`longer than ${charsMax} characters`);
  const compiled = compile(pattern);
  if (compiled.programSize() > programMax) {
    throw new PatternError(
      `too large: ${compiled.programSize()} steps, at most ${programMax}`,
      'lower the counts in {…}, or name fewer alternatives',
    );
  }
  if (blankPlaces.some((text) => matchesNothing(compiled, text))) {
    throw new PatternError('matches where nothing stands', 'at least one character must be wanted');
  }
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw syntaxError(pattern, error);
    if (error instanceof RE2JSException) throw new PatternError(error.message);
    throw error;
  }
}

function syntaxError(pattern: string, { error, input }: RE2JSSyntaxException): PatternError {
  const part = input ?? '';
  const looksAround = /^\(\?<?[=!]/.test(part) || /^\\[1-9k]/.test(part);
  const hint = looksAround
    ? 'RE2 knows no look-around and no back references, for the sake of linear time'
    : undefined;
  return new PatternError(part === '' ? error : `${error}: ${part}`, hint, offsetOf(part, pattern));
}

/** Where the part is at fault; the beginning where it stands in more than one place. */
function offsetOf(part: string, pattern: string): number {
  const first = pattern.indexOf(part);
  return first !== -1 && first === pattern.lastIndexOf(part) ? first : 0;
}

function matchesNothing(pattern: RE2JS, text: string): boolean {
  const matcher = pattern.matcher(text);
  while (matcher.find()) if (matcher.start() === matcher.end()) return true;
  return false;
}

/** What a refusal says of dormant rules that would help: their names, and what to type. */
export interface Requestable {
  readonly rule: string;
  /** A command line, quoted for a shell. */
  readonly ask: string;
}

export function requestable(target: string, rules: readonly string[]): readonly Requestable[] {
  return rules.map((rule) => ({ rule, ask: askLine(target, rule) }));
}

/** A sentence with the exact command lines; empty where there are none. */
export function requestHint(asks: readonly Requestable[]): string {
  return asks.length === 0 ? '' : `Ask for it: ${asks.map(({ ask }) => ask).join(' or ')}.`;
}

function askLine(target: string, rule: string): string {
  return `sallyport request ${quoted(target)} --rule ${quoted(rule)} --because 'why'`;
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w.:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What is open in a document: the keys of an object so far, or undefined for a list. */
type Level = Set<string> | undefined;

/**
 * Whether some object in a JSON document (RFC 8259 §4) has one key twice: readers take the first, the last or neither. False
 * too where it is no JSON.
 */
export function hasTwins(document: Buffer): boolean {
  const text = document.toString();
  const levels: Level[] = [];
  let key: string | undefined;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/gs)) {
    const level = levels.at(-1);
    if (token === '{') levels.push(new Set());
    else if (token === '[') levels.push(undefined);
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ':') {
      if (level === undefined || key === undefined) continue;
      if (level.has(key)) return true;
      level.add(key);
    } else key = unescaped(token);
  }
  return false;
}

function unescaped(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

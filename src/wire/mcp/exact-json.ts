declare global {
  // ECMA-262 "JSON.parse source text access", which engines have and the library of types does not.
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** Deeper documents are nobody's honest arguments or results; both JSON and schemas are walked by recursion. */
export const depthMax = 100;

/** Why a text cannot be taken as JSON, in a sentence for whoever sent it. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

/**
 * A client's document. What it means must be one thing to everybody: numbers that JavaScript would round, and keys that
 * some libraries take for one another, are refused.
 * @throws JsonFault
 */
export function parseStrict(text: string): unknown {
  const value = parse(text, (source) => {
    if (/^-?\d+$/.test(source) && !Number.isSafeInteger(Number(source))) {
      throw new JsonFault(
        `the number ${source.slice(0, 40)} is not exact in every language; send it as a text`,
      );
    }
    return Number(source);
  });
  mustBePlain(value);
  return value;
}

/**
 * A server's document, to be written again as it came: numbers keep their digits.
 * @throws JsonFault
 */
export function parseExact(text: string): unknown {
  return parse(text, (source) => {
    const number = Number(source);
    return String(number) === source ? number : JSON.rawJSON(source);
  });
}

/** One spelling for equal values: keys in order, no spaces. */
export function canonical(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? 'null';
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** The same without these keys. */
export function without(
  value: Readonly<Record<string, unknown>>,
  ...keys: readonly string[]
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function parse(text: string, number: (source: string) => unknown): unknown {
  if (isDeep(text)) throw new JsonFault(`it is nested more than ${depthMax} deep`);
  try {
    return JSON.parse(text, (key, value, { source }) => {
      if (key === '__proto__') throw new JsonFault('a key is __proto__');
      return typeof value === 'number' && source !== undefined ? number(source) : value;
    });
  } catch (error) {
    throw error instanceof JsonFault ? error : new JsonFault('it is no JSON');
  }
}

/** By its brackets outside of strings. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at + 1);
    else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (depth > depthMax) return true;
  }
  return false;
}

function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at;
  }
  return text.length;
}

function mustBePlain(value: unknown): void {
  if (Array.isArray(value)) value.forEach(mustBePlain);
  else if (isObject(value)) {
    const seen = new Set<string>();
    for (const [key, inner] of Object.entries(value)) {
      const folded = foldKey(key);
      if (seen.has(folded)) throw new JsonFault(`two keys differ in letters alone: ${key.slice(0, 40)}`);
      seen.add(folded);
      mustBePlain(inner);
    }
  }
}

/** Some libraries, Go's among them, find keys whatever the case of their letters, and take ſ for s. */
export function foldKey(key: string): string {
  return key.normalize('NFKC').toLowerCase();
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key])]));
}

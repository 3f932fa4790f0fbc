import type { DetectorSet, TextEncoding } from './detect.ts';
import { redacted } from './redacted.ts';

/** What a number may be made of. */
export const numberChars = /[-+0-9.eE]/;

/** Values `[start, end)` in a document that detectors leave alone. */
export interface Kept {
  readonly start: number;
  readonly end: number;
}

/** A JSON document without what detectors find in it; still JSON. `kept` is in order. */
export function cleanJson(
  set: DetectorSet,
  document: string,
  encoding: TextEncoding,
  kept: readonly Kept[] = [],
): { readonly text: string; readonly found: number } {
  const { text, flat } = readable(document, kept);
  const bytes = Buffer.from(flat, encoding);
  if (!set.mayContain(bytes, 0, bytes.length)) return { text: document, found: 0 };
  const findings = set.find(flat, encoding);
  if (findings.length === 0) return { text: document, found: 0 };
  let cleaned = '';
  let at = 0;
  let inString = false;
  for (const finding of findings) {
    let { start, end } = finding;
    for (let index = at; index < start; index++) if (flat.charCodeAt(index) === quote) inString = !inString;
    let replacement = set.replacement(text.slice(start, end), finding, encoding);
    if (!inString) {
      // A number: all of it becomes a string.
      while (start > at && numberChars.test(flat.charAt(start - 1))) start -= 1;
      while (end < flat.length && numberChars.test(flat.charAt(end))) end += 1;
      replacement = JSON.stringify(replacement);
    }
    cleaned += text.slice(at, start) + replacement;
    at = end;
  }
  cleaned += text.slice(at);
  // Something found across the borders of strings: nothing of the document can be kept.
  return { text: isJson(cleaned) ? cleaned : JSON.stringify(redacted), found: findings.length };
}

const quote = 0x22;

/** The document as detectors should see it: `flat` is as long as `text`, without escapes and what is kept. */
function readable(document: string, kept: readonly Kept[]): { readonly text: string; readonly flat: string } {
  let text = '';
  let flat = '';
  let at = 0;
  for (const { start, end } of [...kept, { start: document.length, end: document.length }]) {
    const part = unescapeAscii(document.slice(at, start));
    text += part + document.slice(start, end);
    flat += blankEscapes(part) + '\n'.repeat(end - start);
    at = end;
  }
  return { text, flat };
}

/** A part of a document as detectors should see it: `text`, and as long as it `flat`, without escapes. */
export function readablePart(part: string): { readonly text: string; readonly flat: string } {
  const text = unescapeAscii(part);
  return { text, flat: blankEscapes(text) };
}

/** `\u0040` → `@`: another spelling must not hide a character. Quotes, backslashes and controls stay escaped. */
function unescapeAscii(json: string): string {
  if (!json.includes('\\')) return json;
  return json.replaceAll(/\\(?:u00([2-7][0-9a-fA-F])|[\s\S])/g, (whole, hex: string | undefined) => {
    if (whole === '\\/') return '/';
    const character = hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16));
    return /^[^"\\\x7f]$/.test(character) ? character : whole;
  });
}

/** Escapes as line breaks, length for length: `\nbob@…` is no `nbob@…`, and every quote left is a string's border. */
function blankEscapes(json: string): string {
  if (!json.includes('\\')) return json;
  return json.replaceAll(/\\(?:u[0-9a-fA-F]{4}|[\s\S])/g, (whole) => '\n'.repeat(whole.length));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

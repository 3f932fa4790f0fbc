import type { MaskPlan } from '../core/mask.ts';
import type { DetectorSet } from './detect.ts';

// What the fields are: PostgreSQL, "Error and Notice Message Fields" (protocol-error-fields).

export const withheldText = 'withheld by Sallyport: it may carry hidden values';
const withheldValue = '[withheld]';

/** Fields that the server fills from its own source or from the statement's text alone. */
const plainFields: ReadonlySet<string> = new Set(['S', 'V', 'C', 'P', 'F', 'L', 'R']);
/** Names of the schema, table, column, type and constraint at fault; RAISE can put anything there. */
const nameFields: ReadonlySet<string> = new Set(['s', 't', 'c', 'd', 'n']);

/**
 * The fields of a server's error or notice, by their letter, as a client may see them that has this plan. Server
 * texts quote values (`invalid input syntax for type integer: "…"`, `Key (email)=(…) already exists`), so where the
 * plan hides anything, whatever can hold one goes: DETAIL, CONTEXT, internal query, quoted words that are no names,
 * and all of a text that a function has made itself.
 *
 * `sent` is the statement's text where known: words that the client itself has written are left in messages.
 */
export function cleanFields(
  fields: ReadonlyMap<string, string>,
  plan: MaskPlan,
  set: DetectorSet | undefined,
  sent = '',
): Map<string, string> {
  const clean = (text: string): string => (set === undefined ? text : set.apply(text).text);
  if (plan.hidden.size === 0) {
    return new Map(
      [...fields].map(([letter, text]) => [letter, plainFields.has(letter) ? text : clean(text)]),
    );
  }
  const cleaned = new Map<string, string>();
  const free = isFreeText(fields);
  for (const [letter, text] of fields) {
    if (plainFields.has(letter)) cleaned.set(letter, text);
    else if (nameFields.has(letter) && !free) cleaned.set(letter, text);
    else if (letter === 'M') cleaned.set('M', free ? withheldText : clean(cleanMessage(text, fields, sent)));
    else if (letter === 'H' && !free) cleaned.set('H', clean(text));
    else if (letter === 'D') cleaned.set('D', withheldText);
  }
  return cleaned;
}

/** Whether it is what the server notes about its own work, as `trace_sort` has it: how large values are. */
export function isLogged(fields: ReadonlyMap<string, string>): boolean {
  return /^(?:LOG|DEBUG)/.test(fields.get('V') ?? '');
}

/** Whether a function has worded the message: RAISE and its like in other languages put values into it anyhow. */
function isFreeText(fields: ReadonlyMap<string, string>): boolean {
  const code = fields.get('C') ?? '';
  const routine = fields.get('R') ?? '';
  if (code.startsWith('P0') || /raise|elog|ereport/i.test(routine)) return true;
  // From within a function, and nothing the server itself is known to say.
  return fields.has('W') && (code === '' || /^(?:00|01|XX)/.test(code));
}

/** Classes whose messages quote identifiers and settings, never data. */
const nameClasses: ReadonlySet<string> = new Set([
  '08',
  '25',
  '26',
  '28',
  '3B',
  '40',
  '53',
  '55',
  '57',
  '58',
]);
const dataExceptionClass = '22';
/** Limits of the server, and faults inside it. */
const sizeClasses: ReadonlySet<string> = new Set(['54', 'XX']);

function cleanMessage(message: string, fields: ReadonlyMap<string, string>, sent: string): string {
  const sqlClass = (fields.get('C') ?? '').slice(0, 2);
  if (nameClasses.has(sqlClass)) return message;
  // `invalid memory alloc request size 1073741848`: how large values are.
  if (sizeClasses.has(sqlClass)) return hideQuoted(message, () => false).replaceAll(/\d+/g, withheldValue);
  // A syntax error or unknown name with its place in the statement quotes the statement.
  if (sqlClass === '42' && fields.has('P')) return message;
  const known = (word: string): boolean =>
    [...nameFields].some((letter) => fields.get(letter) === word) || isWordOf(sent, word);
  const unquoted = hideQuoted(message, known);
  return sqlClass === dataExceptionClass ? hideAfterColon(unquoted, known) : unquoted;
}

const quoted = /["„“”«»‚‘’'‹›]/;

/**
 * Hides everything from the first quotation mark to the last, unless each quoted word is known: a value may hold
 * quotation marks itself, so that where one ends cannot be told.
 */
function hideQuoted(message: string, known: (word: string) => boolean): string {
  const words = [...message.matchAll(/"([^"]*)"/g)];
  const rest = message.replaceAll(/"[^"]*"/g, '');
  if (words.every(([, word = '']) => known(word)) && !quoted.test(rest)) return message;
  const first = message.search(quoted);
  let last = message.length - 1;
  while (last > first && !quoted.test(message.charAt(last))) last -= 1;
  return `${message.slice(0, first)}"${withheldValue}"${message.slice(last + 1)}`;
}

/** `invalid byte sequence for encoding "UTF8": 0xff`: class 22 puts values behind the colon without quotes too. */
function hideAfterColon(message: string, known: (word: string) => boolean): string {
  const colon = message.search(/[:：]/);
  if (colon === -1) return message;
  const [, word] = /^\s*"([^"]*)"$/.exec(message.slice(colon + 1)) ?? [];
  return word === undefined || !known(word) ? `${message.slice(0, colon)}: "${withheldValue}"` : message;
}

function isWordOf(text: string, word: string): boolean {
  if (word === '') return false;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const before = text.charAt(at - 1);
    const after = text.charAt(at + word.length);
    if (!/[\w$]/.test(before) && !/[\w$]/.test(after)) return true;
  }
  return false;
}

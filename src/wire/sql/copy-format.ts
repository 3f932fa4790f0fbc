import type { Node } from '@pgsql/types';
import { strings, under } from './tree.ts';

/** What is told where the options say so. */
interface Told {
  /** Stands for the column's default, in data that comes in. */
  readonly default?: string;
  /** FORCE_NULL: what stands for NULL does so in quotes, too. */
  readonly forceNull?: true;
}

/** How the rows of a COPY stand in its bytes; `delimiter`, `quote` and `escape` are one ASCII character each. */
export type CopyFormat =
  | { readonly kind: 'binary' }
  | (Told & {
      readonly kind: 'text';
      readonly delimiter: string;
      readonly null: string;
      readonly header: boolean;
    })
  | (Told & {
      readonly kind: 'csv';
      readonly delimiter: string;
      readonly null: string;
      readonly header: boolean;
      readonly quote: string;
      readonly escape: string;
      /** Values of some columns, or of all, are quoted whether they need it or not. */
      readonly forceQuote: boolean;
    });

/** These do not change where one value ends and the next begins. */
const beside = new Set(
  'freeze force_not_null force_null on_error default reject_limit log_verbosity'.split(' '),
);

/** The format that the options of a COPY stand for; undefined where not all of them are understood. */
export function copyFormat(options: readonly Node[] = []): CopyFormat | undefined {
  const given = new Map<string, Node | undefined>();
  for (const option of options) {
    const { defname = '', arg } = under(option, 'DefElem') ?? {};
    // The server refuses an option given twice.
    if (given.has(defname)) return undefined;
    given.set(defname, arg);
  }
  const format = textOf(given, 'format', 'text');
  const header = headerOf(given);
  const delimiter = characterOf(given, 'delimiter', format === 'csv' ? ',' : '\t');
  const nothing = textOf(given, 'null', format === 'csv' ? '' : '\\N');
  const quote = characterOf(given, 'quote', '"');
  const escape = characterOf(given, 'escape', quote ?? '"');
  const forceQuote = given.has('force_quote');
  const told = toldOf(given);
  if (!isUtf8(textOf(given, 'encoding', 'utf8') ?? '')) return undefined;
  for (const name of ['format', 'header', 'delimiter', 'null', 'quote', 'escape', 'force_quote', 'encoding'])
    given.delete(name);
  if ([...given.keys()].some((name) => !beside.has(name))) return undefined;
  if (format === 'binary') return { kind: 'binary' };
  if (header === undefined || delimiter === undefined || nothing === undefined || told === undefined)
    return undefined;
  if (format === 'text') return { kind: 'text', delimiter, null: nothing, header, ...told };
  if (format !== 'csv' || quote === undefined || escape === undefined) return undefined;
  return { kind: 'csv', delimiter, null: nothing, header, quote, escape, forceQuote, ...told };
}

function toldOf(given: Given): Told | undefined {
  const forceNull = given.has('force_null') ? ({ forceNull: true } as const) : {};
  if (!given.has('default')) return forceNull;
  const text = optionText(given.get('default'));
  return text === undefined ? undefined : { default: text, ...forceNull };
}

type Given = ReadonlyMap<string, Node | undefined>;

function textOf(given: Given, name: string, otherwise: string): string | undefined {
  return given.has(name) ? optionText(given.get(name)) : otherwise;
}

function characterOf(given: Given, name: string, otherwise: string): string | undefined {
  const text = textOf(given, name, otherwise);
  return text?.length === 1 && text > '\0' && text <= '\x7f' ? text : undefined;
}

function optionText(arg: Node | undefined): string | undefined {
  return arg === undefined ? undefined : strings([arg])[0];
}

/** `HEADER`, `HEADER true`; MATCH is for data that comes in, where it is a header, too. */
function headerOf(given: Given): boolean | undefined {
  if (!given.has('header')) return false;
  const arg = given.get('header');
  if (arg === undefined) return true;
  const integer = under(arg, 'Integer');
  const boolean = under(arg, 'Boolean');
  const text = boolean === undefined ? optionText(arg)?.toLowerCase() : String(boolean.boolval ?? false);
  if (integer?.ival === 1 || ['true', 'on', 'match'].includes(text ?? '')) return true;
  const off = (integer !== undefined && (integer.ival ?? 0) === 0) || ['false', 'off'].includes(text ?? '');
  return off ? false : undefined;
}

/** As the server cleans names of encodings: `UTF-8`, `utf8`. */
function isUtf8(encoding: string): boolean {
  return ['utf8', 'unicode'].includes(encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

import type { ParseResult } from '@pgsql/types';
import { type NormalForm, normalFormOf, placesInForm, sibling, valueOf } from './normal-form.ts';

/** A text that has a normal form, and its parse tree. */
export interface Parsed {
  readonly text: string;
  readonly form: NormalForm;
  readonly tree: ParseResult;
}

/** Says whether a literal of the tree was looked at since it was asked last. */
export type Watch = () => boolean;

type Fields = Record<string, unknown>;

/** Where things stand in the text. Lengths of statements are none of them, and nobody needs them. */
const places: ReadonlySet<string> = new Set([
  'location',
  'name_location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
]);
const lengths: ReadonlySet<string> = new Set(['stmt_len']);

/**
 * As `watch`, with a sibling of the text's own making. Undefined, too, where the text has no normal form.
 * `parse`: undefined where the grammar does not take a text, as it may look at a literal (`float(54)`).
 */
export function watchText(
  text: string,
  tree: ParseResult,
  parse: (text: string) => ParseResult | undefined,
): Watch | undefined {
  const form = normalFormOf(text);
  if (form === undefined) return undefined;
  const other = sibling(text, form);
  const otherForm = normalFormOf(other);
  const otherTree = parse(other);
  if (otherForm === undefined || otherTree === undefined) return undefined;
  return watch({ text, form, tree }, { text: other, form: otherForm, tree: otherTree });
}

/**
 * Makes of a text's tree one that stands for all texts of its normal form, as long as none of its literals is looked
 * at: `Watch` tells. Places are gone from it, but for those of relations. Undefined where there is no such tree; then
 * it is left as it was.
 *
 * The grammar goes by kinds of words, which are the same in all these texts; what a literal says goes into the tree by
 * rules that know nothing else of it. So it is enough to see that each literal has become a constant (`A_Const`) in its
 * own place and of its own value, and that the tree of a text with all other literals (`sibling`) is the same
 * otherwise: then none has got anywhere else, as those of COPY's options, `float(24)` or a function's body do.
 */
export function watch(parsed: Parsed, other: Parsed): Watch | undefined {
  if (parsed.form.text !== other.form.text) return undefined;
  const comparison = new Comparison(parsed, other);
  return comparison.isAlike() ? comparison.watch() : undefined;
}

class Comparison {
  readonly #one: Side;
  readonly #other: Side;
  /** Constants of the tree that its literals have become, by the literals' numbers. */
  readonly #constants = new Map<number, Fields[]>();
  /** Whatever in the tree says where it stands. */
  readonly #placed: Fields[] = [];

  constructor(one: Parsed, other: Parsed) {
    this.#one = sideOf(one);
    this.#other = sideOf(other);
  }

  isAlike(): boolean {
    const same = this.#same(this.#one.tree, this.#other.tree);
    return same && this.#constants.size === this.#one.form.literals.length;
  }

  watch(): Watch {
    let looked = false;
    const look = (): void => {
      looked = true;
    };
    for (const constant of [...this.#constants.values()].flat()) cover(constant, look);
    for (const node of this.#placed) forgetPlaces(node);
    return () => {
      const was = looked;
      looked = false;
      return was;
    };
  }

  #same(one: unknown, other: unknown): boolean {
    if (!isFields(one) || !isFields(other)) return one === other;
    if (Array.isArray(one) || Array.isArray(other)) {
      if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
      return one.every((item, at) => this.#same(item, other[at]));
    }
    if ('A_Const' in one && this.#isLiteral(one['A_Const'], other['A_Const'])) return true;
    const keys = Object.keys(one).filter(isOfMeaning);
    if (keys.length !== Object.keys(other).filter(isOfMeaning).length) return false;
    return this.#samePlaces(one, other) && keys.every((key) => this.#same(one[key], other[key]));
  }

  /** Whether both are the constant that the same literal has become. */
  #isLiteral(one: unknown, other: unknown): boolean {
    if (!isFields(one) || !isFields(other)) return false;
    const number = literalNumber(one, this.#one);
    if (number === undefined || number !== literalNumber(other, this.#other)) return false;
    this.#constants.set(number, [...(this.#constants.get(number) ?? []), one]);
    this.#placed.push(one);
    return true;
  }

  #samePlaces(one: Fields, other: Fields): boolean {
    for (const key of places) {
      if (!(key in one) && !(key in other)) continue;
      if (this.#one.place(one, key) !== this.#other.place(other, key)) return false;
      this.#placed.push(one);
    }
    return true;
  }
}

interface Side extends Parsed {
  /** Numbers of literals by where they start. */
  readonly numbers: ReadonlyMap<number, number>;
  /** A place, counted in the normal form. */
  place(node: Fields, key: string): number;
}

function sideOf(parsed: Parsed): Side {
  const inForm = placesInForm(parsed.text, parsed.form);
  return {
    ...parsed,
    numbers: new Map(parsed.form.literals.map(({ start }, number) => [start, number])),
    place(node, key) {
      const place = placeOf(node, key);
      return inForm[place] ?? place;
    },
  };
}

/** Which of the text's literals this constant is, with or without a sign before it; undefined: none of them. */
function literalNumber(constant: Fields, { text, form, numbers }: Side): number | undefined {
  sign.lastIndex = placeOf(constant, 'location');
  const [minus = ''] = sign.exec(text) ?? [];
  const number = numbers.get(placeOf(constant, 'location') + minus.length);
  const literal = number === undefined ? undefined : form.literals[number];
  if (literal === undefined) return undefined;
  const value = valueOf(text, literal);
  const kinds = Object.keys(constant).filter(isOfMeaning);
  const same =
    typeof value === 'string'
      ? minus === '' && kinds.join() === 'sval' && inside(constant, 'sval', '') === value
      : kinds.join() === 'ival' && inside(constant, 'ival', 0) === (minus === '' ? value : 0 - value);
  return same ? number : undefined;
}

/** The grammar makes one constant of a sign and a number. */
const sign = /-[ \t\n]*/y;

/** `{ ival: { ival: 5 } }`; what is 0 or empty is left out. */
function inside(constant: Fields, key: 'sval' | 'ival', otherwise: unknown): unknown {
  const value = constant[key];
  return isFields(value) ? (value[key] ?? otherwise) : undefined;
}

function cover(constant: Fields, look: () => void): void {
  for (const key of ['sval', 'ival']) {
    if (!(key in constant)) continue;
    const value = constant[key];
    const get = (): unknown => {
      look();
      return value;
    };
    Object.defineProperty(constant, key, { get, enumerable: true });
  }
}

function forgetPlaces(node: Fields): void {
  if ('relname' in node) return;
  for (const key of places) if (key in node) node[key] = undefined;
}

function placeOf(node: Fields, key: string): number {
  const place = node[key] ?? 0;
  return typeof place === 'number' ? place : Number.NaN;
}

function isOfMeaning(key: string): boolean {
  return !places.has(key) && !lengths.has(key);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

import type { ParseResult } from '@pgsql/types';
import {
  type Literal,
  type NormalForm,
  normalFormOf,
  placesInForm,
  sibling,
  valueOf,
} from './normal-form.ts';

/** A text that has a normal form, and its parse tree. */
export interface Parsed {
  readonly text: string;
  readonly form: NormalForm;
  readonly tree: ParseResult;
}

/** Says whether a literal of the tree was looked at since it was asked last. */
export type Watch = () => boolean;

type Fields = Record<string, unknown>;

/** Where things stand in the text; what is 0 is left out of a tree. */
const places: ReadonlySet<string> = new Set([
  'location',
  'name_location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'stmt_location',
]);

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
  /** Constants of the tree that its literals have become. */
  readonly #constants: Fields[] = [];
  /** Numbers of these literals. */
  readonly #literals = new Set<number>();
  /** Whatever in the tree says where it stands. */
  readonly #placed: { readonly node: Fields; readonly key: string }[] = [];

  constructor(one: Parsed, other: Parsed) {
    this.#one = sideOf(one);
    this.#other = sideOf(other);
  }

  isAlike(): boolean {
    const same = this.#same(this.#one.tree, this.#other.tree);
    return same && this.#literals.size === this.#one.form.literals.length;
  }

  watch(): Watch {
    let looked = false;
    const look = (): void => {
      looked = true;
    };
    for (const constant of this.#constants) cover(constant, look);
    for (const { node, key } of this.#placed) if (!('relname' in node)) node[key] = undefined;
    return () => {
      const was = looked;
      looked = false;
      return was;
    };
  }

  /** Names of fields stand in the order of the grammar's own. */
  #same(one: unknown, other: unknown): boolean {
    if (!isFields(one) || !isFields(other)) return one === other;
    const keys = Object.keys(one);
    const others = Object.keys(other);
    if (keys.length !== others.length || Array.isArray(one) !== Array.isArray(other)) return false;
    for (const [at, key] of keys.entries()) {
      if (key !== others[at] || !this.#sameField(key, one, other)) return false;
    }
    return true;
  }

  #sameField(key: string, one: Fields, other: Fields): boolean {
    if (places.has(key)) {
      this.#placed.push({ node: one, key });
      return placeOf(one, key, this.#one) === placeOf(other, key, this.#other);
    }
    if (key === 'stmt_len') return true;
    if (key === 'A_Const' && this.#isLiteral(one[key], other[key])) return true;
    return this.#same(one[key], other[key]);
  }

  /** Whether both are the constant that the same literal has become. */
  #isLiteral(one: unknown, other: unknown): boolean {
    if (!isFields(one) || !isFields(other)) return false;
    const number = literalNumber(one, this.#one);
    if (number === undefined || number !== literalNumber(other, this.#other)) return false;
    this.#literals.add(number);
    this.#constants.push(one);
    this.#placed.push({ node: one, key: 'location' });
    return true;
  }
}

interface Side extends Parsed {
  /** Numbers of literals by where they start. */
  readonly numbers: ReadonlyMap<number, number>;
  readonly placesInForm: Int32Array;
}

function sideOf(parsed: Parsed): Side {
  const { text, form } = parsed;
  const numbers = new Map(form.literals.map(({ start }, number) => [start, number]));
  return { ...parsed, numbers, placesInForm: placesInForm(text, form) };
}

/** A place, counted in the normal form. */
function placeOf(node: Fields, key: string, side: Side): unknown {
  const place = node[key];
  return typeof place === 'number' ? (side.placesInForm[place] ?? place) : place;
}

/** Which of the text's literals this constant is, with or without a sign before it; undefined: none of them. */
function literalNumber(constant: Fields, { text, form, numbers }: Side): number | undefined {
  const { location = 0 } = constant;
  if (typeof location !== 'number') return undefined;
  sign.lastIndex = location;
  const [minus = ''] = sign.exec(text) ?? [];
  const number = numbers.get(location + minus.length);
  const literal = number === undefined ? undefined : form.literals[number];
  if (literal === undefined) return undefined;
  return isOf(constant, literal.kind, valueOf(text, literal), minus !== '') ? number : undefined;
}

function isOf(constant: Fields, kind: Literal['kind'], value: string | number, minus: boolean): boolean {
  switch (kind) {
    case 'string':
      return !minus && inside(constant, 'sval', '') === value;
    case 'number':
      return inside(constant, 'ival', 0) === (minus ? 0 - Number(value) : value);
    case 'fraction':
      return inside(constant, 'fval', '') === (minus ? `-${value}` : value);
  }
}

/** The grammar makes one constant of a sign and a number. */
const sign = /-[ \t\n]*/y;

const valueKeys = ['sval', 'ival', 'fval'] as const;
type ValueKey = (typeof valueKeys)[number];

/** `{ ival: { ival: 5 } }`; what is 0 or empty is left out. */
function inside(constant: Fields, key: ValueKey, otherwise: unknown): unknown {
  const value = constant[key];
  return isFields(value) ? (value[key] ?? otherwise) : undefined;
}

function cover(constant: Fields, look: () => void): void {
  for (const key of valueKeys) {
    if (!(key in constant)) continue;
    const value = constant[key];
    const get = (): unknown => {
      look();
      return value;
    };
    Object.defineProperty(constant, key, { get, enumerable: true });
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

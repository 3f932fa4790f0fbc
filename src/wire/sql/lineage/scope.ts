import { systemColumns } from './total.ts';
import { computed, nothing, oneOf, type Value } from './value.ts';

/** A column that FROM offers or that a query gives. */
export interface Column {
  /** Undefined where nobody knows: it may be of any name. */
  readonly name: string | undefined;
  readonly value: Value;
  /** Stands for any number of columns. */
  readonly spread?: true;
}

/** What qualifies columns: a relation, sub-select, function or join, by its alias or name. */
export interface Range {
  readonly name: string;
  readonly schema?: string;
  readonly columns: readonly Column[];
}

/** What a FROM clause or a part of it offers. */
export interface Offer {
  /** In the order of a star; columns merged by USING once. */
  readonly columns: readonly Column[];
  readonly ranges: readonly Range[];
}

/** What a name may stand for, from the inside out. */
export interface Scope {
  readonly offer: Offer;
  readonly ctes: ReadonlyMap<string, readonly Column[]>;
  readonly outer: Scope | undefined;
}

export const emptyOffer: Offer = { columns: [], ranges: [] };

/**
 * What `u.email`, `email`, `u` or `public.users.email` is; undefined where it is no column that is known. It may
 * then be a function of a row (`u.row_to_json`), or anything.
 */
export function lookUp(path: readonly string[], scope: Scope): Value | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const found = path.length === 1 ? unqualified(path[0] ?? '', at) : qualified(path, at.offer);
    if (found !== undefined) return found === 'strange' ? undefined : found;
  }
  return undefined;
}

/** The columns of `*`, `u.*` or `public.users.*`; undefined: no such range is known. */
export function starOf(path: readonly string[], scope: Scope): readonly Column[] | undefined {
  if (path.length === 0) return scope.offer.columns;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const ranges = rangesNamed(path, at.offer);
    const [only, ...others] = ranges;
    if (only !== undefined && others.length === 0) return only.columns;
    if (ranges.length > 0) return [spreadOf(ranges.flatMap(({ columns }) => columns))];
  }
  return undefined;
}

/** Everything that is to be seen from here, in one: what a name that nobody knows may stand for. */
export function everything(scope: Scope): Value {
  const values: Value[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    for (const { columns } of at.offer.ranges) for (const { value } of columns) values.push(value);
    for (const { value } of at.offer.columns) values.push(value);
  }
  return computed(values, false);
}

/** One column that stands for any number, each of which may be any of these. */
export function spreadOf(columns: readonly Column[]): Column {
  return {
    name: undefined,
    value: { ...oneOf(columns.map(({ value }) => value)), mixed: true },
    spread: true,
  };
}

/** A value made of all columns at once: `SELECT u FROM users u`. */
export function wholeRow(columns: readonly Column[]): Value {
  return {
    ...computed([nothing, ...columns.map(({ value }) => value)], true),
    constant: false,
    guess: false,
  };
}

/** With the names that an alias gives to its first columns. */
export function renamed(columns: readonly Column[], names: readonly string[]): readonly Column[] {
  if (names.length === 0) return columns;
  const spread = columns.findIndex((column) => column.spread === true);
  if (spread === -1 || spread >= names.length) {
    return columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }));
  }
  // Nobody knows which of them get which name.
  return columns.map((column) => ({ ...column, name: undefined }));
}

function unqualified(name: string, { offer }: Scope): Value | undefined {
  const sure = offer.columns.filter((column) => column.name === name);
  const perhaps = offer.columns.filter((column) => column.name === undefined);
  if (sure.length > 0) return oneOf([...sure, ...perhaps].map(({ value }) => value));
  const ranges = offer.ranges.filter((range) => range.name === name);
  const whole = ranges.map(({ columns }) => wholeRow(columns));
  const others = perhaps.map(({ value }) => value);
  if (whole.length > 0) return computed([...whole, ...others], true);
  if (others.length > 0) return oneOf(others);
  return systemColumns.has(name) && offer.ranges.length > 0 ? nothing : undefined;
}

function qualified(path: readonly string[], offer: Offer): Value | 'strange' | undefined {
  const last = path.at(-1) ?? '';
  const ranges = rangesNamed(path.slice(0, -1), offer);
  if (ranges.length === 0) return undefined;
  const values: Value[] = [];
  for (const { columns } of ranges) {
    const found = columns.filter(({ name }) => name === last || name === undefined);
    if (found.length > 0) values.push(...found.map(({ value }) => value));
    else if (systemColumns.has(last)) values.push(nothing);
    else return 'strange';
  }
  return oneOf(values);
}

/** By `[name]`, `[schema, name]` or `[database, schema, name]`. */
function rangesNamed(path: readonly string[], offer: Offer): Range[] {
  const name = path.at(-1);
  const schema = path.at(-2);
  return offer.ranges.filter(
    (range) =>
      range.name === name && (schema === undefined || range.schema === undefined || range.schema === schema),
  );
}

import { systemColumns } from './total.ts';
import { computed, isHidden, nothing, oneOf, type Value } from './value.ts';

/** A column that FROM offers or that a query gives. */
export interface Column {
  /** Undefined where nobody knows: it may be of any name. */
  readonly name: string | undefined;
  readonly value: Value;
  /** Stands for any number of columns. */
  readonly spread?: true;
  /** Of several relations that it may be of, not all have it. */
  readonly unsure?: true;
  /** Of a relation that has nothing hidden: anybody may change it, even between this look at it and the server's. */
  readonly loose?: true;
  /** By a star of its list. */
  readonly starred?: true;
  /** How many columns stand before it in its list is not sure, because of a star. */
  readonly adrift?: true;
}

/** What qualifies columns: a relation, sub-select, function or join, by its alias or name. */
export interface Range {
  /** Undefined where nobody knows. */
  readonly name: string | undefined;
  /** Only a relation without an alias can be named with its schema; `undefined` in it: whatever schema it is in. */
  readonly relation?: { readonly schema: string | undefined };
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
  const [name = '', ...more] = path;
  return more.length === 0 ? unqualified(name, scope) : qualified(path, scope);
}

/** The columns of `*`, `u.*` or `public.users.*`; undefined: no such range is known. */
export function starOf(path: readonly string[], scope: Scope): readonly Column[] | undefined {
  if (path.length === 0) return scope.offer.columns;
  const [only, ...others] = rangesNamed(path, scope);
  if (only === undefined) return undefined;
  if (others.length === 0) return only.columns;
  return [spreadOf([only, ...others].flatMap(({ columns }) => columns))];
}

/** Whether a name is, or may be, that of a column, and so not of a range. */
export function isColumn(name: string, scope: Scope): boolean {
  for (const { offer } of levels(scope)) {
    if (offer.columns.some((column) => column.name === name || column.name === undefined)) return true;
  }
  return false;
}

/** Everything that is to be seen from here, in one: what a name that nobody knows may stand for. */
export function everything(scope: Scope): Value {
  const values: Value[] = [];
  for (const { offer } of levels(scope)) {
    for (const { columns } of offer.ranges) for (const { value } of columns) values.push(value);
    for (const { value } of offer.columns) values.push(value);
  }
  return computed(values, false);
}

/** How much there is to look through from here. */
export function widthOf(scope: Scope): number {
  let width = 0;
  for (const { offer } of levels(scope)) width += offer.columns.length + offer.ranges.length;
  return width;
}

/** One column that stands for any number, each of which may be any of these. */
export function spreadOf(columns: readonly Column[]): Column {
  return {
    name: undefined,
    value: { ...oneOf(columns.map(({ value }) => value)), mixed: true },
    spread: true,
  };
}

/**
 * The first column of which nobody is sure that it has this place, where something hidden has this place or one behind
 * it; -1: there is none.
 */
export function driftOf(columns: readonly Column[]): number {
  const first = columns.findIndex((column) => column.adrift === true || column.spread === true);
  return first !== -1 && columns.slice(first).some(({ value }) => isHidden(value)) ? first : -1;
}

/** Columns of several relations in a row. */
export function adrift(columns: readonly Column[]): readonly Column[] {
  const sure = !columns.some((column) => column.loose === true || column.spread === true);
  return sure ? columns : columns.map((column) => ({ ...column, adrift: true }));
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
  const drift = driftOf(columns);
  if (drift !== -1 && drift < names.length) {
    return [...renamed(columns.slice(0, drift), names.slice(0, drift)), spreadOf(columns.slice(drift))];
  }
  const spread = columns.findIndex((column) => column.spread === true);
  if (spread === -1 || spread >= names.length) {
    return columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }));
  }
  // Nobody knows which of them get which name.
  return columns.map((column) => ({ ...column, name: undefined }));
}

/** A column of the nearest query that has one of this name; only where none has, a range as a whole. */
function unqualified(name: string, scope: Scope): Value | undefined {
  const found: Value[] = [];
  for (const { offer } of levels(scope)) {
    const named = offer.columns.filter((column) => column.name === name);
    const perhaps = offer.columns.filter((column) => column.name === undefined);
    found.push(...[...named, ...perhaps].map(({ value }) => value));
    const sure = named.filter((column) => column.unsure !== true);
    if (sure.length === 0) continue;
    const fixed = sure.some((column) => column.loose !== true) || found.some(isHidden);
    return oneOf(fixed ? found : [...found, ...behind(name, scope)]);
  }
  if (systemColumns.has(name)) return oneOf([nothing, ...found]);
  const whole = rangesNamed([name], scope).map(({ columns }) => wholeRow(columns));
  if (whole.length > 0) return computed([...whole, ...found], true);
  return found.length > 0 ? oneOf(found) : undefined;
}

/** What hidden things a name stands for as soon as a column of this name is gone. */
function behind(name: string, scope: Scope): Value[] {
  const found: Value[] = [];
  for (const { offer } of levels(scope)) {
    for (const column of offer.columns) if (column.name === name) found.push(column.value);
    for (const range of offer.ranges) if (range.name === name) found.push(wholeRow(range.columns));
  }
  return found.filter(isHidden);
}

function qualified(path: readonly string[], scope: Scope): Value | undefined {
  const last = path.at(-1) ?? '';
  const ranges = rangesNamed(path.slice(0, -1), scope);
  const found = ranges.map(({ columns }) =>
    columns.filter(({ name }) => name === last || name === undefined),
  );
  const values = found.flat().map(({ value }) => value);
  if (systemColumns.has(last) && ranges.length > 0) return oneOf([nothing, ...values]);
  // Of several that a name may stand for, the server takes one that has the column.
  return values.length > 0 ? oneOf(values) : undefined;
}

/**
 * By `[name]` those of the nearest query that has any. By `[schema, name]` or `[database, schema, name]` relations
 * without an alias, of all queries around, as a name in FROM does not tell its schema.
 */
function rangesNamed(path: readonly string[], scope: Scope): Range[] {
  const name = path.at(-1);
  const schema = path.at(-2);
  const found: Range[] = [];
  for (const { offer } of levels(scope)) {
    const named = offer.ranges.filter((range) => range.name === name);
    found.push(...offer.ranges.filter((range) => range.name === undefined));
    if (schema === undefined && named.length > 0) return [...found, ...named];
    found.push(...named.filter(({ relation }) => relation !== undefined && mayBeIn(relation.schema, schema)));
  }
  return found;
}

function mayBeIn(schema: string | undefined, wanted: string | undefined): boolean {
  return schema === undefined || schema === wanted;
}

function* levels(scope: Scope): Generator<Scope> {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) yield at;
}

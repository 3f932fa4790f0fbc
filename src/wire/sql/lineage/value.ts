import type { Origin } from './lineage.ts';
import { scalarOids } from './total.ts';

/** What is known of a value that an expression gives. */
export interface Value {
  /** Sensitive things that it comes from, each once; empty: it tells nothing. */
  readonly origins: readonly Origin[];
  /** Base type where it is a column's; else 0. */
  readonly typeOid: number;
  /** Giving it cannot fail, whatever the values: no error could tell them. */
  readonly total: boolean;
  /** Literals, parameters, and what is computed from them alone. */
  readonly constant: boolean;
  /** All it tells is whether a value is equal to another, or NULL: what a client may ask anyway. */
  readonly guess: boolean;
  /** How long it is depends on what is in it, not only on how long the column's value is. */
  readonly cut?: true;
  /** It may be an array, for all that is known: such fit together or not by their lengths. */
  readonly array: boolean;
  /** It may be another column as well, which is not hidden or is masked otherwise. */
  readonly mixed?: true;
  /** Of a recursive query that has not been looked at yet. */
  readonly pending?: true;
  /** A JSON document, or a part of one: where its origins' pointers begin to count. */
  readonly path?: readonly string[];
}

export const nothing: Value = {
  origins: [],
  typeOid: 0,
  total: true,
  constant: false,
  guess: false,
  array: false,
};
export const constantValue: Value = { ...nothing, constant: true };
/** The outcome of something that may fail, of values that nobody hides. */
export const failing: Value = { ...nothing, total: false };

export function isHidden({ origins }: Value): boolean {
  return origins.length > 0;
}

/** Hidden, and just as the column has it. */
export function isPlain({ origins }: Value): boolean {
  return origins.length > 0 && origins.every(({ plain }) => plain);
}

/** No array, as far as its column or what made it tells. */
export function isScalar({ typeOid, array }: Value): boolean {
  return typeOid === 0 ? !array : scalarOids.has(typeOid);
}

export function resourcesOf(values: readonly Value[]): string[] {
  return [...new Set(values.flatMap(({ origins }) => origins.map(({ resource }) => resource)))];
}

/** Something computed from all of these. */
export function computed(values: readonly Value[], total: boolean): Value {
  const origins = values.flatMap((value) => value.origins.map((origin) => ({ ...origin, plain: false })));
  return {
    origins: distinct(origins),
    typeOid: 0,
    total: total && values.every((value) => value.total),
    constant: values.every(({ constant }) => constant),
    guess: origins.length > 0 && values.every(({ guess, origins: own }) => guess || own.length === 0),
    array: values.some((value) => !isScalar(value)),
    ...(values.some(({ cut }) => cut) ? { cut: true } : {}),
  };
}

/** One of these, unchanged. */
export function oneOf(values: readonly Value[]): Value {
  const [first = nothing, ...others] = values;
  if (others.length === 0) return first;
  // All are of one type; where it turns out to be another that is not hidden, nothing can be told.
  const hidden = values.filter(isHidden);
  return {
    origins: distinct(values.flatMap(({ origins }) => origins)),
    typeOid: others.every(({ typeOid }) => typeOid === first.typeOid) ? first.typeOid : 0,
    total: values.every(({ total }) => total),
    constant: values.every(({ constant }) => constant),
    guess: false,
    array: (hidden.length > 0 ? hidden : values).some((value) => !isScalar(value)),
    ...(values.some(({ cut }) => cut) ? { cut: true } : {}),
    ...(isMixed(values) ? { mixed: true } : {}),
    ...(first.path?.length === 0 && others.every(({ path }) => path?.length === 0) ? { path: [] } : {}),
  };
}

function isMixed([first, ...others]: readonly Value[]): boolean {
  const own = JSON.stringify(first?.origins);
  return (
    first?.mixed === true || others.some((it) => it.mixed === true || JSON.stringify(it.origins) !== own)
  );
}

function distinct(origins: readonly Origin[]): Origin[] {
  if (origins.length < 2) return [...origins];
  const found = new Map<string, Origin>();
  for (const origin of origins) {
    const known = found.get(origin.resource);
    if (known === undefined || (known.plain && !origin.plain)) found.set(origin.resource, origin);
  }
  return [...found.values()];
}

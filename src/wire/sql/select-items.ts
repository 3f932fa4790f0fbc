import type { ColumnRef, Node, ResTarget, SelectStmt } from '@pgsql/types';
import { strings, under } from './tree.ts';

/** `u.email` → `['u', 'email']`; a star is `*`. */
export function columnPath(column: ColumnRef): string[] {
  return (column.fields ?? []).map((field) => under(field, 'String')?.sval ?? '*');
}

/** The items of a select list that are plain columns or stars. */
export function plainColumn(item: Node): ColumnRef | undefined {
  return under(under(item, 'ResTarget')?.val ?? item, 'ColumnRef');
}

/**
 * The plain items that ORDER BY, GROUP BY or DISTINCT ON point at by ordinal or output name. Before a star is
 * expanded nobody can count items: then an ordinal may be any of them.
 */
export function pointedAt(keys: readonly Node[] | undefined, items: readonly Node[]): readonly Node[] {
  if (keys === undefined || keys.length === 0) return [];
  const named = Map.groupBy(items, (item) => under(item, 'ResTarget')?.name);
  const counted = !items.some((item) => plainColumn(item)?.fields?.some((field) => 'A_Star' in field));
  const found = new Set<Node>();
  const seen = new Set<string>();
  const look = (key: Node): void => {
    const within = under(key, 'GroupingSet')?.content ?? under(key, 'RowExpr')?.args;
    if (within !== undefined) return within.forEach(look);
    const node = under(key, 'SortBy')?.node ?? key;
    const ordinal = under(node, 'A_Const')?.ival?.ival;
    const item = ordinal === undefined ? undefined : items[ordinal - 1];
    if (item !== undefined) found.add(item);
    const [name, ...more] = columnPath(under(node, 'ColumnRef') ?? {});
    if (name !== undefined && more.length === 0 && !seen.has(name)) {
      seen.add(name);
      for (const one of named.get(name) ?? []) found.add(one);
    }
    if (ordinal !== undefined && !counted) pointsAnywhere = true;
  };
  let pointsAnywhere = false;
  keys.forEach(look);
  return pointsAnywhere ? items : [...found];
}

/** DISTINCT alone is a list of one empty node; DISTINCT ON has its expressions. */
export function isDistinct({ distinctClause }: SelectStmt): boolean {
  return distinctClause?.length === 1 && Object.keys(distinctClause[0] ?? {}).length === 0;
}

/** `SET email = excluded.email` of an ON CONFLICT; anywhere else `excluded` may be any table's alias. */
export function isOwnExcluded({ name, val, indirection }: ResTarget): boolean {
  const path = columnPath(under(val, 'ColumnRef') ?? {});
  return indirection === undefined && path.length === 2 && path[0] === 'excluded' && path[1] === name;
}

/** `FROM f(x)` exposes `f` where it has no alias. */
export function functionName(item: Node): string {
  const [call] = under(item, 'RangeFunction')?.functions ?? [];
  const [first] = under(call, 'List')?.items ?? [];
  return strings(under(first, 'FuncCall')?.funcname).at(-1) ?? '';
}

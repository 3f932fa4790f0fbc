import type { Node } from '@pgsql/types';
import { below, strings, under } from './tree.ts';

/** What FROM offers to a WHERE. */
export interface Sources {
  /** As columns are qualified with: aliases, else the tables' names. In the order of FROM. */
  readonly names: ReadonlySet<string>;
  /** The tables' own names. */
  readonly tables: ReadonlySet<string>;
  /** Names of which there are few rows from the start: lists of VALUES, sub-selects with a WHERE of their own. */
  readonly bounded: ReadonlySet<string>;
  /** Of inner joins; those of outer joins keep no row back. */
  readonly conditions: readonly Node[];
}

interface Gathered {
  readonly names: Set<string>;
  readonly tables: Set<string>;
  readonly bounded: Set<string>;
  readonly conditions: Node[];
}

export function sourcesOf(
  from: readonly Node[],
  isNarrow: (subselect: Node | undefined) => boolean,
): Sources {
  const found: Gathered = { names: new Set(), tables: new Set(), bounded: new Set(), conditions: [] };
  for (const item of from) gather(item, isNarrow, found);
  return found;
}

function gather(
  item: Node | undefined,
  isNarrow: (subselect: Node | undefined) => boolean,
  found: Gathered,
): void {
  const table = under(item, 'RangeVar');
  if (table !== undefined) {
    found.names.add(table.alias?.aliasname ?? table.relname ?? '');
    found.tables.add(table.relname ?? '');
    return;
  }
  const join = under(item, 'JoinExpr');
  if (join !== undefined) {
    gather(join.larg, isNarrow, found);
    gather(join.rarg, isNarrow, found);
    if (join.jointype === 'JOIN_INNER' && join.quals !== undefined) found.conditions.push(join.quals);
    return;
  }
  const subselect = under(item, 'RangeSubselect');
  const call = under(item, 'RangeFunction');
  // Anything else (XMLTABLE, TABLESAMPLE …) gets a name that no column has, so it is never bounded.
  const name = (subselect ?? call)?.alias?.aliasname ?? `?${found.names.size}`;
  found.names.add(name);
  if (subselect !== undefined && isNarrow(subselect.subquery)) found.bounded.add(name);
  if (call !== undefined && isGivenList(item)) found.bounded.add(name);
}

/** `unnest($1)`: as many rows as the client has written out. */
function isGivenList(item: Node | undefined): boolean {
  const call = under(under(under(item, 'RangeFunction')?.functions?.[0], 'List')?.items?.[0], 'FuncCall');
  const { columns, subselects } = columnsIn(item, { intoSubselects: false });
  return strings(call?.funcname).at(-1) === 'unnest' && columns.length === 0 && subselects.length === 0;
}

export interface Mentions {
  /** `["u", "email"]`; a star ends in `*`. */
  readonly columns: string[][];
  readonly subselects: Node[];
  /** Whatever FROM names and aliases are given anywhere. */
  readonly names: Set<string>;
}

export function columnsIn(tree: unknown, { intoSubselects }: { intoSubselects: boolean }): Mentions {
  const found: Mentions = { columns: [], subselects: [], names: new Set() };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) return value.forEach(visit);
    const node = value as Node;
    const column = under(node, 'ColumnRef');
    if (column !== undefined) {
      const star = strings(column.fields).length < (column.fields?.length ?? 0) ? ['*'] : [];
      found.columns.push([...strings(column.fields), ...star]);
    }
    if (!intoSubselects && 'SelectStmt' in node) {
      found.subselects.push(node);
      return;
    }
    const table = under(node, 'RangeVar');
    if (table !== undefined) found.names.add(table.alias?.aliasname ?? table.relname ?? '');
    const alias = (under(node, 'RangeSubselect') ?? under(node, 'RangeFunction'))?.alias?.aliasname;
    if (alias !== undefined) found.names.add(alias);
    below(value).forEach(visit);
  };
  visit(tree);
  return found;
}

import type { Node, SelectStmt, SortBy } from '@pgsql/types';
import { IntricateError } from '../intricate.ts';
import { columnPath, isDistinct } from '../select-items.ts';
import { under } from '../tree.ts';
import { windowKeys } from './calls.ts';
import { withCtes } from './ctes.ts';
import { offerOf } from './from.ts';
import { columnsMax, listColumns } from './lists.ts';
import { type Column, driftOf, lookUp, type Offer, type Scope } from './scope.ts';
import type { Tracer } from './tracer.ts';
import { isHidden, nothing, oneOf, type Value } from './value.ts';
import { writeColumns } from './writes.ts';

/** The columns that a query gives, or a writing statement by RETURNING. */
export function queryColumns(tracer: Tracer, node: Node | undefined, scope: Scope | undefined): Column[] {
  const select = under(node, 'SelectStmt');
  const columns =
    select === undefined ? writeColumns(tracer, node, scope) : selectColumns(tracer, select, scope);
  if (columns.length > columnsMax) throw new IntricateError('too many columns');
  return columns;
}

function selectColumns(tracer: Tracer, select: SelectStmt, outer: Scope | undefined): Column[] {
  const scope = withCtes(tracer, select.withClause, outer);
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return setColumns(tracer, select, scope);
  if (select.valuesLists !== undefined) return valuesColumns(tracer, select, scope);
  const inner: Scope = { ...scope, offer: offerOf(tracer, select.fromClause, scope), outer: scope };
  const columns = listColumns(tracer, select.targetList, inner);
  tracer.condition(select.whereClause, inner);
  for (const key of select.groupClause ?? []) groupKey(tracer, key, select, columns, inner);
  tracer.condition(select.havingClause, inner);
  for (const node of select.windowClause ?? []) windowKeys(tracer, under(node, 'WindowDef') ?? {}, inner);
  if (isDistinct(select)) for (const { value } of columns) tracer.grouped(value);
  else
    for (const key of select.distinctClause ?? [])
      for (const it of sortKeys(tracer, key, columns, inner)) tracer.sortedIntoGroups(it);
  sorted(tracer, select, columns, inner);
  return columns;
}

// ---- Set operations and lists ----

function setColumns(tracer: Tracer, select: SelectStmt, scope: Scope): Column[] {
  const arms = [select.larg, select.rarg].map((arm) => selectColumns(tracer, arm ?? {}, scope));
  const [left = [], right = []] = arms;
  const settled = driftOf(left) === -1 && driftOf(right) === -1;
  const known = settled && left.length === right.length && ![...left, ...right].some(({ spread }) => spread);
  const columns = known
    ? left.map(({ name }, at) => ({ name, value: either(arms.map((arm) => arm[at]?.value ?? nothing)) }))
    : longer(left, right);
  if (select.all !== true || select.op !== 'SETOP_UNION') {
    // Equal rows of both sides meet.
    for (const [at, { value }] of left.entries()) {
      const others = known ? [right[at]?.value ?? nothing] : right.map((column) => column.value);
      for (const other of others) tracer.compared(value, other);
      tracer.grouped(value);
    }
    for (const { value } of right) tracer.grouped(value);
  }
  sorted(tracer, select, columns, scope);
  return columns;
}

/**
 * Rows of both sides under one name. Where only some of them are hidden, or by different masks, the column is masked as
 * something computed: else a client's own values would come back as tokens of others'.
 */
function either(values: readonly Value[]): Value {
  const value = oneOf(values.filter((one) => one.pending !== true));
  if (value.mixed !== true) return value;
  return { ...value, origins: value.origins.map((origin) => ({ ...origin, plain: false })) };
}

/** Where the sides cannot be told apart column by column, as while a recursive query is looked at first. */
function longer(left: readonly Column[], right: readonly Column[]): Column[] {
  const all = oneOf([...left, ...right].map(({ value }) => value));
  const pattern = left.some(({ spread }) => spread) ? right : left;
  return pattern.map((column) => ({ ...column, value: either([column.value, all]) }));
}

function valuesColumns(tracer: Tracer, select: SelectStmt, scope: Scope): Column[] {
  const rows = (select.valuesLists ?? []).map((row) => tracer.values(under(row, 'List')?.items, scope));
  const columns = (rows[0] ?? []).map((_, at) => ({
    name: `column${at + 1}`,
    value: { ...oneOf(rows.map((row) => row[at] ?? nothing)), constant: false },
  }));
  sorted(tracer, select, columns, scope);
  return columns;
}

// ---- Keys ----

function sorted(tracer: Tracer, select: SelectStmt, columns: readonly Column[], scope: Scope): void {
  for (const key of select.sortClause ?? []) {
    for (const value of sortKeys(tracer, under(key, 'SortBy')?.node ?? key, columns, scope))
      tracer.ordered(value);
    operator(tracer, under(key, 'SortBy'));
  }
  tracer.condition(select.limitCount, scope);
  tracer.condition(select.limitOffset, scope);
}

/** `USING schema.<` is somebody's operator. */
function operator(tracer: Tracer, key: SortBy | undefined): void {
  if ((key?.useOp?.length ?? 0) > 1)
    tracer.opaque.add('nobody can tell what the operator of ORDER BY … USING reads');
}

/** A key of ORDER BY or DISTINCT ON: an ordinal, the name of an output column, else an expression. */
function sortKeys(tracer: Tracer, key: Node, columns: readonly Column[], scope: Scope): Value[] {
  const pointed = pointedAt(key, columns);
  if (pointed.length > 0) return [...pointed, ...behindStar(key, columns, scope)];
  return [tracer.value(key, scope)];
}

/** A name of a star's column that somebody may take away is then that of a column in FROM. */
function behindStar(key: Node, columns: readonly Column[], scope: Scope): Value[] {
  const [name = '', ...more] = columnPath(under(key, 'ColumnRef') ?? {});
  const named = columns.filter((column) => column.name === name);
  const fixed = more.length > 0 || named.some(({ starred, loose }) => starred !== true || loose !== true);
  const input = fixed ? undefined : lookUp([name], scope);
  return input === undefined ? [] : [input];
}

/** GROUP BY: an ordinal, a column, the name of an output column, or an expression. */
function groupKey(
  tracer: Tracer,
  key: Node,
  select: SelectStmt,
  columns: readonly Column[],
  scope: Scope,
  several = false,
): void {
  const set = under(key, 'GroupingSet');
  const within = set?.content ?? under(key, 'RowExpr')?.args;
  if (within !== undefined) {
    for (const inner of within) groupKey(tracer, inner, select, columns, scope, several || set !== undefined);
    return;
  }
  const path = columnPath(under(key, 'ColumnRef') ?? {});
  const [name = ''] = path;
  const input = path.length === 1 ? inputColumn(name, scope.offer) : undefined;
  const pointed = input === undefined || !isInput(name, scope.offer) ? pointedAt(key, columns) : [];
  if (input !== undefined) pointed.push(input);
  for (const value of pointed.length > 0 ? pointed : [tracer.value(key, scope)]) {
    // Several sets of keys in one query are worked out by sorting.
    if (several) tracer.sortedIntoGroups(value);
    else tracer.grouped(value);
  }
}

function inputColumn(name: string, offer: Offer): Value | undefined {
  const known = offer.columns.some((column) => column.name === name || column.name === undefined);
  if (!known) return undefined;
  return lookUp([name], { offer, ctes: new Map(), outer: undefined });
}

/** Whether there is a column of this name for sure. */
function isInput(name: string, { columns }: Offer): boolean {
  return columns.some((column) => column.name === name && column.unsure !== true && column.loose !== true);
}

function pointedAt(key: Node, columns: readonly Column[]): Value[] {
  const ordinal = under(key, 'A_Const')?.ival?.ival;
  if (ordinal !== undefined) {
    const spread = columns.findIndex((column) => column.spread === true || column.adrift === true);
    const sure = spread === -1 || ordinal <= spread;
    return sure
      ? columns.slice(ordinal - 1, ordinal).map(({ value }) => value)
      : columns.map(({ value }) => value);
  }
  const [name, ...more] = columnPath(under(key, 'ColumnRef') ?? {});
  if (name === undefined || more.length > 0) return [];
  const named = columns.filter((column) => column.name === name);
  if (named.length > 0) return named.map(({ value }) => value);
  // A name that nobody could work out may be this one, unless it says nothing.
  return columns
    .filter((column) => column.name === undefined && isHidden(column.value))
    .map(({ value }) => value);
}

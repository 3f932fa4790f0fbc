import type { A_Expr, MergeStmt, Node, RangeVar, SubLink } from '@pgsql/types';
import { isNarrowRange, isPrefixPattern } from './narrow.ts';
import { columnsIn, sourcesOf, type Sources } from './sources.ts';
import { isNull, strings, under } from './tree.ts';

/**
 * Whether a WHERE keeps an UPDATE or DELETE from changing whole tables: a column of the target is compared with
 * something that holds no column of its own, or with a column of a table that is so compared. Errs on the side of no:
 * `true`, `1 = 1`, `id = id`, `id <> 3`, `id IS NOT NULL`, `EXISTS (SELECT 1)`, `id > 0` keep nothing.
 */
export function isBounded(
  target: RangeVar | undefined,
  from: Node[] | undefined,
  where: Node | undefined,
): boolean {
  if (target === undefined) return false;
  const sources = sourcesOf([{ RangeVar: target }, ...(from ?? [])], isNarrow);
  return boundedNames(sources, [where, ...sources.conditions]).has(nameOf(target));
}

/** Every arm that updates or deletes must be kept from it, by ON or by its own condition. */
export function isMergeBounded({
  relation,
  sourceRelation,
  joinCondition,
  mergeWhenClauses = [],
}: MergeStmt): boolean {
  return mergeWhenClauses.every((node) => {
    const clause = under(node, 'MergeWhenClause');
    const command = clause?.commandType;
    if (command === 'CMD_INSERT' || command === 'CMD_NOTHING') return true;
    // Rows that ON does not find are all the others.
    if (clause?.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE') {
      return isBounded(relation, undefined, clause.condition);
    }
    const from = sourceRelation === undefined ? [] : [sourceRelation];
    const conditions = [joinCondition, clause?.condition].filter((condition) => condition !== undefined);
    return isBounded(relation, from, { BoolExpr: { boolop: 'AND_EXPR', args: conditions } });
  });
}

function nameOf({ alias, relname = '' }: RangeVar): string {
  return alias?.aliasname ?? relname;
}

/** The names in FROM of which the conditions let only chosen rows through. */
function boundedNames(sources: Sources, conditions: readonly (Node | undefined)[]): ReadonlySet<string> {
  const conjuncts = conditions.flatMap(conjunctsOf);
  const bounded = new Set(sources.bounded);
  for (const conjunct of conjuncts) for (const name of boundBy(conjunct, sources)) bounded.add(name);
  const links = conjuncts.flatMap((conjunct) => linkOf(conjunct, sources));
  for (let size = -1; size !== bounded.size;) {
    size = bounded.size;
    for (const [one, other] of links) {
      if (bounded.has(one)) bounded.add(other);
      else if (bounded.has(other)) bounded.add(one);
    }
  }
  return bounded;
}

function conjunctsOf(condition: Node | undefined): Node[] {
  if (condition === undefined) return [];
  const bool = under(condition, 'BoolExpr');
  return bool?.boolop === 'AND_EXPR' ? (bool.args ?? []).flatMap(conjunctsOf) : [condition];
}

function boundBy(condition: Node, sources: Sources): string[] {
  const bool = under(condition, 'BoolExpr');
  if (bool?.boolop === 'OR_EXPR') return boundByAll(bool.args ?? [], sources);
  // A cursor's current row.
  if (under(condition, 'CurrentOfExpr') !== undefined) return [...sources.names].slice(0, 1);
  const link = under(condition, 'SubLink');
  if (link !== undefined) return boundBySubselect(link, sources);
  const comparison = under(condition, 'A_Expr');
  return comparison === undefined ? [] : boundByComparison(comparison, sources);
}

/** What every arm of an OR bounds. */
function boundByAll(arms: readonly Node[], sources: Sources): string[] {
  const [first, ...others] = arms.map((arm) => boundedNames({ ...sources, bounded: new Set() }, [arm]));
  return [...(first ?? [])].filter((name) => others.every((names) => names.has(name)));
}

/** `id IN (SELECT …)`, `id = ANY (SELECT …)` */
function boundBySubselect(
  { subLinkType, testexpr, operName, subselect }: SubLink,
  sources: Sources,
): string[] {
  const column = columnOf(testexpr, sources);
  if (column === undefined || subLinkType !== 'ANY_SUBLINK') return [];
  if (operName !== undefined && strings(operName).at(-1) !== '=') return [];
  return isNarrow(subselect, column.name, sources) ? [column.owner] : [];
}

function boundByComparison(comparison: A_Expr, sources: Sources): string[] {
  const { lexpr, rexpr } = comparison;
  const left = columnOf(lexpr, sources);
  if (left !== undefined && keepsFew(comparison, rexpr, left.name, sources)) return [left.owner];
  // `3 = id`: only the operators that mean the same the other way round.
  const right =
    comparison.kind === 'AEXPR_OP' && isEquality(comparison) ? columnOf(rexpr, sources) : undefined;
  return right !== undefined && keepsFew(comparison, lexpr, right.name, sources) ? [right.owner] : [];
}

function keepsFew(comparison: A_Expr, other: Node | undefined, column: string, sources: Sources): boolean {
  const { kind } = comparison;
  if (kind === undefined) return false;
  switch (kind) {
    case 'AEXPR_OP':
      if (isEquality(comparison)) return isConstant(other, column, sources);
      return isNarrowRange(strings(comparison.name).at(-1), other);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_IN':
    case 'AEXPR_NOT_DISTINCT':
      return isEquality(comparison) && isConstant(other, column, sources);
    case 'AEXPR_BETWEEN':
      return isNarrowRange('BETWEEN', other);
    case 'AEXPR_LIKE':
      return strings(comparison.name).at(-1) === '~~' && isPrefixPattern(other);
    case 'AEXPR_OP_ALL':
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NULLIF':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return false;
  }
}

/** `IS NOT DISTINCT FROM` and IN carry the name of their operator, too; NOT IN carries `<>`. */
function isEquality({ name }: A_Expr): boolean {
  return strings(name).at(-1) === '=';
}

/** Holds no column, NULL or truth value, and no sub-select but one that itself lets few rows through. */
function isConstant(node: Node | undefined, column: string, sources: Sources): boolean {
  if (node === undefined) return false;
  const list = under(node, 'List')?.items ?? under(node, 'RowExpr')?.args;
  if (list !== undefined) return list.length > 0 && list.every((item) => isConstant(item, column, sources));
  if (isNull(node) || under(node, 'A_Const')?.boolval !== undefined) return false;
  const outside = columnsIn(node, { intoSubselects: false });
  return (
    outside.columns.length === 0 && outside.subselects.every((inner) => isNarrow(inner, column, sources))
  );
}

/**
 * A sub-select that does not look at the rows around it and lets through only chosen rows of its own tables.
 * `column` is what its result is compared with: `id IN (SELECT id FROM other …)` is every row when `other` has no `id`.
 */
function isNarrow(subselect: Node | undefined, column?: string, outer?: Sources): boolean {
  const select = under(subselect, 'SelectStmt');
  if (select === undefined || select.op !== 'SETOP_NONE' || select.withClause !== undefined) return false;
  const all = columnsIn(subselect, { intoSubselects: true });
  if (select.fromClause === undefined) return all.columns.length === 0;
  const sources = sourcesOf(select.fromClause, isNarrow);
  if (all.columns.some((path) => path.length > 1 && !all.names.has(path.at(-2) ?? ''))) return false;
  const borrows = (select.targetList ?? []).some(
    (item) => strings(under(under(item, 'ResTarget')?.val, 'ColumnRef')?.fields).join('.') === column,
  );
  if (borrows && ![...(outer?.tables ?? [])].some((table) => sources.tables.has(table))) return false;
  const bounded = boundedNames(sources, [select.whereClause, ...sources.conditions]);
  return [...sources.names].every((name) => bounded.has(name));
}

/** `a.x = b.y` */
function linkOf(condition: Node, sources: Sources): [string, string][] {
  const comparison = under(condition, 'A_Expr');
  if (comparison?.kind !== 'AEXPR_OP' || !isEquality(comparison)) return [];
  const left = columnOf(comparison.lexpr, sources);
  const right = columnOf(comparison.rexpr, sources);
  if (left === undefined || right === undefined || left.owner === right.owner) return [];
  return [[left.owner, right.owner]];
}

/** A column that can tell rows apart, through a cast or a change of case, and whose it is. */
function columnOf(node: Node | undefined, sources: Sources): { owner: string; name: string } | undefined {
  const cast = under(node, 'TypeCast');
  if (cast !== undefined && tellingTypes.has(strings(cast.typeName?.names).at(-1) ?? '')) {
    return columnOf(cast.arg, sources);
  }
  const row = under(node, 'RowExpr');
  if (row !== undefined) return columnOf(row.args?.[0], sources);
  const call = under(node, 'FuncCall');
  if (call !== undefined && ['lower', 'upper'].includes(strings(call.funcname).join('.'))) {
    return columnOf(call.args?.[0], sources);
  }
  const path = strings(under(node, 'ColumnRef')?.fields);
  const name = path.at(-1);
  if (name === undefined || sameInAllRows.has(name)) return undefined;
  const owner = path.length > 1 ? path.at(-2) : sources.names.size === 1 ? [...sources.names][0] : undefined;
  return owner !== undefined && sources.names.has(owner) ? { owner, name } : undefined;
}

/** Casts to types of few values (boolean, a domain …) would make different rows equal. */
const tellingTypes = new Set(['text', 'varchar', 'uuid', 'int4', 'int8', 'date', 'numeric', 'citext']);
/** System columns, of which whole tables have the same. */
const sameInAllRows = new Set(['tableoid', 'xmin', 'xmax', 'cmin', 'cmax']);

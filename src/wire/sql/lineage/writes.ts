import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  ResTarget,
  ReturningClause,
  SelectStmt,
  UpdateStmt,
} from '@pgsql/types';
import { isOwnExcluded } from '../select-items.ts';
import { under } from '../tree.ts';
import { withCtes } from './ctes.ts';
import { beside, offerOf, relationOffer, single } from './from.ts';
import { listColumns } from './lists.ts';
import { type Column, driftOf, emptyOffer, type Offer, type Scope } from './scope.ts';
import type { Tracer } from './tracer.ts';
import { isHidden, isPlain, nothing, resourcesOf, type Value } from './value.ts';

/** What INSERT, UPDATE, DELETE and MERGE give by RETURNING. Anything else is no query. */
export function writeColumns(tracer: Tracer, node: Node | undefined, outer: Scope | undefined): Column[] {
  if (node === undefined) return [];
  if ('InsertStmt' in node) return insert(tracer, node.InsertStmt, outer);
  if ('UpdateStmt' in node) return update(tracer, node.UpdateStmt, outer);
  if ('DeleteStmt' in node) return remove(tracer, node.DeleteStmt, outer);
  if ('MergeStmt' in node) return merge(tracer, node.MergeStmt, outer);
  tracer.opaque.add('it has a query of a kind that is not known');
  return [];
}

function insert(tracer: Tracer, stmt: InsertStmt, outer: Scope | undefined): Column[] {
  const scope = withCtes(tracer, stmt.withClause, outer);
  const target = relationOffer(tracer, stmt.relation, withoutCtes(scope));
  const columns = targets(target, stmt.cols);
  written(tracer, columns);
  const source = under(stmt.selectStmt, 'SelectStmt');
  if (source?.valuesLists === undefined) fromQuery(tracer, stmt.selectStmt, columns, scope);
  else fromLists(tracer, source, columns, scope);
  if (stmt.onConflictClause !== undefined) onConflict(tracer, stmt.onConflictClause, target, scope);
  return returning(tracer, stmt.returningClause, target, emptyOffer, scope);
}

function fromQuery(tracer: Tracer, query: Node | undefined, columns: readonly Column[], scope: Scope): void {
  if (query === undefined) return;
  const given = tracer.query(query, scope);
  const sure = driftOf(given) === -1 && ![...given, ...columns].some(({ spread }) => spread);
  for (const [at, { value }] of given.entries()) {
    moved(tracer, value, sure ? columns[at]?.value : undefined);
  }
}

function fromLists(tracer: Tracer, source: SelectStmt, columns: readonly Column[], outer: Scope): void {
  const scope = withCtes(tracer, source.withClause, outer);
  for (const row of source.valuesLists ?? []) {
    for (const [at, node] of (under(row, 'List')?.items ?? []).entries()) {
      assigned(tracer, columns[at]?.value ?? nothing, node, scope);
    }
  }
}

function onConflict(tracer: Tracer, clause: OnConflictClause, target: Offer, outer: Scope): void {
  const excluded = single('excluded', target.columns);
  const offer: Offer = { columns: target.columns, ranges: [...target.ranges, ...excluded.ranges] };
  const scope: Scope = { ...outer, offer, outer };
  const inferred: Scope = { ...outer, offer: target, outer };
  for (const node of clause.infer?.indexElems ?? []) {
    const { name, expr } = under(node, 'IndexElem') ?? {};
    const key = name === undefined ? tracer.value(expr, inferred) : named(target.columns, name);
    if (isPlain(key)) tracer.use('equality', [key]);
    else if (isHidden(key)) tracer.leak('pattern', [key], 'compare something computed from it');
  }
  tracer.condition(clause.infer?.whereClause, inferred);
  // SET email = excluded.email: the value stays in the column that it was meant for.
  const all = (clause.targetList ?? []).map((node) => under(node, 'ResTarget') ?? {});
  written(
    tracer,
    all.map((item) => ({ name: item.name, value: named(target.columns, item.name ?? '') })),
  );
  for (const item of all) if (!isOwnExcluded(item)) assignment(tracer, item, target, scope);
  tracer.condition(clause.whereClause, scope);
}

function update(tracer: Tracer, stmt: UpdateStmt, outer: Scope | undefined): Column[] {
  const scope = withCtes(tracer, stmt.withClause, outer);
  const target = relationOffer(tracer, stmt.relation, withoutCtes(scope));
  const from = offerOf(tracer, stmt.fromClause, scope);
  const inner: Scope = { ...scope, offer: beside(target, from), outer: scope };
  assignments(tracer, stmt.targetList, target, inner);
  tracer.condition(stmt.whereClause, inner);
  return returning(tracer, stmt.returningClause, target, from, scope);
}

function remove(tracer: Tracer, stmt: DeleteStmt, outer: Scope | undefined): Column[] {
  const scope = withCtes(tracer, stmt.withClause, outer);
  const target = relationOffer(tracer, stmt.relation, withoutCtes(scope));
  const using = offerOf(tracer, stmt.usingClause, scope);
  tracer.condition(stmt.whereClause, { ...scope, offer: beside(target, using), outer: scope });
  return returning(tracer, stmt.returningClause, target, using, scope);
}

function merge(tracer: Tracer, stmt: MergeStmt, outer: Scope | undefined): Column[] {
  const scope = withCtes(tracer, stmt.withClause, outer);
  const target = relationOffer(tracer, stmt.relation, withoutCtes(scope));
  const source =
    stmt.sourceRelation === undefined ? emptyOffer : offerOf(tracer, [stmt.sourceRelation], scope);
  const inner: Scope = { ...scope, offer: beside(target, source), outer: scope };
  tracer.condition(stmt.joinCondition, inner);
  for (const node of stmt.mergeWhenClauses ?? []) {
    const clause = under(node, 'MergeWhenClause');
    if (clause !== undefined) mergeWhen(tracer, clause, target, inner);
  }
  return returning(tracer, stmt.returningClause, target, source, scope);
}

function mergeWhen(tracer: Tracer, clause: MergeWhenClause, target: Offer, scope: Scope): void {
  tracer.condition(clause.condition, scope);
  if (clause.commandType === 'CMD_UPDATE') return assignments(tracer, clause.targetList, target, scope);
  const columns = targets(target, clause.targetList);
  if (clause.commandType === 'CMD_INSERT') written(tracer, columns);
  for (const [at, node] of (clause.values ?? []).entries()) {
    assigned(tracer, columns[at]?.value ?? nothing, node, scope);
  }
}

// ---- Assignments ----

function assignments(tracer: Tracer, list: readonly Node[] | undefined, target: Offer, scope: Scope): void {
  const items = (list ?? []).map((node) => under(node, 'ResTarget') ?? {});
  written(
    tracer,
    items.map((item) => ({ name: item.name, value: named(target.columns, item.name ?? '') })),
  );
  for (const item of items) assignment(tracer, item, target, scope);
}

function assignment(
  tracer: Tracer,
  { name = '', val, indirection }: ResTarget,
  target: Offer,
  scope: Scope,
): void {
  const column = named(target.columns, name);
  for (const value of tracer.values(indirectionNodes(indirection), scope)) moved(tracer, value, undefined);
  const several = under(val, 'MultiAssignRef');
  if (several === undefined)
    return assigned(tracer, indirection === undefined ? column : nothing, val, scope);
  const row = under(several.source, 'RowExpr');
  const at = (several.colno ?? 1) - 1;
  if (row !== undefined) return assigned(tracer, column, row.args?.[at], scope);
  const columns = tracer.query(under(several.source, 'SubLink')?.subselect, scope);
  const sure = driftOf(columns) === -1 && !columns.some(({ spread }) => spread);
  for (const [index, { value }] of columns.entries()) {
    if (!sure) moved(tracer, value, undefined);
    else if (index === at) moved(tracer, value, column);
  }
}

function indirectionNodes(indirection: readonly Node[] | undefined): Node[] {
  return (indirection ?? []).flatMap((node) => {
    const { lidx, uidx } = under(node, 'A_Indices') ?? {};
    return [lidx, uidx].filter((index) => index !== undefined);
  });
}

function assigned(tracer: Tracer, column: Value, node: Node | undefined, scope: Scope): void {
  const value = tracer.value(node, scope);
  if (value.constant) tracer.given(column, node);
  else moved(tracer, value, column);
}

/** A value goes to a column: only where it is hidden there in the same way nobody else sees it. */
function moved(tracer: Tracer, value: Value, column: Value | undefined): void {
  if (!isHidden(value)) return;
  tracer.carried(value);
  const same =
    column !== undefined &&
    isPlain(value) &&
    isPlain(column) &&
    JSON.stringify(resourcesOf([value])) === JSON.stringify(resourcesOf([column]));
  if (!same) tracer.leak('copy', [value], 'copy it to where it would not be masked in the same way');
}

function written(tracer: Tracer, columns: readonly Column[]): void {
  const hidden = columns.map(({ value }) => value).filter(isHidden);
  if (hidden.length > 0) tracer.use('write', hidden);
}

function targets({ columns }: Offer, list: readonly Node[] | undefined): readonly Column[] {
  if (list === undefined) return columns;
  return list.map((node) => {
    const { name = '', indirection } = under(node, 'ResTarget') ?? {};
    return { name, value: indirection === undefined ? named(columns, name) : nothing };
  });
}

function named(columns: readonly Column[], name: string): Value {
  return columns.find((column) => column.name === name)?.value ?? nothing;
}

/** A statement writes to the relation of that name, whatever a CTE is called. */
function withoutCtes(scope: Scope): Scope {
  return { ...scope, ctes: new Map() };
}

// ---- RETURNING ----

function returning(
  tracer: Tracer,
  clause: ReturningClause | undefined,
  target: Offer,
  others: Offer,
  outer: Scope,
): Column[] {
  if (clause === undefined) return [];
  const names = new Map([
    ['RETURNING_OPTION_OLD', 'old'],
    ['RETURNING_OPTION_NEW', 'new'],
  ]);
  for (const node of clause.options ?? []) {
    const { option, value } = under(node, 'ReturningOption') ?? {};
    if (option !== undefined && value !== undefined) names.set(option, value);
  }
  const rows = [...names.values()].map((name) => ({ name, columns: target.columns }));
  const offer = beside(target, others);
  const scope: Scope = {
    ...outer,
    offer: { columns: offer.columns, ranges: [...offer.ranges, ...rows] },
    outer,
  };
  return listColumns(tracer, clause.exprs, scope);
}

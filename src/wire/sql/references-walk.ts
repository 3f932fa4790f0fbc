import type {
  A_Expr,
  Alias,
  ColumnRef,
  CopyStmt,
  CreateTableAsStmt,
  DeleteStmt,
  InsertStmt,
  JoinExpr,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  RangeVar,
  ReturningClause,
  SelectStmt,
  SubLink,
  UpdateStmt,
  WithClause,
} from '@pgsql/types';
import { comparisonPlace, equalityColumn } from './comparisons.ts';
import { ctesMax, IntricateError } from './intricate.ts';
import type { ColumnMention, Merge, Place, Range, References, RelationMention } from './references.ts';
import {
  columnPath,
  functionName,
  isDistinct,
  isOwnExcluded,
  plainColumn,
  pointedAt,
} from './select-items.ts';
import { strings, tagOf, under } from './tree.ts';

/** What becomes of the rows of a select list or of a RETURNING. */
type Role = 'output' | 'exists' | 'carried' | 'copy';

/** Names of the common table expressions in scope. */
type Names = ReadonlySet<string>;

const noNames: Names = new Set();

/** Statements whose answer or effect depends on the rows of what they name. */
const rowStatements: ReadonlySet<string> = new Set(
  (
    'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CopyStmt CreateTableAsStmt ViewStmt ' +
    'ExplainStmt PrepareStmt DeclareCursorStmt ExecuteStmt CallStmt'
  ).split(' '),
);

/**
 * Statements that name a relation without showing its rows or changing what it is. Any statement in neither list
 * counts as altering all relations that it names: a new kind of statement must fail closed.
 */
const upkeepStatements: ReadonlySet<string> = new Set(
  'TruncateStmt LockStmt VacuumStmt IndexStmt ReindexStmt ClusterStmt RefreshMatViewStmt GrantStmt'.split(
    ' ',
  ),
);

/**
 * One pass over a statement. What it does not know it walks through all the same: a column found anywhere is at
 * least an `expression`, a select list found anywhere is at least `carried`.
 */
export class ReferenceWalk {
  readonly #ranges: Range[] = [];
  readonly #columns: ColumnMention[] = [];
  readonly #merges: Merge[] = [];
  readonly #mentioned = new Map<readonly number[] | undefined, Set<string>>();
  #ctes = 0;
  #copiesExecuted = false;
  #reading = true;
  #altering = false;
  #renamedSchema: string | undefined;

  result(): References {
    return {
      ranges: this.#ranges,
      columns: this.#columns,
      merges: this.#merges,
      copiesExecuted: this.#copiesExecuted,
      ...(this.#renamedSchema === undefined ? {} : { renamedSchema: this.#renamedSchema }),
    };
  }

  top(statement: Node): void {
    const tag = tagOf(statement);
    this.#reading = rowStatements.has(tag);
    this.#altering = !this.#reading && !upkeepStatements.has(tag);
    this.#statement(statement, 'output', noNames);
  }

  #statement(node: Node | undefined, role: Role, names: Names): void {
    if (node === undefined) return;
    if ('SelectStmt' in node) return this.#select(node.SelectStmt, role, names);
    if ('InsertStmt' in node) return this.#insert(node.InsertStmt, role, names);
    if ('UpdateStmt' in node) return this.#update(node.UpdateStmt, role, names);
    if ('DeleteStmt' in node) return this.#delete(node.DeleteStmt, role, names);
    if ('MergeStmt' in node) return this.#merge(node.MergeStmt, role, names);
    if ('ExplainStmt' in node) return this.#statement(node.ExplainStmt.query, role, names);
    if ('PrepareStmt' in node) return this.#statement(node.PrepareStmt.query, role, names);
    if ('DeclareCursorStmt' in node) return this.#statement(node.DeclareCursorStmt.query, role, names);
    if ('CreateTableAsStmt' in node) return this.#createTableAs(node.CreateTableAsStmt, names);
    if ('ViewStmt' in node) return this.#statement(node.ViewStmt.query, 'carried', names);
    if ('CopyStmt' in node) return this.#copy(node.CopyStmt, names);
    if ('RenameStmt' in node && node.RenameStmt.renameType === 'OBJECT_SCHEMA') {
      this.#renamedSchema = node.RenameStmt.subname;
    }
    if ('CreateStmt' in node) {
      // The relation itself is new: what it is made of is what counts.
      const { relation: _, ...made } = node.CreateStmt;
      return this.#visit(made, 'expression', names);
    }
    this.#visit(node, 'expression', names);
  }

  // ---- Select ----

  #select(select: SelectStmt, role: Role, outer: Names): void {
    const names = this.#with(select.withClause, outer);
    if (select.op !== undefined && select.op !== 'SETOP_NONE') {
      const arm = role === 'copy' ? 'copy' : 'carried';
      if (select.larg !== undefined) this.#select(select.larg, arm, names);
      if (select.rarg !== undefined) this.#select(select.rarg, arm, names);
      this.#visit(select.sortClause, 'order', names);
      this.#visit([select.limitCount, select.limitOffset], 'expression', names);
      return;
    }
    const from = this.#fromAll(select.fromClause, names);
    const items = select.targetList ?? [];
    const place = listPlace(select, role);
    this.#items(items, place, from, names);
    this.#visit(select.valuesLists, place === 'copy' ? 'copy' : 'expression', names);
    this.#where(select.whereClause, names);
    if (isDistinct(select)) this.#plain(items, 'group', from);
    else this.#keys(select.distinctClause, 'group', items, from, names);
    this.#keys(select.groupClause, 'group', items, from, names);
    this.#keys(select.sortClause, 'order', items, from, names);
    this.#visit([select.havingClause, select.windowClause], 'expression', names);
    this.#visit([select.limitCount, select.limitOffset], 'expression', names);
  }

  #with(clause: WithClause | undefined, outer: Names): Names {
    if (clause === undefined) return outer;
    const names = new Set(outer);
    const ctes = (clause.ctes ?? []).map((node) => under(node, 'CommonTableExpr'));
    this.#ctes += ctes.length;
    if (this.#ctes > ctesMax) throw new IntricateError('too many common table expressions');
    if (clause.recursive === true) for (const cte of ctes) names.add(cte?.ctename ?? '');
    for (const cte of ctes) {
      // Without RECURSIVE its own name still means the table of that name.
      this.#statement(cte?.ctequery, 'carried', names);
      names.add(cte?.ctename ?? '');
    }
    return names;
  }

  #items(items: readonly Node[], place: Place, from: readonly number[], names: Names): void {
    for (const item of items) {
      const column = plainColumn(item);
      if (column !== undefined) this.#column(column, place, from);
      else this.#visit(item, place === 'output' || place === 'exists' ? 'expression' : place, names);
    }
  }

  /** ORDER BY, GROUP BY, DISTINCT ON: an ordinal or an output name stands for the item it points at. */
  #keys(
    keys: readonly Node[] | undefined,
    place: 'order' | 'group',
    items: readonly Node[],
    from: readonly number[],
    names: Names,
  ): void {
    this.#plain(pointedAt(keys, items), place, from);
    this.#visit(keys, place, names);
  }

  #plain(items: readonly Node[], place: Place, from: readonly number[]): void {
    for (const item of items) {
      const column = plainColumn(item);
      if (column !== undefined) this.#column(column, place, from);
    }
  }

  #where(node: Node | undefined, names: Names): void {
    if (node !== undefined && 'BoolExpr' in node && node.BoolExpr.boolop !== 'NOT_EXPR') {
      for (const part of node.BoolExpr.args ?? []) this.#where(part, names);
      return;
    }
    const column = node !== undefined && 'A_Expr' in node ? equalityColumn(node.A_Expr) : undefined;
    if (column === undefined) this.#visit(node, 'expression', names);
    else this.#column(column, 'equality', undefined);
  }

  // ---- From ----

  #fromAll(items: readonly Node[] | undefined, names: Names): number[] {
    const ranges: number[] = [];
    for (const item of items ?? []) this.#from(item, names, ranges);
    return ranges;
  }

  /** Adds to `into` the ranges that a bare star takes from this item. */
  #from(item: Node | undefined, names: Names, into: number[]): void {
    if (item === undefined) return;
    if ('RangeVar' in item) {
      into.push(this.#named(item.RangeVar, names));
    } else if ('JoinExpr' in item) {
      this.#join(item.JoinExpr, names, into);
    } else if ('RangeTableSample' in item) {
      this.#visit([item.RangeTableSample.args, item.RangeTableSample.repeatable], 'expression', names);
      this.#from(item.RangeTableSample.relation, names, into);
    } else if ('RangeSubselect' in item) {
      this.#statement(item.RangeSubselect.subquery, 'carried', names);
      into.push(this.#computed(item.RangeSubselect.alias?.aliasname));
    } else {
      this.#visit(item, 'expression', names);
      const alias = Object.values(item as Record<string, { alias?: Alias }>)[0]?.alias;
      into.push(this.#computed(alias?.aliasname ?? functionName(item)));
    }
  }

  #named(range: RangeVar, names: Names): number {
    const { schemaname, relname = '', alias } = range;
    if (schemaname === undefined && names.has(relname)) return this.#computed(alias?.aliasname ?? relname);
    return this.#relation(range, true);
  }

  #join(join: JoinExpr, names: Names, into: number[]): void {
    const { alias } = join;
    const covers = alias === undefined ? into : [];
    this.#from(join.larg, names, covers);
    this.#from(join.rarg, names, covers);
    if (join.isNatural === true) this.#merges.push({});
    const columns = strings(join.usingClause);
    if (columns.length > 0) this.#merges.push({ columns });
    this.#visit(join.quals, 'join', names);
    if (alias !== undefined) {
      const renamed = alias.colnames !== undefined;
      into.push(this.#range({ exposed: alias.aliasname ?? '', covers, renamed, read: true, altered: false }));
    }
    if (join.join_using_alias !== undefined) this.#computed(join.join_using_alias.aliasname);
  }

  // ---- Writes ----

  #insert(insert: InsertStmt, role: Role, outer: Names): void {
    const names = this.#with(insert.withClause, outer);
    const conflict = insert.onConflictClause;
    const reads = insert.returningClause !== undefined || conflict !== undefined;
    const target = this.#relation(insert.relation, reads);
    this.#writes(insert.cols, target);
    if (insert.cols === undefined) this.#mention({ path: ['*'], place: 'write', covers: [target] });
    this.#visit(insert.cols, 'expression', names);
    this.#statement(insert.selectStmt, 'copy', names);
    if (conflict !== undefined) this.#onConflict(conflict, target, names);
    this.#returning(insert.returningClause, role, [target], names);
  }

  #onConflict(conflict: OnConflictClause, target: number, names: Names): void {
    this.#sameAs(target, 'excluded');
    for (const node of conflict.infer?.indexElems ?? []) {
      const { name, expr } = under(node, 'IndexElem') ?? {};
      if (name !== undefined) this.#mention({ path: [name], place: 'equality', covers: [target] });
      this.#visit(expr, 'expression', names);
    }
    this.#visit(conflict.infer?.whereClause, 'expression', names);
    // SET email = excluded.email: the value stays in the column that it was meant for.
    const moved = (conflict.targetList ?? []).filter(
      (node) => !isOwnExcluded(under(node, 'ResTarget') ?? {}),
    );
    this.#writes(conflict.targetList, target);
    this.#assignments(moved, target, names);
    this.#where(conflict.whereClause, names);
  }

  #update(update: UpdateStmt, role: Role, outer: Names): void {
    const names = this.#with(update.withClause, outer);
    const target = this.#relation(update.relation, true);
    const from = this.#fromAll(update.fromClause, names);
    this.#assignments(update.targetList, target, names);
    this.#where(update.whereClause, names);
    this.#returning(update.returningClause, role, [target, ...from], names);
  }

  #delete(stmt: DeleteStmt, role: Role, outer: Names): void {
    const names = this.#with(stmt.withClause, outer);
    const target = this.#relation(stmt.relation, true);
    const using = this.#fromAll(stmt.usingClause, names);
    this.#where(stmt.whereClause, names);
    this.#returning(stmt.returningClause, role, [target, ...using], names);
  }

  #merge(merge: MergeStmt, role: Role, outer: Names): void {
    const names = this.#with(merge.withClause, outer);
    const target = this.#relation(merge.relation, true);
    const source = this.#fromAll(merge.sourceRelation && [merge.sourceRelation], names);
    this.#visit(merge.joinCondition, 'join', names);
    for (const node of merge.mergeWhenClauses ?? []) {
      this.#mergeArm(under(node, 'MergeWhenClause') ?? {}, target, names);
    }
    this.#returning(merge.returningClause, role, [...source, target], names);
  }

  #mergeArm(arm: MergeWhenClause, target: number, names: Names): void {
    this.#visit(arm.condition, 'expression', names);
    this.#assignments(arm.targetList, target, names);
    this.#visit(arm.values, 'copy', names);
  }

  #writes(targets: readonly Node[] | undefined, target: number): void {
    for (const node of targets ?? []) {
      const name = under(node, 'ResTarget')?.name;
      if (name !== undefined) this.#mention({ path: [name], place: 'write', covers: [target] });
    }
  }

  #assignments(targets: readonly Node[] | undefined, target: number, names: Names): void {
    this.#writes(targets, target);
    for (const node of targets ?? []) {
      const { indirection, val } = under(node, 'ResTarget') ?? {};
      this.#visit(indirection, 'expression', names);
      // SET (a, b) = (source): the tree repeats the source for each column.
      if ((under(val, 'MultiAssignRef')?.colno ?? 1) > 1) continue;
      this.#visit(val, 'copy', names);
    }
  }

  #returning(clause: ReturningClause | undefined, role: Role, covers: readonly number[], names: Names): void {
    if (clause === undefined) return;
    for (const target of covers) {
      this.#sameAs(target, 'old');
      this.#sameAs(target, 'new');
      for (const option of clause.options ?? []) {
        this.#sameAs(target, under(option, 'ReturningOption')?.value ?? '');
      }
    }
    this.#items(clause.exprs ?? [], role, covers, names);
  }

  // ---- Copies ----

  #createTableAs(stmt: CreateTableAsStmt, names: Names): void {
    if (stmt.query !== undefined && 'ExecuteStmt' in stmt.query) this.#copiesExecuted = true;
    this.#statement(stmt.query, 'copy', names);
  }

  #copy(copy: CopyStmt, names: Names): void {
    this.#statement(copy.query, 'copy', names);
    if (copy.relation !== undefined) {
      const place = copy.is_from === true ? 'write' : 'copy';
      const covers = [this.#relation(copy.relation, place === 'copy')];
      const columns = copy.attlist === undefined ? ['*'] : strings(copy.attlist);
      for (const column of columns) this.#mention({ path: [column], place, covers });
    }
    this.#visit(copy.whereClause, 'expression', names);
  }

  // ---- Anything ----

  #visit(node: unknown, place: Place, names: Names): void {
    if (Array.isArray(node)) {
      for (const item of node) this.#visit(item, place, names);
    } else if (typeof node === 'object' && node !== null) {
      if ('relname' in node) this.#relation(node as RangeVar, this.#reading);
      else for (const [key, value] of Object.entries(node)) this.#field(key, value, place, names);
    }
  }

  /** Node tags begin with a capital, fields do not. */
  #field(key: string, value: unknown, place: Place, names: Names): void {
    switch (key) {
      case 'ColumnRef':
        return this.#column(value as ColumnRef, place, undefined);
      case 'A_Expr':
        return this.#comparison(value as A_Expr, place, names);
      case 'SubLink':
        return this.#subLink(value as SubLink, place, names);
      case 'SortBy':
        return this.#visit((value as { node?: Node }).node, 'order', names);
      case 'SelectStmt':
      case 'InsertStmt':
      case 'UpdateStmt':
      case 'DeleteStmt':
      case 'MergeStmt':
      case 'CopyStmt':
      case 'CreateTableAsStmt':
      case 'ViewStmt':
        return this.#statement({ [key]: value } as Node, place === 'copy' ? 'copy' : 'carried', names);
      case 'JoinExpr':
      case 'RangeSubselect':
        return this.#from({ [key]: value } as Node, names, []);
      case 'pktable':
        // The other end of a foreign key: what it is does not change.
        return void this.#relation(value as RangeVar, false, false);
      default:
        return this.#visit(value, place, names);
    }
  }

  #comparison(expression: A_Expr, place: Place, names: Names): void {
    this.#visit([expression.lexpr, expression.rexpr], comparisonPlace(expression) ?? place, names);
  }

  #subLink(link: SubLink, place: Place, names: Names): void {
    this.#visit(link.testexpr, place === 'expression' ? 'join' : place, names);
    const role = link.subLinkType === 'EXISTS_SUBLINK' ? 'exists' : 'carried';
    this.#statement(link.subselect, place === 'copy' && role === 'carried' ? 'copy' : role, names);
  }

  #column(column: ColumnRef, place: Place, from: readonly number[] | undefined): void {
    const path = columnPath(column);
    const bareStar = path.length === 1 && path[0] === '*';
    this.#mention(bareStar && from !== undefined ? { path, place, covers: from } : { path, place });
  }

  /** Once each: a text may say the same thing very often. */
  #mention(column: ColumnMention): void {
    const key = JSON.stringify([column.place, column.path]);
    const known = this.#mentioned.get(column.covers);
    if (known === undefined) this.#mentioned.set(column.covers, new Set([key]));
    else if (known.has(key)) return;
    else known.add(key);
    this.#columns.push(column);
  }

  #relation(range: RangeVar | undefined, read: boolean, altered = this.#altering): number {
    const { schemaname, relname = '', alias } = range ?? {};
    const relation: RelationMention =
      schemaname === undefined ? { name: relname } : { schema: schemaname, name: relname };
    const exposed = alias?.aliasname ?? relname;
    return this.#range({ exposed, relation, renamed: alias?.colnames !== undefined, read, altered });
  }

  #computed(exposed: string | undefined): number {
    return this.#range({ exposed: exposed ?? '', renamed: false, read: true, altered: false });
  }

  /** Another name for the rows of `target`. */
  #sameAs(target: number, exposed: string): void {
    const range = this.#ranges[target];
    if (range !== undefined) this.#range({ ...range, exposed });
  }

  #range(range: Range): number {
    return this.#ranges.push(range) - 1;
  }
}

function listPlace(select: SelectStmt, role: Role): Role {
  if (select.intoClause !== undefined) return 'copy';
  // How many different values there are is a value of its own.
  return role === 'exists' && select.distinctClause !== undefined ? 'carried' : role;
}

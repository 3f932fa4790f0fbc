import type { LockingClause, MergeStmt, Node, RangeVar, ReturningClause, SelectStmt } from '@pgsql/types';
import { isBounded, isMergeBounded } from './selective.ts';
import { below, isRangeVar, relationName, under } from './tree.ts';
import type { Handlers, Scope, Walk } from './walk.ts';

/** SELECT and the statements that change rows: the five that can stand within each other. */
export const queryHandlers = {
  SelectStmt(walk, statement, scope) {
    select(walk, statement, scope);
  },
  InsertStmt(walk, statement, scope) {
    const inner = walk.with(statement.withClause, scope);
    walk.effect('write', 'insert', statement.relation);
    if (statement.onConflictClause?.action === 'ONCONFLICT_UPDATE') {
      walk.effect('write', 'update', statement.relation);
    }
    returning(walk, statement.relation, statement.returningClause);
    walk.rest(statement, ['withClause', 'relation'], inner);
  },
  UpdateStmt(walk, statement, scope) {
    const inner = walk.with(statement.withClause, scope);
    walk.effect('write', 'update', statement.relation);
    returning(walk, statement.relation, statement.returningClause);
    if (!isBounded(statement.relation, statement.fromClause, statement.whereClause)) walk.unbounded = true;
    walk.rest(statement, ['withClause', 'relation'], inner);
  },
  DeleteStmt(walk, statement, scope) {
    const inner = walk.with(statement.withClause, scope);
    walk.effect('write', 'delete', statement.relation);
    returning(walk, statement.relation, statement.returningClause);
    if (!isBounded(statement.relation, statement.usingClause, statement.whereClause)) walk.unbounded = true;
    walk.rest(statement, ['withClause', 'relation'], inner);
  },
  MergeStmt(walk, statement, scope) {
    const inner = walk.with(statement.withClause, scope);
    walk.effect('write', 'merge', statement.relation);
    mergeArms(walk, statement);
    returning(walk, statement.relation, statement.returningClause);
    if (!isMergeBounded(statement)) walk.unbounded = true;
    walk.rest(statement, ['withClause', 'relation'], inner);
  },
} satisfies Handlers;

function select(walk: Walk, statement: SelectStmt, scope: Scope): void {
  const inner = walk.with(statement.withClause, scope);
  if (statement.intoClause !== undefined) walk.effect('schema', 'create', statement.intoClause.rel);
  for (const clause of statement.lockingClause ?? []) {
    lock(walk, statement.fromClause, under(clause, 'LockingClause'), inner);
  }
  walk.rest(statement, ['withClause', 'intoClause', 'lockingClause', 'larg', 'rarg'], inner);
  if (statement.larg !== undefined) select(walk, statement.larg, inner);
  if (statement.rarg !== undefined) select(walk, statement.rarg, inner);
}

/** Rows that come back were read, as the server's own privileges have it, too. */
function returning(walk: Walk, relation: RangeVar | undefined, clause: ReturningClause | undefined): void {
  if (clause !== undefined) walk.effect('read', 'select', relation);
}

function mergeArms(walk: Walk, { relation, mergeWhenClauses = [] }: MergeStmt): void {
  for (const clause of mergeWhenClauses) {
    const command = under(clause, 'MergeWhenClause')?.commandType;
    if (command === 'CMD_INSERT') walk.effect('write', 'insert', relation);
    if (command === 'CMD_UPDATE') walk.effect('write', 'update', relation);
    if (command === 'CMD_DELETE') walk.effect('write', 'delete', relation);
  }
}

/** `FOR UPDATE OF a` names what FROM calls `a`; where that is not found, or nothing is named, all of FROM is locked. */
function lock(walk: Walk, from: Node[] | undefined, clause: LockingClause | undefined, scope: Scope): void {
  const all = relationsIn(from).filter(
    ({ schemaname, relname = '' }) => schemaname !== undefined || !scope.has(relname),
  );
  const named = new Set((clause?.lockedRels ?? []).map((node) => under(node, 'RangeVar')?.relname));
  const chosen = all.filter(({ alias, relname }) => named.has(alias?.aliasname ?? relname));
  const locked = chosen.length > 0 && chosen.length === named.size ? chosen : all;
  for (const relation of locked) {
    walk.effects.push({ kind: 'write', action: 'lock', relation: relationName(relation) });
  }
}

function relationsIn(value: unknown): RangeVar[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isRangeVar(value)) return [value];
  return below(value).flatMap(relationsIn);
}

import type { Node, WithClause } from '@pgsql/types';
import { IntricateError } from '../intricate.ts';
import { under } from '../tree.ts';
import { type Column, emptyOffer, renamed, type Scope, spreadOf } from './scope.ts';
import type { Tracer } from './tracer.ts';
import { nothing } from './value.ts';

/** How often a recursive query is gone through; every round but the last one finds something new. */
const roundsMax = 20;

const pending: Column = { name: undefined, value: { ...nothing, pending: true }, spread: true };

/** A scope within which the names of common table expressions are known. */
export function withCtes(tracer: Tracer, clause: WithClause | undefined, outer: Scope | undefined): Scope {
  const ctes = new Map(outer?.ctes);
  const scope: Scope = { offer: emptyOffer, ctes, outer };
  if (clause === undefined) return scope;
  const list = (clause.ctes ?? []).map((node) => under(node, 'CommonTableExpr') ?? {});
  // With RECURSIVE each may name any of them; nothing is known of one that has not been looked at.
  if (clause.recursive === true) for (const { ctename = '' } of list) ctes.set(ctename, [pending]);
  let before = '';
  for (let round = 0; round < roundsMax; round++) {
    for (const { ctename = '', ctequery, aliascolnames, search_clause, cycle_clause } of list) {
      const columns = renamed(tracer.query(ctequery, scope), namesIn(aliascolnames));
      const added = search_clause === undefined && cycle_clause === undefined ? [] : [spreadOf(columns)];
      ctes.set(ctename, [...columns, ...added]);
    }
    if (clause.recursive !== true) return scope;
    const now = JSON.stringify(list.map(({ ctename = '' }) => ctes.get(ctename)));
    if (now === before) return scope;
    before = now;
  }
  throw new IntricateError('a recursive query that does not settle');
}

function namesIn(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).map((node) => under(node, 'String')?.sval ?? '');
}

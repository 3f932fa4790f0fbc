import type { A_Expr, Node } from '@pgsql/types';
import { strings, under } from '../tree.ts';
import type { Scope } from './scope.ts';
import { equalityOperators, patternOperators, rangeOperators } from './total.ts';
import type { Tracer } from './tracer.ts';
import { computed, isHidden, isPlain, type Value } from './value.ts';

type Kind = 'equality' | 'pattern' | 'range';

/** What a comparison gives, and a finding for what it tells of hidden values; undefined: it is no comparison. */
export function comparisonValue(tracer: Tracer, expression: A_Expr, scope: Scope): Value | undefined {
  const kind = kindOf(expression);
  if (kind === undefined) return undefined;
  const { lexpr, rexpr } = expression;
  const lists = kind === 'equality' ? [lexpr, rexpr].map((side) => under(side, 'RowExpr')?.args) : [];
  const [left, right] = lists;
  if (left !== undefined && expression.kind === 'AEXPR_IN') return rowIn(tracer, left, rexpr, scope);
  if (left !== undefined && right !== undefined && left.length === right.length) {
    return all(left.map((one, at) => compare(tracer, kind, one, right[at], false, scope)));
  }
  const array = expression.kind === 'AEXPR_OP_ANY' || expression.kind === 'AEXPR_OP_ALL';
  if (expression.kind === 'AEXPR_IN') {
    const items = under(rexpr, 'List')?.items ?? [];
    const side = { node: lexpr, value: tracer.value(lexpr, scope) };
    return all(items.map((item) => against(tracer, kind, side, item, false, scope)));
  }
  const outcome = compare(tracer, kind, lexpr, rexpr, array, scope);
  // NULLIF gives its first value back.
  return expression.kind === 'AEXPR_NULLIF' ? { ...outcome, guess: false } : outcome;
}

/** Values compared one by one with those of another list, which are no constants. */
export function pairs(
  tracer: Tracer,
  operator: string,
  left: readonly Value[],
  right: readonly Value[],
): Value {
  const kind = operatorKind(operator) ?? 'pattern';
  return all(
    left.map((one, at) => {
      const other = left.length === right.length ? right[at] : computed(right, true);
      return outcomeOf(tracer, kind, one, other ?? one);
    }),
  );
}

function kindOf(expression: A_Expr): Kind | undefined {
  const { kind, name } = expression;
  switch (kind) {
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return 'pattern';
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return 'range';
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
    case 'AEXPR_NULLIF':
    case 'AEXPR_IN':
      return 'equality';
    default: {
      const operator = operatorKind(strings(name).at(-1) ?? '');
      // `OPERATOR(schema.=)` may be anybody's.
      if (operator === 'equality' && name?.length !== 1 && strings(name)[0] !== 'pg_catalog')
        return 'pattern';
      // Compared with every item of an array by anything else.
      return operator ?? (kind === 'AEXPR_OP' ? undefined : 'pattern');
    }
  }
}

function operatorKind(operator: string): Kind | undefined {
  if (equalityOperators.has(operator)) return 'equality';
  if (patternOperators.has(operator)) return 'pattern';
  return rangeOperators.has(operator) ? 'range' : undefined;
}

function rowIn(tracer: Tracer, left: readonly Node[], rexpr: Node | undefined, scope: Scope): Value {
  const rows = (under(rexpr, 'List')?.items ?? []).map((item) => under(item, 'RowExpr')?.args ?? [item]);
  return all(
    rows.flatMap((row) => left.map((one, at) => compare(tracer, 'equality', one, row[at], false, scope))),
  );
}

function compare(
  tracer: Tracer,
  kind: Kind,
  lexpr: Node | undefined,
  rexpr: Node | undefined,
  array: boolean,
  scope: Scope,
): Value {
  return against(tracer, kind, { node: lexpr, value: tracer.value(lexpr, scope) }, rexpr, array, scope);
}

interface Side {
  readonly node: Node | undefined;
  readonly value: Value;
}

function against(
  tracer: Tracer,
  kind: Kind,
  { node, value: left }: Side,
  rexpr: Node | undefined,
  array: boolean,
  scope: Scope,
): Value {
  const right = tracer.value(rexpr, scope);
  if (kind === 'equality') {
    if (right.constant && isPlain(left)) tracer.given(left, rexpr, array);
    if (left.constant && isPlain(right)) tracer.given(right, node, array);
  }
  return outcomeOf(tracer, kind, left, right);
}

function outcomeOf(tracer: Tracer, kind: Kind, left: Value, right: Value): Value {
  const both = computed([left, right], kind !== 'pattern');
  const hidden = [left, right].filter(isHidden);
  if (hidden.length === 0) return both;
  // What more it tells is said here, once.
  const outcome: Value = { ...both, guess: true };
  if (kind === 'pattern' || (kind === 'equality' && tracer.equalityIsOthers)) {
    tracer.leak('pattern', hidden, 'match it against a pattern, which tells it bit by bit');
    return outcome;
  }
  if (kind === 'range') {
    tracer.leak('range', hidden, 'compare it by order, which tells it bit by bit');
    return outcome;
  }
  const constant = left.constant || right.constant;
  if (!constant) tracer.compared(left, right);
  else if (hidden.every(isPlain)) tracer.use('equality', hidden);
  else tracer.leak('pattern', hidden, 'compare something computed from it');
  return outcome;
}

function all(outcomes: readonly Value[]): Value {
  return computed(outcomes, true);
}

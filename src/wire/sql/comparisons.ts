import type { A_Expr, ColumnRef, Node } from '@pgsql/types';
import { strings } from './tree.ts';

const rangeOperators: ReadonlySet<string> = new Set(['<', '>', '<=', '>=', '~<~', '~>~', '~<=~', '~>=~']);
const patternOperators: ReadonlySet<string> = new Set(
  '~ ~* !~ !~* ~~ ~~* !~~ !~~* ^@ % <% %> <<% %>> <-> <<-> <->> @@ @@@'.split(' '),
);

/** What a comparison does with the columns below it; undefined where it is none of the known kinds. */
export function comparisonPlace(expression: A_Expr): 'pattern' | 'range' | 'join' | undefined {
  switch (expression.kind) {
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return 'pattern';
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return 'range';
    default: {
      const operator = operatorName(expression);
      if (rangeOperators.has(operator)) return 'range';
      if (patternOperators.has(operator)) return 'pattern';
      const joins = [expression.lexpr, expression.rexpr].every(
        (side) => side !== undefined && 'ColumnRef' in side,
      );
      return operator === '=' && joins ? 'join' : undefined;
    }
  }
}

/**
 * The column of `column = constant` (either way round), `column IN (constants)`, `column = ANY (constant)`.
 * Only the operator written plainly as `=`: `OPERATOR(schema.=)` may be anybody's.
 */
export function equalityColumn(expression: A_Expr): ColumnRef | undefined {
  const { kind, name, lexpr, rexpr } = expression;
  if (name?.length !== 1 || operatorName(expression) !== '=') return undefined;
  if (kind === 'AEXPR_OP') return against(lexpr, rexpr) ?? against(rexpr, lexpr);
  if (kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY') return against(lexpr, rexpr);
  return undefined;
}

function against(column: Node | undefined, value: Node | undefined): ColumnRef | undefined {
  if (column === undefined || !('ColumnRef' in column) || !isConstant(value)) return undefined;
  const last = column.ColumnRef.fields?.at(-1);
  return last !== undefined && 'String' in last ? column.ColumnRef : undefined;
}

/** Literals, parameters, casts and lists of them: nothing that has a column or a call in it. */
function isConstant(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if ('A_Const' in node || 'ParamRef' in node) return true;
  if ('TypeCast' in node) return isConstant(node.TypeCast.arg);
  if ('A_ArrayExpr' in node) return (node.A_ArrayExpr.elements ?? []).every(isConstant);
  if ('List' in node) return (node.List.items ?? []).every(isConstant);
  return false;
}

function operatorName({ name }: A_Expr): string {
  return strings(name).at(-1) ?? '';
}

import type { Node } from '@pgsql/types';
import { strings, under } from '../tree.ts';

/** The name that the server gives to a column of an answer (FigureColname in parse_target.c); undefined: not worked out. */
export function outputName(node: Node | undefined): string | undefined {
  return nameOf(node) ?? (node !== undefined && isPlainlyNameless(node) ? '?column?' : undefined);
}

function nameOf(node: Node | undefined): string | undefined {
  const column = under(node, 'ColumnRef');
  if (column !== undefined) return strings(column.fields).at(-1);
  const call = under(node, 'FuncCall');
  if (call !== undefined) return strings(call.funcname).at(-1);
  const cast = under(node, 'TypeCast');
  if (cast !== undefined) return nameOf(cast.arg) ?? strings(cast.typeName?.names).at(-1);
  const collated = under(node, 'CollateClause');
  if (collated !== undefined) return nameOf(collated.arg);
  const part = under(node, 'A_Indirection');
  if (part !== undefined) return strings(part.indirection).at(-1) ?? nameOf(part.arg);
  const choice = under(node, 'CaseExpr');
  if (choice !== undefined) return nameOf(choice.defresult) ?? 'case';
  if (under(node, 'CoalesceExpr') !== undefined) return 'coalesce';
  if (under(node, 'A_ArrayExpr') !== undefined) return 'array';
  if (under(node, 'RowExpr') !== undefined) return 'row';
  if (under(node, 'GroupingFunc') !== undefined) return 'grouping';
  const extreme = under(node, 'MinMaxExpr');
  if (extreme !== undefined) return extreme.op === 'IS_LEAST' ? 'least' : 'greatest';
  if (under(node, 'A_Expr')?.kind === 'AEXPR_NULLIF') return 'nullif';
  return undefined;
}

/** Operators and constants have no name of their own. */
function isPlainlyNameless(node: Node): boolean {
  return (
    'A_Expr' in node || 'A_Const' in node || 'ParamRef' in node || 'BoolExpr' in node || 'NullTest' in node
  );
}

import type { Node, SubLink } from '@pgsql/types';
import { strings, under } from '../tree.ts';

interface Named {
  readonly name: string;
  /** A weak name gives way to that of what stands around it. */
  readonly weak?: true;
}

/** The name that the server gives to a column of an answer (FigureColname in parse_target.c); undefined: not worked out. */
export function outputName(node: Node | undefined): string | undefined {
  return nameOf(node)?.name ?? (node !== undefined && isNameless(node) ? '?column?' : undefined);
}

function nameOf(node: Node | undefined): Named | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) return strong(strings(node.ColumnRef.fields).at(-1));
  if ('FuncCall' in node) return strong(strings(node.FuncCall.funcname).at(-1));
  if ('A_Indirection' in node) {
    return strong(strings(node.A_Indirection.indirection).at(-1)) ?? nameOf(node.A_Indirection.arg);
  }
  if ('CollateClause' in node) return nameOf(node.CollateClause.arg);
  if ('TypeCast' in node) {
    const type = strings(node.TypeCast.typeName?.names).at(-1);
    return unlessWeak(node.TypeCast.arg) ?? (type === undefined ? undefined : { name: type, weak: true });
  }
  if ('CaseExpr' in node) return unlessWeak(node.CaseExpr.defresult) ?? { name: 'case', weak: true };
  if ('SubLink' in node) return subLinkName(node.SubLink);
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest');
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
  const [tag = ''] = Object.keys(node);
  return strong(fixed[tag]);
}

const fixed: Readonly<Record<string, string>> = {
  CoalesceExpr: 'coalesce',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  GroupingFunc: 'grouping',
};

function subLinkName({ subLinkType, subselect }: SubLink): Named | undefined {
  if (subLinkType === 'EXISTS_SUBLINK') return strong('exists');
  if (subLinkType === 'ARRAY_SUBLINK') return strong('array');
  if (subLinkType !== 'EXPR_SUBLINK') return undefined;
  const item = under(under(subselect, 'SelectStmt')?.targetList?.[0], 'ResTarget');
  return strong(item?.name ?? (isStar(item?.val) ? undefined : outputName(item?.val)));
}

/** `*`, `u.*` and `(u).*`, which have the names of what they stand for. */
export function isStar(node: Node | undefined): boolean {
  const last = under(node, 'ColumnRef')?.fields?.at(-1) ?? under(node, 'A_Indirection')?.indirection?.at(-1);
  return last !== undefined && 'A_Star' in last;
}

function unlessWeak(node: Node | undefined): Named | undefined {
  const named = nameOf(node);
  return named?.weak === true ? undefined : named;
}

function strong(name: string | undefined): Named | undefined {
  return name === undefined ? undefined : { name };
}

/** Operators and constants have no name of their own. */
function isNameless(node: Node): boolean {
  return (
    'A_Expr' in node || 'A_Const' in node || 'ParamRef' in node || 'BoolExpr' in node || 'NullTest' in node
  );
}

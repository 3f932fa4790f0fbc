import type { A_Expr, A_Indirection, CaseExpr, ColumnRef, Node, SubLink, TypeCast } from '@pgsql/types';
import { columnPath } from '../select-items.ts';
import { isLiteral, qualifiedName, strings, tagOf, under } from '../tree.ts';
import { callValue, notTooLarge } from './calls.ts';
import { comparisonValue, pairs } from './comparisons.ts';
import { keysOf, partOf } from './documents.ts';
import { driftOf, everything, isColumn, lookUp, widthOf, type Scope, starOf, wholeRow } from './scope.ts';
import { scalarOids, scalarTypes, textOids, totalOperators, totalTypes } from './total.ts';
import type { Tracer } from './tracer.ts';
import { computed, constantValue, failing, isHidden, isScalar, nothing, oneOf, type Value } from './value.ts';

/** What an expression gives. Whatever it does not know counts as something that may fail. */
export function expressionValue(tracer: Tracer, node: Node | undefined, scope: Scope): Value {
  if (node === undefined) return nothing;
  if ('ColumnRef' in node) return columnValue(tracer, node.ColumnRef, scope);
  if ('A_Const' in node || 'SetToDefault' in node) return constantValue;
  if ('ParamRef' in node) return { ...constantValue, array: true };
  if ('SQLValueFunction' in node || 'CurrentOfExpr' in node) return constantValue;
  if ('TypeCast' in node) return castValue(tracer, node.TypeCast, scope);
  if ('FuncCall' in node) return callValue(tracer, node.FuncCall, scope);
  if ('A_Expr' in node) return operatorValue(tracer, node.A_Expr, scope);
  if ('SubLink' in node) return subLinkValue(tracer, node.SubLink, scope);
  if ('CaseExpr' in node) return caseValue(tracer, node.CaseExpr, scope);
  if ('A_Indirection' in node) return partValue(tracer, node.A_Indirection, scope);
  if ('BoolExpr' in node) return inAnyOrder(tracer, tracer.values(node.BoolExpr.args, scope));
  if ('NullTest' in node) return asksForNull(tracer.value(node.NullTest.arg, scope));
  if ('CoalesceExpr' in node) return firstOf(tracer, tracer.values(node.CoalesceExpr.args, scope));
  if ('MinMaxExpr' in node) return computed(tracer.values(node.MinMaxExpr.args, scope), true);
  if ('A_ArrayExpr' in node) return arrayValue(tracer, tracer.values(node.A_ArrayExpr.elements, scope));
  if ('RowExpr' in node) return computed(tracer.values(node.RowExpr.args, scope), true);
  if ('List' in node) return computed(tracer.values(node.List.items, scope), true);
  if ('GroupingFunc' in node) return nothing;
  if ('BooleanTest' in node) return computed([tracer.value(node.BooleanTest.arg, scope)], true);
  if ('CollateClause' in node) return tracer.value(node.CollateClause.arg, scope);
  if ('NamedArgExpr' in node) return tracer.value(node.NamedArgExpr.arg, scope);
  if ('SelectStmt' in node) return rowValue(tracer, node, scope);
  return unknownValue(tracer, node, scope);
}

/** A kind of expression of which nothing is known but what stands in it. */
function unknownValue(tracer: Tracer, node: Node, scope: Scope): Value {
  const values = nodesIn(Object.values(node)).map((inner) => tracer.value(inner, scope));
  // JSON_ARRAYAGG and its like.
  if (tagOf(node).endsWith('Agg')) tracer.showsOrder();
  const hidden = values.filter(isHidden);
  if (hidden.length > 0)
    tracer.leak(undefined, hidden, `compute with it by ${tagOf(node)}, which could fail`);
  return computed([failing, ...values], false);
}

/** The nearest nodes with a tag below these values. */
function nodesIn(values: readonly unknown[]): Node[] {
  return values.flatMap((value): Node[] => {
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) return nodesIn(value);
    const [key = ''] = Object.keys(value);
    return /^[A-Z]/.test(key) ? [value as Node] : nodesIn(Object.values(value));
  });
}

function columnValue(tracer: Tracer, column: ColumnRef, scope: Scope): Value {
  const path = columnPath(column);
  tracer.step(widthOf(scope));
  if (path.at(-1) === '*') {
    const columns = starOf(path.slice(0, -1), scope);
    return columns === undefined ? strangeValue(tracer, path, scope) : wholeRow(columns);
  }
  return lookUp(path, scope) ?? strangeValue(tracer, path, scope);
}

function strangeValue(tracer: Tracer, path: readonly string[], scope: Scope): Value {
  const value = everything(scope);
  tracer.step(widthOf(scope));
  if (isHidden(value)) {
    tracer.leak(
      undefined,
      [value],
      `use ${path.join('.').replaceAll('\0', '')}, which is no known column and could be a function of it`,
    );
  }
  return value;
}

/** `email::text` is the column still where it is of a text type; nothing cuts it. */
function castValue(tracer: Tracer, { arg, typeName }: TypeCast, scope: Scope): Value {
  const value = tracer.value(arg, scope);
  const { schema, name } = qualifiedName(strings(typeName?.names)) ?? { name: '' };
  const array = (typeName?.arrayBounds?.length ?? 0) > 0;
  const bare = !array && (typeName?.typmods?.length ?? 0) === 0;
  // A type of somebody's by the name of the system's could check what it is given.
  const system = schema === undefined ? !tracer.catalog.shadowsType(name) : schema === 'pg_catalog';
  const given = isLiteral(arg) || under(arg, 'ParamRef') !== undefined;
  const scalar = !array && scalarTypes.has(name);
  // A constant that is worked out as the statement runs may fail then.
  if (value.constant)
    return { ...value, array: !scalar, total: value.total && (given || totalTypes.has(name)) };
  if (bare && system && textOids.has(value.typeOid) && (name === 'text' || name === 'varchar')) {
    return { ...value, typeOid: name === 'text' ? 25 : 1043 };
  }
  const total = system && totalTypes.has(name) && !array;
  if (isHidden(value) && !total)
    tracer.leak(undefined, [value], `cast it to ${name}, which fails or not by its value`);
  return { ...computed([value], total), array: !scalar };
}

function operatorValue(tracer: Tracer, expression: A_Expr, scope: Scope): Value {
  const comparison = comparisonValue(tracer, expression, scope);
  if (comparison !== undefined) return comparison;
  const { lexpr, rexpr, name } = expression;
  const operator = strings(name).at(-1) ?? '';
  const left = tracer.value(lexpr, scope);
  const right = tracer.value(rexpr, scope);
  const keys = left.path === undefined ? undefined : keysOf(operator, rexpr);
  if (keys !== undefined) return partOf(left, keys);
  const hidden = [left, right].filter(isHidden);
  const joins = operator !== '||' || hidden.every(isScalar);
  const total = totalOperators.has(operator) && (name?.length ?? 0) === 1 && joins;
  if (operator === '||') notTooLarge(tracer, [left, right]);
  if (hidden.length > 0 && !total) {
    tracer.leak(undefined, hidden, `compute with it by ${operator}, which could fail or not by its value`);
  }
  const value = computed([left, right], total);
  return operator.endsWith('>>') ? { ...value, array: false } : value;
}

/** Arrays in an array must have the same lengths. */
function arrayValue(tracer: Tracer, items: readonly Value[]): Value {
  const hidden = items.filter((item) => isHidden(item) && !isScalar(item));
  if (hidden.length > 0) tracer.leak(undefined, hidden, 'put it into an array that it may not fit');
  notTooLarge(tracer, items);
  return { ...computed(items, true), array: true };
}

/** Whatever it asks, its query may fail on the way: in a condition of its own, or by its rows. */
function subLinkValue(tracer: Tracer, link: SubLink, scope: Scope): Value {
  return { ...askedOf(tracer, link, scope), total: false };
}

function askedOf(tracer: Tracer, link: SubLink, scope: Scope): Value {
  const columns = tracer.query(link.subselect, scope);
  const first = oneOf(columns.map(({ value }) => value));
  switch (link.subLinkType) {
    case 'EXISTS_SUBLINK':
      return nothing;
    case 'ARRAY_SUBLINK':
      return { ...computed([first], true), constant: false, array: true };
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const operator = link.operName === undefined ? '=' : (strings(link.operName).at(-1) ?? '');
      return pairs(
        tracer,
        operator,
        sides(tracer, link.testexpr, scope),
        columns.map(({ value }) => value),
      );
    }
    // More than one row of it is an error.
    case 'EXPR_SUBLINK':
    case 'MULTIEXPR_SUBLINK':
      return {
        ...oneOf((driftOf(columns) === -1 ? columns.slice(0, 1) : columns).map(({ value }) => value)),
        constant: false,
      };
    default: {
      const value = computed([tracer.value(link.testexpr, scope), first], false);
      if (isHidden(value)) tracer.leak('pattern', [value], 'compare it in a way that is not known');
      return { ...value, constant: false };
    }
  }
}

/** A sub-select where a value stands: `(VALUES (1))` of an unusual place. */
function rowValue(tracer: Tracer, node: Node, scope: Scope): Value {
  return { ...wholeRow(tracer.query(node, scope)), total: false };
}

function sides(tracer: Tracer, node: Node | undefined, scope: Scope): Value[] {
  const row = under(node, 'RowExpr');
  return row === undefined ? [tracer.value(node, scope)] : tracer.values(row.args, scope);
}

function caseValue(tracer: Tracer, { arg, args, defresult }: CaseExpr, scope: Scope): Value {
  const branches = (args ?? []).map((node) => under(node, 'CaseWhen'));
  const subject = arg === undefined ? undefined : tracer.value(arg, scope);
  const parts: Value[] = subject === undefined ? [] : [subject];
  for (const branch of branches) {
    const asked = tracer.value(branch?.expr, scope);
    parts.push(subject === undefined ? asked : pairs(tracer, '=', [subject], [asked]));
    parts.push(tracer.value(branch?.result, scope));
  }
  return inOrder(tracer, [...parts, tracer.value(defresult, scope)]);
}

/** COALESCE gives one of them; all are of one type, so one that is known tells of all. */
function firstOf(tracer: Tracer, parts: readonly Value[]): Value {
  const scalar = parts.some(({ typeOid }) => scalarOids.has(typeOid));
  const value = inOrder(tracer, parts);
  return scalar ? { ...value, array: false } : value;
}

/** What comes later is computed or not by what came before: then an error would tell of that. */
function inOrder(tracer: Tracer, parts: readonly Value[]): Value {
  const first = parts.findIndex(tellsMore);
  const hidden = parts.filter(tellsMore);
  if (first !== -1 && parts.slice(first + 1).some(({ total }) => !total)) {
    tracer.leak(undefined, hidden, 'let something that can fail hang on it');
  }
  return computed(parts, true);
}

/** AND and OR: the server computes in an order of its own, and stops where the rest does not matter. */
function inAnyOrder(tracer: Tracer, parts: readonly Value[]): Value {
  const hidden = parts.filter(tellsMore);
  if (hidden.length > 0 && parts.some(({ total }) => !total)) {
    tracer.leak(undefined, hidden, 'let something that can fail hang on it');
  }
  return computed(parts, true);
}

function tellsMore(value: Value): boolean {
  return isHidden(value) && !value.guess;
}

/** NULL stays NULL in an answer that is masked, so asking for it tells no more. */
function asksForNull(value: Value): Value {
  if (!isHidden(value)) return computed([value], true);
  if (value.origins.every(({ plain }) => plain)) return nothing;
  return computed([value], true);
}

/** `(u).email`, `tags[1]`, `payload['user']['phone']` */
function partValue(tracer: Tracer, { arg, indirection }: A_Indirection, scope: Scope): Value {
  const path = columnPath(under(arg, 'ColumnRef') ?? {});
  const fields = strings(indirection);
  const last = (indirection ?? []).at(-1);
  const whole = path.length === 1 && fields.length > 0 && fields.length === indirection?.length;
  // `(u).email` of a range: its column. A column of this name would come first.
  if (whole && !isColumn(path[0] ?? '', scope) && starOf(path, scope) !== undefined) {
    const column = lookUp([...path, ...fields], scope);
    if (column !== undefined) return column;
  }
  let value = tracer.value(arg, scope);
  for (const step of indirection ?? []) {
    const index = under(step, 'A_Indices');
    const keys = index === undefined || index.is_slice === true ? undefined : keysOf('->', index.uidx);
    const indices = [index?.lidx, index?.uidx].filter((one) => one !== undefined);
    const at = tracer.values(indices, scope);
    const hidden = at.filter(isHidden);
    // An index is an int4: what is larger is an error.
    if (hidden.length > 0)
      tracer.leak(undefined, hidden, 'take an item by it, which could fail by its value');
    value =
      keys !== undefined && value.path !== undefined
        ? partOf(value, keys)
        : { ...computed([value, ...at], true), array: index?.is_slice === true };
  }
  const field = last === undefined ? undefined : under(last, 'String');
  if (field !== undefined && isHidden(value)) {
    // `(u).f` may be a call of f.
    tracer.leak(undefined, [value], `take ${field.sval ?? ''} of it, which could be a function`);
  }
  return value;
}

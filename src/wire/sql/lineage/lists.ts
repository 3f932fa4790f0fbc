import type { Node, ResTarget } from '@pgsql/types';
import { IntricateError } from '../intricate.ts';
import { columnPath } from '../select-items.ts';
import { under } from '../tree.ts';
import { isStar, outputName } from './output-name.ts';
import { type Column, isColumn, type Scope, spreadOf, starOf } from './scope.ts';
import type { Tracer } from './tracer.ts';

/** MaxTupleAttributeNumber (access/htup_details.h): the server takes no longer list. */
export const columnsMax = 1664;

/** The columns of a select list or of RETURNING. */
export function listColumns(tracer: Tracer, list: readonly Node[] | undefined, scope: Scope): Column[] {
  const columns: Column[] = [];
  const { offer } = scope;
  let sure = true;
  for (const node of list ?? []) {
    const item = under(node, 'ResTarget') ?? {};
    const found = itemColumns(tracer, item, scope);
    const starred = isStar(item.val);
    if (starred && offer.ranges.some((range) => range.columns.length === 0)) sure = false;
    for (const { name, value, spread, unsure, loose, adrift } of found) {
      // A star over what anybody may change stands for as many columns as it has by then.
      if (starred && (spread || loose || adrift)) sure = false;
      columns.push({
        name,
        value,
        ...(spread && { spread }),
        ...(unsure && { unsure }),
        ...(loose && { loose }),
        ...(starred && { starred }),
        ...(!sure && { adrift: true }),
      });
    }
    if (columns.length > columnsMax) throw new IntricateError('too many columns');
  }
  for (const { value } of columns) tracer.carried(value);
  return columns;
}

function itemColumns(tracer: Tracer, { name, val }: ResTarget, scope: Scope): readonly Column[] {
  const path = columnPath(under(val, 'ColumnRef') ?? {});
  if (path.at(-1) === '*') {
    const columns = starOf(path.slice(0, -1), scope);
    return columns ?? [{ ...spreadOf([]), value: tracer.value(val, scope) }];
  }
  const indirection = under(val, 'A_Indirection');
  if (indirection !== undefined && 'A_Star' in (indirection.indirection?.at(-1) ?? {})) {
    const [whole, ...more] = columnPath(under(indirection.arg, 'ColumnRef') ?? {});
    const single = whole !== undefined && more.length === 0 && indirection.indirection?.length === 1;
    const columns = single && !isColumn(whole, scope) ? starOf([whole], scope) : undefined;
    if (columns !== undefined) return columns;
    return [{ ...spreadOf([]), value: { ...tracer.value(indirection.arg, scope), typeOid: 0 } }];
  }
  return [{ name: name ?? outputName(val), value: { ...tracer.value(val, scope), constant: false } }];
}

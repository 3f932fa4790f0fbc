import type { ColumnRef, ResTarget, SelectStmt } from '@pgsql/types';
import { under } from './tree.ts';

/** `u.email` → `['u', 'email']`; a star is `*`, and a column that is called so has a name that no other can have. */
export function columnPath(column: ColumnRef): string[] {
  return (column.fields ?? []).map((field) => {
    const name = under(field, 'String')?.sval ?? '*';
    return name === '*' && 'String' in field ? '\0*' : name;
  });
}

/** DISTINCT alone is a list of one empty node; DISTINCT ON has its expressions. */
export function isDistinct({ distinctClause }: SelectStmt): boolean {
  return distinctClause?.length === 1 && Object.keys(distinctClause[0] ?? {}).length === 0;
}

/** `SET email = excluded.email` of an ON CONFLICT; anywhere else `excluded` may be any table's alias. */
export function isOwnExcluded({ name, val, indirection }: ResTarget): boolean {
  const path = columnPath(under(val, 'ColumnRef') ?? {});
  return indirection === undefined && path.length === 2 && path[0] === 'excluded' && path[1] === name;
}

import { type RawBuilder, sql } from 'kysely';

/** Rows behind the one with this id, where the newest come first: a page goes on where the last one ended. */
export function isBehind(
  [table, madeAt]: readonly ['holds' | 'requests', 'created_at'] | readonly ['sessions', 'opened_at'],
  id: string,
): RawBuilder<boolean> {
  const last = sql`select ${sql.ref(`last.${madeAt}`)}, last.id from ${sql.table(table)} as last where last.id = ${id}`;
  return sql<boolean>`(${sql.ref(madeAt)}, id) < (${last})`;
}

import type { Kysely } from 'kysely';
import type { OnceRecords } from '../../core/once.ts';
import type { Database } from '../schema.ts';

export function onceRecords(db: Kysely<Database>, table: 'used_assertions' | 'used_signatures'): OnceRecords {
  return {
    async use(id, expiresAtMs, nowMs) {
      await db.deleteFrom(table).where('expires_at', '<=', nowMs).execute();
      const { numInsertedOrUpdatedRows } = await db
        .insertInto(table)
        .values({ id, expires_at: expiresAtMs })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
  };
}

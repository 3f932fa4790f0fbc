import type { Kysely } from 'kysely';
import { instanceStaleMs, type InstanceRecords } from '../../core/records.ts';
import type { Database } from '../schema.ts';

export function instanceRecords(db: Kysely<Database>): InstanceRecords {
  return {
    async beat(id, nowMs) {
      await db
        .insertInto('instances')
        .values({ id, beat_at: nowMs })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ beat_at: nowMs }))
        .execute();
    },
    async remove(id) {
      await db.deleteFrom('instances').where('id', '=', id).execute();
    },
    async live(nowMs) {
      const rows = await db
        .selectFrom('instances')
        .select('id')
        .where('beat_at', '>', nowMs - instanceStaleMs)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

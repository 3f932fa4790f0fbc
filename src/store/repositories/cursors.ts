import type { Kysely } from 'kysely';
import type { CursorRecords } from '../../core/cursor.ts';
import type { Database } from '../schema.ts';

export function cursorRecords(db: Kysely<Database>): CursorRecords {
  return {
    async get(name) {
      const row = await db.selectFrom('cursors').select('seq').where('name', '=', name).executeTakeFirst();
      return row?.seq ?? 0;
    },
    async set(name, seq) {
      await db
        .insertInto('cursors')
        .values({ name, seq })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ seq }))
        .execute();
    },
  };
}

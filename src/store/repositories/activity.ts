import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { ActivityRecords } from '../../core/activity.ts';
import type { Database } from '../schema.ts';

export function activityRecords(db: Kysely<Database>): ActivityRecords {
  return {
    async add(steps) {
      await db.transaction().execute(async (tx) => {
        for (const { atMs, ...counts } of steps) {
          await tx
            .insertInto('activity')
            .values({ at: atMs, ...counts })
            .onConflict((conflict) =>
              conflict.column('at').doUpdateSet({
                sessions: sql<number>`activity.sessions + excluded.sessions`,
                commands: sql<number>`activity.commands + excluded.commands`,
                holds: sql<number>`activity.holds + excluded.holds`,
                refusals: sql<number>`activity.refusals + excluded.refusals`,
                masked: sql<number>`activity.masked + excluded.masked`,
              }),
            )
            .execute();
        }
      });
    },
    async list(sinceMs) {
      const rows = await db
        .selectFrom('activity')
        .selectAll()
        .where('at', '>=', sinceMs)
        .orderBy('at')
        .execute();
      return rows.map(({ at, ...counts }) => ({ atMs: at, ...counts }));
    },
    async dropBefore(ms) {
      await db.deleteFrom('activity').where('at', '<', ms).execute();
    },
  };
}

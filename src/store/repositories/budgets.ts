import type { Kysely } from 'kysely';
import type { BudgetRecords } from '../../core/budget.ts';
import type { Database } from '../schema.ts';

export function budgetRecords(db: Kysely<Database>): BudgetRecords {
  return {
    async add(uses) {
      await db.transaction().execute(async (tx) => {
        for (const { expiresAtMs, ...use } of uses) {
          await tx
            .insertInto('budget_uses')
            .values({ ...use, expires_at: expiresAtMs })
            .onConflict((conflict) =>
              conflict.columns(['budget', 'identity', 'period']).doUpdateSet(({ ref }) => ({
                rows: (eb) => eb(ref('budget_uses.rows'), '+', use.rows),
                commands: (eb) => eb(ref('budget_uses.commands'), '+', use.commands),
                bytes: (eb) => eb(ref('budget_uses.bytes'), '+', use.bytes),
              })),
            )
            .execute();
        }
      });
    },
    async list(nowMs) {
      const rows = await db.selectFrom('budget_uses').selectAll().where('expires_at', '>', nowMs).execute();
      return rows.map(({ expires_at, ...use }) => ({ ...use, expiresAtMs: expires_at }));
    },
    async prune(nowMs) {
      await db.deleteFrom('budget_uses').where('expires_at', '<=', nowMs).execute();
    },
  };
}

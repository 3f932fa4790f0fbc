import type { Kysely, Selectable } from 'kysely';
import type { LeaseRecord, LeaseRecords } from '../../core/records.ts';
import type { Database, LeasesTable } from '../schema.ts';

export function leaseRecords(db: Kysely<Database>): LeaseRecords {
  return {
    async add(lease) {
      await db.insertInto('leases').values(toRow(lease)).execute();
    },
    async ending(id, error) {
      await db.updateTable('leases').set({ state: 'ending', error }).where('id', '=', id).execute();
    },
    async remove(id) {
      await db.deleteFrom('leases').where('id', '=', id).execute();
    },
    async leftovers(live) {
      const rows = await db
        .selectFrom('leases')
        .selectAll()
        .where(({ or, eb }) => or([eb('state', '=', 'ending'), eb('instance', 'not in', [...live])]))
        .orderBy('created_at')
        .execute();
      return rows.map(fromRow);
    },
    async list(target) {
      const all = db.selectFrom('leases').selectAll().orderBy('created_at');
      const rows = await (target === undefined ? all : all.where('target', '=', target)).execute();
      return rows.map(fromRow);
    },
  };
}

function toRow(lease: LeaseRecord): LeasesTable {
  const { user, createdAtMs, ...same } = lease;
  return { ...same, user_name: user, created_at: createdAtMs };
}

function fromRow(row: Selectable<LeasesTable>): LeaseRecord {
  const { user_name, created_at, ...same } = row;
  return { ...same, user: user_name, createdAtMs: created_at };
}

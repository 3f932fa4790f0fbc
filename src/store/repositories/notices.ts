import type { Kysely, Selectable } from 'kysely';
import type { NoticeRecord, NoticeRecords } from '../../core/notice.ts';
import type { Database, NoticesTable } from '../schema.ts';

export function noticeRecords(db: Kysely<Database>): NoticeRecords {
  return {
    async add(records) {
      if (records.length > 0) await db.insertInto('notices').values(records.map(toRow)).execute();
    },
    async first(channel) {
      const row = await db
        .selectFrom('notices')
        .selectAll()
        .where('channel', '=', channel)
        .orderBy('next_at')
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst();
      return row && fromRow(row);
    },
    async later(id, { attempts, nextAtMs }) {
      await db.updateTable('notices').set({ attempts, next_at: nextAtMs }).where('id', '=', id).execute();
    },
    async remove(id) {
      await db.deleteFrom('notices').where('id', '=', id).execute();
    },
    async olderThan(ms) {
      const rows = await db.selectFrom('notices').selectAll().where('created_at', '<', ms).execute();
      return rows.map(fromRow);
    },
  };
}

function toRow({ notice, createdAtMs, nextAtMs, ...same }: NoticeRecord): NoticesTable {
  return { ...same, notice: JSON.stringify(notice), created_at: createdAtMs, next_at: nextAtMs };
}

function fromRow({ notice, created_at, next_at, ...same }: Selectable<NoticesTable>): NoticeRecord {
  return {
    ...same,
    notice: JSON.parse(notice) as NoticeRecord['notice'],
    createdAtMs: created_at,
    nextAtMs: next_at,
  };
}

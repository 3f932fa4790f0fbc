import type { Kysely, Selectable } from 'kysely';
import type { KeptAnswer, SentRecord, SentRecords } from '../../core/sent.ts';
import type { Database, SentTable } from '../schema.ts';

export function sentRecords(db: Kysely<Database>): SentRecords {
  return {
    async add({ key, request, sentAtMs, expiresAtMs }) {
      await db.deleteFrom('sent').where('expires_at', '<=', sentAtMs).execute();
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('sent')
        .values({ key, request, sent_at: sentAtMs, expires_at: expiresAtMs, answer: null })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async get(key, nowMs) {
      const row = await db
        .selectFrom('sent')
        .selectAll()
        .where('key', '=', key)
        .where('expires_at', '>', nowMs)
        .executeTakeFirst();
      return row && fromRow(row);
    },
    async answered(key, answer) {
      const kept = JSON.stringify({ ...answer, body: answer.body.toString('base64') } satisfies KeptText);
      await db.updateTable('sent').set({ answer: kept }).where('key', '=', key).execute();
    },
    async remove(key) {
      await db.deleteFrom('sent').where('key', '=', key).execute();
    },
  };
}

/** The body in Base64. */
type KeptText = Omit<KeptAnswer, 'body'> & { readonly body: string };

function fromRow(row: Selectable<SentTable>): SentRecord {
  return {
    key: row.key,
    request: row.request,
    sentAtMs: row.sent_at,
    expiresAtMs: row.expires_at,
    answer: row.answer === null ? null : answerOf(JSON.parse(row.answer) as KeptText),
  };
}

function answerOf(kept: KeptText): KeptAnswer {
  return { ...kept, body: Buffer.from(kept.body, 'base64') };
}

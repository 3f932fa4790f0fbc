import type { Kysely } from 'kysely';
import type { EventIdentity } from '../../core/event.ts';
import type { RevocationRecords } from '../../core/records.ts';
import type { Database } from '../schema.ts';

export function revocationRecords(db: Kysely<Database>): RevocationRecords {
  return {
    async add({ subject, issuer, atMs, by, because }) {
      await db
        .insertInto('revocations')
        .values({
          subject,
          issuer: issuer ?? '',
          revoked_at: atMs,
          by: JSON.stringify(by),
          because: because ?? null,
        })
        .onConflict((conflict) => conflict.columns(['subject', 'issuer']).doNothing())
        .execute();
    },
    async remove(subject, issuer) {
      const { numDeletedRows } = await db
        .deleteFrom('revocations')
        .where('subject', '=', subject)
        .where('issuer', '=', issuer ?? '')
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    async list() {
      const rows = await db
        .selectFrom('revocations')
        .selectAll()
        .orderBy('revoked_at')
        .orderBy('subject')
        .execute();
      return rows.map((row) => ({
        subject: row.subject,
        issuer: row.issuer === '' ? null : row.issuer,
        atMs: row.revoked_at,
        by: JSON.parse(row.by) as EventIdentity,
        ...(row.because === null ? {} : { because: row.because }),
      }));
    },
  };
}

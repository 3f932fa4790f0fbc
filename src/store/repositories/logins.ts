import type { Kysely, Selectable } from 'kysely';
import type { Identity } from '../../core/identity.ts';
import type { Login, LoginRecords } from '../../core/login.ts';
import type { Database, LoginsTable } from '../schema.ts';

export function loginRecords(db: Kysely<Database>): LoginRecords {
  return {
    async add(login, secretHash) {
      await db.insertInto('logins').values(toRow(login, secretHash)).execute();
    },
    async find(secretHash) {
      const row = await db
        .selectFrom('logins')
        .selectAll()
        .where('secret_hash', '=', secretHash)
        .executeTakeFirst();
      return row && fromRow(row);
    },
    async has(id) {
      const row = await db.selectFrom('logins').select('id').where('id', '=', id).executeTakeFirst();
      return row !== undefined;
    },
    async seen(id, atMs) {
      await db.updateTable('logins').set({ seen_at: atMs }).where('id', '=', id).execute();
    },
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('logins').where('id', '=', id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    async list(subject, issuer) {
      const rows = await db
        .selectFrom('logins')
        .selectAll()
        .where('subject', '=', subject)
        .$if(issuer !== undefined, (query) => query.where('issuer', '=', issuer ?? ''))
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(fromRow);
    },
    async removeExpired(nowMs) {
      await db.deleteFrom('logins').where('expires_at', '<=', nowMs).execute();
    },
  };
}

function toRow(login: Login, secretHash: string): LoginsTable {
  const { id, identity, csrf, via, client, agent, createdAtMs, seenAtMs, expiresAtMs } = login;
  return {
    id,
    secret_hash: secretHash,
    subject: identity.subject,
    issuer: identity.issuer,
    identity: JSON.stringify(identity),
    csrf,
    via,
    client,
    agent,
    created_at: createdAtMs,
    seen_at: seenAtMs,
    expires_at: expiresAtMs,
  };
}

function fromRow(row: Selectable<LoginsTable>): Login {
  const { id, csrf, via, client, agent } = row;
  return {
    id,
    identity: JSON.parse(row.identity) as Identity,
    csrf,
    via,
    client,
    agent,
    createdAtMs: row.created_at,
    seenAtMs: row.seen_at,
    expiresAtMs: row.expires_at,
  };
}

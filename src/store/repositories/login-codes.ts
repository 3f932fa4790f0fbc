import type { Kysely, Selectable } from 'kysely';
import type { Identity } from '../../core/identity.ts';
import type { LoginCode, LoginCodeRecords } from '../../core/login.ts';
import type { Database, LoginCodesTable } from '../schema.ts';

export function loginCodeRecords(db: Kysely<Database>): LoginCodeRecords {
  return {
    async add(code) {
      await db.insertInto('login_codes').values(toRow(code)).execute();
    },
    async pending(userCode, nowMs) {
      const row = await db
        .selectFrom('login_codes')
        .selectAll()
        .where('user_code', '=', userCode)
        .where('state', '=', 'pending')
        .where('expires_at', '>', nowMs)
        .executeTakeFirst();
      return row && fromRow(row);
    },
    async countPending(nowMs, client) {
      const { count } = await db
        .selectFrom('login_codes')
        .select((make) => make.fn.countAll().as('count'))
        .where('state', '=', 'pending')
        .where('expires_at', '>', nowMs)
        .$if(client !== undefined, (query) => query.where('client', '=', client ?? ''))
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    async decide(hash, state, { id, identity }) {
      const { numUpdatedRows } = await db
        .updateTable('login_codes')
        .set({ state, identity: JSON.stringify(identity), login: id })
        .where('hash', '=', hash)
        .where('state', '=', 'pending')
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    async poll(hash, nowMs) {
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('login_codes')
          .selectAll()
          .where('hash', '=', hash)
          .executeTakeFirst();
        if (row === undefined) return undefined;
        await tx.updateTable('login_codes').set({ polled_at: nowMs }).where('hash', '=', hash).execute();
        return fromRow(row);
      });
    },
    async take(hash) {
      const row = await db
        .deleteFrom('login_codes')
        .where('hash', '=', hash)
        .returningAll()
        .executeTakeFirst();
      return row && fromRow(row);
    },
    async removeExpired(nowMs) {
      await db.deleteFrom('login_codes').where('expires_at', '<=', nowMs).execute();
    },
  };
}

function toRow(code: LoginCode): LoginCodesTable {
  return {
    hash: code.hash,
    kind: code.kind,
    user_code: code.userCode,
    challenge: code.challenge,
    redirect_uri: code.redirectUri,
    client: code.client,
    agent: code.agent,
    state: code.state,
    identity: code.identity === null ? null : JSON.stringify(code.identity),
    login: code.login,
    created_at: code.createdAtMs,
    expires_at: code.expiresAtMs,
    polled_at: code.polledAtMs,
  };
}

function fromRow(row: Selectable<LoginCodesTable>): LoginCode {
  const { hash, kind, challenge, client, agent, state, login } = row;
  return {
    hash,
    kind,
    userCode: row.user_code,
    challenge,
    redirectUri: row.redirect_uri,
    client,
    agent,
    state,
    identity: row.identity === null ? null : (JSON.parse(row.identity) as Identity),
    login,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at,
    polledAtMs: row.polled_at,
  };
}

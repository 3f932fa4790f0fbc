import type { Kysely, Selectable } from 'kysely';
import type { EventIdentity } from '../../core/event.ts';
import type { SessionFilter, SessionRecord, SessionRecords } from '../../core/records.ts';
import type { Database, SessionsTable } from '../schema.ts';
import { isBehind } from './page.ts';

export function sessionRecords(db: Kysely<Database>): SessionRecords {
  return {
    async add(session) {
      await db.insertInto('sessions').values(toRow(session)).execute();
    },
    async close(id, { atMs, reason, commands, rows }) {
      await db
        .updateTable('sessions')
        .set({ closed_at: atMs, reason, commands, rows })
        .where('id', '=', id)
        .where('closed_at', 'is', null)
        .execute();
    },
    async get(id) {
      const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
      return row && fromRow(row);
    },
    async list(filter) {
      return (await newestFirst(db, filter).execute()).map(fromRow);
    },
    async closeAbandoned(live, { atMs, reason }) {
      const rows = await db
        .updateTable('sessions')
        .set({ closed_at: atMs, reason })
        .where('closed_at', 'is', null)
        .where('instance', 'not in', [...live])
        .returning('id')
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

function newestFirst(
  db: Kysely<Database>,
  { subject, issuer, ticket, target, open, sinceMs, untilMs, after, limit }: SessionFilter,
) {
  return db
    .selectFrom('sessions')
    .selectAll()
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
    .$if(issuer !== undefined, (query) => query.where('issuer', '=', issuer ?? ''))
    .$if(ticket !== undefined, (query) => query.where('ticket', '=', ticket ?? ''))
    .$if(target !== undefined, (query) => query.where('target', '=', target ?? ''))
    .$if(open !== undefined, (query) => query.where('closed_at', open === true ? 'is' : 'is not', null))
    .$if(sinceMs !== undefined, (query) =>
      query.where((or) => or.or([or('closed_at', 'is', null), or('closed_at', '>=', sinceMs ?? 0)])),
    )
    .$if(untilMs !== undefined, (query) => query.where('opened_at', '<=', untilMs ?? 0))
    .$if(after !== undefined, (query) => query.where(isBehind(['sessions', 'opened_at'], after ?? '')))
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
}

function toRow(session: SessionRecord): SessionsTable {
  const { identity, openedAtMs, closedAtMs, ...same } = session;
  return {
    ...same,
    subject: identity.subject,
    issuer: identity.issuer,
    identity: JSON.stringify(identity),
    ticket: identity.ticket ?? null,
    opened_at: openedAtMs,
    closed_at: closedAtMs,
  };
}

function fromRow(row: Selectable<SessionsTable>): SessionRecord {
  const {
    subject: _subject,
    issuer: _issuer,
    ticket: _ticket,
    identity,
    opened_at,
    closed_at,
    ...same
  } = row;
  return {
    ...same,
    identity: JSON.parse(identity) as EventIdentity,
    openedAtMs: opened_at,
    closedAtMs: closed_at,
  };
}

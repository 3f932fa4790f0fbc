import type { ExpressionBuilder, Kysely, Selectable } from 'kysely';
import type { EventIdentity } from '../../core/event.ts';
import { actorsOf } from '../../core/record-query.ts';
import type { SessionFilter, SessionRecord, SessionRecords } from '../../core/records.ts';
import type { Database, SessionsTable } from '../schema.ts';
import { isBehind } from './page.ts';

export function sessionRecords(db: Kysely<Database>): SessionRecords {
  return {
    async add(session) {
      const actors = actorsOf(session.identity).map((name) => ({ session: session.id, ...name }));
      await db.transaction().execute(async (tx) => {
        await tx.insertInto('sessions').values(toRow(session)).execute();
        if (actors.length === 0) return;
        // Somebody may stand in a chain twice.
        await tx
          .insertInto('session_actors')
          .values(actors)
          .onConflict((it) => it.doNothing())
          .execute();
      });
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
  { subject, issuer, own, ticket, target, open, sinceMs, untilMs, after, limit }: SessionFilter,
) {
  return db
    .selectFrom('sessions')
    .selectAll()
    .$if(subject !== undefined || issuer !== undefined, (query) => query.where(takesPart(subject, issuer)))
    .$if(own !== undefined, (query) =>
      query.where('subject', '=', own?.subject ?? '').where('issuer', '=', own?.issuer ?? ''),
    )
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

/** Whose session it is, or who acts for them in it; of either, one may be left open. */
function takesPart(subject: string | undefined, issuer: string | undefined) {
  return ({ eb, or, and, exists, selectFrom }: ExpressionBuilder<Database, 'sessions'>) =>
    or([
      and([
        ...(subject === undefined ? [] : [eb('sessions.subject', '=', subject)]),
        ...(issuer === undefined ? [] : [eb('sessions.issuer', '=', issuer)]),
      ]),
      exists(
        selectFrom('session_actors as a')
          .select('a.session')
          .whereRef('a.session', '=', 'sessions.id')
          .$if(subject !== undefined, (query) => query.where('a.subject', '=', subject ?? ''))
          .$if(issuer !== undefined, (query) => query.where('a.issuer', '=', issuer ?? '')),
      ),
    ]);
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

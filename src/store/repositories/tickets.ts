import type { Kysely, Selectable } from 'kysely';
import type { TicketRecord, TicketRecords } from '../../core/tickets.ts';
import type { Database, TicketsTable } from '../schema.ts';

export function ticketRecords(db: Kysely<Database>): TicketRecords {
  const live = (nowMs: number) =>
    db.selectFrom('tickets').where('ended_at', 'is', null).where('expires_at', '>', nowMs);
  return {
    add: (ticket) => add(db, ticket),
    async get(id) {
      const row = await db.selectFrom('tickets').selectAll().where('id', '=', id).executeTakeFirst();
      return row && fromRow(row);
    },
    async live(nowMs) {
      const rows = await live(nowMs)
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(fromRow);
    },
    async count({ issuer, subject }, nowMs) {
      const { total } = await live(nowMs)
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },
    async ended(nowMs) {
      const rows = await db
        .selectFrom('tickets')
        .select('id')
        .where('ended_at', 'is not', null)
        .where('expires_at', '>', nowMs)
        .execute();
      return rows.map(({ id }) => id);
    },
    end: (ids, atMs) => end(db, ids, atMs),
    async forget(beforeMs) {
      await db.deleteFrom('ticket_origins').where('expires_at', '<', beforeMs).execute();
      await db.deleteFrom('tickets').where('expires_at', '<', beforeMs).execute();
    },
  };
}

async function add(db: Kysely<Database>, ticket: TicketRecord): Promise<boolean> {
  const { id, from, expiresAtMs } = ticket;
  return db.transaction().execute(async (tx) => {
    // An update, so that where several processes share the store an end that comes at this moment waits.
    for (const origin of from) {
      const { numUpdatedRows } = await tx
        .updateTable('tickets')
        .set({ ended_at: null })
        .where('id', '=', origin)
        .where('ended_at', 'is', null)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
    }
    await tx.insertInto('tickets').values(toRow(ticket)).execute();
    for (const origin of from) {
      await tx.insertInto('ticket_origins').values({ id, origin, expires_at: expiresAtMs }).execute();
    }
    return true;
  });
}

async function end(db: Kysely<Database>, ids: readonly string[], atMs: number): Promise<readonly string[]> {
  const rows = await db
    .updateTable('tickets')
    .set({ ended_at: atMs })
    .where('ended_at', 'is', null)
    .where('expires_at', '>', atMs)
    .where(({ eb, or, selectFrom }) =>
      or([
        eb('id', 'in', [...ids]),
        eb(
          'id',
          'in',
          selectFrom('ticket_origins')
            .select('id')
            .where('origin', 'in', [...ids]),
        ),
      ]),
    )
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

function toRow(ticket: TicketRecord): TicketsTable {
  const { identity } = ticket;
  return {
    id: ticket.id,
    subject: identity.subject,
    issuer: identity.issuer,
    identity: JSON.stringify(identity),
    origins: JSON.stringify(ticket.from),
    created_at: ticket.createdAtMs,
    expires_at: ticket.expiresAtMs,
    ended_at: ticket.endedAtMs,
  };
}

function fromRow(row: Selectable<TicketsTable>): TicketRecord {
  return {
    id: row.id,
    identity: JSON.parse(row.identity) as TicketRecord['identity'],
    from: JSON.parse(row.origins) as TicketRecord['from'],
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at,
    endedAtMs: row.ended_at,
  };
}

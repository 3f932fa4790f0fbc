import type { Kysely, Selectable } from 'kysely';
import type { EventIdentity } from '../../core/event.ts';
import type { DecisionRecord } from '../../core/records.ts';
import type { RequestRecord, RequestRecords, RequestState } from '../../core/requests.ts';
import type { Database, RequestsTable } from '../schema.ts';
import { decisionFromRow, decisionToRow } from './decisions.ts';
import { isBehind } from './page.ts';

export function requestRecords(db: Kysely<Database>): RequestRecords {
  return {
    add: (request, nowMs) => add(db, request, nowMs),
    async get(id) {
      const row = await db.selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirst();
      return row && (await withDecisions(db, [row]))[0];
    },
    async countSince(key, sinceMs) {
      const { count } = await db
        .selectFrom('requests')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('key', '=', key)
        .where('created_at', '>', sinceMs)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    async list({ state, after, limit }) {
      const rows = await db
        .selectFrom('requests')
        .selectAll()
        .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'pending'))
        .$if(after !== undefined, (query) => query.where(isBehind(['requests', 'created_at'], after ?? '')))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return withDecisions(db, rows);
    },
    decide: (id, decision, settle, nowMs) => decide(db, id, decision, settle, nowMs),
    async end(id, { from, to, by }) {
      const { numUpdatedRows } = await db
        .updateTable('requests')
        .set({ state: to, ended_by: by === null ? null : JSON.stringify(by) })
        .where('id', '=', id)
        .where('state', '=', from)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    async expire(nowMs) {
      const rows = await db
        .updateTable('requests')
        .set({ state: 'expired' })
        .where('state', '=', 'pending')
        .where('pending_until', '<=', nowMs)
        .returning('id')
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

type RequestAlone = Omit<RequestRecord, 'decisions'>;

/** Asked for twice is asked for once: approvers should not have to look at it again. */
async function add(db: Kysely<Database>, request: RequestRecord, nowMs: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const same = await tx
      .selectFrom('requests')
      .select('id')
      .where('key', '=', request.key)
      .where('target', '=', request.target)
      .where('rule', '=', request.rule)
      .where('state', '=', 'pending')
      .where('pending_until', '>', nowMs)
      .executeTakeFirst();
    if (same !== undefined) return false;
    await tx.insertInto('requests').values(toRow(request)).execute();
    return true;
  });
}

async function decide(
  db: Kysely<Database>,
  id: string,
  decision: DecisionRecord,
  settle: Parameters<RequestRecords['decide']>[2],
  nowMs: number,
): Promise<RequestState | undefined> {
  return db.transaction().execute(async (tx) => {
    // Also locks the row, where more than one connection could decide at once.
    const open = await tx
      .updateTable('requests')
      .set({ state: 'pending' })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .where('pending_until', '>', nowMs)
      .returning('for_ms')
      .executeTakeFirst();
    if (open === undefined) return undefined;
    const rows = await tx.selectFrom('request_decisions').selectAll().where('request', '=', id).execute();
    const settled = settle([...rows.map(decisionFromRow), decision]);
    await tx
      .insertInto('request_decisions')
      .values({ request: id, ...decisionToRow(rows.length, decision) })
      .execute();
    if (settled === 'pending') return settled;
    const granted = {
      state: 'granted',
      started_at: decision.atMs,
      until: decision.atMs + open.for_ms,
    } as const;
    await tx
      .updateTable('requests')
      .set(settled === 'approved' ? granted : { state: settled })
      .where('id', '=', id)
      .execute();
    return settled === 'approved' ? 'granted' : settled;
  });
}

async function withDecisions(
  db: Kysely<Database>,
  rows: readonly Selectable<RequestsTable>[],
): Promise<RequestRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const decisions = await db
    .selectFrom('request_decisions')
    .selectAll()
    .where('request', 'in', ids)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    ...fromRow(row),
    decisions: decisions.filter(({ request }) => request === row.id).map(decisionFromRow),
  }));
}

function toRow(it: RequestRecord): RequestsTable {
  const {
    decisions: _decisions,
    forMs,
    createdAtMs,
    pendingUntilMs,
    startedAtMs,
    untilMs,
    endedBy,
    ...same
  } = it;
  return {
    ...same,
    identity: JSON.stringify(it.identity),
    names: JSON.stringify(it.names),
    lets: JSON.stringify(it.lets),
    approvers: JSON.stringify(it.approvers),
    for_ms: forMs,
    created_at: createdAtMs,
    pending_until: pendingUntilMs,
    started_at: startedAtMs,
    until: untilMs,
    ended_by: endedBy === null ? null : JSON.stringify(endedBy),
  };
}

function fromRow(row: Selectable<RequestsTable>): RequestAlone {
  const { for_ms, created_at, pending_until, started_at, until, ended_by, ...same } = row;
  return {
    ...same,
    identity: JSON.parse(row.identity) as EventIdentity,
    names: JSON.parse(row.names) as RequestRecord['names'],
    lets: JSON.parse(row.lets) as RequestRecord['lets'],
    approvers: JSON.parse(row.approvers) as RequestRecord['approvers'],
    forMs: for_ms,
    createdAtMs: created_at,
    pendingUntilMs: pending_until,
    startedAtMs: started_at,
    untilMs: until,
    endedBy: ended_by === null ? null : (JSON.parse(ended_by) as EventIdentity),
  };
}

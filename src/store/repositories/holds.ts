import { type Kysely, type Selectable, sql } from 'kysely';
import type { DecisionRecord, HoldRecord, HoldRecords, HoldState } from '../../core/records.ts';
import type { Database, DecisionsTable, HoldsTable } from '../schema.ts';
import { decisionFromRow, decisionToRow } from './decisions.ts';
import { isBehind } from './page.ts';

export function holdRecords(db: Kysely<Database>): HoldRecords {
  return {
    async add(hold) {
      await db.insertInto('holds').values(toRow(hold)).execute();
    },
    async get(id) {
      const row = await db.selectFrom('holds').selectAll().where('id', '=', id).executeTakeFirst();
      return row && (await withDecisions(db, [row]))[0];
    },
    async list({ state, after, limit }) {
      const rows = await newestFirst(db, state, after).limit(limit).execute();
      return withDecisions(db, rows);
    },
    async findUnattended(digest, nowMs) {
      const row = await db
        .selectFrom('holds')
        .selectAll()
        .where('digest', '=', digest)
        .where('state', '=', 'pending')
        .where('waiting', '=', 0)
        .where('pending_until', '>', nowMs)
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst();
      return row && (await withDecisions(db, [row]))[0];
    },
    async attend(id, { session, instance, waitUntilMs, pendingUntilMs, nowMs, preview }) {
      return changedOne(
        await db
          .updateTable('holds')
          .set({
            waiting: 1,
            session,
            instance,
            wait_until: waitUntilMs,
            pending_until: pendingUntilMs,
            preview: orNull(preview),
          })
          .where('id', '=', id)
          .where('state', '=', 'pending')
          .where('waiting', '=', 0)
          .where('pending_until', '>', nowMs)
          .executeTakeFirstOrThrow(),
      );
    },
    async leave(id) {
      return changedOne(
        await db
          .updateTable('holds')
          .set({ waiting: 0 })
          .where('id', '=', id)
          .where('state', '=', 'pending')
          .executeTakeFirstOrThrow(),
      );
    },
    useEarlier: (digest, nowMs) => useEarlier(db, digest, nowMs),
    async use(id, nowMs) {
      return changedOne(
        await db
          .updateTable('holds')
          .set({ state: usedOnce, waiting: 0 })
          .where('id', '=', id)
          .where('state', '=', 'approved')
          .where('valid_until', '>', nowMs)
          .executeTakeFirstOrThrow(),
      );
    },
    decide: (id, decision, settle, nowMs) => decide(db, id, decision, settle, nowMs),
    async end(id, decision) {
      return db.transaction().execute(async (tx) => {
        const ended = await tx
          .updateTable('holds')
          .set({ state: 'denied' })
          .where('id', '=', id)
          .where('state', '=', 'approved')
          .where('standing', '=', 1)
          .executeTakeFirstOrThrow();
        if (!changedOne(ended)) return false;
        await addDecision(tx, id, decision);
        return true;
      });
    },
    async withdraw(id) {
      // Also what was used up but did not run after all: the client left in the same moment.
      return changedOne(
        await db
          .updateTable('holds')
          .set({ state: 'withdrawn', waiting: 0 })
          .where('id', '=', id)
          .where('state', 'in', ['pending', 'approved', 'used'])
          .where('standing', '=', 0)
          .executeTakeFirstOrThrow(),
      );
    },
    async withdrawAbandoned(live) {
      return db
        .updateTable('holds')
        .set({ state: 'withdrawn', waiting: 0 })
        .where('waiting', '=', 1)
        .where('standing', '=', 0)
        .where('state', 'in', ['pending', 'approved'])
        .where('instance', 'not in', [...live])
        .returning(['id', 'session'])
        .execute();
    },
    async expire(nowMs) {
      await db
        .updateTable('holds')
        .set({ state: 'expired' })
        .where(({ and, eb, or }) =>
          or([
            and([eb('state', '=', 'pending'), eb('waiting', '=', 0), eb('pending_until', '<=', nowMs)]),
            and([eb('state', '=', 'approved'), eb('valid_until', '<=', nowMs)]),
          ]),
        )
        .execute();
    },
  };
}

/** An approval that stands is not used up. */
const usedOnce = sql<HoldState>`case when standing = 1 then state else 'used' end`;

/** One statement: whoever's update finds the row still approved has it, everybody else finds nothing. */
async function useEarlier(db: Kysely<Database>, digest: string, nowMs: number): Promise<string | undefined> {
  const used = await db
    .updateTable('holds')
    .set({ state: usedOnce })
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('holds')
        .select('id')
        .where('digest', '=', digest)
        .where('state', '=', 'approved')
        .where(({ or, eb }) => or([eb('waiting', '=', 0), eb('standing', '=', 1)]))
        .where('valid_until', '>', nowMs)
        .orderBy('valid_until')
        .limit(1),
    )
    .where('state', '=', 'approved')
    .returning('id')
    .executeTakeFirst();
  return used?.id;
}

async function decide(
  db: Kysely<Database>,
  id: string,
  decision: DecisionRecord,
  settle: (all: readonly DecisionRecord[]) => HoldState,
  nowMs: number,
): Promise<HoldState | undefined> {
  return db.transaction().execute(async (tx) => {
    // Also locks the row, where more than one connection could decide at once.
    const open = await tx
      .updateTable('holds')
      .set({ state: 'pending' })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .where('pending_until', '>', nowMs)
      .returning('valid_ms')
      .executeTakeFirst();
    if (open === undefined) return undefined;
    const all = await addDecision(tx, id, decision);
    const state = settle(all);
    if (state === 'pending') return state;
    const until = standsUntil(all);
    const validUntil = until ?? decision.atMs + open.valid_ms;
    const approval = { valid_until: validUntil, standing: until === undefined ? 0 : 1 };
    await tx
      .updateTable('holds')
      .set({ state, ...(state === 'approved' ? approval : {}) })
      .where('id', '=', id)
      .execute();
    return state;
  });
}

/** All of them, with the new one. */
async function addDecision(
  tx: Kysely<Database>,
  id: string,
  decision: DecisionRecord,
): Promise<readonly DecisionRecord[]> {
  const rows = await tx.selectFrom('decisions').selectAll().where('hold', '=', id).execute();
  await tx
    .insertInto('decisions')
    .values({ hold: id, until: decision.untilMs ?? null, ...decisionToRow(rows.length, decision) })
    .execute();
  return [...rows.map(standingFromRow), decision];
}

/** As long as everybody has agreed to; undefined: somebody agreed to once. */
function standsUntil(all: readonly DecisionRecord[]): number | undefined {
  const untils = all.map(({ untilMs }) => untilMs);
  return untils.reduce((least, one) =>
    least === undefined || one === undefined ? undefined : Math.min(least, one),
  );
}

function newestFirst(db: Kysely<Database>, state: HoldState | undefined, after: string | undefined) {
  return db
    .selectFrom('holds')
    .selectAll()
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'pending'))
    .$if(after !== undefined, (query) => query.where(isBehind(['holds', 'created_at'], after ?? '')))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc');
}

async function withDecisions(
  db: Kysely<Database>,
  rows: readonly Selectable<HoldsTable>[],
): Promise<HoldRecord[]> {
  if (rows.length === 0) return [];
  const decisions = await db
    .selectFrom('decisions')
    .selectAll()
    .where(
      'hold',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    ...fromRow(row),
    decisions: decisions.filter(({ hold }) => hold === row.id).map(standingFromRow),
  }));
}

function changedOne({ numUpdatedRows }: { numUpdatedRows: bigint }): boolean {
  return numUpdatedRows === 1n;
}

function orNull(it: object | null): string | null {
  return it === null ? null : JSON.stringify(it);
}

type HoldAlone = Omit<HoldRecord, 'decisions'>;

function toRow(hold: HoldAlone): HoldsTable {
  const { createdAtMs, waitUntilMs, pendingUntilMs, validMs, validUntilMs, ...same } = hold;
  return {
    ...same,
    standing: hold.standing ? 1 : 0,
    estimate: orNull(hold.estimate),
    preview: orNull(hold.preview),
    identity: JSON.stringify(hold.identity),
    names: JSON.stringify(hold.names),
    parameters: JSON.stringify(hold.parameters),
    effects: JSON.stringify(hold.effects),
    unbounded: hold.unbounded ? 1 : 0,
    uses: JSON.stringify(hold.uses),
    rules: JSON.stringify(hold.rules),
    approvers: JSON.stringify(hold.approvers),
    waiting: hold.waiting ? 1 : 0,
    created_at: createdAtMs,
    wait_until: waitUntilMs,
    pending_until: pendingUntilMs,
    valid_ms: validMs,
    valid_until: validUntilMs,
  };
}

function fromRow(row: Selectable<HoldsTable>): HoldAlone {
  const { created_at, wait_until, pending_until, valid_ms, valid_until, ...same } = row;
  return {
    ...same,
    identity: JSON.parse(row.identity) as HoldRecord['identity'],
    names: JSON.parse(row.names) as HoldRecord['names'],
    parameters: JSON.parse(row.parameters) as HoldRecord['parameters'],
    effects: JSON.parse(row.effects) as HoldRecord['effects'],
    unbounded: row.unbounded === 1,
    standing: row.standing === 1,
    estimate: row.estimate === null ? null : (JSON.parse(row.estimate) as HoldRecord['estimate']),
    preview: row.preview === null ? null : (JSON.parse(row.preview) as HoldRecord['preview']),
    uses: JSON.parse(row.uses) as HoldRecord['uses'],
    rules: JSON.parse(row.rules) as HoldRecord['rules'],
    approvers: JSON.parse(row.approvers) as HoldRecord['approvers'],
    waiting: row.waiting === 1,
    createdAtMs: created_at,
    waitUntilMs: wait_until,
    pendingUntilMs: pending_until,
    validMs: valid_ms,
    validUntilMs: valid_until,
  };
}

function standingFromRow(row: Selectable<DecisionsTable>): DecisionRecord {
  return { ...decisionFromRow(row), ...(row.until === null ? {} : { untilMs: row.until }) };
}

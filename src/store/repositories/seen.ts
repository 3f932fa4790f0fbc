import type { Kysely, Selectable, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { NamedUse, SeenFilter, SeenRecord, SeenRecords, SeenSince } from '../../core/seen.ts';
import type { Database, SeenTable, SeenUsesTable } from '../schema.ts';

export function seenRecords(db: Kysely<Database>): SeenRecords {
  return {
    async add(since) {
      await db.transaction().execute(async (tx) => {
        for (const one of since) await addOne(tx, one);
      });
    },
    list: (filter) => list(db, filter),
  };
}

async function addOne(tx: Transaction<Database>, one: SeenSince): Promise<void> {
  await tx
    .insertInto('seen')
    .values({
      issuer: one.issuer,
      subject: one.subject,
      kind: one.kind,
      groups: JSON.stringify(one.groups ?? []),
      first_at: one.firstAtMs,
      last_at: one.lastAtMs,
      sessions: one.sessions,
      commands: one.commands,
      refusals: one.refusals,
    })
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'subject']).doUpdateSet(({ ref }) => ({
        kind: ref('excluded.kind'),
        ...(one.groups === null ? {} : { groups: ref('excluded.groups') }),
        last_at: ref('excluded.last_at'),
        sessions: sql<number>`seen.sessions + excluded.sessions`,
        commands: sql<number>`seen.commands + excluded.commands`,
        refusals: sql<number>`seen.refusals + excluded.refusals`,
      })),
    )
    .execute();
  for (const use of one.targets) await addUse(tx, one, 'target', use);
  for (const use of one.rules) await addUse(tx, one, 'rule', use);
}

async function addUse(
  tx: Transaction<Database>,
  { issuer, subject }: SeenSince,
  what: SeenUsesTable['what'],
  { name, commands, refusals, lastAtMs }: NamedUse,
): Promise<void> {
  await tx
    .insertInto('seen_uses')
    .values({ issuer, subject, what, name, commands, refusals, last_at: lastAtMs })
    .onConflict((conflict) =>
      conflict.columns(['issuer', 'subject', 'what', 'name']).doUpdateSet(({ ref }) => ({
        last_at: ref('excluded.last_at'),
        commands: sql<number>`seen_uses.commands + excluded.commands`,
        refusals: sql<number>`seen_uses.refusals + excluded.refusals`,
      })),
    )
    .execute();
}

async function list(
  db: Kysely<Database>,
  { kind, subject, limit }: SeenFilter,
): Promise<readonly SeenRecord[]> {
  const rows = await db
    .selectFrom('seen')
    .selectAll()
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'agent'))
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
    .orderBy('last_at', 'desc')
    .orderBy('subject')
    .limit(limit)
    .execute();
  const found: SeenRecord[] = [];
  for (const row of rows) {
    const uses = await db
      .selectFrom('seen_uses')
      .selectAll()
      .where('issuer', '=', row.issuer)
      .where('subject', '=', row.subject)
      .orderBy('name')
      .execute();
    found.push(fromRow(row, uses));
  }
  return found;
}

function fromRow(row: Selectable<SeenTable>, uses: readonly Selectable<SeenUsesTable>[]): SeenRecord {
  const of = (wanted: SeenUsesTable['what']): readonly NamedUse[] =>
    uses
      .filter(({ what }) => what === wanted)
      .map(({ name, commands, refusals, last_at }) => ({ name, commands, refusals, lastAtMs: last_at }));
  return {
    issuer: row.issuer,
    subject: row.subject,
    kind: row.kind,
    groups: JSON.parse(row.groups) as SeenRecord['groups'],
    firstAtMs: row.first_at,
    lastAtMs: row.last_at,
    sessions: row.sessions,
    commands: row.commands,
    refusals: row.refusals,
    targets: of('target'),
    rules: of('rule'),
  };
}

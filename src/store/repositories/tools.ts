import type { Kysely, Selectable } from 'kysely';
import type { ToolRecord, ToolRecords } from '../../core/tools.ts';
import type { Database, ToolsTable } from '../schema.ts';

export function toolRecords(db: Kysely<Database>): ToolRecords {
  return {
    async list(target) {
      const rows = await db
        .selectFrom('tools')
        .selectAll()
        .where('target', '=', target)
        .orderBy('name')
        .execute();
      return rows.map(fromRow);
    },
    async get(target, name) {
      const row = await db
        .selectFrom('tools')
        .selectAll()
        .where('target', '=', target)
        .where('name', '=', name)
        .executeTakeFirst();
      return row && fromRow(row);
    },
    async see(target, tools, accepted, nowMs) {
      await db.transaction().execute(async (tx) => {
        for (const { name, digest, definition } of tools) {
          const counts = accepted.has(name);
          await tx
            .insertInto('tools')
            .values({
              target,
              name,
              digest,
              definition,
              seen_at: nowMs,
              accepted_digest: counts ? digest : null,
              accepted_definition: counts ? definition : null,
              accepted_at: counts ? nowMs : null,
              accepted_by: null,
            })
            // What counts already is changed by people alone.
            .onConflict((conflict) =>
              conflict.columns(['target', 'name']).doUpdateSet({ digest, definition, seen_at: nowMs }),
            )
            .execute();
        }
      });
    },
    async accept({ target, name, digest, by, nowMs }) {
      const { numUpdatedRows } = await db
        .updateTable('tools')
        .set(({ ref }) => ({
          accepted_digest: digest,
          accepted_definition: ref('definition'),
          accepted_at: nowMs,
          accepted_by: JSON.stringify(by),
        }))
        .where('target', '=', target)
        .where('name', '=', name)
        .where('digest', '=', digest)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
  };
}

function fromRow(row: Selectable<ToolsTable>): ToolRecord {
  const { target, name, digest, definition, seen_at: seenAtMs } = row;
  const { accepted_digest, accepted_definition, accepted_at, accepted_by } = row;
  const by =
    accepted_by === null ? null : (JSON.parse(accepted_by) as NonNullable<ToolRecord['accepted']>['by']);
  const accepted =
    accepted_digest === null
      ? null
      : { digest: accepted_digest, definition: accepted_definition ?? '', atMs: accepted_at ?? 0, by };
  return { target, name, digest, definition, seenAtMs, accepted };
}

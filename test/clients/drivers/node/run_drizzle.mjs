import { join } from 'node:path';

import { connection, driver, env, failing, load, masked, refused, run, version } from './scenario.mjs';

// Drizzle upon node-postgres.
const { default: pg } = await load('pg');
const { drizzle } = await load('drizzle-orm/node-postgres');
const { migrate } = await load('drizzle-orm/node-postgres/migrator');
const { eq, sql } = await load('drizzle-orm');
const t = await load('drizzle-orm/pg-core');

const bytea = t.customType({ dataType: () => 'bytea' });
const ranged = { mode: 'string', precision: 6 };
const sampleColumns = () => ({
  b: t.boolean(),
  i2: t.smallint(),
  i4: t.integer(),
  i8: t.bigint({ mode: 'bigint' }),
  n: t.numeric(),
  f4: t.real(),
  f8: t.doublePrecision(),
  t: t.text(),
  by: bytea(),
  d: t.date({ mode: 'string' }),
  ts: t.timestamp(ranged),
  tz: t.timestamp({ ...ranged, withTimezone: true }),
  tm: t.time(),
  iv: t.interval(),
  u: t.uuid(),
  j: t.jsonb(),
  ints: t.integer().array(),
  texts: t.text().array(),
});
const samples = t.pgTable('samples', { id: t.integer().primaryKey(), ...sampleColumns() });
const echoes = t.pgTable('echoes', {
  driver: t.text(),
  format: t.text(),
  id: t.integer(),
  ...sampleColumns(),
});
const marks = t.pgTable('marks', { driver: t.text(), n: t.integer() });
const ledger = t.pgTable('ledger', { driver: t.text(), amount: t.integer() });
const blobs = t.pgTable('blobs', { data: bytea() });
const blobEchoes = t.pgTable('blob_echoes', { driver: t.text(), data: bytea() });
const notes = t.pgTable('drizzle_notes', { id: t.integer(), note: t.text() });

async function connected(use, more = {}) {
  const client = new pg.Client({ ...connection, ...more });
  await client.connect();
  try {
    return await use(drizzle(client));
  } finally {
    await client.end();
  }
}

const codeOf = (asked) =>
  asked.then(
    () => 'no error',
    ({ cause }) => cause.code,
  );
const below = 'left to the driver below';

await run(`Drizzle ${version('drizzle-orm')}`, {
  types_text: () =>
    connected(async (db) => {
      const rows = await db.select().from(samples).orderBy(samples.id);
      for (const row of rows) await db.insert(echoes).values({ ...row, driver, format: 'text' });
      return rows.map(({ id }) => id);
    }),
  types_binary: 'node-postgres below has no parsers for most types in binary format',
  large: () =>
    connected(async (db) => {
      const [{ data }] = await db.select().from(blobs);
      await db.insert(blobEchoes).values({ driver, data });
      return data.length;
    }),
  prepared: () =>
    connected(async (db) => {
      const statement = db
        .select({ n: sql`${sql.placeholder('n')}::int` })
        .from(samples)
        .where(eq(samples.id, 1))
        .prepare('same');
      let total = 0;
      for (let n = 0; n < 40; n++) total += (await statement.execute({ n }))[0].n;
      return total;
    }),
  transactions: () =>
    connected(async (db) => {
      const undo = (tx) => tx.rollback();
      const mark = (tx, n) => tx.insert(marks).values({ driver, n });
      await db.transaction(async (tx) => {
        await mark(tx, 1);
        await tx.transaction((inner) => mark(inner, 2).then(() => undo(inner))).catch(() => undefined);
        await mark(tx, 3);
      });
      await db.transaction((tx) => mark(tx, 4).then(() => undo(tx))).catch(() => undefined);
      const rows = await db.select().from(marks).where(eq(marks.driver, driver)).orderBy(marks.n);
      return rows.map(({ n }) => n);
    }),
  errors: () =>
    connected(async (db) => {
      const codes = [];
      for (const failed of failing) codes.push(await codeOf(db.execute(failed)));
      const within = db.transaction(async (tx) => {
        await codeOf(tx.execute(failing[1]));
        codes.push(await codeOf(tx.execute('SELECT 1')));
      });
      await within.catch(() => undefined);
      return codes;
    }),
  cancel: below,
  timeout: () => connected((db) => codeOf(db.execute('SELECT pg_sleep(30)')), { statement_timeout: 100 }),
  copy_in: below,
  copy_out: below,
  notice: below,
  refused: () => connected((db) => db.execute(refused).catch(({ cause }) => [cause.code, cause.hint])),
  held: () =>
    connected(async (db) => {
      const mine = eq(ledger.driver, driver);
      return (
        await db
          .update(ledger)
          .set({ amount: sql`${ledger.amount} + 1` })
          .where(mine)
      ).rowCount;
    }),
  masked: () =>
    connected(async (db) => (await db.execute(masked)).rows.map(({ email, card }) => [email, card])),
  slices: below,
  ahead: below,
  migrates: () =>
    connected(
      async (db) => {
        await migrate(db, { migrationsFolder: join(import.meta.dirname, 'drizzle') });
        const rows = await db.select().from(notes).orderBy(notes.id);
        return rows.map(({ note }) => note);
      },
      { password: env.MIGRATOR_PASSWORD },
    ),
});

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';

import {
  again,
  connection,
  copyLine,
  copyRows,
  driver,
  failing,
  load,
  masked,
  notes,
  numbers,
  readSamples,
  refused,
  Remarked,
  run,
  sum,
  version,
  writeEcho,
} from './scenario.mjs';

const { default: postgres } = await load('postgres');

/** JavaScript's dates have no microseconds, so that programs which need them take the text. */
const dates = { to: 1184, from: [1082, 1083, 1114, 1184], serialize: (text) => text, parse: (text) => text };

async function connected(use, more = {}) {
  const { user, ...rest } = connection;
  const sql = postgres({
    ...rest,
    username: user,
    max: 1,
    types: { dates },
    onnotice: () => undefined,
    ...more,
  });
  try {
    return await use(sql);
  } finally {
    await sql.end();
  }
}

const withNulls = (value) =>
  Array.isArray(value) ? value.map((item) => (item === 'NULL' ? null : item)) : value;

const codeOf = (asked) =>
  asked.then(
    () => 'no error',
    ({ code }) => code,
  );

await run(`postgres ${version('postgres')}`, {
  types_text: () =>
    connected(async (sql) => {
      const rows = await sql.unsafe(readSamples).values();
      for (const row of rows) await sql.unsafe(writeEcho, [driver, 'text', ...row.map(withNulls)]);
      return new Remarked(
        rows.map(([id]) => id),
        'postgres.js reads NULL within an array as the word, without a gateway too',
      );
    }),
  types_binary: 'postgres.js reads and writes text only',
  large: () =>
    connected(async (sql) => {
      const [{ data }] = await sql`SELECT data FROM blobs`;
      await sql`INSERT INTO blob_echoes VALUES (${driver}, ${data})`;
      return data.length;
    }),
  prepared: () =>
    connected(async (sql) => {
      const answers = [];
      for (const n of numbers(40)) answers.push(await sql`SELECT ${n}::int AS n`);
      return sum(answers.map(([{ n }]) => n));
    }),
  transactions: () =>
    connected(async (sql) => {
      const stop = new Error('rolled back');
      const expected = (error) => {
        if (error !== stop) throw error;
      };
      await sql.begin(async (tx) => {
        await tx`INSERT INTO marks VALUES (${driver}, 1)`;
        const inner = tx.savepoint(async (within) => {
          await within`INSERT INTO marks VALUES (${driver}, 2)`;
          throw stop;
        });
        await inner.catch(expected);
        await tx`INSERT INTO marks VALUES (${driver}, 3)`;
      });
      const outer = sql.begin(async (tx) => {
        await tx`INSERT INTO marks VALUES (${driver}, 4)`;
        throw stop;
      });
      await outer.catch(expected);
      return (await sql`SELECT n FROM marks WHERE driver = ${driver} ORDER BY n`).map(({ n }) => n);
    }),
  errors: () =>
    connected(async (sql) => {
      const codes = [];
      for (const failed of failing) codes.push(await codeOf(sql.unsafe(failed)));
      const within = sql.begin(async (tx) => {
        await codeOf(tx.unsafe(failing[1]));
        codes.push(await codeOf(tx`SELECT 1`));
      });
      await within.catch(() => undefined);
      return codes;
    }),
  cancel: () =>
    connected((sql) => {
      const query = sql`SELECT pg_sleep(30)`;
      const ended = codeOf(query);
      return again(() => query.cancel(), ended);
    }),
  timeout: () =>
    connected((sql) => codeOf(sql`SELECT pg_sleep(30)`), { connection: { statement_timeout: 100 } }),
  copy_in: () =>
    connected(async (sql) => {
      const writable = await sql`COPY lines FROM STDIN`.writable();
      await pipeline(Readable.from(notes.map(copyLine)), writable);
      const [{ n }] = await sql`SELECT count(*)::int AS n FROM lines WHERE driver = ${driver}`;
      return n;
    }),
  copy_out: () =>
    connected(async (sql) => {
      const copy = `COPY (SELECT n, note FROM lines WHERE driver = '${driver}' ORDER BY n) TO STDOUT`;
      const rows = copyRows(await text(await sql.unsafe(copy).readable()));
      return [rows.length, ...rows.at(-1)];
    }),
  notice: async () => {
    const seen = [];
    await connected((sql) => sql`ROLLBACK`, { onnotice: ({ message }) => seen.push(message) });
    return seen;
  },
  refused: () => connected((sql) => sql.unsafe(refused).catch(({ code, hint }) => [code, hint])),
  held: () =>
    connected(
      async (sql) => (await sql`UPDATE ledger SET amount = amount + 1 WHERE driver = ${driver}`).count,
    ),
  masked: () => connected(async (sql) => [...(await sql.unsafe(masked).values())]),
  slices: () =>
    connected(async (sql) => {
      let total = 0;
      for await (const rows of sql`SELECT n FROM generate_series(1, 1000) AS n`.cursor(100)) {
        total += sum(rows.map(({ n }) => n));
      }
      return total;
    }),
  ahead: () =>
    connected(async (sql) => {
      const answers = await Promise.all(numbers(50).map((n) => sql`SELECT ${n}::int AS n`));
      return sum(answers.map(([{ n }]) => n));
    }),
});

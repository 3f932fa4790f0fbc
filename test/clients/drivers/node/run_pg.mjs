import { finished, pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

import {
  again,
  connection,
  copyLine,
  copyRows,
  driver,
  env,
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

// node-postgres; with NATIVE=1 upon libpq, by pg-native.
const native = env.NATIVE === '1';
const { default: pg } = await load('pg');
const { default: Cursor } = await load('pg-cursor');
const { from: copyFrom, to: copyTo } = await load('pg-copy-streams');
const { Client, Query } = native ? pg.native : pg;

// JavaScript's dates have no microseconds, so that programs which need them take the text.
for (const dated of [1082, 1083, 1114, 1184]) pg.types.setTypeParser(dated, (text) => text);

const libpqSsl = { sslmode: env.PGSSLMODE, sslrootcert: env.PGSSLROOTCERT };
const config = native ? { ...connection, ssl: libpqSsl } : connection;

async function connected(use, more = {}) {
  const client = new Client({ ...config, ...more });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const codeOf = (asked) =>
  asked.then(
    () => 'no error',
    ({ code }) => code,
  );

/** pg-native would send bytes as if they were UTF-8. */
const bytes = (value) => (native && Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value);
const withRemark = (saw) => (native ? new Remarked(saw, 'pg-native takes `bytea` as its text') : saw);

/** A document as its text; other objects know their own. */
const json = (value) =>
  value?.constructor === Object && !('toPostgres' in value) ? JSON.stringify(value) : value;

const noLibpq = 'pg-native has no such thing';

await run(native ? `pg-native ${version('pg-native')}, pg ${version('pg')}` : `pg ${version('pg')}`, {
  types_text: () =>
    connected(async (client) => {
      const { rows } = await client.query({ text: readSamples, rowMode: 'array' });
      for (const row of rows) await client.query(writeEcho, [driver, 'text', ...row.map(json).map(bytes)]);
      return withRemark(rows.map(([id]) => id));
    }),
  types_binary: 'node-postgres has no parsers for most types in binary format',
  large: () =>
    connected(async (client) => {
      const { rows } = await client.query('SELECT data FROM blobs');
      await client.query('INSERT INTO blob_echoes VALUES ($1, $2)', [driver, bytes(rows[0].data)]);
      return withRemark(rows[0].data.length);
    }),
  prepared: () =>
    connected(async (client) => {
      const query = { name: 'same', text: 'SELECT $1::int AS n' };
      const answers = [];
      for (const n of numbers(40)) answers.push(await client.query({ ...query, values: [n] }));
      return sum(answers.map(({ rows }) => rows[0].n));
    }),
  transactions: () =>
    connected(async (client) => {
      const mark = (n) => client.query('INSERT INTO marks VALUES ($1, $2)', [driver, n]);
      await client.query('BEGIN');
      await mark(1);
      await client.query('SAVEPOINT here');
      await mark(2);
      await client.query('ROLLBACK TO here');
      await mark(3);
      await client.query('COMMIT');
      await client.query('BEGIN');
      await mark(4);
      await client.query('ROLLBACK');
      const { rows } = await client.query('SELECT n FROM marks WHERE driver = $1 ORDER BY n', [driver]);
      return rows.map(({ n }) => n);
    }),
  errors: () =>
    connected(async (client) => {
      const codes = [];
      for (const sql of failing) codes.push(await codeOf(client.query(sql)));
      await client.query('BEGIN');
      await codeOf(client.query(failing[1]));
      return [...codes, await codeOf(client.query('SELECT 1'))];
    }),
  cancel: () =>
    connected((client) => {
      const query = new Query('SELECT pg_sleep(30)');
      const ended = new Promise((resolve) => {
        query.callback = (error) => resolve(error?.code ?? 'no error');
      });
      client.query(query);
      // Only libpq's client cancels what is its own; the other one needs a second connection for it.
      return again(() => (native ? client.cancel(query) : new Client(config).cancel(client, query)), ended);
    }),
  timeout: () =>
    connected(async (client) => {
      await client.query("SET statement_timeout = '100ms'");
      return codeOf(client.query('SELECT pg_sleep(30)'));
    }),
  copy_in: native
    ? noLibpq
    : () =>
        connected(async (client) => {
          const stream = client.query(copyFrom('COPY lines FROM STDIN'));
          await pipeline(Readable.from(notes.map(copyLine)), stream);
          return stream.rowCount;
        }),
  copy_out: native
    ? noLibpq
    : () =>
        connected(async (client) => {
          const sql = `COPY (SELECT n, note FROM lines WHERE driver = '${driver}' ORDER BY n) TO STDOUT`;
          const stream = client.query(copyTo(sql));
          const chunks = [];
          stream.on('data', (chunk) => chunks.push(chunk));
          await finished(stream);
          const rows = copyRows(Buffer.concat(chunks).toString());
          return [rows.length, ...rows.at(-1)];
        }),
  notice: native
    ? noLibpq
    : () =>
        connected(async (client) => {
          const seen = [];
          client.on('notice', ({ message }) => seen.push(message));
          await client.query('ROLLBACK');
          return seen;
        }),
  refused: () =>
    connected((client) =>
      client.query(refused).catch(({ code, hint, messageHint }) => [code, hint ?? messageHint]),
    ),
  held: () =>
    connected(async (client) => {
      const add = 'UPDATE ledger SET amount = amount + 1 WHERE driver = $1';
      return (await client.query(add, [driver])).rowCount;
    }),
  masked: () => connected(async (client) => (await client.query({ text: masked, rowMode: 'array' })).rows),
  slices: native
    ? noLibpq
    : () =>
        connected(async (client) => {
          const cursor = client.query(new Cursor('SELECT n FROM generate_series(1, 1000) AS n'));
          let total = 0;
          for (let rows = await cursor.read(100); rows.length > 0; rows = await cursor.read(100)) {
            total += sum(rows.map(({ n }) => n));
          }
          return total;
        }),
  ahead: () =>
    connected(
      async (client) => {
        const asked = numbers(50).map((n) => client.query('SELECT $1::int AS n', [n]));
        const answers = await Promise.all(asked);
        return new Remarked(sum(answers.map(({ rows }) => rows[0].n)), 'with `pipeline: true`');
      },
      { pipeline: true },
    ),
});

import assert from 'node:assert/strict';
import type { Client } from 'pg';

/** One thing that every driver does through the gateway, and what it must have seen. */
export interface Part {
  /** Its column in docs/drivers.md. */
  readonly title: string;
  /** In a sentence, for docs/drivers.md. */
  readonly what: string;
  readonly saw: unknown;
  /** Only of what stands upon a driver. */
  readonly layers?: true;
  /** Looks into the database, past the gateway. */
  readonly afterwards?: (owner: Client, driver: string) => Promise<void>;
}

const maskedCustomers = [
  ['a***@***.example', '************4242'],
  ['b***@***.example', '************4444'],
  ['c***@***.example', '************5556'],
];

/**
 * A runner in the driver's language plays these one by one, and says of each what it saw or why the driver cannot.
 * The names are those in the lines of JSON that it prints.
 */
export const parts: Readonly<Record<string, Part>> = {
  types_text: {
    title: 'types, text',
    what: 'Rows of 18 types (null, extremes, zones, JSON, arrays, unicode) are read and written back, in text format.',
    saw: [1, 2, 3, 4],
    afterwards: echoedAs('text'),
  },
  types_binary: {
    title: 'types, binary',
    what: 'The same in binary format, as far as the driver has it.',
    saw: [1, 2, 3, 4],
    afterwards: echoedAs('binary'),
  },
  large: {
    title: '10 MB',
    what: 'A `bytea` of 10 MB is read and written back.',
    saw: 10_485_760,
    afterwards: echoedWhole,
  },
  prepared: {
    title: 'prepared',
    what: 'A prepared statement is run 40 times.',
    saw: 780,
  },
  transactions: {
    title: 'transactions',
    what: 'Transactions and savepoints commit and roll back.',
    saw: [1, 3],
  },
  errors: {
    title: 'errors',
    what: "The server's errors arrive with their SQLSTATE, in a failed transaction too, and the connection stays good.",
    saw: ['23505', '22012', '42703', '42601', '25P02'],
  },
  cancel: { title: 'cancel', what: 'A running statement is cancelled by the client.', saw: '57014' },
  timeout: { title: 'timeout', what: '`statement_timeout` ends a statement.', saw: '57014' },
  copy_in: {
    title: 'COPY in',
    what: '1,000 lines by `COPY … FROM STDIN`.',
    saw: 1_000,
    afterwards: copiedIn,
  },
  copy_out: {
    title: 'COPY out',
    what: 'The same lines by `COPY … TO STDOUT`.',
    saw: [1_000, '1000', 'grüße\t1000'],
  },
  notice: {
    title: 'notices',
    what: "A notice of the server's reaches the program.",
    saw: ['there is no transaction in progress'],
  },
  refused: {
    title: 'refused',
    what: 'A command that no rule allows is refused with 42501 and a hint.',
    saw: [
      '42501',
      'agent may do this on orders: read; execute pg_catalog.pg_sleep; write public.echoes, public.blob_echoes, ' +
        'public.marks, public.lines; write public.ledger (held for approval). Ask whoever keeps sallyport.yaml for a ' +
        'rule that covers more.',
    ],
  },
  held: {
    title: 'held',
    what: 'A command waits until a person approves it by the API, and then runs once.',
    saw: 1,
    afterwards: countedOnce,
  },
  masked: {
    title: 'masked',
    what: 'A masked column is read, in every format the driver has.',
    saw: maskedCustomers,
  },
  slices: {
    title: 'slices',
    what: '1,000 rows by 100: a cursor, or a portal executed in slices.',
    saw: 500_500,
  },
  ahead: { title: 'sent ahead', what: '50 statements are sent before the first answer is read.', saw: 1_225 },
  migrates: {
    title: 'own tables',
    what: 'Tables are made as its migrations make them, by somebody who may, and used.',
    saw: ['one', 'two'],
    layers: true,
  },
};

/** The parts that a driver plays, by their names. */
export function partsOf({ layer = false }: { readonly layer?: boolean }): [string, Part][] {
  return Object.entries(parts).filter(([, part]) => layer || part.layers !== true);
}

export const isPart = (name: string): boolean => Object.hasOwn(parts, name);

/** Types and values that all drivers must carry; what a language cannot hold (infinite dates) is left out. */
const sampleColumns = `
  b boolean, i2 smallint, i4 integer, i8 bigint, n numeric, f4 real, f8 double precision, t text, by bytea,
  d date, ts timestamp, tz timestamptz, tm time, iv interval, u uuid, j jsonb, ints integer[], texts text[]`;

export const scenarioSchema = String.raw`
CREATE TABLE samples (id integer PRIMARY KEY, ${sampleColumns});
CREATE TABLE echoes (driver text, format text, id integer, ${sampleColumns}, PRIMARY KEY (driver, format, id));
INSERT INTO samples (id) VALUES (1);
INSERT INTO samples VALUES
  (2, true, 32767, 2147483647, 9223372036854775807, 12345678901234567890123456789.123456789012345678901234567890,
   3.4028235e38, 1.7976931348623157e308, E'Zoë 🛡️ \u202E "quoted" \\ \t\n''', '\x000102fdfeff',
   '9999-12-30', '9999-12-30 23:59:59.999999', '2026-03-29 02:30:00.123456+05:45', '23:59:59.999999',
   '3 days 04:05:06.789', 'ffffffff-ffff-4fff-bfff-ffffffffffff', '{"ключ": [1, 2.5, null, "\"x\""], "b": {"c": true}}',
   '{2147483647,-2147483648,0}', '{"a,b","{}","\"",NULL,"\\","",ß}'),
  (3, false, -32768, -2147483648, -9223372036854775808, -0.000000000000000000000000000001,
   1.1754944e-38, 5e-324, '', '', '0001-01-02', '0001-01-02 00:00:00', '0001-01-03 00:00:00+00', '00:00:00',
   '-2 days +23:59:59.999999', '00000000-0000-0000-0000-000000000000', '{}', '{}', '{}'),
  (4, true, 0, 0, 0, 0.00, 'NaN', 'NaN', 'NULL', '\x5c785c30', '2024-02-29', '1999-12-31 23:59:59.5',
   '2026-10-25 02:30:00+02', '12:00:00', '-1 days', '6e6f7420-6120-4365-a372-657420212121', '{"n": 12345678901234}',
   '{7}', '{NULL}');
CREATE TABLE blobs (data bytea);
INSERT INTO blobs SELECT decode(string_agg(md5(n::text), ''), 'hex') FROM generate_series(1, 655360) AS n;
CREATE TABLE blob_echoes (driver text PRIMARY KEY, data bytea);
CREATE TABLE marks (driver text, n integer, PRIMARY KEY (driver, n));
CREATE TABLE lines (driver text, n integer, note text);
CREATE TABLE ledger (driver text PRIMARY KEY, amount integer);
GRANT SELECT ON samples, blobs TO shop_rw;
GRANT SELECT, INSERT, UPDATE, DELETE ON echoes, blob_echoes, marks, lines, ledger TO shop_rw;
GRANT CREATE ON SCHEMA public TO shop_rw;
GRANT CREATE ON DATABASE shop TO shop_rw;
`;

function echoedAs(format: string) {
  return async (owner: Client, driver: string): Promise<void> => {
    const { rows } = await owner.query(
      `SELECT s, e FROM samples AS s LEFT JOIN echoes AS e USING (id)
       WHERE e.driver = $1 AND e.format = $2
         AND to_jsonb(s) IS DISTINCT FROM to_jsonb(e) - 'driver' - 'format'`,
      [driver, format],
    );
    assert.deepEqual(rows, [], 'what came back is not what went out');
    const { rowCount } = await owner.query('SELECT FROM echoes WHERE driver = $1 AND format = $2', [
      driver,
      format,
    ]);
    assert.equal(rowCount, 4);
  };
}

async function echoedWhole(owner: Client, driver: string): Promise<void> {
  const { rows } = await owner.query(
    'SELECT e.data = b.data AS same FROM blobs AS b, blob_echoes AS e WHERE driver = $1',
    [driver],
  );
  assert.deepEqual(rows, [{ same: true }]);
}

async function copiedIn(owner: Client, driver: string): Promise<void> {
  const { rows } = await owner.query(
    String.raw`SELECT count(*)::int AS n, bool_and(note = E'grüße\t' || n) AS whole FROM lines WHERE driver = $1`,
    [driver],
  );
  assert.deepEqual(rows, [{ n: 1_000, whole: true }]);
}

async function countedOnce(owner: Client, driver: string): Promise<void> {
  const { rows } = await owner.query('SELECT amount FROM ledger WHERE driver = $1', [driver]);
  assert.deepEqual(rows, [{ amount: 1 }]);
}

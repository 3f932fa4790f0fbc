import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { connect, refusal, Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { plantedColumns, plantedIn, plantedShop } from '../fixtures/planted.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// Ways in which a name or a place could stand for something else to the server than to lineage: every one of them has
// shown a hidden value once, or would have.

const changeable = `
  CREATE TABLE pairs (a text, b text);
  INSERT INTO pairs VALUES ('x', 'y');
  CREATE TABLE tail (c text);
  INSERT INTO tail VALUES ('t');`;
const more = `${changeable}
  CREATE SCHEMA other;
  CREATE TABLE other.orders (id int, email text);
  CREATE SCHEMA reports;
  CREATE VIEW reports.mails AS SELECT id, email AS mail FROM public.users;
  CREATE SCHEMA plain;
  CREATE TABLE plain.mails (id int, mail text);
  CREATE FUNCTION plain.nothing(int) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
  CREATE FUNCTION plain.mail_of(int) RETURNS text LANGUAGE sql AS 'SELECT email FROM public.users WHERE id = $1';
  CREATE FUNCTION plain.one() RETURNS text LANGUAGE plpgsql AS
    'BEGIN PERFORM plain.two(); RETURN plain.four(); END';
  CREATE FUNCTION plain.two() RETURNS text LANGUAGE plpgsql AS
    'BEGIN PERFORM plain.three(), plain.one(); RETURN (SELECT email FROM public.users); END';
  CREATE FUNCTION plain.three() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN plain.two(); END';
  CREATE FUNCTION plain.four() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN plain.three(); END';
  CREATE TABLE papers (id int, doc jsonb);
  INSERT INTO papers SELECT 1, jsonb_build_object('user', jsonb_build_object('mail', email), 'kind', 'x') FROM users;
  CREATE DOMAIN kind AS text;
  CREATE TABLE parcels (id int, kind kind, note text, email text);
  INSERT INTO parcels SELECT 1, 'box', 'plain', email FROM users;`;
const columns = `${plantedColumns}    public.parcels.email: email\n    public.papers.doc#/user/mail: token\n`;
const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema, execute] }
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Visitor;

before(async () => {
  server = await startPostgres();
  direct = new Visitor({ connectionString: server.url() });
  await direct.connect();
  await direct.query(plantedShop + more);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: columns }));
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

async function visit(work: (client: Visitor) => Promise<void>): Promise<void> {
  const client = await connect(gateway);
  try {
    await work(client);
    assert.deepEqual(plantedIn(client.text()), []);
  } finally {
    await client.end();
  }
}

const refused = 'refused';
const mail = 'q***@***.example';
const hidden = '[redacted]';

/** Statements in order, and what comes of the last one. */
type Attempt = readonly [what: string, statements: readonly string[], outcome: unknown[][] | typeof refused];

function attempt([what, statements, outcome]: Attempt): void {
  test(what, () =>
    visit(async (client) => {
      const last = statements.at(-1) ?? '';
      for (const sql of statements.slice(0, -1)) await client.query(sql);
      if (outcome === refused) {
        assert.equal((await refusal(client.query(last))).code, 'undisclosable');
        return;
      }
      assert.deepEqual(await client.rows(last), outcome);
    }),
  );
}

const names: readonly Attempt[] = [
  [
    'two tables of one name, of which one has no such column',
    ['SELECT (SELECT email FROM orders LIMIT 1) FROM users'],
    [[mail]],
  ],
  [
    'the same in a condition',
    ["SELECT id FROM users WHERE EXISTS (SELECT FROM orders WHERE email LIKE 'q%')"],
    refused,
  ],
  [
    'a sub-select of a star, whose column is called as the star says',
    ['SELECT (SELECT email FROM (SELECT (SELECT email.* FROM (SELECT 1 AS x) AS email)) s) FROM users'],
    [[mail]],
  ],
  [
    'a function of a syntax of its own in FROM, which has a name all the same',
    [
      `SELECT (SELECT "coalesce"."coalesce" FROM COALESCE(u.email, 'x'))
         FROM users u, (SELECT 'y' AS "coalesce") AS "coalesce"`,
    ],
    [[hidden]],
  ],
  [
    'a cast in FROM, which is called as what it casts',
    ["SELECT (SELECT email.email FROM CAST(u.email AS text)) FROM users u, (SELECT 'x' AS email) AS email"],
    [[mail]],
  ],
  [
    'a field of a column that is called as its table',
    ["SELECT (x).email FROM (SELECT u AS x, 'y' AS email FROM users u) x"],
    refused,
  ],
  [
    'all fields of a column that is called as its table',
    [
      `SELECT s.email FROM
         (SELECT (x).* FROM (SELECT 1 AS id, 'y' AS name, 'z' AS email, u AS x FROM users u) x) s`,
    ],
    [[hidden]],
  ],
  [
    'a column that is called *',
    [`SELECT t.a FROM (SELECT x."*" AS a FROM (SELECT 'y' AS a, email AS "*" FROM users) x) t`],
    refused,
  ],
  [
    'a group by the name of an output where a function may have a column of that name',
    ['SELECT left(email, 1) AS x, min(id) FROM users, generate_series(1, 1) GROUP BY x'],
    refused,
  ],
  [
    'a group by the name of an output that a table has, too',
    ['SELECT left(email, 1) AS a, min(id) FROM users, pairs GROUP BY a'],
    refused,
  ],
  [
    'a group by a hidden column whose name an output has, too',
    ['SELECT lower(email) AS email, count(*) FROM users GROUP BY email'],
    [[hidden, '1']],
  ],
];

const documents: readonly Attempt[] = [
  ['a key', ["SELECT jsonb_extract_path_text(doc, 'user', 'mail') FROM papers"], [[hidden]]],
  [
    'all keys in one literal',
    ["SELECT jsonb_extract_path_text(doc, VARIADIC '{user,mail}') FROM papers"],
    [[hidden]],
  ],
  ['a key beside it', ["SELECT jsonb_extract_path_text(doc, 'kind') FROM papers"], [['x']]],
];

describe('a place in a document is the one that the server takes', () => documents.forEach(attempt));

describe('names stand for what they stand for to the server', () => names.forEach(attempt));

const changes: readonly Attempt[] = [
  ['a function under the name of another', ['ALTER FUNCTION plain.mail_of(int) RENAME TO other'], refused],
  ['a schema under the name of another', ['ALTER SCHEMA reports RENAME TO other_reports'], refused],
  ['the columns of a type', ['DROP DOMAIN kind CASCADE'], refused],
  ['a table that has nothing hidden', ['BEGIN', 'ALTER TABLE pairs RENAME TO pairs_again', 'ROLLBACK'], []],
  [
    'names in a transaction that has changed a table',
    ['BEGIN', 'ALTER TABLE pairs RENAME a TO email', 'SELECT (SELECT email FROM pairs) FROM users'],
    refused,
  ],
  [
    'the same in one text',
    ['BEGIN; ALTER TABLE pairs RENAME a TO email; SELECT (SELECT email FROM pairs) FROM users'],
    refused,
  ],
  [
    'the same by a name that was given before',
    [
      'PREPARE p AS SELECT (SELECT a FROM pairs) FROM users WHERE email IS NOT NULL',
      'BEGIN',
      'ALTER TABLE pairs RENAME b TO c',
      'EXECUTE p',
    ],
    refused,
  ],
  [
    'names in a transaction that has gone back to before',
    [
      'BEGIN',
      'SAVEPOINT s',
      'CREATE TEMP TABLE pairs (email text)',
      'ROLLBACK TO s',
      'SELECT (SELECT b FROM pairs) FROM users WHERE email IS NOT NULL',
    ],
    refused,
  ],
  [
    'one table alone in such a transaction',
    ['BEGIN', 'CREATE TEMP TABLE pairs (email text)', 'SELECT email FROM public.users'],
    [[mail]],
  ],
  [
    'tables without anything hidden in such a transaction',
    ['BEGIN', 'ALTER TABLE pairs RENAME b TO c', 'SELECT c, note FROM pairs, public.orders'],
    [['y', 'plain']],
  ],
  [
    'names behind such a transaction',
    ['BEGIN', 'CREATE TEMP TABLE scratch (a int)', 'ROLLBACK', 'SELECT a, email FROM pairs, users'],
    [['x', mail]],
  ],
];

describe('what changes meanings is refused, or waited for', () => changes.forEach(attempt));

/** Each is asked for in a catalog of its own, then the others in turn. */
describe('functions that call each other read what the others read', () => {
  const functions = ['one', 'two', 'three', 'four'];
  for (const [at, first] of functions.entries()) {
    test(`${first}() first`, () =>
      visit(async (client) => {
        await direct.query(`CREATE TABLE fresh_${first} (id int)`);
        for (const name of [...functions.slice(at), ...functions.slice(0, at)]) {
          assert.equal((await refusal(client.query(`SELECT plain.${name}()`))).code, 'undisclosable', name);
        }
      }));
  }
});

const meanwhile: readonly (readonly [what: string, change: string, statement: string, rows: unknown[][]])[] =
  [
    [
      'a column that is gone',
      'ALTER TABLE pairs RENAME a TO email',
      'SELECT (SELECT a FROM pairs) FROM (SELECT email AS a FROM users) u',
      [[mail]],
    ],
    [
      'a row that comes forward behind a column',
      'ALTER TABLE pairs RENAME a TO email',
      'SELECT (SELECT a::text FROM pairs) FROM users a',
      [[hidden]],
    ],
    [
      'places in a star with fewer columns',
      'ALTER TABLE pairs DROP COLUMN a',
      "SELECT s.c2 || '' FROM (SELECT pairs.*, users.email, 1 FROM pairs, users) s (c1, c2)",
      [[hidden]],
    ],
    [
      'places in a join with fewer columns',
      'ALTER TABLE pairs DROP COLUMN a',
      "SELECT s.c2 || '' FROM (pairs CROSS JOIN (SELECT email, 1 AS one FROM users) u) s (c1, c2)",
      [[hidden]],
    ],
    [
      'places in a common table expression',
      'ALTER TABLE pairs DROP COLUMN a',
      'WITH s (c1, c2) AS (SELECT pairs.*, users.email, 1 FROM pairs, users) SELECT lower(c2) FROM s',
      [[hidden]],
    ],
    [
      'places in a union',
      'ALTER TABLE pairs DROP COLUMN a; ALTER TABLE tail ADD COLUMN d text',
      `SELECT v || '' FROM (SELECT 'a', 'n' AS v, 't', 'd' WHERE false
       UNION ALL SELECT pairs.*, email, tail.* FROM pairs, users, tail) s`,
      [[hidden]],
    ],
    [
      'a computed column in the place of one of a star, though all names and their number are the same',
      'ALTER TABLE pairs DROP COLUMN b; ALTER TABLE tail RENAME c TO b; ALTER TABLE tail ADD COLUMN c text',
      "SELECT pairs.*, upper(email) AS b, 'h' AS b, tail.* FROM pairs, users, tail",
      [['x', hidden, hidden, 't', null]],
    ],
    [
      'the only column of a sub-select',
      'ALTER TABLE tail DROP COLUMN c',
      'SELECT (SELECT s.* FROM (SELECT tail.*, u.email FROM tail) s) AS x FROM users u',
      [[mail]],
    ],
  ];

/** Another session has changed a table and not committed yet, when `statement` is decided on; then it commits. */
describe('a statement waits at the server until names stand for something else', () => {
  for (const [what, change, statement, rows] of meanwhile) {
    test(what, () =>
      visit(async (client) => {
        const other = await connect(gateway);
        try {
          await other.query(`BEGIN; ${change}`);
          const answer = client.rows(statement);
          await until('the statement to wait', async () => {
            const [[waiting] = []] = await direct.rows('SELECT count(*) FROM pg_locks WHERE NOT granted');
            return waiting !== '0';
          });
          await other.query('COMMIT');
          assert.deepEqual(await answer, rows);
        } finally {
          await other.query('ROLLBACK');
          await other.end();
          await direct.query(`DROP TABLE pairs, tail; ${changeable}`);
        }
      }),
    );
  }
});

const sizes: readonly Attempt[] = [
  ['what sorting took on disk', ['SELECT temp_bytes FROM pg_stat_database'], refused],
  ['the same by its function', ['SELECT pg_stat_get_db_temp_bytes(1)'], refused],
  ['how much it may take', ['SET temp_file_limit = 100'], refused],
];

describe('how large computed values were is not told', () => sizes.forEach(attempt));

test('what the server notes about its own work does not come', () =>
  visit(async (client) => {
    await client.query('SET trace_sort = on; SET client_min_messages = log');
    const found = await client.rows(
      `SELECT count(*) FROM (SELECT x FROM (SELECT ltrim(email, 'q') AS x, g FROM users, generate_series(1, 999) g
        WHERE users.id = 1 OFFSET 0) s ORDER BY g OFFSET 1) t`,
    );
    assert.deepEqual([found, client.notices], [[['998']], []]);
  }));

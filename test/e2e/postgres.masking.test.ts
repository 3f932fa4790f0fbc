import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client, QueryConfig } from 'pg';
import postgres from 'postgres';

import { BackendType, forEachField } from '../../src/wire/postgres/backend.ts';
import { FrameSplitter } from '../../src/wire/postgres/frames.ts';
import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { planted, plantedColumns, plantedIn, plantedShop } from '../fixtures/planted.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// THREATS 16 to 22 over real sockets: whatever is asked, no byte that a client gets holds a planted value.

const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema, execute] }
  - name: support sees mail
    who: { groups: [support] }
    targets: [orders]
    allow: [read]
    reveal: [public.users.email]
  - name: dba sees all
    who: { groups: [dba] }
    targets: [orders]
    allow: [read, write, schema, access, execute]
    reveal: ["*"]
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;
let crew: Visitor;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(plantedShop);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: plantedColumns }));
  crew = await connect(gateway);
});
after(async () => {
  await crew?.end();
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

/** Nothing planted has come out on this connection, in all its time. */
function assertClean(client: Visitor, what: string): void {
  assert.deepEqual(plantedIn(client.text()), [], what);
}

/** Where planted values stand that are in no sensitive column. */
async function copies(): Promise<string[]> {
  const { rows } = await direct.query<{ body: string }>(`
    SELECT body FROM notes UNION ALL SELECT note FROM orders UNION ALL SELECT name FROM users
    UNION ALL SELECT desk FROM staff UNION ALL SELECT obj_description(oid) FROM pg_class`);
  return rows.map(({ body }) => body).filter((body) => plantedIn(body ?? '').length > 0);
}

describe('every mask, in text and in binary', () => {
  const columns: readonly (readonly [column: string, text: RegExp | null, binary: RegExp | null])[] = [
    ['email', /^q\*\*\*@\*\*\*\.example$/, /^q\*\*\*@\*\*\*\.example$/],
    ['ssn', /^\[redacted\]$/, /^\[redacted\]$/],
    ['phone', /^tok_[0-9a-f]{8}_[\w-]+$/, /^tok_[0-9a-f]{8}_[\w-]+$/],
    ['pan', /^\*{12}1881$/, /^\*{12}1881$/],
    ['code', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/, /^.{16}$/s],
    ['born', /^1970-01-01$|^2000-01-01$/, /^.{4}$/s],
    ['salary', null, null],
    ['bio', /^"\[redacted\]"$/, /^."\[redacted\]"$/s],
    ['secret', /^\\x$/, /^$/],
  ];

  for (const [column, text, binary] of columns) {
    for (const [format, expected] of [
      ['text', text],
      ['binary', binary],
    ] as const) {
      test(`${column} in ${format}`, async () => {
        const client = await connect(gateway);
        const text = `SELECT ${column} FROM users WHERE id = $1`;
        const query: QueryConfig & { binary: boolean } = { text, values: [1], binary: format === 'binary' };
        await client.query(query);
        const value = onlyValue(client);
        if (expected === null) assert.equal(value, null);
        else assert.match(value ?? 'NULL', expected);
        assertClean(client, column);
        await client.end();
      });
    }
  }

  /** As it came, since drivers take binary values for text. */
  function onlyValue({ received }: Visitor): string | null {
    const values: (string | null)[] = [];
    const splitter = new FrameSplitter({ side: 'upstream', bytesMax: () => 1_000_000 });
    splitter.push(Buffer.concat(received), {
      frame(type, buffer, start, end) {
        if (type !== BackendType.DataRow) return;
        forEachField(buffer, start, end, (_index, at, length) => {
          values.push(length < 0 ? null : buffer.toString('latin1', at, at + length));
        });
      },
    });
    assert.equal(values.length, 1);
    return values[0] ?? null;
  }

  test('the same value gives the same token and the same hash', async () => {
    const [first] = await crew.rows('SELECT phone, code FROM users');
    assert.deepEqual(await crew.rows('SELECT phone, code FROM users'), [first]);
  });
});

/** What shows sensitive columns plainly: it works, masked, and the other columns are clear. */
const shown: readonly (readonly [sql: string, shows: RegExp])[] = [
  ['SELECT * FROM users', /Ann.*\*\*\*@\*\*\*/s],
  ['TABLE users', /Ann.*redacted/s],
  ['SELECT email AS name FROM users', /\*\*\*@/],
  ['SELECT email AS "id", id AS email FROM public.users', /\*\*\*@/],
  ['SELECT "email" FROM "public"."users"', /\*\*\*@/],
  ['SELECT EMAIL FROM Users', /\*\*\*@/],
  ['SELECT U&"\\0065mail" FROM users', /\*\*\*@/],
  ['SELECT u.* FROM users AS u WHERE u.id = 1', /\*\*\*@/],
  ['SELECT o.note, u.email FROM orders o JOIN users u ON u.id = o.user_id', /plain.*\*\*\*@/s],
  ['SELECT "E-Mail" FROM "Odd Case"', /\*\*\*@/],
  ['SELECT * FROM people', /\*\*\*@.*\*\*\*@/s],
  ['SELECT * FROM ONLY people', /\*\*\*@/],
  ['SELECT email, desk FROM staff', /\*\*\*@.*A1/s],
  ['SELECT * FROM visits', /\*\*\*@/],
  ['SELECT * FROM visits_low', /\*\*\*@/],
  ['SELECT email FROM users ORDER BY id LIMIT 1', /\*\*\*@/],
  ['SELECT email FROM users FOR SHARE', /\*\*\*@/],
  ["UPDATE users SET name = 'Ann' WHERE id = 1 RETURNING *", /Ann.*\*\*\*@/s],
  ["UPDATE users SET name = 'Ann' WHERE id = 1 RETURNING old.email, new.ssn", /\*\*\*@.*redacted/s],
  ["INSERT INTO people VALUES (9, 'new@other.test') RETURNING email", /n\*\*\*@/],
  ['DELETE FROM people WHERE id = 9 RETURNING *', /n\*\*\*@/],
  ['EXPLAIN SELECT email FROM users', /Seq Scan/],
  ['COPY users (id, name) TO STDOUT', /Ann/],
  ['COPY (SELECT id, name FROM users) TO STDOUT (FORMAT binary)', /Ann/],
  ['SELECT 1; SELECT email FROM users; SELECT name, ssn FROM users', /\*\*\*@.*Ann.*redacted/s],
  ['BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT * FROM users; COMMIT; FETCH ALL FROM c; CLOSE c', /\*\*\*@/],
  ['SET search_path = pg_catalog; SELECT email FROM public.users; RESET search_path', /\*\*\*@/],
  ['SELECT count(*) FROM users', /1/],
  ["SELECT id FROM users WHERE email = 'somebody@else.test'", /SELECT 0/],
];

describe('THREATS 16, 18, 21: plainly selected, whatever it is called', () => {
  for (const [sql, shows] of shown) {
    test(sql, async () => {
      const client = await connect(gateway);
      await client.query(sql);
      assert.match(client.text(), shows);
      assertClean(client, sql);
      await client.end();
    });
  }

  test('PREPARE and EXECUTE in SQL', async () => {
    const client = await connect(gateway);
    await client.query('PREPARE p (int) AS SELECT email, born FROM users WHERE id = $1');
    assert.match(String(await client.rows('EXECUTE p (1)')), /^q\*\*\*@/);
    assertClean(client, 'EXECUTE');
    await client.end();
  });

  test('a statement prepared once and executed again without a Describe', async () => {
    const client = await connect(gateway);
    for (let round = 0; round < 3; round++) {
      const query = { name: 'again', text: 'SELECT email FROM users WHERE id = $1', values: [1] };
      assert.deepEqual((await client.query(query)).rows, [{ email: 'q***@***.example' }]);
    }
    assertClean(client, 'the third time');
    await client.end();
  });

  test('a portal in slices', async () => {
    const { host, port } = gateway;
    const sql = postgres({ host, port, database: 'orders', username: 'any', pass: await gateway.token() });
    const found: string[] = [];
    for await (const rows of sql`SELECT email FROM people WHERE id < 5 ORDER BY id`.cursor(1)) {
      found.push(...rows.map((row) => String(row['email'])));
    }
    assert.deepEqual(found, ['q***@***.example', 'q***@***.example']);
    await sql.end();
  });
});

/** Each is computed from hidden values, or shows them by other names: it runs, and shows nothing of them. */
const hidden: Readonly<Record<string, readonly string[]>> = {
  'THREATS 16: by another relation': [
    'SELECT * FROM user_list',
    'SELECT email FROM user_list_again',
    'SELECT * FROM user_kept',
  ],
  'THREATS 17: by computing': [
    'SELECT email::varchar(3) FROM users',
    'SELECT substr(email, 1, 3) FROM users',
    'SELECT reverse(email) FROM users',
    'SELECT md5(email) FROM users',
    "SELECT email || '' FROM users",
    'SELECT COALESCE(email, name) FROM users',
    'SELECT ARRAY[email] FROM users',
    'SELECT ROW(email) FROM users',
    'SELECT lag(email, 0) OVER () FROM users',
    "SELECT string_agg(email, ',') FROM users",
    'SELECT min(email) FROM users',
    'SELECT array_agg(salary) FROM users',
    'SELECT row_to_json(users) FROM users',
    'SELECT u::text FROM users u',
    'SELECT u FROM users u',
    'SELECT to_jsonb(u) FROM users u',
    'SELECT json_agg(u) FROM users u',
    'SELECT (u).email FROM users u',
    "SELECT jsonb_build_object('x', bio) FROM users",
    "SELECT bio->>'about' FROM users",
  ],
  'THREATS 18: by another name': [
    'SELECT NULL UNION ALL SELECT email FROM users',
    'WITH x AS (SELECT email AS e FROM users) SELECT reverse(e) FROM x',
    'SELECT upper(b) FROM (SELECT email FROM users) s(b)',
    'SELECT x.e FROM users u, LATERAL (SELECT u.email || $$$$ AS e) x',
    'SELECT (SELECT email FROM users)',
    'SELECT * FROM users JOIN people USING (email)',
    'SELECT p.id FROM people p NATURAL JOIN users',
    'WITH d AS (UPDATE users SET name = name WHERE id = 1 RETURNING email) SELECT upper(email) FROM d',
    "UPDATE users SET name = 'Ann' WHERE id = 1 RETURNING upper(email)",
    'WITH RECURSIVE t(e) AS (SELECT email FROM users UNION ALL SELECT e FROM t WHERE false) TABLE t',
  ],
  'THREATS 19: by guessing': [
    'SELECT count(*) FROM users GROUP BY salary',
    "SELECT 1 FROM users WHERE email = lower('Q')",
  ],
  'THREATS 21: by COPY and cursors': [
    'COPY users TO STDOUT',
    'COPY users (email) TO STDOUT (FORMAT csv)',
    'COPY users TO STDOUT (FORMAT binary)',
    'COPY (SELECT * FROM users) TO STDOUT',
    'COPY "Odd Case" TO STDOUT',
    'COPY visits_low TO STDOUT',
    'COPY staff TO STDOUT',
  ],
};

describe('what is computed is masked as a whole, and nothing comes of it', () => {
  for (const [title, statements] of Object.entries(hidden)) {
    describe(title, () => {
      for (const sql of statements) {
        test(sql, async () => {
          const client = await connect(gateway);
          await client.query(sql);
          const extended: QueryConfig & { queryMode: string; binary: boolean } = {
            text: sql,
            queryMode: 'extended',
            binary: true,
          };
          await client.query(extended);
          assert.deepEqual(await copies(), []);
          assertClean(client, sql);
          await client.end();
        });
      }
    });
  }
});

/** Each must be refused: what it answers could not be masked, or its answer is not all it tells. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'THREATS 16: by another relation': ['REFRESH MATERIALIZED VIEW user_kept'],
  'THREATS 17: by computing': [
    "SELECT encode(email::bytea, 'hex') FROM users",
    "SELECT format('%s', email) FROM users",
    "SELECT CASE WHEN email > 'm' THEN email END FROM users",
    'SELECT salary + 0 FROM users',
    "SELECT born + interval '0' FROM users",
    'SELECT email(u) FROM users u',
    'SELECT u.row_to_json FROM users u',
    'SELECT xmlelement(name x, email) FROM users',
    "SELECT ts_debug('simple', email) FROM users",
  ],
  'THREATS 18: by another name': [
    'SELECT email FROM users UNION SELECT NULL',
    'SELECT x FROM users u, unnest(ARRAY[u.email]) x',
  ],
  'THREATS 19: by guessing': [
    "SELECT count(*) FROM users WHERE email LIKE 'q%'",
    "SELECT 1 FROM users WHERE email < 'z'",
    "SELECT 1 FROM users WHERE email ~ '^q'",
    "SELECT 1 FROM users WHERE email BETWEEN 'a' AND 'z'",
    'SELECT id FROM users ORDER BY email',
    'SELECT id, email FROM users ORDER BY 2',
    "SELECT 1 FROM users JOIN (VALUES ('a')) v(email) USING (email)",
    'SELECT 1 FROM users WHERE salary > 1000',
    "SELECT CASE WHEN email > 'm' THEN 1/0 END FROM users",
    "SELECT 1 FROM users GROUP BY id HAVING max(email) > 'm'",
    'SELECT width_bucket(salary, 1, 10, 5) FROM users',
    'SELECT 1 FROM users LIMIT (SELECT salary FROM users)',
    'DELETE FROM orders USING users u WHERE u.salary > 5',
  ],
  'THREATS 20: by asking the server about itself': [
    'SELECT phone::int FROM users',
    'SELECT 1 FROM users WHERE email::int = 1',
    "SELECT most_common_vals FROM pg_stats WHERE tablename = 'users'",
    'SELECT histogram_bounds::text FROM pg_stats',
    'SELECT * FROM pg_statistic',
    'SELECT query FROM pg_stat_activity',
    'SELECT * FROM pg_largeobject',
    "SELECT * FROM pg_input_error_info((SELECT email FROM users), 'int')",
    "SELECT query_to_xml('SELECT * FROM users', true, true, '')",
    "SELECT table_to_xml('users', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "SELECT * FROM ts_stat('SELECT to_tsvector(email) FROM users')",
    "SELECT pg_read_binary_file(pg_relation_filepath('users'))",
    'SELECT tell()',
    'SELECT * FROM tell()',
    'SELECT shout()',
    'SELECT fail()',
    'DO $$BEGIN RAISE NOTICE $a$%$a$, (SELECT email FROM users); END$$',
    'DO $$BEGIN RAISE EXCEPTION $a$%$a$, (SELECT email FROM users); END$$',
    "DO $$BEGIN PERFORM pg_notify('c', email) FROM users; END$$",
    "SELECT pg_notify('c', email) FROM users",
    "SELECT set_config('a.b', email, false) FROM users",
    'SELECT lo_from_bytea(0, secret) FROM users',
  ],
  'THREATS 22: by copying away': [
    'INSERT INTO notes (body) SELECT email FROM users',
    'INSERT INTO notes (body) VALUES ((SELECT email FROM users))',
    'UPDATE orders SET note = u.email FROM users u WHERE u.id = user_id',
    'UPDATE users SET name = email',
    'UPDATE users SET name = (SELECT email FROM people LIMIT 1)',
    'INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = users.email',
    'MERGE INTO orders o USING users u ON u.id = o.user_id WHEN MATCHED THEN UPDATE SET note = u.email',
    'CREATE TABLE taken AS SELECT email FROM users',
    'CREATE TEMP TABLE taken AS TABLE users',
    'SELECT * INTO taken FROM users',
    'CREATE VIEW taken AS SELECT email FROM users',
    'CREATE MATERIALIZED VIEW taken AS TABLE users',
    'CREATE TABLE taken (LIKE users INCLUDING ALL)',
    'CREATE TABLE taken () INHERITS (users)',
    'ALTER TABLE users RENAME COLUMN email TO plain',
    'ALTER TABLE users RENAME TO plain',
    'ALTER TABLE users ALTER COLUMN name TYPE text USING email',
    'ALTER TABLE users ADD COLUMN plain text GENERATED ALWAYS AS (email) STORED',
    'ALTER SCHEMA public RENAME TO plain',
    'CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE RULE r AS ON UPDATE TO orders DO ALSO INSERT INTO notes (body) SELECT email FROM users',
    "CREATE FUNCTION taken() RETURNS text LANGUAGE sql AS 'SELECT email FROM users'",
    'CREATE FUNCTION taken() RETURNS text BEGIN ATOMIC SELECT email FROM users; END',
    "CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    'DO $$BEGIN INSERT INTO notes (body) SELECT email FROM users; END$$',
    'CALL copy_away()',
    'CREATE INDEX ON users (upper(email))',
    'CREATE STATISTICS s ON (lower(email)), id FROM users',
    'COMMENT ON TABLE orders IS NULL; INSERT INTO notes (body) SELECT ssn FROM users',
  ],
};

describe('what cannot be masked is refused, and nothing comes of it', () => {
  before(() => crew.query('LISTEN c'));

  for (const [title, statements] of Object.entries(attacks)) {
    describe(title, () => {
      for (const sql of statements) {
        test(sql, async () => {
          const { error } = await refusal(crew.query(sql));
          assert.equal(error.code, '42501');
          // Bound and executed it fails too: here, or (several statements, 1/0) at the server, before it runs.
          const extended: QueryConfig & { queryMode: string } = { text: sql, queryMode: 'extended' };
          await assert.rejects(crew.query(extended));
          assert.deepEqual(await copies(), []);
          assertClean(crew, sql);
        });
      }
    });
  }
});

describe('THREATS 20: what the server says when something fails', () => {
  const rows: readonly (readonly [sql: string, code: string])[] = [
    ["UPDATE users SET name = 'forbidden' WHERE id = 1", '23514'],
    ['UPDATE users SET id = NULL WHERE id = 1', '23502'],
    ["INSERT INTO users (id, name) VALUES (1, 'Bob')", '23505'],
    ['DELETE FROM users WHERE id = 1', '23503'],
    ["SELECT 'abc'::int FROM users", '22P02'],
    ['SELECT no_such FROM orders', '42703'],
  ];

  for (const [sql, code] of rows) {
    test(`${code}: ${sql}`, async () => {
      const client = await connect(gateway);
      await assert.rejects(client.query(sql), { code });
      assertClean(client, sql);
      await client.end();
    });
  }

  test('a function that tells all tells nothing to who may run it but not see it', async () => {
    // Behind a trigger no text shows that it runs.
    await direct.query(`
      CREATE FUNCTION on_note() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE NOTICE 'it is %', (SELECT email FROM public.users); RETURN NEW; END$$;
      CREATE TRIGGER tell BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION on_note()`);
    const client = await connect(gateway);
    await client.query("INSERT INTO notes (body) VALUES ('plain')");
    assert.deepEqual(client.notices, ['withheld by Sallyport: it may carry hidden values']);
    assertClean(client, 'a notice');
    await client.end();
    await direct.query('DROP TRIGGER tell ON notes; DROP FUNCTION on_note()');
  });
});

describe('who sees what', () => {
  // A gateway of its own: what was seen in clear is recorded in clear, and the last test looks into the record.
  let own: TestGateway;
  before(async () => {
    own = await startTestGateway(shopConfig({ port: server.port, rules, more: plantedColumns }));
  });
  after(() => own?.stop());

  test('reveal shows one column and no other', async () => {
    const client = await connect(own, { groups: ['support'] });
    const [row] = await client.rows('SELECT email, ssn, salary FROM users');
    assert.deepEqual(row, [planted.email, '[redacted]', null]);
    assert.deepEqual(await client.rows('SELECT upper(email) FROM users'), [[planted.email.toUpperCase()]]);
    assert.deepEqual(await client.rows('SELECT upper(ssn) FROM users'), [['[redacted]']]);
    assert.deepEqual(await client.rows('SELECT email || ssn FROM users'), [['[redacted]']]);
    await client.end();
  });

  test('an identity with both groups sees what either may', async () => {
    const client = await connect(own, { groups: ['crews', 'support'] });
    assert.deepEqual(await client.rows('SELECT email FROM users'), [[planted.email]]);
    await client.end();
  });

  test('who may see all sees all', async () => {
    const client = await connect(own, { groups: ['dba'] });
    const [row] = await client.rows('SELECT email, phone, pan, salary, reverse(ssn) FROM users');
    const { email, phone, pan, salary, ssn } = planted;
    assert.deepEqual(row, [email, phone, pan, salary, [...ssn].reverse().join('')]);
    await client.end();
  });
});

describe('THREATS 16: the schema changes while a session is open', () => {
  const swap = (run: Client) =>
    run.query(`
      ALTER TABLE people RENAME TO people_old;
      CREATE TABLE people (email text, id int);
      INSERT INTO people SELECT email, id FROM people_old;`);
  const swapBack = 'DROP TABLE people; ALTER TABLE people_old RENAME TO people';

  test('through the gateway: another table in its place is masked from the next command on', async () => {
    const client = await connect(gateway);
    const dba = await connect(gateway, { groups: ['dba'] });
    await client.query('SELECT * FROM people');
    await swap(dba);
    await client.query('SELECT * FROM people');
    assertClean(client, 'the new table');
    await dba.query(swapBack);
    await client.query('SELECT * FROM people');
    assertClean(client, 'the old table again');
    await client.end();
    await dba.end();
  });

  test('past the gateway: a table that it does not know is hidden altogether', async () => {
    const client = await connect(gateway);
    await client.query('SELECT * FROM people');
    await swap(direct);
    const answer = await client.rows('SELECT * FROM people').catch((error: unknown) => error);
    await direct.query(swapBack);
    assertClean(client, String(answer));
    await client.end();
  });

  test('past the gateway: a column renamed is masked under its new name', async () => {
    const client = await connect(gateway);
    await client.query('SELECT * FROM visits');
    await direct.query('ALTER TABLE visits RENAME COLUMN email TO plain');
    const answer = await client.rows('SELECT plain FROM visits').catch((error: unknown) => error);
    await direct.query('ALTER TABLE visits RENAME COLUMN plain TO email');
    assertClean(client, String(answer));
    await client.end();
  });

  test('through the gateway: a sensitive column that is no longer there stops everybody until it is', async () => {
    const client = await connect(gateway);
    const dba = await connect(gateway, { groups: ['dba'] });
    await dba.query('ALTER TABLE "Odd Case" RENAME COLUMN "E-Mail" TO plain');
    const { error } = await refusal(client.query('SELECT plain FROM "Odd Case"'));
    assert.match(error.message, /not as configured.*E-Mail/);
    assertClean(client, 'the renamed column');
    await direct.query('ALTER TABLE "Odd Case" RENAME COLUMN plain TO "E-Mail"');
    await until('service to return', () =>
      client.query('SELECT "E-Mail" FROM "Odd Case"').then(
        () => true,
        () => false,
      ),
    );
    assertClean(client, 'the column again');
    await client.end();
    await dba.end();
  });
});

describe('detectors', () => {
  const more = "detect: [{ find: [email, payment_card], mask: redact, targets: ['*'] }]";
  const everything =
    '  - { name: all, who: { any: true }, targets: [orders], allow: [read, write, execute] }';
  let own: TestGateway;
  before(async () => {
    own = await startTestGateway(shopConfig({ port: server.port, rules: everything, more }));
  });
  after(() => own?.stop());

  const card = '4111 1111 1111 1111';
  const mail = 'somebody@places.test';
  const rows: readonly (readonly [title: string, sql: string])[] = [
    ['a computed value', `SELECT 'write to ' || '${mail}'`],
    ['two in one value', `SELECT '${mail}, ${card}'`],
    ['an array', `SELECT ARRAY['${mail}']`],
    ['JSON', `SELECT jsonb_build_object('to', '${mail}')`],
    ['a row', `SELECT ROW(1, '${mail}')`],
    ['COPY', `COPY (SELECT '${mail}') TO STDOUT`],
    ['COPY in CSV', `COPY (SELECT '${card}', 1) TO STDOUT (FORMAT csv)`],
    ['a notice', `DO $$BEGIN RAISE NOTICE '%', '${mail}'; END$$`],
    ['an error', `DO $$BEGIN RAISE EXCEPTION 'no %', '${mail}'; END$$`],
    ['an error that quotes', `SELECT '${mail}'::int`],
    ['a notification', `LISTEN c; SELECT pg_notify('c', '${mail}')`],
  ];

  for (const [title, sql] of rows) {
    test(title, async () => {
      const client = await connect(own);
      await client.query(sql).catch(() => undefined);
      await client.query('SELECT 1');
      assert.match(client.text(), /\[redacted\]/);
      assert.doesNotMatch(client.text(), /somebody@|4111 1111/);
      await client.end();
    });
  }

  test('in binary format', async () => {
    const client = await connect(own);
    const text = 'SELECT $1::text';
    const query: QueryConfig & { binary: boolean } = { text, values: [`to ${mail}`], binary: true };
    await client.query(query);
    assert.match(client.text(), /to \[redacted\]/);
    await client.end();
  });

  test('in a binary COPY, where a finding takes the whole value', async () => {
    const client = await connect(own);
    await client.query(`COPY (SELECT 'to ${mail}', 'plain') TO STDOUT (FORMAT binary)`);
    assert.match(client.text(), /plain/);
    assert.doesNotMatch(client.text(), /somebody@/);
    await client.end();
  });

  test('what cannot be searched is refused', async () => {
    const client = await connect(own);
    await refusal(client.query(`COPY (SELECT '${mail}') TO STDOUT (ENCODING 'LATIN1')`));
    await client.end();
  });
});

test('nothing planted is in the journal or in any file of the gateway', async () => {
  const client = await connect(gateway);
  await client.query('SELECT * FROM users');
  await client.end();
  await until('the result on record', async () =>
    (await gateway.events()).some((one) => one.type === 'result' && one.masked >= 9),
  );
  let bytes = 0;
  for (const entry of await readdir(gateway.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
    bytes += text.length;
    assert.deepEqual(plantedIn(text), [], entry.name);
  }
  assert.ok(bytes > 100_000, `only ${bytes} bytes were looked at`);
});

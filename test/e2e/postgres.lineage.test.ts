import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { QueryConfig } from 'pg';
import postgres from 'postgres';

import { BackendType } from '../../src/wire/postgres/backend.ts';
import { FrameSplitter, headerBytes } from '../../src/wire/postgres/frames.ts';
import { connect, refusal, Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// Where every column of an answer comes from, against a real server: what is plain has its own mask, what is computed
// is a constant, and what has nothing hidden in it comes as it is.

const secrets = ['qzxwvq', 'zkjxqj', 'jzwvxk', '190703'];
const schema = `
  CREATE TABLE users (id int PRIMARY KEY, name text, email text, ssn text, salary int, born date, bio jsonb, team int);
  INSERT INTO users VALUES
    (1, 'Ann', 'qzxwvq@shop.example', 'zkjxqj', 190703, '1990-07-03', '{"a": "jzwvxk"}', 1),
    (2, 'Bo,b"\\', E'qzxwvq\\t,"\\\\\\n\\r@shop.example', NULL, NULL, NULL, NULL, 1),
    (3, NULL, NULL, 'zkjxqj', 1907033, '1991-07-03', '[]', 2);
  CREATE TABLE contacts (id int PRIMARY KEY, email text);
  INSERT INTO contacts VALUES (10, 'qzxwvq@shop.example');
  CREATE TABLE orders (id int PRIMARY KEY, user_id int, total int);
  INSERT INTO orders VALUES (100, 1, 5), (101, 1, 7);
  CREATE VIEW user_list AS SELECT id, email AS mail, upper(email) AS loud, name FROM users;
  CREATE VIEW user_list_again AS SELECT loud, mail, id AS number FROM user_list;
  CREATE MATERIALIZED VIEW user_kept AS SELECT id, email, reverse(ssn) AS back FROM users;
  CREATE TABLE notes (body text);
  CREATE TABLE ruled (body text);
  CREATE RULE tell AS ON INSERT TO ruled DO ALSO SELECT upper(email) AS body FROM users;`;
const more = `
sensitive:
  orders:
    public.users.email: email
    public.users.ssn: redact
    public.users.salary: redact
    public.users.born: redact
    public.users.bio: redact
    public.contacts.email: email
`;
const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema] }
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Visitor;

before(async () => {
  server = await startPostgres();
  direct = new Visitor({ connectionString: server.url() });
  await direct.connect();
  await direct.query(schema);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more }));
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
    for (const secret of secrets) assert.ok(!client.text().includes(secret), secret);
  } finally {
    await client.end();
  }
}

const masked = 'q***@***.example';
const hidden = '[redacted]';

const answers: readonly (readonly [sql: string, rows: readonly (readonly unknown[])[]])[] = [
  [
    'SELECT upper(email), id FROM users WHERE id < 3 ORDER BY id',
    [
      [hidden, 1],
      [hidden, 2],
    ],
  ],
  ['SELECT upper(email) FROM users WHERE id = 3', [[hidden]]],
  ['SELECT email FROM users WHERE id = 3', [[null]]],
  ['SELECT u.email || u.name, u.name FROM users u WHERE id = 1', [[hidden, 'Ann']]],
  ['SELECT salary::text, born::text, sum(salary) OVER () FROM users WHERE id = 2', [[hidden, hidden, '0']]],
  ['SELECT count(*), count(email), count(DISTINCT email) FROM users', [['3', '2', '2']]],
  ['SELECT email, count(*) FROM users WHERE id = 1 GROUP BY email', [[masked, '1']]],
  ['SELECT max(email), min(salary), max(id) FROM users', [[hidden, 0, 3]]],
  ["SELECT email = 'x', email IS NULL, id = 1 FROM users WHERE id = 1", [[false, false, true]]],
  ['SELECT CASE WHEN id = 1 THEN email END FROM users WHERE id = 1', [[hidden]]],
  ['SELECT COALESCE(name, email) FROM users WHERE id = 1', [[hidden]]],
  ['SELECT u FROM users u WHERE id = 1', [[null]]],
  ['SELECT to_jsonb(u), jsonb_agg(u.id) FROM users u WHERE id = 1 GROUP BY u.id', [[hidden, [1]]]],
  ['SELECT ARRAY[email], ARRAY[name] FROM users WHERE id = 1', [[[], ['Ann']]]],
  [
    'SELECT email FROM users WHERE id = 1 UNION ALL SELECT name FROM users WHERE id = 1',
    [[hidden], [hidden]],
  ],
  ['SELECT id FROM users WHERE id = 1 UNION ALL SELECT total FROM orders WHERE id = 100', [[1], [5]]],
  ['SELECT email FROM users WHERE id = 1 UNION ALL SELECT ssn FROM users WHERE id = 1', [[hidden], [hidden]]],
  ['WITH x AS (SELECT email AS e, id FROM users) SELECT e, id FROM x WHERE id = 1', [[masked, 1]]],
  ['WITH x(e) AS (SELECT lower(email) FROM users WHERE id = 1) SELECT e FROM x', [[hidden]]],
  [
    'WITH RECURSIVE t(e, n) AS (SELECT email, 1 FROM users WHERE id = 1 UNION ALL SELECT e, n + 1 FROM t WHERE n < 2) TABLE t',
    [
      [masked, 1],
      [masked, 2],
    ],
  ],
  ['SELECT s.b, s.a FROM (SELECT id, email FROM users WHERE id = 1) s(a, b)', [[masked, 1]]],
  ['SELECT (SELECT email FROM users WHERE id = 1), (SELECT name FROM users WHERE id = 1)', [[masked, 'Ann']]],
  ['SELECT x.e FROM users u, LATERAL (SELECT u.email AS e) x WHERE u.id = 1', [[masked]]],
  ['SELECT c.id, u.id FROM contacts c JOIN users u ON u.email = c.email', [[10, 1]]],
  ['SELECT email, c.id FROM contacts c JOIN users u USING (email)', [[masked, 10]]],
  ['SELECT * FROM user_list WHERE id = 1', [[1, masked, hidden, 'Ann']]],
  ['SELECT * FROM user_list_again WHERE number = 1', [[hidden, masked, 1]]],
  [
    'SELECT upper(loud), lower(mail), number + 1 FROM user_list_again WHERE number = 1',
    [[hidden, hidden, 2]],
  ],
  ['SELECT * FROM user_kept WHERE id = 1', [[1, masked, hidden]]],
  ['UPDATE users SET name = name WHERE id = 1 RETURNING lower(email), id, email', [[hidden, 1, masked]]],
  ['SELECT sum(o.total) FROM orders o JOIN users u ON u.id = o.user_id WHERE u.email = $1', [[null]]],
  ['SHOW server_version_num', [[/^\d+$/]]],
  ["SELECT 'x', 1 + 1, now() > now()", [['x', 2, false]]],
  ['SELECT g FROM generate_series(1, 2) g', [[1], [2]]],
  ['VALUES (1, 2)', [[1, 2]]],
];

describe('an answer is masked by where it comes from', () => {
  for (const [sql, expected] of answers) {
    test(sql, () =>
      visit(async (client) => {
        const values = sql.includes('$1') ? ['nobody'] : [];
        if (values.length === 0) assertRows(await client.rows(sql), expected);
        const extended: QueryConfig & { queryMode: string; rowMode: string } = {
          text: sql,
          values,
          queryMode: 'extended',
          rowMode: 'array',
        };
        assertRows((await client.query<unknown[]>(extended)).rows, expected);
        const binary: QueryConfig & { queryMode: string; binary: boolean } = {
          text: sql,
          values,
          queryMode: 'extended',
          binary: true,
        };
        assert.equal((await client.query(binary)).rows.length, expected.length);
      }),
    );
  }
});

function assertRows(rows: readonly unknown[][], expected: readonly (readonly unknown[])[]): void {
  assert.equal(rows.length, expected.length);
  for (const [at, row] of expected.entries()) {
    for (const [index, value] of row.entries()) {
      const got = rows[at]?.[index];
      if (value instanceof RegExp) assert.match(String(got), value);
      else assert.deepEqual(got, value, `column ${index} of row ${at}`);
    }
  }
}

describe('by another name', () => {
  test('PREPARE and EXECUTE', () =>
    visit(async (client) => {
      await client.query('PREPARE p (int) AS SELECT upper(email), id, email FROM users WHERE id = $1');
      assert.deepEqual(await client.rows('EXECUTE p (1)'), [[hidden, 1, masked]]);
      await client.query('SELECT 1; EXECUTE p (1)');
      await client.query('DEALLOCATE p');
      await client.query('PREPARE p AS SELECT name, upper(ssn) FROM users WHERE id = 1');
      assert.deepEqual(await client.rows('EXECUTE p'), [['Ann', hidden]]);
    }));

  test('a statement that was prepared by a message', () =>
    visit(async (client) => {
      const named = { name: 'again', text: 'SELECT id, upper(email) FROM users WHERE id = $1', values: [1] };
      for (let round = 0; round < 3; round++) {
        assert.deepEqual((await client.query({ ...named, rowMode: 'array' })).rows, [[1, hidden]]);
      }
      assert.deepEqual(await client.rows('EXECUTE again (1)'), [[1, hidden]]);
    }));

  test('a portal in slices', async () => {
    const { host, port } = gateway;
    const sql = postgres({ host, port, database: 'orders', username: 'any', pass: await gateway.token() });
    const found: unknown[] = [];
    for await (const rows of sql`SELECT id, upper(email) AS e FROM users ORDER BY id`.cursor(1)) {
      found.push(...rows.map((row) => [row['id'], row['e']]));
    }
    await sql.end();
    assert.deepEqual(found, [
      [1, hidden],
      [2, hidden],
      [3, hidden],
    ]);
  });

  test('a cursor, in its transaction and after it', () =>
    visit(async (client) => {
      await client.query(
        'BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id, lower(email) AS e, email FROM users ORDER BY id',
      );
      assert.deepEqual(await client.rows('FETCH 1 FROM c'), [[1, hidden, masked]]);
      await client.query('COMMIT');
      assert.deepEqual(await client.rows('FETCH 1 FROM c'), [[2, hidden, hidden]]);
      assert.deepEqual(await client.rows('FETCH LAST FROM c'), [[3, hidden, null]]);
      await client.query('CLOSE c');
    }));

  test('a cursor that a later DECLARE of its name could not replace', () =>
    visit(async (client) => {
      await client.query('BEGIN; DECLARE c CURSOR FOR SELECT lower(email) AS x FROM users ORDER BY id');
      await client.query('SAVEPOINT s');
      await assert.rejects(client.query('DECLARE c CURSOR FOR SELECT lower(name) AS x FROM users'), {
        code: '42P03',
      });
      await client.query('ROLLBACK TO s');
      assert.deepEqual(await client.rows('FETCH 1 FROM c'), [[hidden]]);
      await client.query('CLOSE c; DECLARE c CURSOR FOR SELECT lower(name) AS x FROM users ORDER BY id');
      await client.query('FETCH 1 FROM c; ROLLBACK');
    }));

  test('a cursor that was closed is forgotten', () =>
    visit(async (client) => {
      await client.query('BEGIN');
      await client.query('DECLARE c CURSOR FOR SELECT lower(email) AS x FROM users');
      await client.query('CLOSE c');
      await client.query('DECLARE c CURSOR FOR SELECT lower(name) AS x FROM users ORDER BY id');
      assert.deepEqual(await client.rows('FETCH 1 FROM c'), [['ann']]);
      await client.query('ROLLBACK');
    }));

  test('a cursor of the same text', () =>
    visit(async (client) => {
      await client.query('BEGIN; DECLARE c CURSOR FOR SELECT upper(ssn) FROM users; FETCH 1 FROM c; COMMIT');
      assert.match(client.text(), /\[redacted\]/);
    }));
});

test('rows that a rule gives are not shown', () =>
  visit(async (client) => {
    await refusal(client.query("INSERT INTO ruled VALUES ('x')"));
    await refusal(client.query("INSERT INTO ruled VALUES ('x') RETURNING body"));
  }));

// ---- COPY ----

const columns = 'id, name, email, ssn, salary, born, bio, team';
/** What the gateway makes of the table, written by the server itself. */
const reference = `
  SELECT id, name, CASE WHEN id = 1 THEN '${masked}' WHEN email IS NOT NULL THEN '${hidden}' END,
    CASE WHEN ssn IS NOT NULL THEN '${hidden}' END, CASE WHEN salary IS NOT NULL THEN 0 END,
    CASE WHEN born IS NOT NULL THEN date '1970-01-01' END, CASE WHEN bio IS NOT NULL THEN '"${hidden}"'::jsonb END, team
  FROM users`;
const renamed = `SELECT * FROM (${reference}) s(id, name, email, ssn, salary, born, bio, team)`;

const options: readonly string[] = [
  '',
  "(DELIMITER '|', NULL 'none')",
  "(DELIMITER '[')",
  '(HEADER)',
  '(FORMAT csv)',
  "(FORMAT csv, HEADER, DELIMITER ';', NULL 'NULL')",
  "(FORMAT csv, QUOTE '''', ESCAPE '\\')",
  "(FORMAT csv, DELIMITER 'e', QUOTE 'x')",
  '(FORMAT csv, FORCE_QUOTE *)',
  '(FORMAT binary)',
];

describe('COPY', () => {
  for (const option of options) {
    test(`of a table as of a query: ${option}`, () =>
      visit(async (client) => {
        const expected = (await copied(direct, `COPY (${renamed}) TO STDOUT ${option}`)).toString('latin1');
        for (const what of ['users', `users (${columns})`, `(SELECT ${columns} FROM users)`]) {
          const got = await copied(client, `COPY ${what} TO STDOUT ${option}`);
          assert.equal(got.toString('latin1'), expected, what);
        }
      }));
  }

  test('of something computed is NULL', () =>
    visit(async (client) => {
      const got = await copied(
        client,
        'COPY (SELECT upper(email), id, upper(name) FROM users ORDER BY id) TO STDOUT',
      );
      assert.equal(got.toString(), '\\N\t1\tANN\n\\N\t2\tBO,B"\\\\\n\\N\t3\t\\N\n');
      const binary = await copied(
        client,
        'COPY (SELECT upper(email), id FROM users) TO STDOUT (FORMAT binary)',
      );
      assert.equal(binary.subarray(19, 25).toString('hex'), '0002ffffffff');
    }));

  test('of nothing hidden comes as it is', () =>
    visit(async (client) => {
      assert.equal((await copied(client, 'COPY orders TO STDOUT')).toString(), '100\t1\t5\n101\t1\t7\n');
      const got = await copied(client, "COPY orders TO STDOUT (ENCODING 'LATIN1')");
      assert.equal(got.toString(), '100\t1\t5\n101\t1\t7\n');
    }));

  test('of what RETURNING gives', () =>
    visit(async (client) => {
      const sql =
        'COPY (UPDATE users SET team = team WHERE id = 1 RETURNING email, id) TO STDOUT (FORMAT csv)';
      assert.equal((await copied(client, sql)).toString(), `${masked},1\n`);
    }));

  test('in a form that nobody understands is refused', () =>
    visit(async (client) => {
      const { error } = await refusal(client.query("COPY users TO STDOUT (ENCODING 'LATIN1')"));
      assert.match(error.message, /options of this COPY/);
    }));

  test('by a message of the extended protocol', () =>
    visit(async (client) => {
      const query: QueryConfig & { queryMode: string } = {
        text: 'COPY users (email, id) TO STDOUT',
        queryMode: 'extended',
      };
      await client.query(query);
      assert.match(client.text(), /q\*\*\*@\*\*\*\.example\t1\n/);
    }));
});

/** The data that a COPY brings. */
async function copied(client: Visitor, sql: string): Promise<Buffer> {
  const from = client.received.length;
  await client.query(sql);
  const bodies: Buffer[] = [];
  const splitter = new FrameSplitter({ side: 'upstream', bytesMax: () => 1_000_000 });
  splitter.push(Buffer.concat(client.received.slice(from)), {
    frame(type, buffer, start, end) {
      if (type === BackendType.CopyData) bodies.push(Buffer.from(buffer.subarray(start + headerBytes, end)));
    },
  });
  return Buffer.concat(bodies);
}

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import type { MaskPlan } from '../core/mask.ts';
import { type References, references } from '../wire/sql/references.ts';
import {
  type SensitiveCatalog,
  type SensitiveRelation,
  undisclosable,
  unknownRelations,
  uses,
} from './disclosure.ts';

const users: SensitiveRelation = {
  schema: 'public',
  name: 'users',
  columns: new Set(['id', 'name', 'email', 'ssn', 'status', 'manager_id', 'tags', 'created_at']),
  sensitive: new Map([
    ['email', ['public.users.email']],
    ['ssn', ['public.users.ssn']],
  ]),
};
const odd: SensitiveRelation = {
  schema: 'app',
  name: 'Odd Case',
  columns: new Set(['id', 'E-Mail']),
  sensitive: new Map([['E-Mail', ['app."Odd Case"."E-Mail"']]]),
};
const sensitive = [users, odd];
const plainRelations = 'orders notes staging pg_class pg_stats pg_stat_activity pg_settings tables'.split(
  ' ',
);
const views = new Map([
  ['user_list', ['public.users.email']],
  ['looking', ['*']],
  ['order_list', []],
]);

const isIn = (schema: string | undefined, relation: SensitiveRelation): boolean =>
  schema === undefined || schema === relation.schema;

const catalog: SensitiveCatalog = {
  sensitiveNamed: (schema, name) => sensitive.filter((it) => it.name === name && isIn(schema, it)),
  sensitiveIn: (schema) => sensitive.filter((it) => it.schema === schema),
  viewResources: (_, name) => views.get(name) ?? [],
  knows: (_, name) =>
    sensitive.some((it) => it.name === name) || plainRelations.includes(name) || views.has(name),
  problems: [],
};

const hidesAll: MaskPlan = {
  hidden: new Map([
    ['public.users.email', 'email'],
    ['public.users.ssn', 'redact'],
    ['app."Odd Case"."E-Mail"', 'email'],
  ]),
  detect: [],
};
const hidesNothing: MaskPlan = { hidden: new Map(), detect: [] };

function referencesOf(sql: string): References[] {
  return (parseSync(sql).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [references(stmt)]));
}

function reason(sql: string, plan = hidesAll, of = catalog): string | undefined {
  return referencesOf(sql)
    .map((one) => undisclosable(one, of, plan))
    .find((why) => why !== undefined);
}

const everyday = [
  'SELECT 1',
  'SELECT now(), current_user',
  'SELECT count(*) FROM users',
  'SELECT id, name, email FROM users WHERE id = $1 ORDER BY id',
  'SELECT * FROM users',
  'SELECT * FROM public.users WHERE id = 7',
  'SELECT u.* FROM users u WHERE u.id IN (1, 2, 3)',
  'SELECT users.email FROM users',
  'SELECT public.users.email FROM public.users',
  'SELECT "email", name AS n FROM users LIMIT 10 OFFSET 20',
  'SELECT email AS e FROM users ORDER BY id DESC NULLS LAST',
  'SELECT id AS e, email FROM users ORDER BY e',
  'SELECT id, email FROM users ORDER BY 1',
  'TABLE users',
  'SELECT u.*, o.total FROM users u JOIN orders o ON o.user_id = u.id',
  'SELECT u.email, o.total FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.total > 10 ORDER BY o.total',
  'SELECT u.email, o.email FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.email',
  'SELECT upper(o.email) FROM users u JOIN orders o ON o.user_id = u.id',
  'SELECT u.name, m.name FROM users u JOIN users m ON m.id = u.manager_id',
  'SELECT name, count(*) FROM users GROUP BY name HAVING count(*) > 1 ORDER BY 2 DESC',
  'SELECT status, max(created_at) FROM users GROUP BY 1',
  'SELECT upper(name), tags[1] FROM users',
  'SELECT name, rank() OVER (PARTITION BY status ORDER BY created_at) FROM users',
  'SELECT DISTINCT status FROM users',
  'SELECT DISTINCT ON (status) status, name FROM users ORDER BY status, created_at',
  "SELECT id FROM users WHERE email = 'a@example.com'",
  'SELECT id FROM users WHERE $1 = email',
  "SELECT id FROM users WHERE status = 'x' AND (email = $1 OR ssn = $2::text)",
  "SELECT id FROM users WHERE email IN ('a', $1, 'c'::text)",
  'SELECT id FROM users u WHERE u.email = ANY($1)',
  "SELECT id FROM users WHERE email = ANY(ARRAY['a', 'b'])",
  "SELECT id FROM users WHERE name LIKE 'a%' AND created_at > now() - interval '1 day'",
  'SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = o.user_id)',
  'SELECT o.id FROM orders o WHERE EXISTS (SELECT * FROM users u WHERE u.id = o.user_id AND u.email = $1)',
  'SELECT * FROM orders WHERE user_id IN (SELECT id FROM users WHERE email = $1)',
  'SELECT (SELECT name FROM users u WHERE u.id = o.user_id) FROM orders o',
  'SELECT s.name FROM (SELECT id, name FROM users) s',
  'SELECT * FROM (SELECT id, name FROM users) s ORDER BY name',
  'WITH recent AS (SELECT id, name FROM users WHERE created_at > $1) SELECT * FROM recent',
  'WITH x AS (SELECT user_id FROM orders) SELECT u.id, u.email FROM users u JOIN x ON x.user_id = u.id',
  'WITH RECURSIVE t AS (SELECT id FROM users WHERE id = 1 UNION ALL SELECT u.id FROM users u JOIN t ON t.id = u.manager_id) SELECT * FROM t',
  'SELECT id FROM users UNION SELECT user_id FROM orders ORDER BY 1',
  'SELECT u.id FROM users u JOIN orders o USING (id)',
  'SELECT id, email FROM users FOR UPDATE',
  'SELECT u.id FROM users u, generate_series(1, 3) g WHERE g = u.id',
  'SELECT x.value FROM users u, LATERAL unnest(u.tags) AS x(value)',
  "INSERT INTO users (id, email) VALUES (1, 'a@example.com')",
  "INSERT INTO users VALUES (1, 'n', 'a@example.com')",
  'INSERT INTO users (id, email) VALUES ($1, $2) RETURNING id, email',
  'INSERT INTO users (id, email) VALUES ($1, $2) RETURNING *',
  'INSERT INTO users (email) SELECT s.email FROM staging s ON CONFLICT DO NOTHING',
  'INSERT INTO users (email, name) VALUES ($1, $2) ON CONFLICT (email) DO UPDATE SET email = excluded.email, name = excluded.name',
  'INSERT INTO orders (user_id) SELECT id FROM users WHERE email = $1',
  'UPDATE users SET email = $1 WHERE id = 3 RETURNING id, email',
  "UPDATE users SET name = 'x' WHERE email = $1 RETURNING old.email, new.email",
  "UPDATE users SET name = 'x' WHERE id = 1 RETURNING WITH (OLD AS o) o.email, o.name",
  'UPDATE users SET email = s.email FROM staging s WHERE s.id = users.id',
  'UPDATE users SET (name, status) = (SELECT n.body, 1 FROM notes n WHERE n.id = users.id)',
  'DELETE FROM users WHERE email = $1 RETURNING *',
  'DELETE FROM users USING orders WHERE users.id = orders.user_id',
  'MERGE INTO users u USING staging s ON s.id = u.id WHEN MATCHED THEN UPDATE SET email = s.email WHEN NOT MATCHED THEN INSERT (id, email) VALUES (s.id, s.email) RETURNING u.email',
  'COPY users (id, name) TO STDOUT',
  'COPY users FROM STDIN',
  'COPY (SELECT id, name FROM users) TO STDOUT',
  'EXPLAIN ANALYZE SELECT email FROM users WHERE id = 1',
  'DECLARE c CURSOR FOR SELECT email FROM users',
  'FETCH 10 FROM c',
  'PREPARE p AS SELECT email FROM users WHERE id = $1',
  'EXECUTE p(1)',
  'CREATE TABLE counts AS SELECT status, count(*) FROM users GROUP BY status',
  'CREATE VIEW names AS SELECT id, name FROM users',
  'CREATE TABLE invoices (id int, user_id int REFERENCES users (id))',
  'CREATE INDEX ON users (email)',
  'CREATE TABLE fresh (id int); CREATE INDEX ON fresh (id)',
  'ALTER TABLE orders ADD COLUMN note text',
  'TRUNCATE users',
  'DROP TABLE users',
  'VACUUM ANALYZE users',
  'SELECT * FROM order_list',
  'SELECT relname FROM pg_catalog.pg_class ORDER BY 1',
  'SELECT table_name FROM information_schema.tables',
  'SELECT "E-Mail" FROM app."Odd Case" WHERE "E-Mail" = $1',
  'SELECT o."E-Mail", u.email FROM app."Odd Case" o JOIN users u ON u.id = o.id',
  'SELECT tableoid, ctid, u.xmin FROM users u',
  'SET search_path = app',
  'BEGIN',
];

/** THREATS 16 to 22, by what they try. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'computing with it (17)': [
    'SELECT email::varchar(3) FROM users',
    'SELECT email || $1 FROM users',
    'SELECT substr(email, 1, 1) FROM users',
    'SELECT reverse(u.email) FROM users u',
    "SELECT encode(email::bytea, 'hex') FROM users",
    'SELECT md5("email") FROM users',
    "SELECT format('%s', email) FROM users",
    "SELECT CASE WHEN email = 'a' THEN 1 ELSE 0 END FROM users",
    'SELECT COALESCE(email, name) FROM users',
    'SELECT NULLIF(email, $1) FROM users',
    'SELECT GREATEST(email, $1) FROM users',
    'SELECT ARRAY[email] FROM users',
    'SELECT ROW(email) FROM users',
    'SELECT (ROW(u.email)).f1 FROM users u',
    'SELECT lag(email) OVER (ORDER BY id) FROM users',
    'SELECT first_value(email) OVER w FROM users WINDOW w AS (ORDER BY id)',
    "SELECT string_agg(email, ',') FROM users",
    'SELECT min(email), max(email) FROM users',
    'SELECT count(email) FROM users',
    'SELECT count(DISTINCT email) FROM users',
    "SELECT count(*) FILTER (WHERE email = 'a') FROM users",
    'SELECT json_agg(email) FROM users',
    "SELECT jsonb_build_object('e', email) FROM users",
    "SELECT JSON_OBJECT('e': email) FROM users",
    'SELECT xmlelement(name x, email) FROM users',
    "SELECT ts_debug('simple', email) FROM users",
    'SELECT length(email) FROM users',
    'SELECT email IS NULL FROM users',
    'SELECT email COLLATE "C" FROM users',
    'SELECT ssn[1] FROM users',
    'SELECT upper(public.users.email) FROM public.users',
    'SELECT upper(orders.public.users.email) FROM public.users',
    'SELECT upper("E-Mail") FROM app."Odd Case"',
    'SELECT upper("E-Mail") FROM "Odd Case"',
    'SELECT mode() WITHIN GROUP (ORDER BY email) FROM users',
    'VALUES ((SELECT email FROM users LIMIT 1))',
    'CALL log((SELECT email FROM users LIMIT 1))',
  ],
  'whole rows (17)': [
    'SELECT u FROM users u',
    'SELECT users FROM users',
    'SELECT users FROM public.users',
    'SELECT public.users FROM public.users',
    'SELECT row_to_json(u) FROM users u',
    'SELECT u.row_to_json FROM users u',
    'SELECT users.to_jsonb FROM users',
    'SELECT u::text FROM users u',
    'SELECT (u).email FROM users u',
    'SELECT email(u) FROM users u',
    'SELECT (u.*)::text FROM users u',
    'SELECT ROW(u.*) FROM users u',
    'SELECT json_agg(u) FROM users u',
    'SELECT json_agg(u.*) FROM users u',
    'SELECT to_jsonb(u) FROM orders o JOIN users u ON true',
    'SELECT count(*) FROM users u GROUP BY u',
    'SELECT id FROM users u ORDER BY u',
    "SELECT id FROM users u WHERE u = '(1)'",
    'SELECT (SELECT u) FROM users u',
    'SELECT ARRAY(SELECT u FROM users u)',
    'SELECT j FROM (users u JOIN orders o ON true) j',
    'SELECT x FROM users u, LATERAL jsonb_each_text(to_jsonb(u)) x',
    'SELECT r.* FROM users u, LATERAL (SELECT u.*) r',
    'UPDATE users SET name = $1 RETURNING old',
    'UPDATE users SET name = $1 RETURNING new.row_to_json',
    'UPDATE users SET name = $1 RETURNING WITH (OLD AS o) o::text',
    'DELETE FROM users RETURNING to_json(users)',
  ],
  'sub-selects, CTEs, set operations (18)': [
    'SELECT * FROM (SELECT * FROM users) s',
    'SELECT s.e FROM (SELECT email AS e FROM users) s',
    'SELECT reverse(e) FROM (SELECT email FROM users) s(e)',
    'SELECT upper(u.b) FROM users u(a, b, c)',
    'SELECT j.b FROM (users u JOIN orders o ON true) AS j(a, b)',
    'SELECT j.email FROM (users u JOIN orders o ON true) AS j',
    'WITH x AS (SELECT email FROM users) SELECT * FROM x',
    'WITH x(e) AS (SELECT email FROM users) SELECT reverse(e) FROM x',
    'WITH users AS (SELECT * FROM users) SELECT reverse(email) FROM users',
    'WITH x AS (TABLE users) SELECT 1 FROM x',
    'WITH x AS (DELETE FROM users RETURNING email) SELECT * FROM x',
    'WITH x AS (UPDATE users SET name = $1 RETURNING *) SELECT * FROM x',
    'WITH RECURSIVE t(e, n) AS (SELECT email, 1 FROM users UNION ALL SELECT e, n + 1 FROM t WHERE n < 3) SELECT * FROM t',
    'SELECT email FROM users UNION ALL SELECT NULL',
    'SELECT NULL UNION ALL SELECT email FROM users',
    'SELECT name FROM users EXCEPT SELECT email FROM users',
    '(SELECT * FROM users) INTERSECT (SELECT * FROM users)',
    "VALUES ('a') UNION SELECT ssn FROM users",
    'SELECT (SELECT email FROM users WHERE id = 1)',
    'SELECT ARRAY(SELECT email FROM users)',
    'SELECT x.e FROM orders o, LATERAL (SELECT u.email AS e FROM users u WHERE u.id = o.user_id) x',
    'SELECT x FROM users u, unnest(ARRAY[u.email]) x',
    'SELECT x.e FROM users u CROSS JOIN LATERAL (VALUES (u.email)) x(e)',
    'SELECT * FROM users u JOIN orders o USING (email)',
    'SELECT 1 FROM (VALUES ($1)) v(email) JOIN users USING (email)',
    'SELECT 1 FROM users NATURAL JOIN (VALUES ($1)) v(email)',
    'SELECT 1 FROM orders o NATURAL LEFT JOIN (orders p CROSS JOIN users u)',
    'SELECT DISTINCT email FROM users',
    'SELECT DISTINCT * FROM users',
    'SELECT DISTINCT u.* FROM users u',
    'INSERT INTO users (id) VALUES (1) RETURNING upper(email)',
    "UPDATE users SET name = 'x' RETURNING old.email || ''",
    "UPDATE users SET name = 'x' WHERE id IN (SELECT o.id FROM orders o) RETURNING WITH (OLD AS o) reverse(o.email)",
    'UPDATE users SET id = 1 WHERE id IN (SELECT old.id FROM orders old) RETURNING reverse(old.email)',
    'MERGE INTO users u USING orders o ON o.id = u.id WHEN MATCHED THEN DELETE RETURNING lower(u.email)',
    'SELECT * FROM user_list',
    'SELECT id FROM public.user_list',
    'SELECT * FROM looking',
    'WITH x AS (SELECT * FROM user_list) SELECT 1',
    'EXPLAIN ANALYZE SELECT upper(email) FROM users',
    'DECLARE c CURSOR WITH HOLD FOR SELECT upper(email) FROM users',
    'PREPARE p AS SELECT upper(email) FROM users',
  ],
  'blind questions (19)': [
    "SELECT 1 FROM users WHERE email LIKE 'a%'",
    "SELECT 1 FROM users WHERE email ILIKE 'a%'",
    "SELECT 1 FROM users WHERE email ~ '^a'",
    "SELECT 1 FROM users WHERE email ^@ 'a'",
    "SELECT 1 FROM users WHERE email SIMILAR TO 'a%'",
    "SELECT 1 FROM users WHERE email < 'm'",
    "SELECT 1 FROM users WHERE 'm' >= email",
    "SELECT 1 FROM users WHERE email BETWEEN 'a' AND 'b'",
    "SELECT 1 FROM users WHERE email <> 'a'",
    "SELECT 1 FROM users WHERE NOT (email = 'a')",
    "SELECT 1 FROM users WHERE email NOT IN ('a')",
    'SELECT 1 FROM users WHERE email = ANY(SELECT body FROM notes)',
    'SELECT 1 FROM users WHERE email IN (SELECT body FROM notes)',
    'SELECT 1 FROM notes WHERE body IN (SELECT email FROM users)',
    'SELECT 1 FROM users WHERE email = (SELECT body FROM notes LIMIT 1)',
    'SELECT 1 FROM users WHERE email = lower($1)',
    'SELECT 1 FROM users WHERE email = \'a\' COLLATE "und-x-icu"',
    "SELECT 1 FROM users WHERE email OPERATOR(app.=) 'a'",
    'SELECT 1 FROM users WHERE email = name',
    'SELECT 1 FROM users WHERE email IS NOT NULL',
    "SELECT 1 FROM users WHERE (email, id) > ('m', 0)",
    "SELECT 1 FROM users WHERE ROW(email) = ROW('m')",
    "SELECT 1 FROM users WHERE starts_with(email, 'a')",
    "SELECT 1 FROM users WHERE (email = 'a') = (1/0 = 1)",
    "SELECT 1 FROM users WHERE (CASE WHEN email > 'm' THEN 1/0 ELSE 1 END) = 1",
    'SELECT id FROM users ORDER BY email',
    'SELECT id FROM users ORDER BY users.email DESC',
    'SELECT email FROM users ORDER BY 1',
    'SELECT id, email FROM users ORDER BY 2',
    'SELECT * FROM users ORDER BY 3',
    'SELECT email AS e FROM users ORDER BY e',
    'SELECT id FROM users ORDER BY lower(email)',
    'SELECT email FROM users ORDER BY id, 1 USING <',
    'SELECT u.* FROM users u ORDER BY 2 LIMIT 1',
    'SELECT count(*) FROM users GROUP BY email',
    'SELECT email, count(*) FROM users GROUP BY 1',
    'SELECT email AS e, count(*) FROM users GROUP BY e',
    'SELECT count(*) FROM users GROUP BY ROLLUP (status, email)',
    'SELECT email, id FROM users GROUP BY GROUPING SETS ((1), (2))',
    'SELECT DISTINCT ON (email) id FROM users',
    'SELECT DISTINCT ON (1) email, id FROM users',
    'SELECT status FROM users GROUP BY status HAVING max(email) > $1',
    'SELECT rank() OVER (ORDER BY email) FROM users',
    'SELECT row_number() OVER (PARTITION BY email) FROM users',
    'SELECT ntile(4) OVER w FROM users WINDOW w AS (ORDER BY ssn)',
    "SELECT string_agg(name, ',' ORDER BY email) FROM users",
    'SELECT width_bucket(ssn::int, 1, 10, 5) FROM users',
    'SELECT 1 FROM notes LIMIT (SELECT ascii(email) FROM users WHERE id = 1)',
    'SELECT 1 FROM notes OFFSET (SELECT length(email) FROM users LIMIT 1)',
    'SELECT 1 FROM users u JOIN orders o ON o.email = u.email',
    "SELECT 1 FROM orders o JOIN users u ON u.email LIKE o.pattern || '%'",
    'SELECT 1 FROM orders o LEFT JOIN users u ON u.email > o.email',
    "SELECT EXISTS (SELECT 1 FROM users WHERE email LIKE 'a%')",
    'SELECT EXISTS (SELECT DISTINCT email FROM users OFFSET 3)',
    "SELECT EXISTS (SELECT email FROM users EXCEPT SELECT 'a')",
    "UPDATE orders SET total = 1 FROM users u WHERE u.email < 'm'",
    "DELETE FROM orders USING users u WHERE u.email ~ 'a'",
    'MERGE INTO orders o USING users u ON u.email = o.email WHEN MATCHED THEN DELETE',
    "MERGE INTO users u USING orders o ON o.id = u.id WHEN MATCHED AND u.email > 'm' THEN DELETE",
    "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x' WHERE users.email > 'm'",
    'INSERT INTO users (id) VALUES (1) ON CONFLICT (lower(email)) DO NOTHING',
    "COPY users (id) FROM STDIN WHERE email > 'm'",
    'SELECT * FROM users TABLESAMPLE bernoulli ((SELECT ascii(email) FROM users LIMIT 1))',
    "CREATE INDEX ON users (id) WHERE email > 'm'",
    'CREATE INDEX ON users (lower(email))',
  ],
  'asking the server itself (20)': [
    "SELECT most_common_vals FROM pg_stats WHERE tablename = 'users'",
    'SELECT * FROM pg_catalog.pg_statistic',
    'SELECT * FROM pg_stats_ext_exprs',
    'SELECT query FROM pg_stat_activity',
    'SELECT query FROM extensions.pg_stat_statements',
    'SELECT data FROM pg_largeobject',
    'SELECT rolpassword FROM pg_authid',
    'SELECT passwd FROM pg_shadow',
    'SELECT umoptions FROM pg_user_mappings',
    'SELECT chunk_data FROM pg_toast.pg_toast_16384',
    'CREATE TABLE kept AS SELECT * FROM pg_stats',
    'CREATE TRIGGER t AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION log()',
    'CREATE STATISTICS s ON (lower(email)), id FROM users',
  ],
  'COPY (21)': [
    'COPY users TO STDOUT',
    'COPY users (id, email) TO STDOUT (FORMAT binary)',
    'COPY public.users TO STDOUT (FORMAT csv)',
    'COPY (SELECT email FROM users) TO STDOUT',
    'COPY (SELECT * FROM users) TO STDOUT',
    'COPY (TABLE users) TO STDOUT',
    'COPY (UPDATE users SET name = $1 RETURNING email) TO STDOUT',
    'COPY user_list TO STDOUT',
    'COPY app."Odd Case" TO STDOUT',
  ],
  'copying away (22)': [
    'INSERT INTO notes SELECT email FROM users',
    'INSERT INTO notes (body) SELECT upper(email) FROM users',
    'INSERT INTO notes SELECT * FROM users',
    'INSERT INTO users (name) SELECT email FROM users',
    'INSERT INTO notes VALUES (1, (SELECT email FROM users LIMIT 1))',
    'INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = users.email',
    'INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.email',
    'UPDATE notes SET email = excluded.email FROM users AS excluded',
    'MERGE INTO notes USING users AS excluded ON true WHEN MATCHED THEN UPDATE SET email = excluded.email',
    'INSERT INTO users (id) SELECT excluded.id FROM orders excluded ON CONFLICT (id) DO UPDATE SET name = excluded.email',
    'UPDATE users SET name = email',
    'UPDATE users SET email = lower(email)',
    'UPDATE users SET (name, status) = (email, 1)',
    'UPDATE users SET (status, name) = (SELECT 1, email)',
    'UPDATE notes SET body = u.email FROM users u',
    'UPDATE notes SET body = (SELECT email FROM users LIMIT 1)',
    'MERGE INTO notes n USING users u ON u.id = n.id WHEN MATCHED THEN UPDATE SET body = u.email',
    'MERGE INTO notes n USING users u ON u.id = n.id WHEN NOT MATCHED THEN INSERT (body) VALUES (u.email)',
    'CREATE TABLE t AS SELECT email FROM users',
    'CREATE TEMP TABLE t AS TABLE users',
    'CREATE MATERIALIZED VIEW t AS SELECT * FROM users',
    'CREATE VIEW t AS SELECT email FROM users',
    'CREATE RECURSIVE VIEW t (e) AS SELECT email FROM users',
    'CREATE TABLE t AS EXECUTE p',
    'EXPLAIN ANALYZE CREATE TABLE t AS EXECUTE p',
    'SELECT * INTO t FROM users',
    'SELECT email INTO TEMP t FROM users',
    'SELECT 1 UNION SELECT ssn FROM users ORDER BY 1',
    'CREATE FUNCTION f() RETURNS text BEGIN ATOMIC SELECT email FROM users; END',
    'CREATE RULE r AS ON UPDATE TO orders DO ALSO SELECT email FROM users',
    'ALTER TABLE users RENAME COLUMN email TO x',
    'ALTER TABLE users RENAME TO x',
    'ALTER TABLE users SET SCHEMA app',
    'ALTER TABLE users ALTER COLUMN email TYPE text USING upper(email)',
    'ALTER TABLE orders ATTACH PARTITION users DEFAULT',
    'ALTER SCHEMA public RENAME TO x',
    'ALTER VIEW user_list RENAME TO x',
    'CREATE TABLE t () INHERITS (users)',
    'CREATE TABLE t (LIKE users)',
    'CREATE PUBLICATION p FOR TABLE users',
    "CREATE POLICY p ON users USING (email LIKE 'a%')",
    'SELECT * FROM brand_new',
    'SELECT id FROM pg_temp.unknown_table',
  ],
};

describe('undisclosable', () => {
  before(loadModule);

  for (const sql of everyday) {
    it(`lets pass: ${sql}`, () => {
      assert.equal(reason(sql), undefined);
    });
  }

  for (const [kind, statements] of Object.entries(attacks)) {
    describe(kind, () => {
      for (const sql of statements) {
        it(`refuses: ${sql}`, () => {
          assert.equal(typeof reason(sql), 'string');
        });
      }
    });
  }

  it('lets all of it pass where nothing is hidden', () => {
    for (const sql of Object.values(attacks).flat()) assert.equal(reason(sql, hidesNothing), undefined, sql);
  });

  it('asks only about what is hidden from this identity', () => {
    const hidesSsn: MaskPlan = { hidden: new Map([['public.users.ssn', 'redact']]), detect: [] };
    assert.equal(reason('SELECT upper(email) FROM users ORDER BY email', hidesSsn), undefined);
    assert.equal(reason('SELECT * FROM user_list', hidesSsn), undefined);
    assert.equal(typeof reason('SELECT upper(ssn) FROM users', hidesSsn), 'string');
    assert.equal(typeof reason('SELECT row_to_json(u) FROM users u', hidesSsn), 'string');
  });

  it('refuses to read anything while the configuration of sensitive columns is wrong', () => {
    const wrong = { ...catalog, problems: ['public.users.emial is not there'] };
    assert.equal(reason('SELECT id FROM orders', hidesAll, wrong), 'public.users.emial is not there');
    assert.equal(reason('SELECT 1', hidesAll, wrong), undefined);
    assert.equal(reason('SELECT id FROM orders', hidesNothing, wrong), undefined);
  });

  it('names the column, what is done with it, and what to do instead', () => {
    const rows: [string, RegExp][] = [
      ['SELECT upper(email) FROM users', /^public\.users\.email is hidden from you, and this would compute/],
      ['SELECT id FROM users ORDER BY ssn', /^public\.users\.ssn is hidden .* sort by it/],
      ['SELECT * FROM (SELECT * FROM users) s', /\(it is in the \*\) .* carry it out of a sub-select/],
      ['SELECT email FROM users UNION SELECT 1', /set operation/],
      ['SELECT u FROM users u', /^u is a whole row with public\.users\.email in it/],
      ['SELECT u.row_to_json FROM users u', /^u\.row_to_json is no known column/],
      ['SELECT upper(email) FROM users', /outermost query.* by = in WHERE, or write to it$/],
      ['SELECT * FROM user_list', /the view user_list could show public\.users\.email/],
      ['SELECT * FROM brand_new', /brand_new is not known here/],
    ];
    for (const [sql, expected] of rows) assert.match(reason(sql) ?? '', expected, sql);
  });
});

describe('uses', () => {
  before(loadModule);

  const rows: [string, string][] = [
    ['SELECT email FROM users', ''],
    ['SELECT id FROM users WHERE id = 1', ''],
    ['SELECT upper(email) FROM users', ''],
    ['SELECT id FROM users WHERE email = $1', 'equality'],
    ["SELECT id FROM users WHERE email = $1 OR email LIKE 'a%'", 'equality pattern'],
    ["SELECT id FROM users WHERE lower(email) LIKE 'a%'", 'pattern'],
    ["SELECT id FROM users WHERE email BETWEEN 'a' AND 'b'", 'range'],
    ['SELECT id FROM users ORDER BY email', 'order'],
    ['SELECT email FROM users ORDER BY 1', 'order'],
    ['SELECT count(*) FROM users GROUP BY email', 'group'],
    ['SELECT 1 FROM users u JOIN orders o ON o.email = u.email', 'join'],
    ['SELECT 1 FROM users JOIN orders USING (email)', 'join'],
    ['SELECT 1 FROM orders o JOIN notes n ON n.email = o.email', ''],
    ['INSERT INTO notes SELECT email FROM users', 'copy'],
    ['COPY users TO STDOUT', 'copy'],
    ['UPDATE users SET email = $1', 'write'],
    ['UPDATE users SET name = $1', ''],
    ['INSERT INTO users VALUES ($1, $2)', 'write'],
    ['INSERT INTO users (id) VALUES ($1)', ''],
  ];
  for (const [sql, expected] of rows) {
    it(`${sql} → ${expected || 'none'}`, () => {
      assert.deepEqual(
        referencesOf(sql).flatMap((one) => uses(one, catalog)),
        expected.split(' ').filter(Boolean),
      );
    });
  }
});

describe('unknownRelations', () => {
  before(loadModule);

  it('names what the catalog does not know', () => {
    const rows: [string, string[]][] = [
      ['SELECT * FROM users u JOIN brand_new b USING (id)', ['brand_new']],
      ['WITH fresh AS (SELECT 1) SELECT * FROM fresh', []],
      ['SELECT * FROM generate_series(1, 2)', []],
    ];
    for (const [sql, names] of rows) {
      assert.deepEqual(
        referencesOf(sql).flatMap((one) => unknownRelations(one, catalog)),
        names,
        sql,
      );
    }
  });
});

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import type { Finding, LineageCatalog, LineageRelation, StatementLineage } from './lineage.ts';
import { lineageOf } from './lineage-of.ts';

const relations: readonly LineageRelation[] = [
  relation('users', 'id name email:email ssn:ssn vip:vip payload:payload#/user/phone'),
  relation('contacts', 'id user_id email:contact'),
  relation('orders', 'id user_id total note'),
  relation('twins', 'id email:twin', 'one'),
  relation('twins', 'id note extra', 'two'),
];

function relation(name: string, columns: string, schema = 'public'): LineageRelation {
  return {
    schema,
    name,
    oid: 1,
    ruleReads: [],
    columns: columns.split(' ').map((text) => {
      const [column = '', resource] = text.split(':');
      const [, pointer] = resource?.split('#/') ?? [];
      const origin =
        resource === undefined
          ? []
          : [{ resource, plain: true, ...(pointer === undefined ? {} : { pointer: pointer.split('/') }) }];
      return { name: column, typeOid: column === 'id' ? 23 : 25, origins: origin };
    }),
  };
}

const sets = new Set([
  'generate_series',
  'unnest',
  'regexp_split_to_table',
  'jsonb_array_elements',
  'json_each',
  'jsonb_each',
]);
const catalog: LineageCatalog = {
  relations: (schema, name) =>
    relations.filter((it) => it.name === name && (schema === undefined || it.schema === schema)),
  returnsSet: (name) => sets.has(name),
  shadowsType: (name) => name === 'bpchar',
  redefines: () => false,
  readBy: (_, name) => (name === 'tell' ? ['email'] : name === 'dark' ? undefined : []),
};

before(() => loadModule());

function trace(sql: string): StatementLineage {
  const [{ stmt } = {}] = parseSync(sql).stmts ?? [];
  assert.ok(stmt);
  return lineageOf(stmt, catalog);
}

/** `email` plain, `~email` computed, `-` clear, `…` in front: any number of columns. */
function outputs({ outputs: columns }: StatementLineage): string {
  if (columns === undefined) return 'another text tells';
  return columns
    .map(({ origins, spread }) => {
      const shown = origins.map(({ resource, plain }) => (plain ? resource : `~${resource}`)).join('+');
      return `${spread ? '…' : ''}${shown === '' ? '-' : shown}`;
    })
    .join(' ');
}

const finding = ({ use, resources, with: others, leaks }: Finding): string =>
  `${use ?? ''}(${resources.join()}${others === undefined ? '' : `|${others.join()}`})${leaks === undefined ? '' : '!'}`;

/** SQL, its columns, what is done with hidden values (`!`: that would give them away). */
const rows: readonly (readonly [sql: string, outputs: string, findings?: string])[] = [
  // Names
  ['SELECT id, email FROM users', '- email'],
  ['SELECT * FROM users', '- - email ssn vip payload#/user/phone'],
  [
    'SELECT u.*, o.note FROM users u JOIN orders o ON o.user_id = u.id',
    '- - email ssn vip payload#/user/phone -',
  ],
  ['SELECT e FROM (SELECT email AS e FROM users) x', 'email'],
  ['SELECT b FROM (SELECT id, email FROM users) x(a, b)', 'email'],
  ['SELECT x.b FROM users x(a, n, b)', 'email'],
  ['WITH x AS (SELECT email FROM users) SELECT * FROM x', 'email'],
  ['WITH users AS (SELECT 1 AS email) SELECT email FROM users', '-'],
  ['WITH users AS (SELECT 1 AS email) SELECT email FROM public.users', 'email'],
  ['SELECT (SELECT email FROM users WHERE id = o.user_id) FROM orders o', 'email'],
  ['SELECT (u).email, (u).id FROM users u', 'email -'],
  ['SELECT (u).* FROM users u', '- - email ssn vip payload#/user/phone'],
  ['SELECT email FROM users CROSS JOIN orders', 'email'],
  ['SELECT x.email FROM (users CROSS JOIN orders) x', 'email'],
  ['TABLE contacts', '- - contact'],
  ['SELECT xmin, ctid, u.tableoid FROM users u', '- - -'],
  ['SELECT id FROM users ORDER BY id', '-'],
  // The server looks for a column everywhere before it takes a range as a whole.
  ['SELECT (SELECT email FROM orders email) FROM users', 'email'],
  ['SELECT (SELECT xmin FROM (SELECT 1) q) FROM (SELECT email AS xmin FROM users) o', 'email'],
  ['SELECT (SELECT public.users.email FROM (SELECT 1 AS email) users) FROM users', 'email'],
  ['SELECT (SELECT users.email FROM (SELECT 1 AS email) users) FROM users', '-'],
  ['SELECT (SELECT x FROM (SELECT email) s(x)) FROM users', 'email'],
  // Computed
  [
    'SELECT upper(email), email || ssn, email::text, left(email, 1) FROM users',
    '~email ~email+~ssn email ~email',
  ],
  ['SELECT u FROM users u', '~email+~ssn+~vip+~payload#/user/phone'],
  ['SELECT row_to_json(u) FROM users u', '~email+~ssn+~vip+~payload#/user/phone'],
  [
    'SELECT u.row_to_json FROM users u',
    '~email+~ssn+~vip+~payload#/user/phone',
    '(email,ssn,vip,payload#/user/phone)!',
  ],
  ['SELECT max(email), count(email), count(*) FROM users', '~email - -'],
  ['SELECT count(DISTINCT email) FROM users', '-', 'group(email)'],
  ['SELECT string_agg(email, $1) FROM users', '~email'],
  ['SELECT string_agg(name, $1 ORDER BY email) FROM users', '-', 'order(email)!'],
  ['SELECT lag(email) OVER (ORDER BY id) FROM users', '~email'],
  ['SELECT row_number() OVER (ORDER BY email) FROM users', '-', 'order(email)!'],
  ['SELECT coalesce(email, $1) FROM users', '~email'],
  ['SELECT ARRAY(SELECT email FROM users)', '~email'],
  ['SELECT EXISTS (SELECT email FROM users)', '-'],
  ['SELECT email IS NULL FROM users', '-'],
  ['SELECT email::varchar(3), email::int FROM users', '~email ~email', '(email)!'],
  ['SELECT md5(email) = $1 FROM users', '~email', 'pattern(email)!'],
  ['SELECT id FROM users WHERE length(email) > 5', '-', 'range(email)!'],
  ['SELECT repeat(email, 9) FROM users', '~email', '(email)!'],
  ['SELECT generate_series(1, ascii(email)) FROM users', '~email', '(email)!'],
  ['SELECT 1 FROM users u, generate_series(1, ascii(u.email))', '-', '(email)!'],
  ["SELECT CASE WHEN vip = 'x' THEN 1 ELSE 1/0 END FROM users", '~vip', 'equality(vip)'],
  ['SELECT CASE WHEN vip::bool THEN 1 ELSE 1/0 END FROM users', '~vip', '(vip)!;(vip)!'],
  ["SELECT CASE email WHEN 'a' THEN 1 END FROM users", '~email', 'equality(email)'],
  ['SELECT substr($1, 1, ascii(email)) FROM users', '~email', '(email)!'],
  ['SELECT format(email) FROM users', '~email', '(email)!'],
  ['SELECT sum(id) FILTER (WHERE email IS NULL), array_agg(email) FROM users', '- ~email'],
  ['SELECT array_agg(upper(email)) FROM users', '~email', '(email)!'],
  ['SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY email) FROM users', '-', 'order(email)!'],
  // A type or an operator of somebody's may do anything.
  ['SELECT email::archive.text FROM users', '~email', '(email)!'],
  ['SELECT email::bpchar FROM users', '~email', '(email)!'],
  // What gets too large or not tells how long a value is, and trimming what it says.
  ["SELECT repeat('x', 1000000000) || email FROM users", '~email', '(email)!'],
  ["SELECT $1 || ltrim(email, 'b') FROM users", '~email', '(email)!'],
  ["SELECT email || ' ' || name, upper(email) || $1 FROM users", '~email ~email'],
  ['SELECT big || email FROM users, repeat($1, 9) big', '~email', '(email)!'],
  ['SELECT random(1, id), random(1, ssn) FROM users', '- ~ssn', '(ssn)!'],
  // Set operations
  ['SELECT email FROM users UNION ALL SELECT note FROM orders', '~email'],
  ['SELECT email FROM users UNION ALL SELECT email FROM users', 'email'],
  ['SELECT note FROM orders UNION ALL SELECT upper(email) FROM users', '~email'],
  [
    'SELECT email FROM users UNION SELECT email FROM contacts',
    '~email+~contact',
    'join(email|contact);join(contact|email);group(email);group(contact)',
  ],
  ['SELECT email FROM users INTERSECT SELECT note FROM orders', '~email', 'join(email|);group(email)'],
  [
    'WITH RECURSIVE r(n, e) AS (SELECT 1, note FROM orders UNION ALL SELECT n + 1, u.email FROM r, users u) SELECT * FROM r',
    '- ~email',
  ],
  [
    'WITH RECURSIVE r AS (SELECT id, email AS a, note AS b FROM users, orders UNION ALL SELECT id, b, a FROM r) SELECT * FROM r',
    '- ~email ~email',
  ],
  [
    'WITH RECURSIVE r AS (SELECT id, email AS e FROM users UNION ALL SELECT id + 1, e FROM r WHERE id < 3) SELECT * FROM r',
    '- email',
  ],
  // Conditions
  ["SELECT id FROM users WHERE email = 'a' AND id > 3", '-', 'equality(email)'],
  ["SELECT id FROM users WHERE email IN ('a', $1)", '-', 'equality(email)'],
  ['SELECT id FROM users WHERE email = ANY ($1)', '-', 'equality(email)'],
  ["SELECT id FROM users WHERE email LIKE 'a%'", '-', 'pattern(email)!'],
  ["SELECT id FROM users WHERE email OPERATOR(mine.=) 'a'", '-', 'pattern(email)!'],
  ['SELECT id FROM users WHERE email BETWEEN $1 AND $2', '-', 'range(email)!'],
  ["SELECT id FROM users WHERE (id, email) = (1, 'a')", '-', 'equality(email)'],
  ["SELECT id FROM users WHERE (id, email) IN ((1, 'a'), (2, 'b'))", '-', 'equality(email)'],
  ["SELECT id FROM users WHERE (id, email) > (1, 'a')", '-', 'range(email)!'],
  ['SELECT id FROM users WHERE vip', '-', 'pattern(vip)!'],
  ['SELECT id FROM users ORDER BY email', '-', 'order(email)!'],
  ['SELECT email AS e FROM users ORDER BY e', 'email', 'order(email)!'],
  ['SELECT id, email FROM users ORDER BY 2', '- email', 'order(email)!'],
  ['SELECT email, count(*) FROM users GROUP BY email HAVING count(*) > 1', 'email -', 'group(email)'],
  ['SELECT left(email, 1) AS l, count(*) FROM users GROUP BY l', '~email -', 'group(email)!'],
  ['SELECT DISTINCT email FROM users', 'email', 'group(email)'],
  // These sort, and show in which order.
  ['SELECT id, count(*) OVER (PARTITION BY email) FROM users', '- -', 'order(email)!'],
  ['SELECT DISTINCT ON (email) id FROM users', '-', 'order(email)!'],
  ['SELECT min(id) FROM users GROUP BY ROLLUP (email, id)', '-', 'order(email)!'],
  ['SELECT count(DISTINCT email), array_agg(id) FROM users', '- -', 'group(email);order(email)!'],
  ['SELECT count(DISTINCT email), max(id) FROM users', '- -', 'group(email)'],
  ['SELECT id FROM users HAVING max(email) > $1', '-', 'range(email)!'],
  [
    'SELECT u.id FROM users u JOIN contacts c ON c.email = u.email',
    '-',
    'join(contact|email);join(email|contact)',
  ],
  ['SELECT u.id FROM users u JOIN contacts c USING (email)', '-', 'join(email|contact);join(contact|email)'],
  [
    'SELECT * FROM contacts NATURAL JOIN (SELECT email FROM users) x',
    'contact+email - -',
    'join(contact|email);join(email|contact)',
  ],
  ["SELECT id FROM users JOIN (VALUES ('a')) v(email) USING (email)", '-', 'join(email|)'],
  ['SELECT id FROM users WHERE email IN (SELECT note FROM orders)', '-', 'join(email|)'],
  [
    'SELECT id FROM users WHERE email IN (SELECT email FROM contacts)',
    '-',
    'join(email|contact);join(contact|email)',
  ],
  ['SELECT id FROM users LIMIT (SELECT ascii(email) FROM users)', '-', 'pattern(email)!'],
  ['SELECT id FROM (SELECT id, email = $1 AS hit FROM users) x WHERE hit', '-', 'equality(email)'],
  // Documents
  ["SELECT payload->>'kind', payload->'user'->>'name' FROM users", '- -'],
  [
    "SELECT payload->'user', payload#>>'{user,phone}', payload[$1] FROM users",
    '~payload#/user/phone ~payload#/user/phone ~payload#/user/phone',
  ],
  ["SELECT id FROM users WHERE payload->>'kind' = 'x' ORDER BY payload->'n'", '-'],
  ["SELECT id FROM users WHERE payload @> '{}'", '-', 'pattern(payload#/user/phone)!'],
  ["SELECT x->>'sku' FROM users, jsonb_array_elements(payload->'items') x", '-'],
  ["SELECT payload#>>'{user,phone}', payload#>'{user,name}' FROM users", '~payload#/user/phone -'],
  [
    "SELECT payload#>>'{01,phone}', payload#>ARRAY[' -2','phone'] FROM users",
    '~payload#/user/phone ~payload#/user/phone',
  ],
  ['SELECT k FROM users, jsonb_each(payload) k', '~payload#/user/phone', '(payload#/user/phone)!'],
  ["SELECT jsonb_set(payload, '{level}', '9') FROM users", 'payload#/user/phone'],
  [
    "SELECT jsonb_set(payload, '{user,phone}', '9') FROM users",
    '~payload#/user/phone',
    '(payload#/user/phone)!',
  ],
  ["UPDATE users SET payload = jsonb_set(payload, '{level}', '9')", '', 'write(payload#/user/phone)'],
  // Writes
  [
    "INSERT INTO users (id, email) VALUES (1, 'a') RETURNING id, email, new.email",
    '- email email',
    'write(email)',
  ],
  ['INSERT INTO orders (note) SELECT email FROM users', '', 'copy(email)!'],
  ['INSERT INTO users (id, email) SELECT id + 9, email FROM users', '', 'write(email)'],
  ['UPDATE orders SET note = email FROM users', '', 'copy(email)!'],
  ['UPDATE users SET (name, email) = (SELECT note, note FROM orders)', '', 'write(email)'],
  ['UPDATE users SET email = left(email, 3)', '', 'write(email);copy(email)!'],
  [
    "INSERT INTO users (id, email) VALUES (1, 'a') ON CONFLICT (email) DO UPDATE SET email = excluded.email",
    '',
    'write(email);equality(email)',
  ],
  ['DELETE FROM users WHERE id = 1 RETURNING *', '- - email ssn vip payload#/user/phone'],
  [
    'MERGE INTO orders o USING users u ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET note = u.email',
    '',
    'copy(email)!',
  ],
  ['WITH d AS (DELETE FROM users RETURNING email) SELECT upper(email) FROM d', '~email'],
  ['CREATE TABLE t AS SELECT email FROM users', '', 'copy(email)!'],
  ['SELECT email INTO t FROM users', '', 'copy(email)!'],
  ['COPY users (id, email) TO STDOUT', '- email'],
  ['COPY (SELECT upper(email) FROM users) TO STDOUT', '~email'],
  // Other statements
  ['EXPLAIN SELECT email FROM users', '-'],
  ["EXPLAIN SELECT id FROM users WHERE email < 'm'", '-', 'range(email)!'],
  ["EXPLAIN ANALYZE SELECT id FROM users WHERE email = 'm'", '-', 'equality(email)'],
  ['EXPLAIN ANALYZE SELECT id FROM (SELECT id, email FROM users) x', '-', '(email)!'],
  ['CLUSTER users USING users_email_key', '', '(email,ssn,vip,payload#/user/phone)!'],
  ['DECLARE c CURSOR FOR SELECT upper(email) FROM users', '~email'],
  ['FETCH ALL FROM c', 'another text tells'],
  ['ALTER TABLE users RENAME email TO mail', '', '(email,ssn,vip,payload#/user/phone)!'],
  ['SELECT tell()', '-', '(email)!'],
  // What nobody knows
  ['SELECT * FROM twins', '…- …twin …- …-'],
  ['SELECT email FROM twins', 'twin'],
  ['SELECT frob(x) FROM generate_series(1, 2) x', '-'],
  ['SELECT * FROM users u, json_each($1) j', '- - email ssn vip payload#/user/phone …-'],
  [
    'SELECT nothing FROM users',
    '~email+~ssn+~vip+~payload#/user/phone',
    '(email,ssn,vip,payload#/user/phone)!',
  ],
];

describe('lineage', () => {
  for (const [sql, columns, findings = ''] of rows) {
    test(sql, () => {
      const found = trace(sql);
      assert.equal(outputs(found), columns);
      assert.equal(found.findings.map(finding).join(';'), findings);
      assert.deepEqual([found.opaque, found.unknown], [[], []]);
    });
  }
});

const token = 'tok_aac9fc47_FVnj5xFVnj5xFVnj5xFVnj5x';

test('an = of somebody’s own may compare in any way', () => {
  const others = { ...catalog, redefines: (operator: string) => operator === '=' };
  for (const sql of [
    "SELECT FROM users WHERE email = 'a'",
    "SELECT FROM users WHERE email IN ('a')",
    'SELECT FROM users JOIN contacts USING (email)',
    'SELECT FROM users WHERE email IN (SELECT email FROM contacts)',
  ]) {
    const [{ stmt } = {}] = parseSync(sql).stmts ?? [];
    assert.ok(stmt);
    assert.ok(
      lineageOf(stmt, others).findings.some(({ leaks }) => leaks !== undefined),
      sql,
    );
  }
});

test('places for tokens', () => {
  const places = (sql: string): unknown =>
    trace(sql).tokens.map(({ resource, kind }) => `${kind} ${resource}`);
  assert.deepEqual(places(`SELECT FROM users WHERE email = '${token}'`), ['literal email']);
  assert.deepEqual(places(`SELECT FROM users WHERE email IN ($1, '${token}')`), [
    'parameter email',
    'literal email',
  ]);
  assert.deepEqual(places('UPDATE users SET email = $1 WHERE ssn = ANY ($2)'), [
    'parameter email',
    'parameter ssn',
  ]);
  assert.deepEqual(places(`INSERT INTO users (id, email) VALUES (1, '${token}'), (2, $1)`), [
    'literal email',
    'parameter email',
  ]);
  assert.deepEqual(places('COPY users (id, email) FROM STDIN'), ['copied email']);
  assert.deepEqual(places(`SELECT FROM users WHERE name = '${token}'`), []);
  assert.equal(trace(`SELECT FROM users WHERE name = '${token}'`).looseTokens, true);
  assert.equal(trace(`SELECT FROM users WHERE email = '${token}'`).looseTokens, false);
});

/** `!`: it may be another column, or another value. */
const uncertain: readonly (readonly [sql: string, places: string])[] = [
  [`SELECT FROM users WHERE email = '${token}'::text AND ssn = $1::varchar`, 'email ssn'],
  [`SELECT FROM users WHERE email = ANY ('{${token}}'::text[])`, 'email'],
  [`SELECT FROM users WHERE email = '${token}'::varchar(3)`, 'email!'],
  [`SELECT FROM users WHERE email = '${token}'::mine`, 'email!'],
  [`SELECT FROM users WHERE email = ($1::varchar(3))::text`, 'email!'],
  ['PREPARE p (varchar, mine) AS SELECT FROM users WHERE email = $1 AND ssn = $2', 'email ssn!'],
  ['PREPARE p (text, varchar(2)) AS SELECT FROM users WHERE email = $1 AND ssn = $2', 'email ssn!'],
  [`SELECT FROM twins WHERE email = '${token}'`, 'twin!'],
  [`INSERT INTO twins VALUES (1, '${token}')`, 'twin!'],
  ['COPY twins FROM STDIN', 'twin!'],
  [`SELECT FROM one.twins WHERE email = '${token}'`, 'twin'],
  [`INSERT INTO users (id, payload) VALUES (1, '"${token}"')`, 'payload#/user/phone!'],
];

describe('where a token may not be turned back', () => {
  for (const [sql, places] of uncertain) {
    test(sql, () => {
      const found = trace(sql).tokens.map(({ resource, unsure }) => resource + (unsure ? '!' : ''));
      assert.equal(found.join(' '), places);
    });
  }
});

test('parameters that stand elsewhere, too', () => {
  const loose = (sql: string): unknown => trace(sql).looseParameters;
  assert.deepEqual(loose('SELECT id FROM users WHERE email = $1'), []);
  assert.deepEqual(loose('SELECT $1 FROM users WHERE email = $1'), [1]);
  assert.deepEqual(loose('SELECT id FROM users WHERE email = lower($1) AND id = $2'), [1, 2]);
  assert.equal(trace('SELECT $3 FROM users WHERE email = $12').parametersMax, 12);
  assert.deepEqual(loose('UPDATE users SET email = $2, name = $2 WHERE id = $1'), [2, 1]);
});

test('what EXECUTE gives', () => {
  const { given, arguments: tokens } = trace(`EXECUTE p ('${token}', -5, 0.5, NULL, true, 1 + 1, 'a'::text)`);
  assert.deepEqual(given, [token, '-5', '0.5', null, 'true', undefined, undefined]);
  assert.deepEqual(
    tokens.map(({ index }) => index),
    [0],
  );
});

test('what is not known is said', () => {
  assert.deepEqual(trace('SELECT * FROM gone').unknown, ['gone']);
  assert.equal(trace('SELECT dark()').opaque.length, 1);
});

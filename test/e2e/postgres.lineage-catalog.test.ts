import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { planted, plantedColumns, plantedIn, plantedShop } from '../fixtures/planted.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// What masking must know of a target beside its tables: views by their definitions, functions by their bodies.

const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema, execute] }
`;

const more = `
  CREATE VIEW shown AS SELECT id AS number, email AS contact, upper(email) AS loud, name FROM users;
  CREATE VIEW again (a, b, c, d) AS SELECT * FROM shown;
  CREATE VIEW few AS SELECT id FROM users WHERE email LIKE '%@%' ORDER BY email;
  CREATE VIEW both_kinds AS SELECT name AS x FROM users UNION ALL SELECT email FROM users;
  CREATE MATERIALIZED VIEW stored AS SELECT lower(email) AS mail, count(*) AS n FROM users GROUP BY email;
  CREATE VIEW looped AS WITH RECURSIVE r AS (SELECT id, email AS e FROM users UNION ALL SELECT id + 1, e FROM r WHERE id < 3) SELECT * FROM r;
  CREATE DOMAIN mail_address AS text;
  CREATE TABLE addresses (id int, mail mail_address);
  INSERT INTO addresses VALUES (1, '${planted.email}');
  CREATE FUNCTION total(int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT sum(total) FROM public.orders WHERE user_id = $1';
  CREATE FUNCTION atomic(int) RETURNS bigint STABLE BEGIN ATOMIC SELECT sum(total) FROM orders WHERE user_id = $1; END;
  CREATE FUNCTION returned(int) RETURNS int IMMUTABLE RETURN $1 + 1;
  CREATE FUNCTION sum_up(who int) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
    DECLARE found_sum bigint := 0; line record;
    BEGIN
      FOR line IN SELECT total FROM public.orders WHERE user_id = who LOOP found_sum := found_sum + line.total; END LOOP;
      RETURN found_sum;
    END $$;
  CREATE FUNCTION nested(int) RETURNS bigint LANGUAGE sql AS 'SELECT public.sum_up($1)';
  CREATE FUNCTION mail_of(int) RETURNS text LANGUAGE sql AS 'SELECT email FROM public.users WHERE id = $1';
  CREATE FUNCTION begins(text) RETURNS bigint LANGUAGE sql AS $$SELECT count(*) FROM public.users WHERE email LIKE $1$$;
  CREATE FUNCTION mail_by_plpgsql(who int) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE it text; BEGIN SELECT email INTO it FROM public.users WHERE id = who; RETURN it; END $$;
  CREATE FUNCTION nested_mail(int) RETURNS text LANGUAGE sql AS 'SELECT public.mail_of($1)';
  CREATE FUNCTION made_up(text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE it text; BEGIN EXECUTE 'SELECT ' || $1 || ' FROM public.users LIMIT 1' INTO it; RETURN it; END $$;
  CREATE VIEW by_function AS SELECT id, mail_of(id) AS m FROM users;
  CREATE FUNCTION ping(int) RETURNS text LANGUAGE sql AS 'SELECT public.pong($1) || min(email) FROM public.users';
  CREATE FUNCTION pong(int) RETURNS text LANGUAGE sql AS 'SELECT CASE WHEN $1 > 0 THEN public.ping($1 - 1) ELSE $$$$ END';
  CREATE FUNCTION by_view() RETURNS text LANGUAGE sql AS 'SELECT min(email) FROM public.users WHERE NOT EXISTS (SELECT FROM public.by_it)';
  CREATE VIEW by_it AS SELECT by_view() AS mail FROM users WHERE id = 0;
  CREATE FUNCTION by_default(it text DEFAULT public.mail_of(1)) RETURNS text LANGUAGE sql AS 'SELECT $1';
  CREATE FUNCTION by_default_too(it text DEFAULT public.mail_of(1)) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN it; END';
  CREATE FUNCTION by_xml() RETURNS text LANGUAGE sql AS $$SELECT query_to_xml('SELECT email FROM public.users', true, true, '')::text$$;
  CREATE FUNCTION by_cursor(it refcursor) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE mail text; BEGIN FETCH it INTO mail; RETURN mail; END $$;
  CREATE FUNCTION by_own_cursor() RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE it CURSOR FOR SELECT total FROM public.orders; found_total bigint;
    BEGIN OPEN it; FETCH it INTO found_total; CLOSE it; RETURN found_total; END $$;
  CREATE FUNCTION by_place() RETURNS text LANGUAGE plpgsql AS $$
    DECLARE it text[]; BEGIN it[length((SELECT min(email) FROM public.users))] := 'x'; RETURN array_dims(it); END $$;
  CREATE FUNCTION by_place_too() RETURNS text LANGUAGE plpgsql AS $$
    DECLARE it text[]; BEGIN it[(SELECT ascii(min(email)) FROM public.users)::int] := 'x'; RETURN array_dims(it); END $$;
  CREATE FUNCTION item(int) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE it text[]; BEGIN it[1] := 'x'; it[$1 + 1] := 'y'; RETURN it[2]; END $$;
  CREATE FUNCTION likes(text, text) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.users WHERE email LIKE $1)';
  CREATE OPERATOR public.@@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = likes);
  CREATE FUNCTION by_operator(text) RETURNS bool LANGUAGE sql AS 'SELECT $1 OPERATOR(public.@@@) $1';
  CREATE FUNCTION to_user(text) RETURNS users LANGUAGE sql AS 'SELECT * FROM public.users LIMIT 1';
  CREATE CAST (text AS users) WITH FUNCTION to_user(text);
  CREATE FUNCTION by_cast(text) RETURNS text LANGUAGE sql AS 'SELECT ($1::public.users)::text';
  CREATE FUNCTION by_field(orders) RETURNS text LANGUAGE sql AS 'SELECT min(email) FROM public.users';
  CREATE FUNCTION by_dot() RETURNS text LANGUAGE sql AS 'SELECT o.by_field FROM public.orders o';
  CREATE VIEW common AS SELECT tablename, most_common_vals::text AS most FROM pg_stats WHERE tablename = 'users';
  CREATE FUNCTION itself(n int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN $1 > 0 THEN public.itself($1 - 1) ELSE 0 END';
  CREATE FUNCTION even(n int) RETURNS bool LANGUAGE sql AS 'SELECT $1 = 0 OR public.odd($1 - 1)';
  CREATE FUNCTION odd(n int) RETURNS bool LANGUAGE sql AS 'SELECT $1 <> 0 AND (public.even($1 - 1) OR public.third($1))';
  CREATE FUNCTION third(n int) RETURNS bool LANGUAGE sql AS 'SELECT $1 < 0 AND (public.odd($1) OR public.even($1))';
  CREATE FUNCTION ring(n int) RETURNS bool LANGUAGE sql AS 'SELECT public.round_it($1)';
  CREATE FUNCTION round_it(n int) RETURNS bool LANGUAGE sql AS 'SELECT public.ring($1) OR public.last_of_it($1)';
  CREATE FUNCTION last_of_it(n int) RETURNS bool LANGUAGE sql AS 'SELECT public.round_it($1) OR EXISTS (SELECT FROM public.users WHERE email LIKE $$q%$$)';
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;
let crew: Visitor;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(plantedShop);
  await direct.query('SET check_function_bodies = off');
  await direct.query(more);
  await direct.query('ANALYZE users');
  const columns = `${plantedColumns}    public.addresses.mail: email\n`;
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: columns }));
  crew = await connect(gateway);
});
after(async () => {
  await crew?.end();
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

const hidden = 'q***@***.example';

describe('views are known by their definitions', () => {
  const rows: readonly (readonly [sql: string, answer: unknown[][]])[] = [
    ['SELECT * FROM shown', [[1, hidden, '[redacted]', 'Ann']]],
    ['SELECT contact, s.loud FROM shown s', [[hidden, '[redacted]']]],
    ['SELECT * FROM again', [[1, hidden, '[redacted]', 'Ann']]],
    ['SELECT upper(d), upper(b) FROM again', [['ANN', '[redacted]']]],
    ['SELECT * FROM few', [[1]]],
    ['SELECT number FROM shown WHERE name = $$Ann$$ ORDER BY name', [[1]]],
    ['SELECT count(*) FROM both_kinds', [['2']]],
    ['SELECT * FROM stored', [['[redacted]', '1']]],
    ['SELECT n FROM stored ORDER BY n', [['1']]],
    ['SELECT DISTINCT id, e FROM looped WHERE id = 1', [[1, hidden]]],
    ['SELECT mail FROM addresses', [[hidden]]],
  ];
  for (const [sql, answer] of rows) {
    test(sql, async () => {
      assert.deepEqual(await crew.rows(sql), answer);
      assert.deepEqual(plantedIn(crew.text()), []);
    });
  }
  const refused = [
    "SELECT * FROM shown WHERE contact LIKE 'q%'",
    'SELECT number FROM shown ORDER BY loud',
    'SELECT * FROM stored ORDER BY mail',
    'SELECT m FROM by_function ORDER BY m',
  ];
  for (const sql of refused) {
    test(`refused: ${sql}`, async () => {
      assert.equal((await refusal(crew.query(sql))).code, 'undisclosable');
    });
  }
});

describe('functions are known by their bodies', () => {
  const clear: readonly (readonly [sql: string, answer: unknown])[] = [
    ['SELECT total(1)', '10'],
    ['SELECT atomic(1)', '10'],
    ['SELECT returned(1)', 2],
    ['SELECT sum_up(1)', '10'],
    ['SELECT nested(1)', '10'],
    ['SELECT itself(3)', 0],
    ['SELECT even(4)', true],
    ['SELECT third(4)', false],
    ['SELECT odd(1)', true],
    ['SELECT by_own_cursor()', '10'],
    ['SELECT item(1)', 'y'],
  ];
  for (const [sql, answer] of clear) {
    test(`${sql} reads nothing hidden`, async () => {
      assert.deepEqual(await crew.rows(sql), [[answer]]);
    });
  }
  const refused = [
    'SELECT mail_of(1)',
    "SELECT begins('q%')",
    'SELECT mail_by_plpgsql(1)',
    'SELECT nested_mail(1)',
    "SELECT made_up('email')",
    'SELECT pong(1), 1 FROM orders WHERE ping(1) IS NULL',
    'SELECT pong(1)',
    'SELECT last_of_it(1)',
    'SELECT ring(1)',
    'SELECT round_it(1)',
    'SELECT by_view(), mail FROM by_it',
    'SELECT by_default()',
    'SELECT by_default_too()',
    'SELECT by_xml()',
    "SELECT by_cursor('c')",
    'SELECT by_place()',
    'SELECT by_place_too()',
    "SELECT by_operator('q%')",
    "SELECT by_cast('')",
    'SELECT by_dot()',
    'SELECT id, tell() FROM orders',
    'SELECT 1 FROM orders WHERE total = length(mail_of(1))',
  ];
  for (const sql of refused) {
    test(`refused: ${sql}`, async () => {
      assert.equal((await refusal(crew.query(sql))).code, 'undisclosable');
      assert.deepEqual(plantedIn(crew.text()), []);
    });
  }
});

test('a view of what shows values of others hides them', async () => {
  const most = "SELECT most FROM common UNION ALL SELECT 'any'";
  const rows = await crew.rows(most).catch(() => []);
  assert.ok(rows.every(([it]) => it === '[redacted]' || it === null));
  assert.deepEqual(plantedIn(crew.text()), []);
});

test('a change past the gateway is noticed', async () => {
  await direct.query('CREATE VIEW turned AS SELECT id, name AS shown FROM users');
  const shown = (): Promise<unknown> =>
    crew.rows('SELECT upper(shown) FROM turned').then((rows) => rows[0]?.[0], String);
  await until('the view to be known', async () => (await shown()) === 'ANN');
  await direct.query('CREATE OR REPLACE VIEW turned AS SELECT id, email AS shown FROM users');
  await until('the view to be known', async () => (await shown()) === '[redacted]');
});

test('a change through the gateway counts at once', async () => {
  await crew.query('CREATE TABLE made (id int, note text)');
  await crew.query("INSERT INTO made VALUES (1, 'x')");
  assert.deepEqual(await crew.rows('SELECT upper(note) FROM made'), [['X']]);
  await crew.query('ALTER TABLE made RENAME note TO remark');
  assert.deepEqual(await crew.rows('SELECT upper(remark), made FROM made'), [['X', '(1,x)']]);
});

-- Code of the database's own that runs because somebody reads.

SELECT twice(2), public.twice(3);

SELECT order_count(1);

SELECT logged('x');

SELECT * FROM logged('x');

SELECT logged_number(1) FROM orders LIMIT 1;

SELECT sly('x');

SELECT slyer(1);

SELECT slyer(id) FROM orders;

SELECT * FROM rows_of();

SELECT rows_of(3);

SELECT (rows_of(1)).what;

SELECT * FROM ROWS FROM (rows_of(1), generate_series(1, 2));

SELECT atomic_write();

SELECT c.whole FROM customers c;

SELECT (c).whole FROM customers c WHERE id = 1;

SELECT whole(c) FROM customers c WHERE id = 1;

SELECT app.lower('X');

SET LOCAL search_path = app, pg_catalog, public;
SELECT lower('X');

SELECT 1 WHERE logged('x') = 'x';

SELECT 1 ORDER BY logged('x');

SELECT 1 LIMIT logged_number(1);

SELECT count(*) FILTER (WHERE logged(state) = 'new') FROM orders;

SELECT CASE WHEN true THEN logged('x') END;

SELECT coalesce(NULL, logged('x'));

SELECT ARRAY[logged('x')], ROW(logged('y'));

VALUES (logged('x'));

SELECT sum_logged(id) FROM orders;

SELECT sum_logged(id) OVER (ORDER BY id) FROM orders;

SELECT 1 <+> 2;

SELECT 1 OPERATOR(public.<+>) 2;

SELECT home ?= home FROM customers;

SELECT 1 FROM customers WHERE home OPERATOR(app.+) home;

SELECT ROW(1, 2, 3)::address ?= ANY (ARRAY[home]) FROM customers;

SELECT 'x'::text::address;

SELECT CAST(name AS address) FROM customers;

SELECT home::json FROM customers;

SELECT 'x'::logged_text;

SELECT CAST('x' AS public.logged_text);

SELECT name::logged_word FROM customers;

SELECT logged_text 'x';

SELECT '("x",1)'::labelled;

SELECT ARRAY['x']::logged_text[];

SELECT '{x}'::logged_word[];

SELECT * FROM json_to_record('{"a": "x"}') AS t (a logged_text);

SELECT json_populate_record(NULL::labelled, '{"label": "x"}');

SELECT * FROM json_populate_recordset(NULL::labelled, '[{"label": "x"}]');

SELECT JSON_VALUE('{"a": "x"}', '$.a' RETURNING logged_text);

SELECT * FROM JSON_TABLE('["x"]', '$[*]' COLUMNS (a logged_text PATH '$')) t;

SELECT * FROM xmltable('/a' PASSING '<a>x</a>' COLUMNS a logged_text PATH '.');

SELECT xmlserialize(CONTENT 'x' AS text), xmlcast.* FROM (SELECT 1) xmlcast;

SELECT * FROM watched;

SELECT id FROM watched WHERE name = 'x';

SELECT * FROM watched_deeper;

SELECT * FROM watched_slyly;

SELECT * FROM watched_by_operator;

SELECT * FROM watched_by_cast;

SELECT * FROM watched_by_check;

SELECT * FROM counted;

SELECT * FROM public.watched LIMIT 1;

TABLE watched;

SELECT (SELECT name FROM watched WHERE id = 1);

WITH w AS (SELECT * FROM watched) SELECT * FROM w;

SELECT 1 FROM orders WHERE EXISTS (SELECT name FROM watched OFFSET 0);

COPY (SELECT * FROM watched) TO STDOUT;

EXPLAIN ANALYZE SELECT * FROM watched;

EXPLAIN SELECT * FROM watched;

DECLARE w CURSOR FOR SELECT * FROM watched;
FETCH ALL FROM w;

PREPARE w AS SELECT * FROM watched;
EXECUTE w;

SELECT * FROM watched_once;

REFRESH MATERIALIZED VIEW watched_once;

CREATE TABLE seen AS SELECT * FROM watched;

INSERT INTO scratch SELECT id, name FROM watched;

UPDATE watched SET id = id WHERE id = 1;

-- as: agent
SELECT * FROM tenants;

-- as: agent
SELECT count(*) FROM tenant_names;

-- as: agent
SELECT t.id FROM public.tenants t WHERE id = 1;

-- as: agent
COPY tenants TO STDOUT;

CREATE VIEW later AS SELECT logged('x') AS name;
SELECT * FROM later;

CREATE FUNCTION now_there() RETURNS int LANGUAGE sql AS 'INSERT INTO audit DEFAULT VALUES RETURNING 1';
SELECT now_there();

CREATE TEMP VIEW orders AS SELECT logged('shadow');
SELECT * FROM orders;
SELECT * FROM pg_temp.orders;

CREATE OPERATOR public.= (LEFTARG = address, RIGHTARG = address, FUNCTION = equal_logged);
SELECT home = home FROM customers;

SELECT open_orders('c');
FETCH 2 FROM c;

DO 'BEGIN END';

DO $$ BEGIN DELETE FROM audit; INSERT INTO audit (what) VALUES ('do'); END $$;

DO LANGUAGE plpgsql $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM orders; END $$;

CALL refund(1);

CALL public.refund(1, NULL);

CALL refund(id => 1 + 1);

CALL look();

-- alone
CALL in_steps();

SELECT dblink_get_connections();

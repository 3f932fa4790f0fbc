-- COPY, with the client, with files, with programs.

COPY orders TO STDOUT;
COPY orders (id, state) TO STDOUT WITH (FORMAT csv, HEADER, DELIMITER ';', QUOTE '"', ESCAPE '\', NULL '-', FORCE_QUOTE *, ENCODING 'UTF8');
COPY orders TO STDOUT (FORMAT binary);
COPY BINARY orders TO STDOUT;
COPY orders TO STDOUT DELIMITERS '|' WITH NULL AS '';
COPY readings_2025 TO STDOUT;
COPY best TO STDOUT;
COPY (SELECT * FROM orders WHERE id < 3) TO STDOUT (FORMAT csv, HEADER true);
COPY (TABLE totals) TO STDOUT;
COPY (VALUES (1, 'a')) TO STDOUT;
COPY (WITH o AS (SELECT 1) SELECT * FROM o) TO STDOUT;

COPY (DELETE FROM order_items RETURNING *) TO STDOUT;

COPY (INSERT INTO audit (what) VALUES ('copied') RETURNING what) TO STDOUT;

COPY (UPDATE orders SET note = 'x' WHERE id = 1 RETURNING id) TO STDOUT;

COPY (MERGE INTO vehicles s USING (VALUES (1)) v (id) ON s.id = v.id WHEN MATCHED THEN DELETE RETURNING s.id) TO STDOUT;

COPY (WITH d AS (DELETE FROM audit RETURNING 1) SELECT count(*) FROM d) TO STDOUT;

COPY (SELECT nextval('tickets')) TO STDOUT;

COPY (SELECT logged(state) FROM orders LIMIT 1) TO STDOUT;

-- stdin: 901\tcopied
-- stdin: 902\t\N
COPY scratch FROM STDIN;

-- stdin: 903,new
COPY orders (id, state) FROM STDIN (FORMAT csv);

-- stdin: id;t
-- stdin: 1;one
COPY scratch (id, t) FROM STDIN WITH (FORMAT csv, HEADER MATCH, DELIMITER ';', FORCE_NULL (t), ON_ERROR ignore, LOG_VERBOSITY silent) WHERE id > 0;

-- stdin: 1\tx
COPY scratch FROM STDIN WHERE logged(t) = 'x';

-- stdin: 2025-07-07\t1\t2
COPY readings FROM STDIN (FREEZE false);

COPY scratch FROM STDIN;

COPY orders TO '@scratch@/orders.txt';

COPY (SELECT 1) TO '@scratch@/one.txt' (FORMAT csv);

COPY scratch (t) FROM '/etc/hosts' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', ESCAPE E'\x03');

COPY orders TO PROGRAM 'cat >/dev/null';

COPY (SELECT 1) TO PROGRAM 'cat >@scratch@/by-program.txt';

COPY scratch (t) FROM PROGRAM 'echo x';

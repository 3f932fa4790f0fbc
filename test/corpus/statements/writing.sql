-- INSERT, UPDATE, DELETE, MERGE, TRUNCATE and LOCK, in all their clauses.

INSERT INTO audit (what) VALUES ('a');
INSERT INTO audit DEFAULT VALUES;
INSERT INTO audit VALUES (DEFAULT, 'b'), (now(), 'c');
INSERT INTO audit AS a (what) SELECT name FROM customers;
INSERT INTO audit (what) SELECT body FROM letters;

INSERT INTO audit (what) VALUES ('x') RETURNING *;
INSERT INTO audit (what) VALUES ('x') RETURNING at, upper(what) AS what, tableoid::regclass;
INSERT INTO products (title, cost) VALUES ('New', 3) RETURNING id, words, pounds, old.id, new.id;
INSERT INTO products (title, cost) VALUES ('Again', 3) RETURNING WITH (OLD AS before, NEW AS after) before.title, after.title;
INSERT INTO customers (id, name) OVERRIDING SYSTEM VALUE VALUES (100, 'Over');
INSERT INTO customers (name) OVERRIDING USER VALUE VALUES ('User');
INSERT INTO customers (name, home.city, tags[1]) VALUES ('Parts', 'Town', 'first');
INSERT INTO customers (name, home) VALUES ('Whole', ROW('s', 'c', 'z'));

INSERT INTO orders (id) VALUES (1) ON CONFLICT DO NOTHING;
INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET state = 'paid';
INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = excluded.note WHERE orders.state = 'none';
INSERT INTO orders AS o (id, note) VALUES (1, 'n'), (900, 'm') ON CONFLICT ON CONSTRAINT orders_pkey DO UPDATE SET (state, note) = ('sent', excluded.note) RETURNING o.id, (xmax = 0);
INSERT INTO customers (name, email) VALUES ('x', 'c1@shop.example') ON CONFLICT (email) DO UPDATE SET name = (SELECT max(name) FROM customers);
WITH fresh AS (SELECT 901 AS id) INSERT INTO orders (id) SELECT id FROM fresh;
WITH gone AS (DELETE FROM order_items RETURNING *) INSERT INTO audit (what) SELECT order_id::text FROM gone;
INSERT INTO readings VALUES ('2025-02-02', 1, 2), ('2026-02-02', 1, 3), ('2030-01-01', 1, 4);
INSERT INTO readings_2025 VALUES ('2025-02-03', 1, 2);
INSERT INTO cars VALUES (5, 4, 2);
INSERT INTO rooms VALUES (1, '[2025-01-01,2025-01-02)') ON CONFLICT DO NOTHING;
INSERT INTO rooms VALUES (1, '[2025-01-01,2025-01-02)') ON CONFLICT ON CONSTRAINT rooms_room_during_excl DO NOTHING;
INSERT INTO "Odd Case"."Select" VALUES (2, 'y');
INSERT INTO app.settings VALUES ('k', 'v');
INSERT INTO notes (id, doc, paper, place) VALUES (10, '{"a": 1}', '<x/>', '(0,0)');
INSERT INTO paid (id, state) VALUES (902, 'paid');
INSERT INTO letters (id, body) VALUES (11, 'by rule');
INSERT INTO scratch VALUES (1, 'also by rule');
INSERT INTO odd VALUES (3, 'through a view');
INSERT INTO tenants VALUES (9, 'z');
INSERT INTO staff SELECT 5 + g, 1, 'N' || g, g FROM generate_series(1, 3) g WHERE g <> 2 ORDER BY g LIMIT 2;
INSERT INTO audit (what) (SELECT 'a' UNION SELECT 'b') ;
INSERT INTO audit (what) WITH x AS (SELECT 'deep' AS t) SELECT t FROM x;
INSERT INTO audit (what) VALUES (nextval('tickets')::text), (logged('inner'));
INSERT INTO audit (what) SELECT 'nothing' WHERE false;

-- as: agent
INSERT INTO audit (what) VALUES ('agent');
UPDATE orders SET note = 'agent' WHERE id = 2;
DELETE FROM order_items WHERE order_id = 2;
INSERT INTO tenants VALUES (10, 'by policy');

UPDATE orders SET state = 'paid' WHERE id = 1;
UPDATE orders SET state = DEFAULT, note = NULL WHERE id = 1;
UPDATE ONLY vehicles SET wheels = 3 WHERE id = 2;
UPDATE vehicles * SET wheels = 3;
UPDATE orders o SET (state, note) = (SELECT 'sent', c.name FROM customers c WHERE c.id = o.customer_id) WHERE o.id < 3;
UPDATE orders SET (state, note) = ROW ('paid', 'row') WHERE id = 3;
UPDATE orders SET note = c.name FROM customers c, staff s WHERE c.id = orders.customer_id AND s.id = 1 AND orders.id = 4;
UPDATE orders SET note = i.n::text FROM (SELECT order_id, count(*) AS n FROM order_items GROUP BY 1) i JOIN products p ON p.id = i.order_id WHERE i.order_id = orders.id;
UPDATE customers SET tags[2] = 'second', home.zip = '9', more['new'] = '1' WHERE id = 1 RETURNING *;
UPDATE customers SET more = (more || '{"a": 1}') - 'age'::text, tags = array_append(tags, 'x') RETURNING old.more, new.more;
UPDATE products SET cost = cost * 1.1 WHERE title LIKE 'Product 1%';
UPDATE paid SET state = 'paid' WHERE id = 1;
UPDATE letters SET body = 'changed' WHERE id = 1;
UPDATE barrier SET name = 'b' WHERE id = 1;
UPDATE readings SET at = '2026-03-03' WHERE at = '2025-06-10';
UPDATE orders SET note = 'none' WHERE false;
WITH chosen AS (SELECT id FROM orders WHERE id = 5) UPDATE orders SET note = 'cte' FROM chosen WHERE chosen.id = orders.id;
WITH moved AS (UPDATE orders SET note = 'x' WHERE id = 6 RETURNING id) UPDATE audit SET what = 'y' FROM moved;
UPDATE app.settings SET value = upper(value);
UPDATE "Odd Case"."Select" SET "drop" = 'z' WHERE "Id" = 1;
UPDATE staff SET salary = salary + 1 WHERE boss = (SELECT id FROM staff WHERE name = 'Ada') AND EXISTS (SELECT 1 FROM orders);
UPDATE scratch SET t = 'unlogged';

DECLARE c CURSOR FOR SELECT * FROM orders WHERE id = 1 FOR UPDATE;
FETCH 1 FROM c;
UPDATE orders SET note = 'current' WHERE CURRENT OF c;
DELETE FROM order_items WHERE false;

DELETE FROM order_items WHERE order_id = 3;
DELETE FROM order_items USING products p WHERE p.id = product_id AND p.title = 'Product 1';
DELETE FROM order_items i USING orders o JOIN customers c ON c.id = o.customer_id WHERE i.order_id = o.id AND c.id = 4 RETURNING i.*, o.id;
DELETE FROM ONLY vehicles WHERE id = 2;
DELETE FROM readings WHERE at < '2025-06-05';
DELETE FROM orders WHERE id = 7;
DELETE FROM catalogue WHERE id = 1;
DELETE FROM letters WHERE id = 1;
DELETE FROM paid;
WITH old AS (SELECT min(id) AS id FROM orders) DELETE FROM orders USING old WHERE orders.id = old.id;
DELETE FROM notes WHERE id IN (SELECT id FROM notes ORDER BY id LIMIT 1);
DELETE FROM customers WHERE id = 1 RETURNING old.name, new.name;
DELETE FROM audit;

MERGE INTO orders o USING customers c ON o.customer_id = c.id AND o.id = 8 WHEN MATCHED THEN UPDATE SET note = c.name;
MERGE INTO orders USING (VALUES (1, 'a'), (950, 'b')) AS v (id, note) ON orders.id = v.id WHEN MATCHED THEN UPDATE SET note = v.note WHEN NOT MATCHED THEN INSERT (id, note) VALUES (v.id, v.note);
MERGE INTO orders USING (VALUES (2)) AS v (id) ON orders.id = v.id WHEN MATCHED AND state = 'new' THEN DELETE WHEN MATCHED THEN DO NOTHING;
MERGE INTO vehicles s USING (VALUES (1)) AS v (id) ON s.id = v.id WHEN NOT MATCHED BY TARGET THEN DO NOTHING;
MERGE INTO staff s USING (VALUES (1)) AS v (id) ON s.id = v.id WHEN NOT MATCHED BY SOURCE AND s.id = 4 THEN DELETE;
MERGE INTO staff s USING (VALUES (77)) AS v (id) ON s.id = v.id WHEN NOT MATCHED BY SOURCE THEN UPDATE SET salary = 0 WHEN NOT MATCHED THEN INSERT VALUES (v.id, NULL, 'M', 1) RETURNING merge_action(), s.id, old.salary, new.salary;
WITH v AS (SELECT 3 AS id) MERGE INTO ONLY vehicles USING v ON vehicles.id = v.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES;
MERGE INTO customers USING (SELECT 'M' AS n) s ON name = s.n WHEN NOT MATCHED THEN INSERT (id, name) OVERRIDING SYSTEM VALUE VALUES (200, s.n);
MERGE INTO paid USING (VALUES (1)) v (id) ON paid.id = v.id WHEN MATCHED THEN UPDATE SET state = 'paid';
MERGE INTO app.settings t USING app.settings s ON t.key = s.key WHEN MATCHED THEN UPDATE SET value = s.value || '!';

TRUNCATE audit;
TRUNCATE TABLE ONLY scratch, audit RESTART IDENTITY;
TRUNCATE orders CONTINUE IDENTITY CASCADE;
TRUNCATE readings;

LOCK audit;
LOCK TABLE orders, ONLY vehicles IN SHARE ROW EXCLUSIVE MODE NOWAIT;
LOCK TABLE app.settings IN ACCESS SHARE MODE;

-- name: a new customer
INSERT INTO customers (id, name, country, signed_up, email, phone) VALUES (90, 'Zoe', 'de', '2026-01-01', 'zoe@other.test', '+1555');

-- name: a new customer, returned
-- masked: email
INSERT INTO customers (id, name, country, signed_up, email) VALUES (91, 'Zoe', 'de', '2026-01-01', 'zoe@other.test') RETURNING id, email;

-- name: with parameters
-- params: [92, "Max", "fr", "max@other.test"]
INSERT INTO customers (id, name, country, signed_up, email) VALUES ($1, $2, $3, '2026-01-01', $4);

-- name: several at once
INSERT INTO contacts (id, customer_id, channel, email) VALUES (81, 1, 'mail', 'a@other.test'), (82, 2, 'call', NULL);

-- name: a note
INSERT INTO orders (id, customer_id, placed, status, total) VALUES (900, 1, '2026-06-01', 'open', 12.5) RETURNING *;

-- name: from clear columns
INSERT INTO notes (id, body, amount) SELECT id + 500, note, total FROM orders WHERE note IS NOT NULL;

-- name: only if it is not there
INSERT INTO customers (id, name, country, signed_up, email) VALUES (1, 'Ann', 'de', now(), 'ann@other.test') ON CONFLICT (id) DO NOTHING;

-- name: an upsert
INSERT INTO customers (id, name, country, signed_up, email) VALUES (1, 'Anna', 'de', '2026-01-01', 'ann@other.test') ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email;

-- name: an upsert of clear columns, returned
-- masked: email
INSERT INTO customers (id, name, country, signed_up) VALUES (1, 'Anna', 'de', '2026-01-01') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, name, email;

-- name: a clear column
UPDATE customers SET score = score + 1 WHERE country = 'de';

-- name: a hidden column by key
UPDATE customers SET email = 'new@other.test' WHERE id = 3;

-- name: a hidden column to NULL
UPDATE customers SET phone = NULL, ssn = NULL WHERE id = 3 RETURNING id, name;

-- name: by e-mail
UPDATE customers SET score = 0 WHERE email = 'nobody@else.test';

-- name: by e-mail, as a parameter
-- params: ["9", "nobody@else.test"]
UPDATE customers SET score = $1 WHERE email = $2;

-- name: returned
-- masked: email
UPDATE customers SET name = 'Anna' WHERE id = 1 RETURNING id, name, email;

-- name: from another table's clear columns
UPDATE customers c SET score = s.n FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY 1) s WHERE s.customer_id = c.id;

-- name: with a sub-select of clear columns
UPDATE orders SET note = 'from ' || (SELECT c.country FROM customers c WHERE c.id = customer_id) WHERE id < 5 RETURNING note;

-- name: where it is missing
UPDATE customers SET score = NULL WHERE email IS NULL;

-- name: a document's clear place
UPDATE customers SET profile = jsonb_set(profile, '{level}', '9') WHERE id = 2;

-- name: one deleted
DELETE FROM contacts WHERE id = 4;

-- name: one deleted by e-mail
DELETE FROM contacts WHERE email = 'nobody@else.test';

-- name: deleted and returned
-- masked: email
DELETE FROM contacts WHERE id = 4 RETURNING id, email;

-- name: doubles deleted
DELETE FROM contacts a USING contacts b WHERE a.email = b.email AND a.id > b.id;

-- name: deleted with a CTE
WITH old AS (SELECT id FROM orders WHERE placed < '2026-02-01') DELETE FROM items USING old WHERE items.order_id = old.id;

-- name: moved by a CTE
WITH gone AS (DELETE FROM items WHERE order_id = 3 RETURNING order_id, sku) INSERT INTO notes (id, body) SELECT 700 + order_id, min(sku) FROM gone GROUP BY order_id;

-- name: MERGE
MERGE INTO orders o USING (VALUES (1, 'sent'), (999, 'new')) v(id, status) ON v.id = o.id WHEN MATCHED THEN UPDATE SET status = v.status WHEN NOT MATCHED THEN DO NOTHING;

-- name: MERGE with a new hidden value
MERGE INTO customers c USING (VALUES (1, 'x@other.test')) v(id, mail) ON v.id = c.id WHEN MATCHED THEN UPDATE SET email = v.mail;

-- name: COPY in
-- data: 71	1	mail	in@other.test
-- data: 72	2	call	\N
COPY contacts (id, customer_id, channel, email) FROM STDIN;

-- name: COPY in as CSV
-- data: 73,"x, y"
-- data: 74,z
COPY contacts (id, note) FROM STDIN (FORMAT csv);

-- name: TRUNCATE
TRUNCATE items;

-- name: several in a transaction
INSERT INTO orders (id, customer_id, placed, status, total) VALUES (901, 2, '2026-06-01', 'open', 1); SAVEPOINT s; UPDATE orders SET status = 'paid' WHERE id = 901; ROLLBACK TO s; SELECT status FROM orders WHERE id = 901;

-- name: a table of one's own
-- with: transaction
CREATE TABLE report (month date, total numeric); INSERT INTO report SELECT date_trunc('month', placed), sum(total) FROM orders GROUP BY 1; SELECT * FROM report ORDER BY month; DROP TABLE report;

-- name: a table of clear columns
CREATE TABLE report AS SELECT country, count(*) AS n FROM customers GROUP BY country;

-- name: a temporary table of clear columns
CREATE TEMP TABLE good AS SELECT id, country FROM customers WHERE score > 10;

-- name: a view of clear columns
CREATE VIEW report AS SELECT status, sum(total) AS total FROM orders GROUP BY status;

-- name: an index on a clear column
CREATE INDEX ON orders (status, placed);

-- name: a new clear column
ALTER TABLE orders ADD COLUMN paid boolean DEFAULT false;

-- name: statistics renewed
ANALYZE customers;

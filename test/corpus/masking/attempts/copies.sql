-- THREATS 22: copied to where no mask is.

-- name: INSERT SELECT
-- expect: refused
INSERT INTO notes (body) SELECT email FROM customers;

-- name: INSERT SELECT of something computed
-- expect: refused
INSERT INTO notes (body) SELECT md5(email) FROM customers;

-- name: INSERT VALUES of a sub-select
-- expect: refused
INSERT INTO notes (body) VALUES ((SELECT email FROM customers WHERE id = 1));

-- name: INSERT by a CTE
-- expect: refused
WITH x AS (SELECT ssn FROM customers) INSERT INTO notes (body) SELECT ssn FROM x;

-- name: INSERT of a number
-- expect: refused
INSERT INTO notes (amount) SELECT salary FROM customers;

-- name: INSERT of a date
-- expect: refused
INSERT INTO notes (at) SELECT seen FROM customers;

-- name: INSERT of DELETE … RETURNING
-- expect: refused
WITH gone AS (DELETE FROM contacts RETURNING email) INSERT INTO notes (body) SELECT email FROM gone;

-- name: hidden to the same hidden column
-- expect: clear
INSERT INTO contacts (id, email) SELECT id + 1000, email FROM contacts;

-- name: hidden to another column that is hidden
-- expect: refused
UPDATE customers SET ssn = email;

-- name: hidden to hidden with a weaker mask
-- expect: refused
UPDATE customers SET pan = ssn;

-- name: a whole row to a table of the same shape
-- expect: refused
CREATE TABLE mine (LIKE contacts); INSERT INTO mine SELECT * FROM contacts;

-- name: UPDATE of a clear column
-- expect: refused
UPDATE customers SET name = email WHERE id < 10;

-- name: UPDATE by a sub-select
-- expect: refused
UPDATE orders SET note = (SELECT email FROM customers c WHERE c.id = customer_id);

-- name: UPDATE … FROM
-- expect: refused
UPDATE orders SET note = c.ssn FROM customers c WHERE c.id = customer_id;

-- name: UPDATE of several at once
-- expect: refused
UPDATE customers SET (name, score) = (SELECT email, length(email) FROM contacts k WHERE k.id = customers.id) WHERE id IN (3, 4);

-- name: UPDATE from a table called excluded
-- expect: refused
UPDATE orders SET note = excluded.email FROM customers AS excluded WHERE excluded.id = orders.id;

-- name: UPDATE of a row's default
-- expect: refused
UPDATE contacts SET note = phone WHERE id = 1;

-- name: UPDATE with CASE
-- expect: refused
UPDATE contacts SET note = CASE WHEN channel = 'mail' THEN email ELSE note END;

-- name: UPDATE of an array element
-- expect: refused
UPDATE customers SET nicknames[1] = email;

-- name: ON CONFLICT
-- expect: refused
INSERT INTO customers (id, name, country, signed_up) VALUES (1, 'x', 'de', now()) ON CONFLICT (id) DO UPDATE SET name = customers.email;

-- name: ON CONFLICT by EXCLUDED
-- expect: refused
INSERT INTO contacts (id, email) SELECT 1, email FROM customers WHERE id = 5 ON CONFLICT (id) DO UPDATE SET note = excluded.email;

-- name: ON CONFLICT … WHERE
-- expect: refused
INSERT INTO customers (id, name, country, signed_up) VALUES (1, 'x', 'de', now()) ON CONFLICT (id) DO UPDATE SET score = 1 WHERE customers.email < 'm';

-- name: MERGE that updates
-- expect: refused
MERGE INTO orders o USING customers c ON c.id = o.customer_id WHEN MATCHED THEN UPDATE SET note = c.email;

-- name: MERGE that inserts
-- expect: refused
MERGE INTO notes n USING customers c ON false WHEN NOT MATCHED THEN INSERT (body) VALUES (c.ssn);

-- name: MERGE by a condition
-- expect: refused
MERGE INTO orders o USING customers c ON c.id = o.customer_id WHEN MATCHED AND c.email < 'm' THEN UPDATE SET note = 'early';

-- name: MERGE on it
-- expect: refused
MERGE INTO notes n USING customers c ON n.body = c.email WHEN NOT MATCHED THEN DO NOTHING;

-- name: CREATE TABLE AS
-- expect: refused
CREATE TABLE mine AS SELECT email FROM customers;

-- name: CREATE TEMP TABLE AS TABLE
-- expect: refused
CREATE TEMP TABLE mine AS TABLE customers;

-- name: SELECT INTO
-- expect: refused
SELECT * INTO mine FROM customers;

-- name: SELECT INTO TEMP
-- expect: refused
SELECT email INTO TEMP mine FROM customers;

-- name: CREATE TABLE AS EXECUTE
-- expect: refused
PREPARE p AS SELECT email FROM customers; CREATE TABLE mine AS EXECUTE p;

-- name: CREATE VIEW
-- expect: refused
CREATE VIEW mine AS SELECT email FROM customers;

-- name: CREATE MATERIALIZED VIEW
-- expect: refused
CREATE MATERIALIZED VIEW mine AS SELECT upper(email) AS u FROM customers;

-- name: REFRESH of a view that shows it, which stays hidden
-- expect: refused
REFRESH MATERIALIZED VIEW customer_kept;

-- name: CREATE TABLE LIKE
-- expect: refused
CREATE TABLE mine (LIKE customers INCLUDING ALL);

-- name: a default that reads
-- expect: refused
ALTER TABLE notes ALTER COLUMN body SET DEFAULT first_mail(); INSERT INTO notes (amount) VALUES (1) RETURNING body;

-- name: a rule that copies
-- expect: refused
CREATE RULE r AS ON UPDATE TO orders DO ALSO INSERT INTO notes (body) SELECT email FROM customers;

-- name: a trigger that copies
-- expect: refused
CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO notes (body) VALUES (NEW.email); RETURN NEW; END$$; CREATE TRIGGER t AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION away();

-- name: a trigger of one's own function that swaps
-- expect: refused
CREATE FUNCTION swap() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name := NEW.email; RETURN NEW; END$$; CREATE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION swap(); UPDATE customers SET score = 1 WHERE id = 1 RETURNING name;

-- name: a built-in trigger that shows what changed
-- expect: refused
CREATE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('name', 'pg_catalog.simple', 'email');

-- name: a procedure that copies
-- expect: refused
CALL copy_away();

-- name: a block that copies
-- expect: refused
DO $$BEGIN INSERT INTO notes (body) SELECT email FROM customers; END$$;

-- name: a function that copies
-- expect: refused
CREATE FUNCTION away() RETURNS void LANGUAGE sql AS 'INSERT INTO notes (body) SELECT email FROM customers'; SELECT away();

-- name: a function that returns it
-- expect: refused
CREATE FUNCTION mine() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM customers'; SELECT mine();

-- name: a function with a body of the standard's
-- expect: refused
CREATE FUNCTION mine() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT email FROM customers WHERE id = 1; END; SELECT mine();

-- name: a row policy that asks
-- expect: refused
CREATE POLICY p ON orders USING (EXISTS (SELECT 1 FROM customers c WHERE c.id = customer_id AND c.email < 'm'));

-- name: a comment made by a block
-- expect: refused
DO $$BEGIN EXECUTE format('COMMENT ON TABLE notes IS %L', (SELECT email FROM customers WHERE id = 1)); END$$;

-- name: a sequence set by it
-- expect: refused
SELECT setval('notes_id_seq', (SELECT salary FROM customers WHERE id = 1)); SELECT last_value FROM notes_id_seq;

-- name: a setting
-- expect: refused
SELECT set_config('my.mail', email, true) FROM customers WHERE id = 1; SHOW my.mail;

-- name: a setting, read by current_setting
-- expect: refused
SELECT set_config('my.mail', (SELECT email FROM customers WHERE id = 1), true), current_setting('my.mail');

-- name: the application's name
-- expect: refused
SELECT set_config('application_name', (SELECT left(email, 20) FROM customers WHERE id = 1), true);

-- name: a notification
-- expect: refused
SELECT pg_notify('c', email) FROM customers;

-- name: an advisory lock
-- expect: refused
SELECT pg_advisory_xact_lock(salary) FROM customers WHERE id = 1;

-- name: a large object
-- expect: refused
SELECT lo_from_bytea(0, secret) FROM customers WHERE id = 1;

-- name: a large object written to
-- expect: refused
SELECT lo_put(lo_create(0), 0, email::bytea) FROM customers WHERE id = 1;

-- name: a log message
-- expect: refused
SELECT pg_logical_emit_message(true, 'x', email) FROM customers WHERE id = 1;

-- name: a random seed
-- expect: refused
SELECT setseed(ascii(email) / 1000.0) FROM customers WHERE id = 1;

-- name: a partition key moved by it
-- expect: refused
UPDATE events SET at = '2026-02-02' WHERE email < 'm';

-- name: DELETE RETURNING into an INSERT of the child
-- expect: refused
INSERT INTO staff (id, desk) SELECT id, email FROM people;

-- name: writing through a view to a clear column
-- expect: refused
UPDATE customer_list SET name = email WHERE id = 1;

-- name: exported as a new partition's bound
-- expect: refused
CREATE STATISTICS mine ON (left(email, 1)), (id % 2) FROM customers;

-- name: an index on something computed
-- expect: refused
CREATE INDEX mine ON customers (reverse(email));

-- name: a domain that asks
-- expect: refused
CREATE FUNCTION ok(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$; CREATE DOMAIN nosy AS text CHECK (ok(VALUE)); SELECT email::nosy FROM customers;

-- name: a cast of one's own
-- expect: refused
CREATE FUNCTION tell(customers) RETURNS text LANGUAGE sql AS 'SELECT ($1).email'; CREATE CAST (customers AS text) WITH FUNCTION tell(customers) AS IMPLICIT; SELECT c::text FROM customers c;

-- name: an operator of one's own
-- expect: refused
CREATE FUNCTION loud(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$; CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = loud); SELECT id FROM customers WHERE email === 'x';

-- name: an operator of one's own in front of =
-- expect: refused
CREATE FUNCTION archive.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$; CREATE OPERATOR archive.= (LEFTARG = text, RIGHTARG = text, FUNCTION = archive.eq); SET LOCAL search_path = archive, pg_catalog, public; SELECT id FROM public.contacts WHERE email = 'x';

-- name: a function of one's own in front of upper
-- expect: refused
CREATE FUNCTION archive.upper(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', $1; RETURN $1; END$$; SET LOCAL search_path = archive, pg_catalog, public; SELECT upper(email) FROM public.contacts;

-- name: an aggregate of one's own
-- expect: refused
CREATE FUNCTION step(text, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', $2; RETURN $2; END$$; CREATE AGGREGATE last_of(text) (SFUNC = step, STYPE = text); SELECT last_of(email) FROM customers;

-- name: a foreign key that checks
-- expect: refused
CREATE TABLE guesses (email text REFERENCES customers (email)); INSERT INTO guesses VALUES (NULL);

-- name: a NOT NULL that is checked
-- expect: refused
ALTER TABLE customers ALTER COLUMN login SET NOT NULL;

-- Things of a client's own making that the server runs on hidden values: by names that stand in front of the
-- system's, casts, domains, functions replaced; and how much room a value takes, which is told by errors and plans.

-- name: a domain called text
-- expect: refused
-- with: error
CREATE DOMAIN archive.text AS pg_catalog.text CHECK (VALUE < 'm'); SELECT email::archive.text FROM contacts;

-- name: a domain called text, found first
-- expect: refused
-- with: error
CREATE DOMAIN archive.text AS pg_catalog.text CHECK (VALUE < 'm'); SET LOCAL search_path = archive, pg_catalog, public; SELECT email::text FROM contacts;

-- name: a domain that cuts, found first
-- expect: refused
CREATE DOMAIN archive.text AS varchar(3); SET LOCAL search_path = archive, pg_catalog, public; SELECT id FROM contacts WHERE email::text = 'abc';

-- name: an implicit cast of one's own in an equality
-- expect: refused
CREATE FUNCTION odd(text) RETURNS int LANGUAGE plpgsql AS $$BEGIN INSERT INTO notes (body) VALUES ($1); RETURN 1; END$$; CREATE CAST (text AS int) WITH FUNCTION odd(text) AS IMPLICIT; SELECT id FROM contacts WHERE email = 5; SELECT body FROM notes;

-- name: an assignment cast of one's own
-- expect: refused
CREATE FUNCTION odd(text) RETURNS numeric LANGUAGE plpgsql AS $$BEGIN INSERT INTO orders (id, customer_id, placed, status, total, note) VALUES (999, 1, now(), 'x', 1, $1); RETURN 1; END$$; CREATE CAST (text AS numeric) WITH FUNCTION odd(text) AS ASSIGNMENT; SELECT 1;

-- name: a comparison by ROW of a type of one's own
-- expect: refused
CREATE TYPE wrapped AS (v text); SELECT id FROM contacts WHERE ROW(email)::wrapped < ROW('m')::wrapped;

-- name: a constraint added to a domain
-- expect: refused
-- with: error
ALTER DOMAIN phone_number ADD CONSTRAINT early CHECK (VALUE NOT LIKE '+vkzvv%');

-- name: a constraint added to a domain, that runs a function
-- expect: refused
ALTER DOMAIN phone_number ADD CONSTRAINT nosy CHECK (peek(VALUE));

-- name: a constraint added to a domain, not yet checked
-- expect: refused
ALTER DOMAIN phone_number ADD CONSTRAINT nosy CHECK (peek(VALUE)) NOT VALID; SELECT phone::phone_number FROM customers;

-- name: a default of a domain
-- expect: refused
ALTER DOMAIN phone_number SET DEFAULT first_mail();

-- name: a function replaced that an index runs
-- expect: refused
CREATE OR REPLACE FUNCTION mail_key(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN INSERT INTO notes (body) VALUES ($1); RETURN $1; END$$; UPDATE customers SET score = 1, country = 'it' WHERE id = 1; SELECT body FROM notes;

-- name: a function replaced that a trigger runs
-- expect: refused
CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name := NEW.email; RETURN NEW; END$$; INSERT INTO customers (id, name, country, signed_up, email) VALUES (99, 'x', 'de', now(), 'new@other.test') RETURNING name;

-- name: a harmless function replaced
-- expect: refused
CREATE OR REPLACE FUNCTION with_tax(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT max(balance) FROM public.customers'; SELECT with_tax(1);

-- name: a function with the name of a harmless one
-- expect: refused
CREATE FUNCTION with_tax(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM public.customers WHERE id = $1'; SELECT with_tax(1);

-- name: a function found before a harmless one
-- expect: refused
CREATE FUNCTION archive.with_tax(numeric) RETURNS text LANGUAGE sql STABLE AS 'SELECT max(email) FROM public.customers'; SET LOCAL search_path = archive, public; SELECT with_tax(1);

-- name: max of one's own, found first
-- expect: refused
CREATE FUNCTION archive.keep(text, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.notes (body) VALUES ($2); RETURN $2; END$$; CREATE AGGREGATE archive.max(text) (SFUNC = archive.keep, STYPE = text); SET LOCAL search_path = archive, pg_catalog, public; SELECT max(email) FROM contacts;

-- name: || of one's own, found first
-- expect: refused
CREATE FUNCTION archive.glue(text, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE WARNING '%', length($1); RETURN 'x'; END$$; CREATE OPERATOR archive.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = archive.glue); SET LOCAL search_path = archive, pg_catalog, public; SELECT email || 'x' FROM contacts;

-- name: a function of a row, called as a column
-- expect: refused
CREATE FUNCTION plain(contacts) RETURNS text LANGUAGE sql AS 'SELECT ($1).email'; SELECT c.plain FROM contacts c;

-- name: a function of a view's row, called as a column
-- expect: refused
CREATE FUNCTION plain(customer_list) RETURNS text LANGUAGE sql AS 'SELECT ($1).email'; SELECT c.plain FROM customer_list c;

-- name: a view replaced
-- expect: refused
CREATE OR REPLACE VIEW country_totals AS SELECT c.country, count(*) AS orders, sum(c.balance) AS total FROM customers c GROUP BY c.country;

-- name: a rule of a view replaced
-- expect: refused
CREATE RULE tell AS ON INSERT TO customer_list DO INSTEAD INSERT INTO notes (body) SELECT email FROM customers;

-- name: an INSTEAD OF trigger
-- expect: refused
CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO notes (body) VALUES (OLD.email); RETURN NEW; END$$; CREATE TRIGGER t INSTEAD OF UPDATE ON customer_orders FOR EACH ROW EXECUTE FUNCTION away();

-- name: an event trigger
-- expect: refused
CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO notes (body) SELECT email FROM customers; END$$; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION seen();

-- name: a transition table
-- expect: refused
CREATE FUNCTION all_of_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO notes (body) SELECT email FROM gone; RETURN NULL; END$$; CREATE TRIGGER t AFTER UPDATE ON contacts REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION all_of_it();

-- name: a row security policy that raises
-- expect: refused
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON contacts USING (peek(email));

-- name: a column of a domain of one's own
-- expect: refused
CREATE DOMAIN early AS text CHECK (VALUE IS NOT NULL); ALTER TABLE contacts ALTER COLUMN phone TYPE early;

-- name: a foreign table of the same database
-- expect: refused
-- with: error
CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'shop_a'); CREATE USER MAPPING FOR CURRENT_USER SERVER self OPTIONS (user 'postgres', password 'fixture-password'); CREATE FOREIGN TABLE mine (id int, email text) SERVER self OPTIONS (table_name 'customers'); SELECT email FROM mine;

-- name: a foreign schema imported
-- expect: refused
-- with: error
CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'shop_a'); IMPORT FOREIGN SCHEMA public LIMIT TO (customers) FROM SERVER self INTO archive;

-- name: a file as a foreign table
-- expect: refused
-- with: error
CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE mine (line text) SERVER files OPTIONS (filename '/tmp/none'); SELECT * FROM mine;

-- name: a publication
-- expect: refused
CREATE PUBLICATION mine FOR TABLE customers;

-- name: an error by size
-- expect: refused
-- with: error
SELECT length(repeat('x', 1073741807) || ltrim(email, 'b')) FROM customers WHERE id = 1;

-- name: an error by the size of an index row
-- expect: refused
-- with: error
CREATE INDEX ON customers ((repeat('x', 0) || email || email)) WHERE id = 1;

-- name: an error by a range of random
-- expect: refused
-- with: error
SELECT random(1500000000, salary) FROM customers WHERE id = 1;

-- name: room taken, told by EXPLAIN (SERIALIZE)
-- expect: refused
EXPLAIN (ANALYZE, SERIALIZE TEXT, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT ltrim(c.email, 'b') FROM customers c, generate_series(1, 20000) WHERE c.id = 1;

-- name: room taken, told by EXPLAIN of a plain column
-- expect: refused
EXPLAIN (ANALYZE, SERIALIZE TEXT, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT c.ssn FROM customers c, generate_series(1, 20000) WHERE c.id = 1;

-- name: room taken, told by EXPLAIN of temporary blocks
-- expect: refused
SET LOCAL work_mem = '64kB'; EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT g, ltrim(c.email, 'b') FROM customers c, generate_series(1, 20000) g WHERE c.id = 1 ORDER BY g;

-- name: room taken, told by WAL
-- expect: refused
EXPLAIN (ANALYZE, WAL, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) INSERT INTO contacts (id, email) SELECT id + 5000, email FROM contacts WHERE id = 1;

-- name: room taken, told by temporary files in the log
-- expect: refused
SET LOCAL client_min_messages = log; SET LOCAL log_temp_files = 0; SET LOCAL work_mem = '64kB'; SELECT count(*) FROM (SELECT g, ltrim(c.email, 'b') AS e FROM customers c, generate_series(1, 20000) g WHERE c.id = 1 ORDER BY g OFFSET 0) s WHERE e IS NOT NULL OR g > 0;

-- name: the width that the planner reckons with
-- expect: clear
EXPLAIN (COSTS OFF) SELECT ssn FROM customers WHERE id = 1;

-- name: the text of one's own statement, by the function
-- expect: refused
-- with: tokens
SELECT pg_stat_get_backend_activity(b), (SELECT count(*) FROM public.customers WHERE phone = '{{token customers.phone 3}}') FROM pg_stat_get_backend_idset() b;

-- name: the texts of others' statements, by the function
-- expect: refused
SELECT pg_stat_get_backend_activity(b) FROM pg_stat_get_backend_idset() b;

-- name: the server's log, sent to the client
-- expect: clear
SET LOCAL client_min_messages = log; SET LOCAL log_statement = 'all'; SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: the server's log of errors, sent to the client
-- expect: clear
SET LOCAL client_min_messages = log; SET LOCAL log_min_error_statement = debug5; SET LOCAL log_error_verbosity = verbose; SELECT (id / id)::text::int FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: the parse tree, sent to the client
-- expect: clear
SET LOCAL client_min_messages = log; SET LOCAL debug_print_parse = on; SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: the plan tree, sent to the client
-- expect: clear
SET LOCAL client_min_messages = debug1; SET LOCAL debug_print_plan = on; SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: plans explained by a module
-- expect: refused
LOAD 'auto_explain'; SET LOCAL client_min_messages = log; SET LOCAL auto_explain.log_min_duration = 0; SET LOCAL auto_explain.log_analyze = on; SELECT id FROM orders WHERE id = 1;

-- name: a cached plan's parameters
-- expect: refused
-- params: ["m"]
EXPLAIN (COSTS OFF) SELECT id FROM customers WHERE email < $1;

-- name: statistics of executors, sent to the client
-- expect: clear
SET LOCAL client_min_messages = notice; SET LOCAL log_executor_stats = on; SELECT id FROM orders WHERE id = 1;

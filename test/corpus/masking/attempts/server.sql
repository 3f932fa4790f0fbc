-- THREATS 20: asking the server about itself, and through its functions, settings, files.

-- name: most common values
-- expect: refused
SELECT most_common_vals FROM pg_stats WHERE tablename = 'customers';

-- name: histograms
-- expect: refused
SELECT attname, histogram_bounds::text FROM pg_stats;

-- name: how many differ, by statistics
-- expect: refused
SELECT n_distinct, avg_width, correlation FROM pg_stats WHERE attname = 'email';

-- name: the statistics themselves
-- expect: refused
SELECT starelid::regclass::text, stadistinct FROM pg_statistic;

-- name: statistics with the schema
-- expect: refused
SELECT s.stavalues1::text FROM pg_catalog.pg_statistic s;

-- name: extended statistics
-- expect: refused
SELECT * FROM pg_stats_ext;

-- name: extended statistics' data
-- expect: refused
SELECT * FROM pg_statistic_ext_data;

-- name: others' statements
-- expect: refused
SELECT query FROM pg_stat_activity;

-- name: others' statements by the function
-- expect: refused
SELECT * FROM pg_stat_get_activity(NULL);

-- name: one's own prepared statements
-- expect: clear
SELECT statement FROM pg_prepared_statements;

-- name: one's own cursors
-- expect: clear
SELECT name, statement FROM pg_cursors;

-- name: large objects
-- expect: refused
SELECT * FROM pg_largeobject;

-- name: passwords
-- expect: refused
SELECT rolname, rolpassword FROM pg_authid;

-- name: passwords by the view
-- expect: refused
SELECT usename, passwd FROM pg_shadow;

-- name: a TOAST table
-- expect: refused
SELECT set_config('x.y', reltoastrelid::regclass::text, true) FROM pg_class WHERE relname = 'customers'; DO $$DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || current_setting('x.y') INTO n; RAISE NOTICE '%', n; END$$;

-- name: the columns of a table
-- expect: clear
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0 ORDER BY attnum;

-- name: the information schema
-- expect: clear
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'customers' ORDER BY ordinal_position;

-- name: definitions
-- expect: clear
SELECT pg_get_viewdef('customer_list'::regclass), pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'customers_pkey';

-- name: a partition's bounds
-- expect: clear
SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'events_2025';

-- name: the plan
-- expect: clear
EXPLAIN (COSTS OFF) SELECT email FROM customers WHERE id = 1;

-- name: the plan of an equality
-- expect: clear
EXPLAIN (COSTS OFF) SELECT id FROM customers WHERE email = 'nobody@else.test';

-- name: the plan of a range, whose estimate tells
-- expect: refused
EXPLAIN SELECT id FROM customers WHERE email < 'm';

-- name: the plan of an order
-- expect: refused
EXPLAIN ANALYZE SELECT id FROM customers ORDER BY email;

-- name: rows removed by a filter
-- expect: refused
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id FROM customers WHERE email LIKE 'b%';

-- name: a plan with the value in it, by a sub-select
-- expect: refused
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id FROM orders WHERE note > (SELECT email FROM customers WHERE id = 1);

-- name: the plan of a function that is folded
-- expect: refused
EXPLAIN (VERBOSE, COSTS OFF) SELECT mail_of(1);

-- name: the size of a plan's column
-- expect: refused
EXPLAIN (COSTS ON, SUMMARY OFF) SELECT left(email, 1) FROM customers WHERE email > 'm';

-- name: a plan of rows grouped by it
-- expect: clear
EXPLAIN (COSTS OFF) SELECT email, count(*) FROM contacts GROUP BY email;

-- name: a plan that measures it
-- expect: refused
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT id, email FROM customers;

-- name: a plan in JSON
-- expect: clear
EXPLAIN (FORMAT json, COSTS OFF) SELECT email FROM customers WHERE id = 1;

-- name: a plan of CREATE TABLE AS
-- expect: refused
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) CREATE TABLE mine AS SELECT email FROM customers;

-- name: a function that returns it
-- expect: refused
SELECT mail_of(1);

-- name: a function that returns it, in FROM
-- expect: refused
SELECT * FROM mail_of(1);

-- name: a function that returns it in rows
-- expect: refused
SELECT * FROM mails();

-- name: a function that returns the row
-- expect: refused
SELECT (whole(1)).email;

-- name: a function that returns the row, in FROM
-- expect: refused
SELECT id, name FROM whole(1);

-- name: a function in PL/pgSQL that returns it
-- expect: refused
SELECT first_mail();

-- name: a function in a condition
-- expect: refused
SELECT id FROM orders WHERE first_mail() < 'm';

-- name: a function that runs what it is told
-- expect: refused
SELECT run('SELECT email FROM customers LIMIT 1');

-- name: a function that raises a notice
-- expect: refused
SELECT shout(1);

-- name: a function that raises an error
-- expect: refused
-- with: error
SELECT fail(1);

-- name: a function that is given it
-- expect: refused
SELECT initial(email) FROM customers;

-- name: a function that is harmless
-- expect: clear
SELECT id, with_tax(total), order_count(customer_id) FROM orders;

-- name: a function that is harmless, given a hidden number
-- expect: refused
SELECT with_tax(balance) FROM customers;

-- name: files of the server
-- expect: refused
SELECT pg_read_file('PG_VERSION');

-- name: the table's own file
-- expect: refused
SELECT length(pg_read_binary_file(pg_relation_filepath('customers'))) > 0;

-- name: the folder's files
-- expect: refused
SELECT * FROM pg_ls_dir('.');

-- name: the size of a table
-- expect: clear
SELECT pg_relation_size('orders') > 0;

-- name: dblink
-- expect: refused
-- with: error
CREATE EXTENSION dblink; SELECT * FROM dblink('dbname=shop_empty', 'SELECT 1') AS t(x int);

-- name: a foreign server to itself
-- expect: refused
CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'shop_empty');

-- name: pages of the table
-- expect: refused
CREATE EXTENSION pageinspect; SELECT length(get_raw_page('customers', 0)) > 0;

-- name: pages of an index
-- expect: refused
CREATE EXTENSION pageinspect; SELECT * FROM bt_page_items('customers_email_key', 1);

-- name: a language of one's own
-- expect: refused
CREATE FUNCTION c(text) RETURNS text LANGUAGE internal AS 'upper'; SELECT c(email) FROM contacts;

-- name: ts_stat, which runs its text
-- expect: refused
SELECT * FROM ts_stat('SELECT to_tsvector(email) FROM customers');

-- name: ts_debug
-- expect: refused
SELECT ts_debug('simple', (SELECT email FROM customers WHERE id = 1));

-- name: ts_parse
-- expect: refused
SELECT * FROM ts_parse('default', (SELECT email FROM customers WHERE id = 1));

-- name: a headline
-- expect: refused
SELECT ts_headline('simple', ssn, 'x'::tsquery) FROM customers;

-- name: a vector
-- expect: refused
SELECT to_tsvector('simple', email) FROM customers;

-- name: ts_rewrite, which runs its text
-- expect: refused
SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery FROM customers WHERE email < ''m''');

-- name: row counts by XML
-- expect: refused
SELECT xpath('count(//row)', query_to_xml('SELECT 1 FROM customers WHERE email < ''m''', false, false, ''));

-- name: a table's rows by a name
-- expect: refused
SELECT query_to_xml(format('SELECT * FROM %I', 'customers'), true, true, '');

-- name: the last value of a sequence
-- expect: clear
SELECT last_value FROM notes_id_seq;

-- name: changes decoded
-- expect: refused
-- with: error
SELECT pg_create_logical_replication_slot('s', 'test_decoding');

-- name: the log's collector
-- expect: clear
SET LOCAL log_statement = 'all';

-- name: plans in notices
-- expect: clear
SET LOCAL debug_print_plan = on; SELECT id FROM contacts;

-- name: errors to the client in full
-- expect: clear
SET LOCAL client_min_messages = debug5; SELECT id FROM orders WHERE id = 1;

-- name: plan choice by a setting
-- expect: refused
-- with: order
SET LOCAL enable_hashagg = off; SELECT DISTINCT email FROM contacts;

-- name: the order that sorting leaves behind
-- expect: refused
SET LOCAL enable_hashagg = off; SELECT min(id), email FROM contacts GROUP BY email;

-- name: the order that a merge join leaves behind
-- expect: refused
SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off; SELECT c.id FROM customers c JOIN people p USING (email);

-- name: the order that an index scan leaves behind
-- expect: refused
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SELECT id FROM customers WHERE email IS NOT NULL;

-- name: the place of a row after CLUSTER
-- expect: refused
CLUSTER customers USING customers_email_key; SELECT ctid, id FROM customers;

-- name: the place of a row
-- expect: clear
SELECT ctid, id FROM customers;

-- name: locale of sorting, without sorting
-- expect: masked
SELECT email COLLATE "und-x-icu" FROM customers;

-- name: another date style
-- expect: masked
SET LOCAL datestyle = 'German'; SELECT id, born, seen FROM customers;

-- name: another output of bytes
-- expect: masked
SET LOCAL bytea_output = 'escape'; SELECT id, secret FROM customers;

-- name: another time zone
-- expect: masked
SET LOCAL timezone = 'Asia/Tokyo'; SELECT id, seen FROM customers;

-- name: another encoding of the client
-- expect: refused
SET client_encoding = 'latin1'; SELECT email FROM customers;

-- name: strings with backslashes
-- expect: refused
SET standard_conforming_strings = off; SELECT email FROM customers;

-- name: another role
-- expect: masked
SET LOCAL ROLE pg_read_all_data; SELECT email FROM customers;

-- name: the replication protocol's snapshot
-- expect: refused
SELECT pg_export_snapshot() IS NOT NULL;

-- name: an extension's statistics of texts
-- expect: refused
SELECT show_trgm(email) FROM customers WHERE peek(email);

-- name: trigrams
-- expect: refused
SELECT show_trgm(email) FROM customers;

-- name: a window of the log
-- expect: refused
SELECT pg_current_logfile();

-- name: an explain of a cursor
-- expect: clear
EXPLAIN (COSTS OFF) DECLARE c CURSOR FOR SELECT email FROM customers;

-- name: ANALYZE, then how it estimates
-- expect: refused
EXPLAIN SELECT 1 FROM customers WHERE salary > 1500000000 AND email < 'm';

-- name: a catalog's own copy of a default
-- expect: clear
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'customers'::regclass;

-- name: an index's bounds by min and max
-- expect: masked
SELECT (SELECT email FROM customers ORDER BY id LIMIT 1), (SELECT max(email) FROM customers);

-- name: what the server notes of a lock
-- expect: clear
SELECT count(*) > 0 FROM pg_locks;

-- name: what was changed in statistics
-- expect: clear
SELECT relname FROM pg_stat_user_tables WHERE relname = 'customers';

-- name: the visible query of a view of one's rights
-- expect: clear
SELECT view_definition FROM information_schema.views WHERE table_name = 'customer_list';

-- name: statistics renewed
-- expect: clear
ANALYZE orders;

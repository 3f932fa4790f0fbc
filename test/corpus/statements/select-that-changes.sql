-- Texts that begin like a read and are none.

SELECT * FROM orders WHERE id = 1 FOR UPDATE;

SELECT * FROM orders WHERE id = 1 FOR NO KEY UPDATE NOWAIT;

SELECT * FROM orders WHERE id = 1 FOR SHARE SKIP LOCKED;

SELECT * FROM orders o, customers c WHERE o.id = 1 FOR KEY SHARE OF o;

SELECT * FROM (SELECT * FROM orders WHERE id = 1 FOR UPDATE) s;

WITH o AS (SELECT * FROM orders WHERE id = 1 FOR SHARE) SELECT * FROM o;

SELECT 1 WHERE EXISTS (SELECT 1 FROM orders FOR UPDATE);

SELECT * FROM paid FOR UPDATE;

SELECT * INTO copied FROM orders;

SELECT 1 AS x INTO TEMP copied;

SELECT 1 AS x INTO UNLOGGED TABLE app.copied;

WITH d AS (DELETE FROM order_items RETURNING *) SELECT * FROM d;

WITH d AS (DELETE FROM order_items) SELECT 1;

WITH u AS (UPDATE orders SET note = 'x' WHERE id = 1 RETURNING id), d AS (DELETE FROM audit) SELECT * FROM u;

WITH i AS (INSERT INTO audit (what) VALUES ('cte') RETURNING what) SELECT count(*) FROM i;

WITH m AS (MERGE INTO vehicles s USING (VALUES (1)) v (id) ON s.id = v.id WHEN NOT MATCHED THEN INSERT VALUES (v.id, 2) RETURNING merge_action()) TABLE m;

WITH o AS (SELECT id FROM orders), d AS (DELETE FROM order_items USING o WHERE order_id = o.id AND o.id = 3 RETURNING 1) SELECT (SELECT count(*) FROM d);

VALUES (nextval('tickets'));

SELECT nextval('tickets'), currval('tickets'), lastval();

SELECT setval('tickets', 50);

SELECT setval('tickets'::regclass, 50, false) FROM orders;

SELECT pg_catalog.nextval('public.tickets');

SELECT * FROM numbered;

SELECT count(ticket) FROM (SELECT * FROM numbered LIMIT 1) n;

SELECT id, nextval(pg_get_serial_sequence('products', 'id')) FROM products LIMIT 1;

SELECT lo_create(0);

SELECT lo_from_bytea(0, 'abc');

SELECT lo_put(424200, 0, 'x');

SELECT lo_get(424200);

SELECT lo_unlink(424200);

SELECT lo_open(424200, 131072), lowrite(0, 'abc');

SELECT lo_creat(-1);

SELECT lo_import('/etc/hosts');

SELECT lo_export(424200, '@scratch@/exported');

SELECT pg_notify('news', 'hello');

SELECT pg_advisory_lock(1), pg_advisory_unlock(1);

SELECT pg_try_advisory_xact_lock(1, 2), pg_advisory_xact_lock_shared(3);

SELECT set_config('work_mem', '8MB', true);

SELECT set_config('app.tenant', '1', false), current_setting('app.tenant', true);

SELECT pg_sleep(0);

SELECT pg_cancel_backend(0);

SELECT pg_read_file('/etc/hosts'), pg_ls_dir('.'), pg_stat_file('base');

SELECT query_to_xml('SELECT logged(''x'')', true, false, '');

SELECT query_to_xml('SELECT * FROM orders', true, false, ''), table_to_xml('orders', true, false, '');

DECLARE c CURSOR FOR SELECT 1;
SELECT cursor_to_xml('c', 1, true, false, '');

SELECT * FROM ts_stat('SELECT words FROM products');

SELECT * FROM crosstab('SELECT 1, 2, 3') AS t (a int, b int);

SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery');

SELECT dblink_connect('self', 'host=127.0.0.1 port=1');

SELECT pg_logical_emit_message(true, 'a', 'b');

SELECT pg_stat_reset_single_table_counters('orders'::regclass);

SELECT pg_stat_reset_shared('bgwriter');

SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'orders', 'relpages', 5);

SELECT pg_clear_attribute_stats('public', 'orders', 'id', false);

SELECT pg_relation_filenode('orders');

CREATE INDEX words ON products USING gin (words);
SELECT gin_clean_pending_list('words'::regclass);
CREATE INDEX placed ON orders USING brin (placed);
SELECT brin_summarize_new_values('placed'), brin_desummarize_range('placed', 0);

SELECT pg_switch_wal();

SELECT pg_create_restore_point('x');

SELECT pg_log_backend_memory_contexts(pg_backend_pid());

SELECT pg_rotate_logfile();

SELECT pg_reload_conf();

SELECT pg_import_system_collations('public');

SELECT txid_current(), pg_current_xact_id();

SELECT setseed(0.5), random();

SELECT gen_random_uuid(), uuidv7(), clock_timestamp(), random(1, 6), timeofday();

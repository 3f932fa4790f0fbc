-- What cannot stand in a transaction.

-- alone
VACUUM;
VACUUM FULL orders;
VACUUM (ANALYZE, VERBOSE, FREEZE, INDEX_CLEANUP auto) customers (name);
VACUUM ANALYZE orders, app.settings;
VACUUM (ONLY_DATABASE_STATS);
CLUSTER;
CHECKPOINT;
REINDEX (VERBOSE) SCHEMA app;
REINDEX DATABASE CONCURRENTLY alone;
REINDEX SYSTEM alone;
REINDEX TABLE CONCURRENTLY orders;
CREATE INDEX CONCURRENTLY later ON orders (note);
DROP INDEX CONCURRENTLY later;
ALTER TABLE readings DETACH PARTITION readings_rest;
ALTER TABLE readings DETACH PARTITION readings_2026 CONCURRENTLY;
ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';

-- alone
CREATE DATABASE another OWNER agent TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' CONNECTION LIMIT 5;
ALTER DATABASE another WITH ALLOW_CONNECTIONS false;
ALTER DATABASE another CONNECTION LIMIT 3;
ALTER DATABASE another SET TABLESPACE pg_default;
ALTER DATABASE another REFRESH COLLATION VERSION;
ALTER DATABASE another RENAME TO other;
COMMENT ON DATABASE other IS 'x';
DROP DATABASE other WITH (FORCE);
DROP DATABASE IF EXISTS never_was;

-- alone
ALTER SYSTEM SET work_mem = '6MB';
ALTER SYSTEM RESET work_mem;
ALTER SYSTEM RESET ALL;
SELECT pg_reload_conf();

-- alone
CREATE TABLESPACE spare LOCATION '@scratch@';
ALTER TABLESPACE pg_default SET (seq_page_cost = 2);
ALTER TABLESPACE pg_default RESET (seq_page_cost);
ALTER TABLESPACE pg_default OWNER TO agent;
DROP TABLESPACE IF EXISTS spare;

-- alone
SELECT pg_create_physical_replication_slot('slot', true);
SELECT * FROM pg_replication_slots;
SELECT pg_drop_replication_slot('slot');
SELECT pg_replication_origin_create('origin'), pg_replication_origin_drop('origin');
SELECT pg_backup_start('x', true);
SELECT * FROM pg_backup_stop(false);
SELECT pg_wal_replay_pause();

-- alone
CALL refund(1);
DO $$ BEGIN INSERT INTO audit (what) VALUES ('do'); COMMIT; ROLLBACK; END $$;
SELECT txid_current();
SELECT pg_current_xact_id() IS NOT NULL;
SELECT lo_create(77), lo_unlink(77);
LISTEN news;
NOTIFY news, 'now';
SELECT pg_notify('news', 'now');
SELECT nextval('tickets'), currval('tickets'), lastval();
SELECT currval('tickets'), lastval();
SELECT * FROM pg_sequences;
PREPARE p AS SELECT 1;
EXECUTE p;
DEALLOCATE p;
DISCARD PLANS;
UNLISTEN *;
SELECT pg_advisory_lock(7);
SELECT pg_advisory_unlock_all();

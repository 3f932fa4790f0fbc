import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { analyseTree, type StatementFacts } from './analyse.ts';
import { effectsOf, ownEffectsOf, type Prepared } from './effects.ts';

before(loadModule);

function facts(sql: string): readonly StatementFacts[] {
  return analyseTree(parseSync(sql), sql).statements;
}

function effects(sql: string, prepared?: Prepared): string {
  const found = facts(sql).flatMap((statement) => effectsOf(statement, undefined, prepared));
  const words = found.map(({ kind, action, resource }) => `${kind}.${action} ${resource}`.trim());
  return [...new Set(words)].sort().join(', ');
}

/** Every row: a text and its effects without a catalog, sorted. */
const tables: Readonly<Record<string, readonly (readonly [sql: string, effects: string])[]>> = {
  reading: [
    ['SELECT 1', 'read.select'],
    ['', ''],
    ['-- DROP TABLE t', ''],
    ['SELECT * FROM users', 'read.select public.users'],
    ['TABLE users', 'read.select public.users'],
    ['VALUES (1), (2)', 'read.select'],
    ['SELECT * FROM Users', 'read.select public.users'],
    ['SELECT * FROM "Odd Case"', 'read.select public."Odd Case"'],
    ['SELECT * FROM "user"', 'read.select public."user"'],
    ['SELECT * FROM "a""b"."c.d"', 'read.select "a""b"."c.d"'],
    ['SELECT * FROM U&"\\0075sers"', 'read.select public.users'],
    ['SELECT * FROM shop.orders', 'read.select shop.orders'],
    ['SELECT * FROM db.shop.orders', 'read.select shop.orders'],
    ['SELECT * FROM ONLY users', 'read.select public.users'],
    ['SELECT * FROM pg_class', 'read.select pg_catalog.pg_class'],
    ['SELECT * FROM information_schema.tables', 'read.select information_schema.tables'],
    ['SELECT * FROM a JOIN b USING (id)', 'read.select public.a, read.select public.b'],
    ['SELECT * FROM a, LATERAL (SELECT * FROM b) s', 'read.select public.a, read.select public.b'],
    ['SELECT (SELECT max(x) FROM b) FROM a', 'read.select public.a, read.select public.b'],
    ['SELECT 1 WHERE EXISTS (SELECT 1 FROM secret)', 'read.select public.secret'],
    ['SELECT * FROM a ORDER BY (SELECT 1 FROM b)', 'read.select public.a, read.select public.b'],
    ['SELECT * FROM a LIMIT (SELECT 1 FROM b)', 'read.select public.a, read.select public.b'],
    [
      'SELECT count(*) FILTER (WHERE x IN (SELECT 1 FROM b)) FROM a',
      'read.select public.a, read.select public.b',
    ],
    ['SELECT sum(x) OVER (ORDER BY (SELECT 1 FROM b)) FROM a', 'read.select public.a, read.select public.b'],
    ['SELECT ARRAY(SELECT id FROM a)', 'read.select public.a'],
    ['SELECT CASE WHEN true THEN (SELECT 1 FROM a) END', 'read.select public.a'],
    ['SELECT 1 FROM a UNION SELECT 1 FROM b', 'read.select public.a, read.select public.b'],
    [
      '(SELECT 1 FROM a) EXCEPT (SELECT 1 FROM b UNION SELECT 1 FROM c)',
      'read.select public.a, read.select public.b, read.select public.c',
    ],
    ['SELECT * FROM a TABLESAMPLE bernoulli (10)', 'read.select public.a'],
    ['SELECT * FROM a TABLESAMPLE evil (10)', 'execute.function public.evil, read.select public.a'],
    ["SELECT * FROM xmltable('/a' PASSING (SELECT x FROM doc) COLUMNS a int)", 'read.select public.doc'],
    ["SELECT * FROM json_table((SELECT x FROM doc), '$' COLUMNS (a int))", 'read.select public.doc'],
    ["SELECT JSON_OBJECT('a' VALUE (SELECT 1 FROM b)) FROM c", 'read.select public.b, read.select public.c'],
    ['SELECT json_arrayagg(x ORDER BY y) FROM t', 'read.select public.t'],
    ['SELECT GROUPING(a), count(*) FROM t GROUP BY ROLLUP (a)', 'read.select public.t'],
    ['SELECT current_user, current_date, greatest(1, 2), nullif(1, 2), coalesce(1, 2)', 'read.select'],
    [
      "SELECT x AT TIME ZONE 'UTC', extract(year FROM x), substring(y FROM 1), trim(y), overlay(y PLACING 'a' FROM 1) FROM t",
      'read.select public.t',
    ],
    ['SELECT * FROM t WHERE a[1:2] = ARRAY[1, 2] AND (b).c IS NULL', 'read.select public.t'],
    ['DECLARE c CURSOR FOR SELECT * FROM users', 'read.select public.users'],
    ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'read.select'],
  ],
  'names of CTEs': [
    ['WITH u AS (SELECT * FROM users) SELECT * FROM u', 'read.select public.users'],
    ['WITH users AS (SELECT * FROM users) SELECT * FROM users', 'read.select public.users'],
    ['WITH users AS (SELECT 1) SELECT * FROM users', 'read.select'],
    ['WITH users AS (SELECT 1) SELECT * FROM public.users', 'read.select public.users'],
    ['WITH RECURSIVE t AS (SELECT 1 UNION SELECT 1 FROM t) SELECT * FROM t', 'read.select'],
    ['WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b', 'read.select public.b'],
    ['WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b', 'read.select'],
    ['SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) s, x', 'read.select public.x'],
    ['WITH x AS (SELECT 1) SELECT 1 UNION SELECT 1 FROM x', 'read.select'],
    ['WITH x AS (SELECT 1) INSERT INTO x SELECT * FROM x', 'write.insert public.x'],
    ['WITH t AS (SELECT 1) DELETE FROM t WHERE id = 1', 'write.delete public.t'],
  ],
  'several statements': [
    ['SELECT 1; DROP TABLE users', 'read.select, schema.drop public.users'],
    ['COMMIT; DROP TABLE users', 'schema.drop public.users, session.commit'],
    ['BEGIN; DELETE FROM t; COMMIT', 'session.begin, session.commit, write.delete public.t'],
    [';;SELECT 1;;', 'read.select'],
  ],
  writing: [
    ['INSERT INTO t VALUES (1)', 'write.insert public.t'],
    ['INSERT INTO t DEFAULT VALUES', 'write.insert public.t'],
    ['INSERT INTO t SELECT * FROM u', 'read.select public.u, write.insert public.t'],
    ['INSERT INTO t VALUES ((SELECT 1 FROM u))', 'read.select public.u, write.insert public.t'],
    ['INSERT INTO t VALUES (1) RETURNING id', 'read.select public.t, write.insert public.t'],
    ['INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING', 'write.insert public.t'],
    [
      'INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1',
      'write.insert public.t, write.update public.t',
    ],
    [
      'INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET x = (SELECT 1 FROM u)',
      'read.select public.u, write.insert public.t, write.update public.t',
    ],
    ['UPDATE t SET a = 1 WHERE id = 1', 'write.update public.t'],
    ['UPDATE t SET a = u.a FROM u WHERE t.id = u.id', 'read.select public.u, write.update public.t'],
    ['UPDATE t SET (a, b) = (SELECT 1, 2 FROM u)', 'read.select public.u, write.update public.t'],
    [
      'DELETE FROM t USING u WHERE t.id = u.id RETURNING t.*',
      'read.select public.t, read.select public.u, write.delete public.t',
    ],
    [
      'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE',
      'read.select public.s, write.delete public.t, write.merge public.t',
    ],
    [
      'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)',
      'read.select public.s, write.insert public.t, write.merge public.t, write.update public.t',
    ],
    [
      'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DO NOTHING',
      'read.select public.s, write.merge public.t',
    ],
    ['TRUNCATE a, b.c', 'write.truncate b.c, write.truncate public.a'],
    ['LOCK TABLE t IN ACCESS EXCLUSIVE MODE', 'write.lock public.t'],
    ['SELECT * FROM t FOR UPDATE', 'read.select public.t, write.lock public.t'],
    ['SELECT * FROM t FOR KEY SHARE', 'read.select public.t, write.lock public.t'],
    [
      'SELECT * FROM t a, u b FOR SHARE OF b',
      'read.select public.t, read.select public.u, write.lock public.u',
    ],
    ['SELECT * FROM (SELECT * FROM t) s FOR UPDATE', 'read.select public.t, write.lock public.t'],
    ["SELECT nextval('orders_id_seq')", 'read.select, write.nextval public.orders_id_seq'],
    ['SELECT nextval(\'"Odd".seq\'::regclass)', 'read.select, write.nextval "Odd".seq'],
    ["SELECT setval('shop.S', 1)", 'read.select, write.setval shop.s'],
    ['SELECT nextval($1)', 'read.select, write.nextval'],
    [
      'UPDATE pg_settings SET setting = $1',
      'opaque.set pg_catalog.pg_settings, write.update pg_catalog.pg_settings',
    ],
    [
      'UPDATE pg_authid SET rolsuper = true',
      'access.catalog pg_catalog.pg_authid, write.update pg_catalog.pg_authid',
    ],
  ],
  'writing from within a read': [
    ['WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d', 'read.select public.t, write.delete public.t'],
    ['WITH d AS (DELETE FROM t) SELECT 1', 'read.select, write.delete public.t'],
    [
      'SELECT * FROM (WITH d AS (UPDATE t SET a = 1 RETURNING a) SELECT * FROM d) s',
      'read.select public.t, write.update public.t',
    ],
    [
      'WITH a AS (WITH b AS (INSERT INTO t VALUES (1)) SELECT 1) SELECT * FROM a',
      'read.select, write.insert public.t',
    ],
    ['EXPLAIN SELECT * FROM t', 'read.explain public.t'],
    ['EXPLAIN SELECT 1', 'read.explain'],
    ['EXPLAIN DELETE FROM t', 'read.explain public.t'],
    ['EXPLAIN (ANALYZE false) DELETE FROM t', 'read.explain public.t'],
    ['EXPLAIN (ANALYZE 0, VERBOSE) DELETE FROM t', 'read.explain public.t'],
    ['EXPLAIN ANALYZE DELETE FROM t', 'write.delete public.t'],
    ['EXPLAIN (ANALYZE) DELETE FROM t', 'write.delete public.t'],
    ['EXPLAIN (ANALYZE off, ANALYZE on) DELETE FROM t', 'write.delete public.t'],
    ['EXPLAIN (ANALYZE 1) SELECT 1', 'read.select'],
    ['EXPLAIN CREATE TABLE x AS SELECT * FROM t', 'read.explain public.t'],
    ['EXPLAIN ANALYZE CREATE TABLE x AS SELECT * FROM t', 'read.select public.t, schema.create public.x'],
    ['EXPLAIN SELECT evil()', 'execute.function public.evil, read.explain'],
    ['SELECT * INTO copy FROM users', 'read.select public.users, schema.create public.copy'],
    ['SELECT 1 INTO TEMP copy', 'read.select, schema.create pg_temp.copy'],
    ['CREATE TABLE copy AS SELECT * FROM users', 'read.select public.users, schema.create public.copy'],
    ['CREATE MATERIALIZED VIEW v AS SELECT * FROM users', 'read.select public.users, schema.create public.v'],
    ['PREPARE p AS DELETE FROM t', 'write.delete public.t'],
    ['PREPARE p (int) AS SELECT $1', 'read.select'],
    ['EXECUTE p', 'opaque.execute p'],
    ['EXPLAIN ANALYZE EXECUTE p', 'opaque.execute p'],
    ['CREATE TABLE x AS EXECUTE p', 'opaque.execute p, schema.create public.x'],
  ],
  COPY: [
    ['COPY t TO STDOUT', 'read.copy_to public.t'],
    ['COPY t (a, b) FROM STDIN WITH (FORMAT csv)', 'write.copy_from public.t'],
    ['COPY (SELECT * FROM t) TO STDOUT', 'read.copy_to public.t'],
    ['COPY (SELECT 1) TO STDOUT', 'read.copy_to'],
    ['COPY (DELETE FROM t RETURNING *) TO STDOUT', 'read.copy_to public.t, write.delete public.t'],
    ["COPY t TO '/tmp/x'", 'execute.copy_file /tmp/x, read.copy_to public.t'],
    ["COPY t FROM '/etc/passwd'", 'execute.copy_file /etc/passwd, write.copy_from public.t'],
    ["COPY t TO PROGRAM 'sh'", 'execute.copy_program, read.copy_to public.t'],
    ["COPY t FROM PROGRAM 'sh'", 'execute.copy_program, write.copy_from public.t'],
    ["COPY (SELECT 1) TO PROGRAM 'sh'", 'execute.copy_program, read.copy_to'],
  ],
  'running code': [
    ["DO 'BEGIN DROP TABLE t; END'", 'execute.do'],
    ['DO LANGUAGE plpgsql $$BEGIN END$$', 'execute.do'],
    ['CALL p(1)', 'execute.call public.p'],
    ['CALL shop.p((SELECT 1 FROM t))', 'execute.call shop.p, read.select public.t'],
    ["LOAD 'auto_explain'", 'execute.load auto_explain'],
    [
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      'execute.create_function public.f, schema.create public.f',
    ],
    ["CREATE PROCEDURE shop.f() LANGUAGE sql AS ''", 'execute.create_function shop.f, schema.create shop.f'],
    [
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM t; SELECT 1; END',
      'execute.create_function public.f, schema.create public.f',
    ],
    ['ALTER FUNCTION f() SECURITY DEFINER', 'execute.create_function public.f, schema.alter public.f'],
    ['CREATE EXTENSION dblink', 'execute.create_function dblink, schema.create dblink'],
    ['ALTER EXTENSION dblink UPDATE', 'execute.create_function dblink, schema.alter dblink'],
    ['CREATE LANGUAGE plpython3u', 'execute.create_function plpython3u, schema.create plpython3u'],
    [
      'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f)',
      'execute.create_function public."===", schema.create public."==="',
    ],
    [
      'CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)',
      'execute.create_function public.a, schema.create public.a',
    ],
    ['CREATE CAST (int AS text) WITH FUNCTION f(int)', 'execute.create_function, schema.create'],
    [
      'CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()',
      'execute.create_function e, schema.create e',
    ],
    [
      'CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()',
      'execute.function public.f, schema.create public.t',
    ],
    [
      "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'x')",
      'execute.create_server s, schema.create s',
    ],
    [
      "CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (program 'sh')",
      'execute.create_foreign_table, schema.create public.f',
    ],
    ['IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b', 'execute.import_foreign_schema b, schema.import b'],
    [
      "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
      'execute.create_subscription s, schema.create s',
    ],
    ['SELECT my_func(1)', 'execute.function public.my_func, read.select'],
    ['SELECT shop.my_func(1)', 'execute.function shop.my_func, read.select'],
    ['SELECT pg_temp.f()', 'execute.function pg_temp.f, read.select'],
    ['SELECT * FROM my_func(1) AS t', 'execute.function public.my_func, read.select'],
    ['SELECT 1 FROM t WHERE my_func(x)', 'execute.function public.my_func, read.select public.t'],
    ['INSERT INTO t VALUES (my_func())', 'execute.function public.my_func, write.insert public.t'],
    ['CREATE TABLE t (a int DEFAULT my_func())', 'execute.function public.my_func, schema.create public.t'],
    ['CREATE INDEX ON t (my_func(a))', 'execute.function public.my_func, schema.create public.t'],
  ],
  'built-in functions': [
    ['SELECT lower(a), count(*), now(), pg_catalog.length(b) FROM t', 'read.select public.t'],
    ['SELECT random(), gen_random_uuid(), clock_timestamp()', 'read.select'],
    ["SELECT pg_read_file('/etc/passwd')", 'execute.pg_read_file pg_catalog.pg_read_file, read.select'],
    [
      "SELECT pg_catalog.pg_read_file('/etc/passwd')",
      'execute.pg_read_file pg_catalog.pg_read_file, read.select',
    ],
    ['SELECT "pg_read_file"($1)', 'execute.pg_read_file pg_catalog.pg_read_file, read.select'],
    [
      "SELECT ('/etc/passwd'::text).pg_read_file",
      'execute.pg_read_file pg_catalog.pg_read_file, read.select',
    ],
    ["SELECT pg_ls_dir('.')", 'execute.pg_ls_dir pg_catalog.pg_ls_dir, read.select'],
    ["SELECT lo_export(1, '/tmp/x')", 'execute.lo_export pg_catalog.lo_export, read.select'],
    ["SELECT lo_import('/etc/passwd')", 'execute.lo_import pg_catalog.lo_import, read.select'],
    [
      "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)",
      'execute.dblink pg_catalog.dblink, read.select',
    ],
    ["SELECT dblink_exec('x', 'y')", 'execute.dblink_exec pg_catalog.dblink_exec, read.select'],
    [
      "SELECT query_to_xml('SELECT * FROM users', true, true, '')",
      'execute.query_to_xml pg_catalog.query_to_xml, read.select',
    ],
    [
      "SELECT table_to_xml('users', true, true, '')",
      'execute.table_to_xml pg_catalog.table_to_xml, read.select',
    ],
    [
      "SELECT database_to_xml_and_xmlschema(true, true, '')",
      'execute.database_to_xml_and_xmlschema pg_catalog.database_to_xml_and_xmlschema, read.select',
    ],
    ["SELECT * FROM ts_stat('SELECT x FROM users')", 'execute.ts_stat pg_catalog.ts_stat, read.select'],
    ["SELECT * FROM crosstab('SELECT 1')", 'execute.crosstab pg_catalog.crosstab, read.select'],
    ['SELECT pg_sleep(1000)', 'execute.pg_sleep pg_catalog.pg_sleep, read.select'],
    ["SELECT pg_sleep_for('1 day')", 'execute.pg_sleep_for pg_catalog.pg_sleep_for, read.select'],
    [
      'SELECT pg_terminate_backend(1)',
      'execute.pg_terminate_backend pg_catalog.pg_terminate_backend, read.select',
    ],
    ['SELECT pg_reload_conf()', 'execute.pg_reload_conf pg_catalog.pg_reload_conf, read.select'],
    [
      'SELECT * FROM pg_stat_get_activity(NULL)',
      'execute.pg_stat_get_activity pg_catalog.pg_stat_get_activity, read.select',
    ],
    [
      "SELECT pg_create_logical_replication_slot('a', 'b')",
      'execute.pg_create_logical_replication_slot pg_catalog.pg_create_logical_replication_slot, read.select',
    ],
    [
      "SELECT pg_drop_replication_slot('a')",
      'execute.pg_drop_replication_slot pg_catalog.pg_drop_replication_slot, read.select',
    ],
    [
      "SELECT pg_logical_emit_message(true, 'a', 'b')",
      'execute.pg_logical_emit_message pg_catalog.pg_logical_emit_message, read.select',
    ],
    ['SELECT pg_advisory_lock(1)', 'read.select, session.lock'],
    ['SELECT pg_try_advisory_xact_lock(1)', 'read.select, session.lock'],
    ["SELECT pg_notify('a', 'b')", 'read.select, session.notify'],
    ["SELECT set_config('search_path', 'x', false)", 'read.select, session.set search_path'],
    ["SELECT set_config('ROLE', 'postgres', true)", 'access.set role, read.select'],
    [
      "SELECT set_config('standard_conforming_strings', 'off', false)",
      'opaque.set standard_conforming_strings, read.select',
    ],
    [
      "SELECT set_config('standard_conforming_strings', $1, false)",
      'opaque.set standard_conforming_strings, read.select',
    ],
    ['SELECT set_config($1, $2, false)', 'opaque.set, read.select'],
    [
      'SELECT set_config(name, setting, false) FROM pg_settings',
      'opaque.set, read.select pg_catalog.pg_settings',
    ],
    ["SELECT current_setting('x')", 'read.select'],
  ],
  schema: [
    ['CREATE TABLE t (a int)', 'schema.create public.t'],
    ['CREATE TEMP TABLE t (a int)', 'schema.create pg_temp.t'],
    ['CREATE TABLE t (LIKE u)', 'read.select public.u, schema.create public.t'],
    ['CREATE TABLE t (a int REFERENCES u)', 'read.select public.u, schema.create public.t'],
    ['CREATE VIEW v AS SELECT * FROM t', 'read.select public.t, schema.create public.v'],
    [
      'CREATE RULE r AS ON SELECT TO v DO INSTEAD SELECT * FROM t',
      'read.select public.t, schema.create public.v',
    ],
    [
      'CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM u',
      'schema.create public.t, write.delete public.u',
    ],
    ['CREATE SCHEMA s CREATE TABLE t (a int)', 'schema.create public.t, schema.create s'],
    ['CREATE SEQUENCE s', 'schema.create public.s'],
    ["CREATE TYPE e AS ENUM ('a')", 'schema.create public.e'],
    ['CREATE TYPE c AS (a int)', 'schema.create public.c'],
    ['CREATE DOMAIN d AS int CHECK (f(VALUE))', 'execute.function public.f, schema.create public.d'],
    ['CREATE DATABASE d', 'schema.create d'],
    ['CREATE STATISTICS s ON a, b FROM t', 'read.select public.t, schema.create public.s'],
    ['CREATE PUBLICATION p FOR TABLE t', 'read.select public.t, schema.create p'],
    ['ALTER TABLE t ADD COLUMN a int DEFAULT (f())', 'execute.function public.f, schema.alter public.t'],
    ['ALTER TABLE t RENAME TO u', 'schema.alter public.t'],
    ['ALTER TABLE t SET SCHEMA s', 'schema.alter public.t'],
    ['ALTER TABLE t ATTACH PARTITION p DEFAULT', 'schema.alter public.p, schema.alter public.t'],
    ['ALTER TABLE t DISABLE TRIGGER ALL', 'schema.alter public.t'],
    ['ALTER TYPE e ADD VALUE $$b$$', 'schema.alter public.e'],
    ['ALTER SCHEMA a RENAME TO b', 'schema.alter a'],
    ['DROP TABLE a, s.b', 'schema.drop public.a, schema.drop s.b'],
    ['DROP VIEW v', 'schema.drop public.v'],
    ['DROP SCHEMA s CASCADE', 'schema.drop s'],
    ['DROP FUNCTION f(int)', 'schema.drop public.f'],
    ['DROP TYPE s.e', 'schema.drop s.e'],
    ['DROP TRIGGER g ON s.t', 'schema.drop s.t'],
    ['DROP DATABASE d', 'schema.drop d'],
    ['DROP EXTENSION x', 'schema.drop x'],
    ['DROP CAST (int AS text)', 'schema.drop'],
    ["COMMENT ON TABLE t IS 'x'", 'schema.comment public.t'],
    ["COMMENT ON COLUMN s.t.c IS 'x'", 'schema.comment s.t'],
    ["SECURITY LABEL ON TABLE t IS 'x'", 'schema.security_label public.t'],
    ['REINDEX TABLE t', 'schema.reindex public.t'],
    ['REINDEX DATABASE d', 'schema.reindex d'],
    ['CLUSTER t', 'schema.cluster public.t'],
    ['VACUUM FULL t', 'schema.vacuum public.t'],
    ['ANALYZE', 'schema.analyze'],
    ['REFRESH MATERIALIZED VIEW v', 'schema.refresh public.v'],
  ],
  access: [
    ['GRANT SELECT ON t TO a', 'access.grant public.t'],
    ['GRANT ALL ON ALL TABLES IN SCHEMA s TO a', 'access.grant s'],
    ['REVOKE ALL ON s.t FROM a', 'access.revoke s.t'],
    ['GRANT admin TO a', 'access.grant admin'],
    ['CREATE ROLE a', 'access.create_role a'],
    ["CREATE USER a PASSWORD 'x'", 'access.create_role a'],
    ['ALTER ROLE a SUPERUSER', 'access.alter_role a'],
    ['ALTER ROLE a SET role = b', 'access.alter_role a'],
    ['ALTER DATABASE d SET x = 1', 'access.alter_database d'],
    ['DROP ROLE a, b', 'access.drop_role a, access.drop_role b'],
    ['ALTER ROLE a RENAME TO b', 'access.alter a'],
    ['REASSIGN OWNED BY a TO b', 'access.reassign_owned'],
    ['DROP OWNED BY a', 'access.drop_owned'],
    ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a', 'access.default_privileges'],
    ['ALTER TABLE t OWNER TO a', 'access.owner public.t, schema.alter public.t'],
    ['ALTER FUNCTION f() OWNER TO a', 'access.owner public.f'],
    ['ALTER TABLE t DISABLE ROW LEVEL SECURITY', 'access.row_security public.t, schema.alter public.t'],
    ['CREATE POLICY p ON t USING (true)', 'access.policy public.t'],
    ['DROP POLICY p ON s.t', 'access.drop s.t'],
    ["CREATE USER MAPPING FOR a SERVER s OPTIONS (password 'x')", 'access.user_mapping s'],
    ["ALTER SYSTEM SET archive_command = 'sh'", 'access.alter_system archive_command'],
    ['CHECKPOINT', 'access.checkpoint'],
    ['SET ROLE postgres', 'access.set role'],
    ['SET "Role" = postgres', 'access.set role'],
    ['SET LOCAL ROLE NONE', 'access.set role'],
    ['RESET ROLE', 'access.set role'],
    ['SET SESSION AUTHORIZATION a', 'access.set session_authorization'],
    ['RESET SESSION AUTHORIZATION', 'access.set session_authorization'],
    ['SET session_replication_role = replica', 'access.set session_replication_role'],
  ],
  session: [
    ['SET search_path = a, b', 'session.set search_path'],
    ['SET TIME ZONE LOCAL', 'session.reset timezone'],
    ['SET TRANSACTION READ WRITE', 'session.set transaction'],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE', 'session.set session characteristics'],
    ['SET transaction_read_only = off', 'session.set transaction_read_only'],
    ['SET standard_conforming_strings = on', 'session.set standard_conforming_strings'],
    ['SET standard_conforming_strings = off', 'opaque.set standard_conforming_strings'],
    ["SET NAMES 'UTF-8'", 'session.set client_encoding'],
    ["SET NAMES 'SJIS'", 'opaque.set client_encoding'],
    ["SET client_encoding TO 'BIG5'", 'opaque.set client_encoding'],
    ["SET local_preload_libraries = 'x'", 'execute.load local_preload_libraries'],
    ['RESET ALL', 'session.reset'],
    ['SHOW search_path', 'session.show search_path'],
    ['DISCARD ALL', 'session.discard'],
    ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'session.begin'],
    ['START TRANSACTION READ ONLY', 'session.begin'],
    ['END', 'session.commit'],
    ['ABORT', 'session.rollback'],
    ['SAVEPOINT a', 'session.savepoint'],
    ['ROLLBACK TO a', 'session.rollback_to'],
    ["PREPARE TRANSACTION 'x'", 'opaque.prepare'],
    ["COMMIT PREPARED 'x'", 'opaque.commit_prepared'],
    ['LISTEN a', 'session.listen a'],
    ["NOTIFY a, 'x'", 'session.notify a'],
    ['FETCH ALL FROM c', 'session.fetch c'],
    ['MOVE c', 'session.move c'],
    ['CLOSE c', 'session.close c'],
    ['DEALLOCATE p', 'session.deallocate p'],
    ['SET CONSTRAINTS ALL DEFERRED', 'session.set_constraints'],
  ],
  'words that are no verbs': [
    ['SELECT 1 AS delete', 'read.select'],
    ['SELECT "drop" FROM t', 'read.select public.t'],
    ["SELECT 'DELETE FROM t'", 'read.select'],
    ['SELECT /* DROP TABLE t; /* nested */ DELETE */ 1', 'read.select'],
    ['SELECT $$ ; DROP TABLE t; $$', 'read.select'],
    ['SELECT $a$ $$ ; DROP TABLE t $a$', 'read.select'],
    ["SELECT E'\\'; DROP TABLE t; --'", 'read.select'],
    ["SELECT '\\'; DROP TABLE t; --'", 'read.select, schema.drop public.t'],
    ["SELECT U&'\\0027; DROP TABLE t'", 'read.select'],
    ["SELECT 'a'\n 'b; --'; DELETE FROM t", 'read.select, write.delete public.t'],
    ['SELECT 1 /* */ ; /**/ DELETE /* x */ FROM t', 'read.select, write.delete public.t'],
  ],
};

for (const [title, rows] of Object.entries(tables)) {
  test(`effects: ${title}`, () => {
    for (const [sql, expected] of rows) assert.equal(sql === '' ? '' : effects(sql), expected, sql);
  });
}

describe('prepared statements', () => {
  const prepared: Prepared = (name) =>
    name === 'p' ? [...facts('SELECT 1 FROM a'), ...facts('DELETE FROM t')] : [];

  test('EXECUTE does whatever its name may stand for', () => {
    assert.equal(effects('EXECUTE p', prepared), 'read.select public.a, write.delete public.t');
    assert.equal(effects('EXECUTE q', prepared), 'opaque.execute q');
    assert.equal(
      effects('EXECUTE p(f())', prepared),
      'execute.function public.f, read.select public.a, write.delete public.t',
    );
  });

  test('EXECUTE by itself does nothing', () => {
    const [execute] = facts('EXECUTE p');
    assert.ok(execute);
    assert.deepEqual(ownEffectsOf(execute, undefined), []);
  });
});

test('facts for the session', () => {
  const tsv = { kind: 'text', delimiter: '\t', null: '\\N', header: false } as const;
  const csv = {
    kind: 'csv',
    delimiter: ',',
    null: '',
    header: false,
    quote: '"',
    escape: '"',
    forceQuote: false,
  } as const;
  const rows: readonly [sql: string, facts: Partial<StatementFacts>][] = [
    ['BEGIN', { transaction: 'begin' }],
    ['ROLLBACK TO SAVEPOINT a', { transaction: 'rollback_to' }],
    ['PREPARE "P" AS SELECT 1', { prepares: 'P' }],
    ['EXECUTE p', { executes: ['p'] }],
    ['EXPLAIN ANALYZE EXECUTE p', { executes: ['p'] }],
    ['DEALLOCATE p', { deallocates: 'p' }],
    ['DEALLOCATE ALL', { deallocates: null }],
    ['DISCARD ALL', { deallocates: null }],
    ['COPY t FROM STDIN', { copy: { direction: 'in', format: tsv } }],
    ['COPY t TO STDOUT (FORMAT csv)', { copy: { direction: 'out', format: csv } }],
    ['COPY t TO STDOUT (FORMAT BINARY)', { copy: { direction: 'out', format: { kind: 'binary' } } }],
    ['COPY BINARY t TO STDOUT', { copy: { direction: 'out', format: { kind: 'binary' } } }],
    ['SET Search_Path = a, "B"', { settings: [{ name: 'search_path', value: 'a, B' }] }],
    ['RESET search_path', { settings: [{ name: 'search_path', value: undefined }] }],
    ["SELECT set_config('Search_Path', 'a', false)", { settings: [{ name: 'search_path', value: 'a' }] }],
  ];
  for (const [sql, expected] of rows) assert.partialDeepStrictEqual(facts(sql)[0], expected, sql);
});

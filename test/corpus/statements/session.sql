-- What concerns the session alone, in a transaction.

SET work_mem = '8MB';
SET SESSION work_mem TO DEFAULT;
SET LOCAL work_mem = 8192;
SET search_path = app, public;
SET search_path TO DEFAULT;
SET TIME ZONE 'UTC';
SET TIME ZONE LOCAL;
SET TIME ZONE -7;
SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE;
SET NAMES 'UTF8';
SET DateStyle = 'ISO, DMY';
SET statement_timeout = '10s';
SET "app.tenant" = '7';
SET SCHEMA 'app';
SET XML OPTION CONTENT;
SET client_min_messages FROM CURRENT;
SET standard_conforming_strings = on;
SET client_encoding = 'LATIN1';
SET transform_null_equals = on;
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
SET default_transaction_read_only = off;
RESET enable_seqscan;
RESET TIME ZONE;
RESET ALL;

SHOW work_mem;
SHOW ALL;
SHOW TIME ZONE;
SHOW TRANSACTION ISOLATION LEVEL;
SHOW SESSION AUTHORIZATION;
SHOW search_path;
SHOW "app.tenant";

SET ROLE agent;
SET LOCAL ROLE NONE;
RESET ROLE;
SET SESSION AUTHORIZATION agent;
SET SESSION AUTHORIZATION DEFAULT;
SET session_replication_role = replica;
SET row_security = off;
SET allow_system_table_mods = on;
SET event_triggers = off;

LISTEN news;
LISTEN "Odd";
NOTIFY news;
NOTIFY news, 'payload';
UNLISTEN news;
UNLISTEN *;

SET CONSTRAINTS ALL DEFERRED;
SET CONSTRAINTS orders_customer_id_fkey IMMEDIATE;
SET CONSTRAINTS ALL IMMEDIATE;

DISCARD PLANS;
DISCARD SEQUENCES;
DISCARD TEMP;
DISCARD TEMPORARY;

LOAD 'auto_explain';

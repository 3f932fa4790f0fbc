-- What drivers, ORMs, psql and agents' tools send.

-- name: Django, a list
-- masked: email
SELECT "customers"."id", "customers"."name", "customers"."email" FROM "customers" WHERE "customers"."country" = 'de' ORDER BY "customers"."id" ASC LIMIT 21;

-- name: Django, get
-- masked: email
-- params: [7]
SELECT "customers"."id", "customers"."name", "customers"."email", "customers"."score" FROM "customers" WHERE "customers"."id" = $1 LIMIT 21;

-- name: Django, filter by e-mail
-- params: ["nobody@else.test"]
SELECT "customers"."id" FROM "customers" WHERE "customers"."email" = $1 LIMIT 21;

-- name: Django, exists
-- params: ["nobody@else.test"]
SELECT 1 AS "a" FROM "customers" WHERE "customers"."email" = $1 LIMIT 1;

-- name: Django, annotate
-- masked: email
SELECT "customers"."id", "customers"."email", COUNT("orders"."id") AS "n" FROM "customers" LEFT OUTER JOIN "orders" ON ("customers"."id" = "orders"."customer_id") GROUP BY "customers"."id" ORDER BY "n" DESC, "customers"."id" ASC;

-- name: Django, annotate, every column grouped
-- masked: email
-- with: order
SELECT "customers"."id", "customers"."name", "customers"."email", COUNT("orders"."id") AS "n" FROM "customers" INNER JOIN "orders" ON ("customers"."id" = "orders"."customer_id") GROUP BY "customers"."id", "customers"."name", "customers"."email";

-- name: Django, prefetch
SELECT "orders"."id", "orders"."customer_id", "orders"."total" FROM "orders" WHERE "orders"."customer_id" IN (1, 2, 3) ORDER BY "orders"."id";

-- name: Django, count of a sub-query
SELECT COUNT(*) FROM (SELECT DISTINCT "customers"."country" AS "col1" FROM "customers") subquery;

-- name: Django, update
UPDATE "customers" SET "name" = 'Ann', "score" = 4 WHERE "customers"."id" = 1;

-- name: SQLAlchemy, a list
-- masked: customers_email
-- params: ["de"]
SELECT customers.id AS customers_id, customers.name AS customers_name, customers.email AS customers_email FROM customers WHERE customers.country = $1::VARCHAR ORDER BY customers.id;

-- name: SQLAlchemy, joined loading
-- masked: anon_1_email
SELECT anon_1.customers_id AS anon_1_id, anon_1.customers_email AS anon_1_email, orders_1.id AS orders_1_id, orders_1.total AS orders_1_total FROM (SELECT customers.id AS customers_id, customers.email AS customers_email FROM customers ORDER BY customers.id LIMIT 3 OFFSET 0) AS anon_1 LEFT OUTER JOIN orders AS orders_1 ON anon_1.customers_id = orders_1.customer_id ORDER BY anon_1.customers_id, orders_1.id;

-- name: SQLAlchemy, select in
-- params: [1, 2, 5]
SELECT orders.customer_id AS orders_customer_id, orders.id AS orders_id FROM orders WHERE orders.customer_id IN ($1::INTEGER, $2::INTEGER, $3::INTEGER) ORDER BY orders.id;

-- name: SQLAlchemy, count
SELECT count(*) AS count_1 FROM (SELECT customers.id AS customers_id, customers.email AS customers_email FROM customers) AS anon_1;

-- name: SQLAlchemy, insert many
-- masked: email
INSERT INTO contacts (id, email) SELECT p0::INTEGER, p1::VARCHAR FROM (VALUES (501, 'a@other.test', 0), (502, 'b@other.test', 1)) AS imp_sen(p0, p1, sen_counter) ORDER BY sen_counter RETURNING contacts.id, contacts.email;

-- name: Prisma, find many
-- masked: email
-- params: [0, 5]
SELECT "public"."customers"."id", "public"."customers"."name", "public"."customers"."email" FROM "public"."customers" WHERE 1=1 ORDER BY "public"."customers"."id" ASC LIMIT $2 OFFSET $1;

-- name: Prisma, find unique
-- params: ["nobody@else.test", 1, 0]
SELECT "public"."customers"."id", "public"."customers"."name" FROM "public"."customers" WHERE ("public"."customers"."email" = $1 AND 1=1) LIMIT $2 OFFSET $3;

-- name: Prisma, count
SELECT COUNT(*), COUNT("email") FROM (SELECT "public"."customers"."id", "public"."customers"."email" FROM "public"."customers" WHERE 1=1 OFFSET 0) AS "sub";

-- name: Prisma, aggregate
SELECT COUNT(*), AVG("total"), MIN("total") FROM (SELECT "public"."orders"."id", "public"."orders"."total" FROM "public"."orders" WHERE "public"."orders"."status" = 'paid' OFFSET 0) AS "sub";

-- name: Hibernate, by key
-- masked: email2_0_0_
-- params: [4]
select customer0_.id as id1_0_0_, customer0_.email as email2_0_0_, customer0_.name as name3_0_0_ from customers customer0_ where customer0_.id=$1;

-- name: ActiveRecord, joins
-- masked: email
SELECT "customers".id, "customers".email FROM "customers" INNER JOIN "orders" ON "orders"."customer_id" = "customers"."id" WHERE "orders"."status" = 'paid' AND "orders"."total" BETWEEN 100 AND 200 ORDER BY "customers"."id" ASC, "orders"."id" LIMIT 11;

-- name: ActiveRecord, pluck
-- masked: email
SELECT "customers"."email" FROM "customers" WHERE "customers"."score" IS NULL ORDER BY "customers"."id";

-- name: TypeORM, with joins
-- masked: c_email
SELECT "c"."id" AS "c_id", "c"."email" AS "c_email", "o"."id" AS "o_id" FROM "customers" "c" LEFT JOIN "orders" "o" ON "o"."customer_id"="c"."id" WHERE "c"."id" IN (1, 2) ORDER BY "c"."id", "o"."id";

-- name: Metabase, a question
SELECT CAST(DATE_TRUNC('month', "public"."orders"."placed") AS date) AS "placed", SUM("public"."orders"."total") AS "sum" FROM "public"."orders" GROUP BY CAST(DATE_TRUNC('month', "public"."orders"."placed") AS date) ORDER BY 1 ASC;

-- name: Metabase, a table's first rows
-- masked: email, phone
SELECT "source"."id" AS "id", "source"."name" AS "name", "source"."email" AS "email", "source"."phone" AS "phone" FROM (SELECT "public"."customers"."id" AS "id", "public"."customers"."name" AS "name", "public"."customers"."email" AS "email", "public"."customers"."phone" AS "phone" FROM "public"."customers") AS "source" ORDER BY "source"."id" LIMIT 2000;

-- name: pgAdmin, how many rows
SELECT COUNT(*) FROM public.customers;

-- name: a BI tool's preview
-- masked: email
SELECT id, email FROM (SELECT * FROM customers) AS "Custom SQL Query" LIMIT 5;

-- name: a BI tool's test of the columns
SELECT id, name, country FROM customers WHERE 1 = 0;

-- name: psql, \d of a table: its oid
SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname OPERATOR(pg_catalog.~) '^(customers)$' COLLATE pg_catalog.default AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 2, 3;

-- name: psql, \d of a table: its columns
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), a.attnotnull, (SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS attcollation, a.attidentity, a.attgenerated FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'customers'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;

-- name: psql, \d of a table: its indexes
SELECT c2.relname, i.indisprimary, i.indisunique, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true), pg_catalog.pg_get_constraintdef(con.oid, true) FROM pg_catalog.pg_class c, pg_catalog.pg_class c2, pg_catalog.pg_index i LEFT JOIN pg_catalog.pg_constraint con ON (conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x')) WHERE c.oid = 'customers'::regclass AND c.oid = i.indrelid AND i.indexrelid = c2.oid ORDER BY i.indisprimary DESC, c2.relname;

-- name: psql, \dt
SELECT n.nspname AS "Schema", c.relname AS "Name", CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' END AS "Type", pg_catalog.pg_get_userbyid(c.relowner) AS "Owner" FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1, 2;

-- name: psql, \df
SELECT p.proname, pg_catalog.pg_get_function_result(p.oid), pg_catalog.pg_get_function_arguments(p.oid) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.proname LIKE 'm%' ORDER BY 1, 2;

-- name: psql, \l
SELECT d.datname, pg_catalog.pg_encoding_to_char(d.encoding) FROM pg_catalog.pg_database d WHERE d.datname = 'template1';

-- name: the information schema's tables
SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2;

-- name: the information schema's columns
SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position;

-- name: keys by the information schema
SELECT tc.table_name, kcu.column_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_schema, constraint_name) WHERE tc.constraint_type = 'PRIMARY KEY' AND tc.table_schema = 'public' ORDER BY 1, 2;

-- name: comments of columns, as an agent's tool asks for them
SELECT c.relname, a.attname, col_description(a.attrelid, a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relname = 'orders' AND a.attnum > 0 ORDER BY a.attnum;

-- name: sizes
SELECT relname, pg_total_relation_size(oid) > 0 AS has_size FROM pg_class WHERE relname IN ('customers', 'orders') ORDER BY 1;

-- name: types by OID, as drivers ask for them
SELECT t.oid, t.typname, t.typelem, t.typtype FROM pg_catalog.pg_type t WHERE t.typname IN ('citext', 'mood', 'address', 'phone_number', 'hstore') ORDER BY 2;

-- name: labels of an enum
SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typname = 'mood' ORDER BY e.enumsortorder;

-- name: what a driver asks first
SELECT version() IS NOT NULL AS version, current_schema() AS schema, current_setting('server_encoding') AS encoding;

-- name: SHOW
SHOW transaction_isolation;

-- name: settings for the session
SET LOCAL statement_timeout = '5s'; SET LOCAL timezone = 'UTC'; SELECT id FROM orders ORDER BY id LIMIT 1;

-- name: EXPLAIN
EXPLAIN (COSTS OFF) SELECT id, name FROM customers WHERE country = 'de';

-- name: EXPLAIN of a hidden column
EXPLAIN (COSTS OFF) SELECT email FROM customers WHERE id = 3;

-- name: EXPLAIN ANALYZE
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id;

-- name: PREPARE and EXECUTE
-- masked: email
PREPARE by_country (text) AS SELECT id, email FROM customers WHERE country = $1 ORDER BY id; EXECUTE by_country('de');

-- name: a cursor, in pieces
-- masked: email
DECLARE c NO SCROLL CURSOR FOR SELECT id, email FROM customers ORDER BY id; FETCH FORWARD 5 FROM c; FETCH FORWARD 5 FROM c; CLOSE c;

-- name: COPY out of clear columns
COPY orders TO STDOUT (FORMAT csv, HEADER);

-- name: COPY out of a query
COPY (SELECT id, total, status FROM orders WHERE total > 100 ORDER BY id) TO STDOUT;

-- name: LISTEN
LISTEN news;

-- name: an advisory lock
SELECT pg_try_advisory_xact_lock(42);

-- name: a sequence
SELECT nextval('notes_id_seq') > 0 AS more;

-- name: who am I
SELECT current_user IS NOT NULL AS somebody, session_user = current_user AS same;

-- name: is it alive
SELECT 1;

-- name: nothing
;

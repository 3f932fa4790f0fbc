-- THREATS 16: the same column by other names, other relations, other schemas.

-- name: every column
-- expect: masked
SELECT * FROM customers;

-- name: TABLE
-- expect: masked
TABLE customers;

-- name: an alias that is another column's name
-- expect: masked
SELECT email AS name, name AS email FROM customers;

-- name: quoted and upper case
-- expect: masked
SELECT "email", EMAIL, Customers.eMail FROM "public"."customers";

-- name: Unicode escapes in the name
-- expect: masked
SELECT U&"\0065mail" FROM U&"cust\006fmers";

-- name: the column twice, and a star
-- expect: masked
SELECT "email", *, email FROM customers;

-- name: a table alias
-- expect: masked
SELECT c.* FROM customers AS c WHERE c.id = 1;

-- name: a table alias that is another table's name
-- expect: masked
SELECT orders.email FROM customers AS orders;

-- name: columns renamed by the table alias
-- expect: masked
SELECT c.b, c.f FROM customers AS c (a, b, c, d, e, f);

-- name: columns renamed so that a clear one takes the hidden one's name
-- expect: clear
SELECT email FROM customers AS c (email, a, b, d, e, x);

-- name: the hidden one under a clear one's name
-- expect: masked
SELECT name FROM customers AS c (a, b, d, e, f, name);

-- name: a view
-- expect: masked
SELECT * FROM customer_list;

-- name: a view on a view, with other names
-- expect: masked
SELECT number, mail FROM customer_again;

-- name: a view that computes
-- expect: masked
SELECT id, tag, country FROM customer_tags;

-- name: a view that cuts
-- expect: masked
SELECT hint FROM told;

-- name: a view that joins
-- expect: masked
SELECT * FROM customer_orders WHERE id < 10;

-- name: a view that is a set operation
-- expect: masked
-- with: order
SELECT * FROM all_mail;

-- name: a materialised view
-- expect: masked
SELECT id, email FROM customer_kept;

-- name: a view with a security barrier
-- expect: masked
SELECT * FROM guarded;

-- name: a function that raises, before the filter of a view
-- expect: refused
SELECT id FROM guarded WHERE peek(email);

-- name: a view that shows nothing of it
-- expect: clear
-- with: order
SELECT * FROM country_totals;

-- name: a materialised view that shows nothing of it
-- expect: clear
SELECT * FROM country_kept ORDER BY country;

-- name: the parent of a table
-- expect: masked
SELECT id, email FROM people;

-- name: the parent only
-- expect: masked
SELECT id, email FROM ONLY people;

-- name: the child
-- expect: masked
SELECT email, desk FROM staff;

-- name: the parent, spelled with a star
-- expect: masked
SELECT email FROM people *;

-- name: a partitioned table
-- expect: masked
SELECT id, email FROM events;

-- name: a partition
-- expect: masked
SELECT id, email FROM events_2025;

-- name: an odd name
-- expect: masked
SELECT "E-Mail", "Plain" FROM "Odd Case";

-- name: an odd name with a prefix
-- expect: masked
SELECT o."E-Mail" FROM public."Odd Case" o;

-- name: a namesake in another schema
-- expect: clear
SELECT id, email FROM archive.customers;

-- name: search_path turned to the namesake and back
-- expect: masked
SET LOCAL search_path = archive; SELECT email FROM customers; SET LOCAL search_path = public; SELECT email FROM customers;

-- name: search_path by set_config
-- expect: masked
SELECT set_config('search_path', 'public', true); SELECT id, email FROM customers;

-- name: pg_catalog after public
-- expect: masked
SET LOCAL search_path = public, pg_catalog; SELECT email FROM customers;

-- name: pg_temp named outright
-- expect: masked
SET LOCAL search_path = pg_temp, public; SELECT email FROM customers;

-- name: a temporary table in front of it
-- expect: refused
CREATE TEMP TABLE customers AS SELECT id, email FROM public.customers;

-- name: a temporary view over it
-- expect: refused
CREATE TEMP VIEW mine AS SELECT email FROM customers; SELECT * FROM mine;

-- name: a view of one's own, made and read at once
-- expect: refused
CREATE VIEW mine AS SELECT email AS plain FROM customers; SELECT plain FROM mine;

-- name: renamed, then read
-- expect: refused
ALTER TABLE customers RENAME COLUMN email TO plain; SELECT plain FROM customers;

-- name: the table renamed, then read
-- expect: refused
ALTER TABLE customers RENAME TO plain; SELECT email FROM plain;

-- name: moved to another schema, then read
-- expect: refused
ALTER TABLE contacts SET SCHEMA archive; SELECT email FROM archive.contacts;

-- name: its schema renamed
-- expect: refused
ALTER SCHEMA public RENAME TO plain; SELECT email FROM plain.customers;

-- name: a view's column renamed
-- expect: refused
ALTER VIEW customer_list RENAME COLUMN email TO plain; SELECT plain FROM customer_list;

-- name: columns swapped by renaming
-- expect: refused
ALTER TABLE customers RENAME COLUMN name TO x; ALTER TABLE customers RENAME COLUMN email TO name; SELECT name FROM customers;

-- name: a child of one's own
-- expect: refused
CREATE TABLE mine () INHERITS (customers); SELECT * FROM mine;

-- name: a parent of one's own
-- expect: refused
CREATE TABLE above (email text); ALTER TABLE customers INHERIT above; SELECT email FROM above;

-- name: a partition taken off
-- expect: refused
ALTER TABLE events DETACH PARTITION events_2025; SELECT email FROM events_2025;

-- name: a table attached as a partition
-- expect: refused
CREATE TABLE events_2027 (LIKE events); ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

-- name: a generated column
-- expect: masked
SELECT id, initials FROM customers;

-- name: a generated column of one's own
-- expect: refused
ALTER TABLE customers ADD COLUMN plain text GENERATED ALWAYS AS (email) STORED; SELECT plain FROM customers;

-- name: a virtual generated column of one's own
-- expect: refused
ALTER TABLE customers ADD COLUMN plain text GENERATED ALWAYS AS (email) VIRTUAL; SELECT plain FROM customers;

-- name: system columns beside it
-- expect: masked
SELECT tableoid::regclass::text AS t, email FROM customers;

-- name: through the row's type
-- expect: masked
SELECT (c).email FROM customers c;

-- name: called as a function
-- expect: refused
SELECT email(c) FROM customers c;

-- name: a function called as a column
-- expect: refused
SELECT c.row_to_json FROM customers c;

-- name: a sample of the table
-- expect: masked
SELECT email FROM customers TABLESAMPLE system (100);

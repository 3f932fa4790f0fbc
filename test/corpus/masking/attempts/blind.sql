-- THREATS 19: blind questions. Nothing hidden is shown, but rows, their number or their order would tell.

-- name: LIKE
-- expect: refused
SELECT id FROM customers WHERE email LIKE 'b%';

-- name: ILIKE
-- expect: refused
SELECT id FROM customers WHERE email ILIKE 'B%';

-- name: NOT LIKE
-- expect: refused
SELECT id FROM customers WHERE email NOT LIKE '%k%';

-- name: SIMILAR TO
-- expect: refused
SELECT id FROM customers WHERE email SIMILAR TO '(a|b)%';

-- name: a regular expression
-- expect: refused
SELECT id FROM customers WHERE email ~ '^[a-f]';

-- name: a regular expression without case
-- expect: refused
SELECT id FROM customers WHERE email ~* '^[A-F]';

-- name: starts with, as an operator
-- expect: refused
SELECT id FROM customers WHERE email ^@ 'b';

-- name: less than
-- expect: refused
SELECT id FROM customers WHERE email < 'm';

-- name: not equal
-- expect: refused
SELECT id FROM customers WHERE salary <> 1500000000 AND salary >= 1500000000;

-- name: BETWEEN
-- expect: refused
SELECT id FROM customers WHERE born BETWEEN '1920-01-01' AND '1960-01-01';

-- name: BETWEEN SYMMETRIC
-- expect: refused
SELECT id FROM customers WHERE salary BETWEEN SYMMETRIC 1500000000 AND 1;

-- name: a range operator by its full name
-- expect: refused
SELECT id FROM customers WHERE salary OPERATOR(pg_catalog.>) 1500000000;

-- name: the range of a date
-- expect: refused
SELECT id FROM customers WHERE born <@ daterange('1920-01-01', '1960-01-01');

-- name: a count of a comparison
-- expect: refused
SELECT count(*) FROM customers WHERE salary > 1500000000;

-- name: a filtered aggregate
-- expect: refused
SELECT count(*) FILTER (WHERE email < 'm') FROM customers;

-- name: a count of CASE
-- expect: refused
SELECT count(CASE WHEN email < 'm' THEN 1 END) FROM customers;

-- name: a sum of CASE
-- expect: refused
SELECT sum(CASE WHEN email < 'm' THEN 1 ELSE 0 END) FROM customers;

-- name: NULL by CASE, tested by IS NULL
-- expect: refused
SELECT id, (CASE WHEN email < 'm' THEN 1 END) IS NULL FROM customers;

-- name: NULL by NULLIF, tested by IS NULL
-- expect: refused
SELECT id, NULLIF(left(email, 1), 'b') IS NULL FROM customers;

-- name: NULL by NULLIF, counted
-- expect: refused
SELECT count(NULLIF(email < 'm', true)) FROM customers;

-- name: NULL by CASE, coalesced to a clear column
-- expect: refused
SELECT COALESCE(CASE WHEN email < 'm' THEN name END, 'late') FROM customers;

-- name: NULL by regexp_match
-- expect: refused
SELECT id FROM customers WHERE regexp_match(email, 'kk') IS NOT NULL;

-- name: NULL by substring of a pattern
-- expect: refused
SELECT id FROM customers WHERE substring(email FROM 'k.k') IS NULL;

-- name: NULL by an array index
-- expect: refused
SELECT id, (ARRAY[1, 2, 3])[ascii(email) - 100] IS NULL FROM customers;

-- name: NULL by num_nulls
-- expect: refused
SELECT num_nulls(NULLIF(email < 'm', true)) FROM customers;

-- name: NULL by a strict function in concat_ws
-- expect: refused
SELECT concat_ws('-', 'x', CASE WHEN email < 'm' THEN 'y' END) FROM customers;

-- name: NULL by array_position
-- expect: refused
SELECT id FROM customers WHERE array_position(ARRAY['b', 'c'], left(email, 1)) IS NULL;

-- name: IS TRUE of a comparison
-- expect: refused
SELECT id FROM customers WHERE (email < 'm') IS TRUE;

-- name: a Boolean used bare
-- expect: refused
SELECT id FROM customers WHERE starts_with(lower(email), 'b');

-- name: OR with something true
-- expect: refused
SELECT id FROM customers WHERE id = 1 OR email < 'm';

-- name: NOT of an equality, to a derived table
-- expect: refused
SELECT id FROM (SELECT id, left(email, 1) AS f FROM customers) s WHERE f = 'b';

-- name: equality of a computed value
-- expect: refused
SELECT id FROM customers WHERE left(email, 1) = 'b';

-- name: equality of a length
-- expect: refused
SELECT id FROM customers WHERE length(email) = 27;

-- name: equality of lower
-- expect: refused
SELECT id FROM customers WHERE lower(email) = 'b';

-- name: equality with an expression over another column
-- expect: refused
SELECT id FROM customers WHERE email = name || '@firm.test';

-- name: an array containment
-- expect: refused
SELECT id FROM customers WHERE nicknames @> ARRAY['vxzkqwww'] OR id = 1;

-- name: an array overlap
-- expect: refused
SELECT id FROM customers WHERE nicknames && ARRAY['a', 'vxzkqwww'];

-- name: ANY over the array, by pattern
-- expect: refused
SELECT id FROM customers WHERE 'b%' LIKE ANY (nicknames);

-- name: LIKE ANY of several patterns
-- expect: refused
SELECT id FROM customers WHERE email LIKE ANY (ARRAY['b%', 'c%']);

-- name: its pattern the other way around
-- expect: refused
SELECT id FROM customers WHERE 'bxkkxjxqk@qzzvxzqz.example' LIKE left(email, 1) || '%';

-- name: equality in an index expression
-- expect: refused
SELECT id FROM customers WHERE md5(email) < '8';

-- name: bit by bit
-- expect: refused
SELECT id FROM customers WHERE ascii(substr(email, 1, 1)) & 1 = 1;

-- name: modulo of a number
-- expect: refused
SELECT id FROM customers WHERE salary % 2 = 0;

-- name: ORDER BY it
-- expect: refused
SELECT id FROM customers ORDER BY email;

-- name: ORDER BY its place
-- expect: refused
SELECT id, email FROM customers ORDER BY 2;

-- name: ORDER BY an alias
-- expect: refused
SELECT id, salary AS s FROM customers ORDER BY s DESC;

-- name: ORDER BY something computed
-- expect: refused
SELECT id FROM customers ORDER BY left(email, 1);

-- name: ORDER BY a comparison
-- expect: refused
SELECT id FROM customers ORDER BY email < 'm', id;

-- name: ORDER BY a sub-select
-- expect: refused
SELECT id FROM orders o ORDER BY (SELECT email FROM customers c WHERE c.id = o.customer_id);

-- name: ORDER BY in a sub-select with LIMIT
-- expect: refused
SELECT * FROM (SELECT id FROM customers ORDER BY salary LIMIT 3) s;

-- name: ORDER BY USING
-- expect: refused
SELECT id FROM customers ORDER BY email USING ~<~;

-- name: ORDER BY IS NULL is no secret
-- expect: clear
SELECT id FROM customers ORDER BY email IS NULL, id;

-- name: ORDER BY inside of an aggregate
-- expect: refused
SELECT string_agg(id::text, ',' ORDER BY email) FROM customers;

-- name: array_agg in the order of it
-- expect: refused
SELECT array_agg(id ORDER BY salary DESC) FROM customers;

-- name: WITHIN GROUP in the order of it
-- expect: refused
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY salary) FROM customers;

-- name: rank of a hypothetical row
-- expect: refused
SELECT rank(1500000000) WITHIN GROUP (ORDER BY salary) FROM customers;

-- name: a window in the order of it
-- expect: refused
SELECT id, row_number() OVER (ORDER BY email) FROM customers;

-- name: a named window in the order of it
-- expect: refused
SELECT id, rank() OVER w FROM customers WINDOW w AS (ORDER BY salary);

-- name: a running total in the order of it
-- expect: refused
SELECT id, sum(score) OVER (ORDER BY born RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM customers;

-- name: a window frame by distance
-- expect: refused
SELECT id, count(*) OVER (ORDER BY salary RANGE BETWEEN 1000 PRECEDING AND 1000 FOLLOWING) FROM customers;

-- name: ntile
-- expect: refused
SELECT id, ntile(4) OVER (ORDER BY balance) FROM customers;

-- name: the neighbour in the order of it
-- expect: refused
SELECT id, lag(id) OVER (ORDER BY email) FROM customers;

-- name: PARTITION BY it, sorted by something else at last
-- expect: refused
-- with: order
SELECT id, count(*) OVER (PARTITION BY email) FROM contacts ORDER BY id;

-- name: PARTITION BY something computed
-- expect: refused
SELECT id, count(*) OVER (PARTITION BY left(email, 1)) FROM customers ORDER BY id;

-- name: GROUP BY something computed
-- expect: refused
SELECT count(*) FROM customers GROUP BY length(email);

-- name: GROUP BY a comparison
-- expect: refused
SELECT count(*), min(id) FROM customers GROUP BY email < 'm';

-- name: GROUP BY an alias of something computed
-- expect: refused
SELECT extract(decade FROM born) AS d, count(*) FROM customers GROUP BY d;

-- name: DISTINCT of something computed
-- expect: refused
SELECT DISTINCT left(email, 1) FROM customers;

-- name: count DISTINCT of something computed
-- expect: refused
SELECT count(DISTINCT length(email)) FROM customers;

-- name: HAVING
-- expect: refused
SELECT country FROM customers GROUP BY country HAVING max(email) > 'm';

-- name: HAVING with an average
-- expect: refused
SELECT country, count(*) FROM customers GROUP BY country HAVING avg(salary) > 1400000000;

-- name: HAVING with bool_or
-- expect: refused
SELECT country FROM customers GROUP BY country HAVING bool_or(email LIKE 'b%');

-- name: max in a sub-select compared
-- expect: refused
SELECT id FROM orders WHERE (SELECT max(salary) FROM customers) > 1500000000;

-- name: EXISTS of a comparison
-- expect: refused
SELECT 1 WHERE EXISTS (SELECT 1 FROM customers WHERE id = 1 AND email < 'm');

-- name: a correlated EXISTS
-- expect: refused
SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id AND c.email > 'm');

-- name: a join condition
-- expect: refused
SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id AND c.salary > 1500000000;

-- name: a left join condition
-- expect: refused
SELECT o.id, c.id IS NULL FROM orders o LEFT JOIN customers c ON c.id = o.customer_id AND c.email < 'm';

-- name: a LIMIT by it
-- expect: refused
SELECT id FROM orders LIMIT (SELECT length(email) FROM customers WHERE id = 1);

-- name: an OFFSET by it
-- expect: refused
SELECT id FROM orders ORDER BY id OFFSET (SELECT ascii(email) - 97 FROM customers WHERE id = 1);

-- name: FETCH FIRST by it
-- expect: refused
SELECT id FROM orders FETCH FIRST (SELECT length(email) FROM customers WHERE id = 1) ROWS ONLY;

-- name: rows by generate_series
-- expect: refused
SELECT g FROM generate_series(1, (SELECT length(email) FROM customers WHERE id = 1)) g;

-- name: rows by generate_series in the list
-- expect: refused
SELECT id, generate_series(1, length(email)) FROM customers;

-- name: rows by regexp_split_to_table
-- expect: refused
SELECT regexp_split_to_table(email, '') FROM customers;

-- name: rows by repeat and split
-- expect: refused
SELECT count(*) FROM string_to_table(repeat('x,', (SELECT length(email) FROM customers WHERE id = 1)), ',');

-- name: rows by a sample that depends on it
-- expect: refused
SELECT count(*) FROM orders TABLESAMPLE bernoulli ((SELECT length(email) FROM customers WHERE id = 1)) REPEATABLE (1);

-- name: rows of a partition by it
-- expect: refused
SELECT id FROM events WHERE email < 'm' AND at > '2025-06-01';

-- name: width_bucket, shown
-- expect: refused
SELECT width_bucket(balance, 1, 999999999, 5) FROM customers;

-- name: width_bucket, compared
-- expect: refused
SELECT id FROM customers WHERE width_bucket(salary, 1000000000, 2000000000, 10) = 3;

-- name: DELETE by it
-- expect: refused
DELETE FROM items USING orders o, customers c WHERE o.id = order_id AND c.id = o.customer_id AND c.email < 'm';

-- name: UPDATE by it
-- expect: refused
UPDATE customers SET score = 1 WHERE email LIKE 'b%';

-- name: UPDATE a clear column by CASE
-- expect: refused
UPDATE customers SET score = CASE WHEN email < 'm' THEN 1 ELSE 0 END;

-- name: INSERT as many rows
-- expect: refused
INSERT INTO notes (body) SELECT 'x' FROM customers WHERE email < 'm';

-- name: an exclusion by FOR UPDATE SKIP LOCKED
-- expect: refused
SELECT id FROM customers WHERE email < 'm' FOR UPDATE SKIP LOCKED;

-- name: similarity as an operator
-- expect: refused
SELECT id FROM customers WHERE email % 'bxkkxjxqk@qzzvxzqz.example' OR id = 1;

-- name: distance as an order
-- expect: refused
SELECT id FROM customers ORDER BY email <-> 'bxkkxjxqk@qzzvxzqz.example' LIMIT 1;

-- name: full text
-- expect: refused
SELECT id FROM customers WHERE to_tsvector('simple', ssn) @@ to_tsquery('simple', 'vxxqjjww') OR id = 1;

-- name: full text rank
-- expect: refused
SELECT id FROM customers ORDER BY ts_rank(to_tsvector('simple', ssn), 'vxxqjjww'::tsquery) DESC LIMIT 1;

-- name: is it in a list of two
-- expect: clear
SELECT id FROM customers WHERE email IN ('nobody@else.test', 'no-one@else.test');

-- name: is it a constant
-- expect: clear
SELECT id FROM customers WHERE email = 'nobody@else.test';

-- name: is it none
-- expect: clear
SELECT id FROM customers WHERE email IS NULL;

-- name: is it not a constant
-- expect: clear
SELECT count(*) FROM customers WHERE email <> 'nobody@else.test';

-- name: how many differ
-- expect: clear
SELECT count(DISTINCT email) FROM contacts;

-- name: the order that PARTITION BY leaves behind
-- expect: refused
SELECT id, count(*) OVER (PARTITION BY email) FROM customers;

-- name: the order that PARTITION BY leaves behind, by a named window
-- expect: refused
SELECT id, rank() OVER w FROM customers WINDOW w AS (PARTITION BY salary ORDER BY id);

-- name: the order that PARTITION BY leaves behind, in an array
-- expect: refused
SELECT array_agg(id) FROM (SELECT id, count(*) OVER (PARTITION BY salary) FROM customers) s;

-- name: the order that PARTITION BY leaves behind, in row numbers
-- expect: refused
SELECT id, row_number() OVER () FROM (SELECT id, count(*) OVER (PARTITION BY salary) FROM customers OFFSET 0) s ORDER BY id;

-- name: the order that DISTINCT ON leaves behind
-- expect: refused
SELECT DISTINCT ON (email) id FROM customers;

-- name: the order that DISTINCT ON leaves behind, under a LIMIT
-- expect: refused
SELECT id FROM (SELECT DISTINCT ON (salary) id FROM customers) s LIMIT 1;

-- name: the order that DISTINCT in an aggregate leaves behind
-- expect: refused
SELECT array_agg(DISTINCT (salary, id)) IS NULL, min(id) FROM customers GROUP BY salary;

-- name: the order that GROUPING SETS leave behind
-- expect: refused
SELECT min(id) FROM customers GROUP BY ROLLUP (salary, id);

-- name: the order that ties leave behind
-- expect: refused
SELECT id FROM (SELECT id, country, count(*) OVER (PARTITION BY salary) FROM customers) s ORDER BY country;

-- name: the order that INTERSECT leaves behind
-- expect: refused
SET LOCAL enable_hashagg = off; SELECT email, id FROM customers INTERSECT SELECT email, id FROM customers;

-- name: the order that sorting by everything leaves behind
-- expect: refused
SET LOCAL enable_hashagg = off; SELECT DISTINCT salary, id FROM customers;

-- name: a plan's cost made to sort
-- expect: refused
SET LOCAL work_mem = '64kB'; SET LOCAL hash_mem_multiplier = 1; SET LOCAL cpu_operator_cost = 1000000; SELECT min(id), salary FROM customers GROUP BY salary;

-- name: a date, asked for a year at once
-- expect: refused
SELECT id FROM customers WHERE born = ANY (ARRAY(SELECT d::date FROM generate_series('1950-01-01'::date, '1959-12-31', '1 day') d));

-- name: a number, asked by VALUES of half the range
-- expect: refused
SELECT id FROM customers WHERE salary IN (SELECT g FROM generate_series(1500000000, 1500000100) g) OR id = 1;

-- name: a list of guesses written into a hidden column, joined with its key
-- expect: refused
INSERT INTO contacts (id, email) VALUES (900, 'm'), (901, 'n'); SELECT k.id FROM contacts k JOIN customers c ON c.email > k.email;

-- name: sorted beside a row of one's own
-- expect: refused
INSERT INTO contacts (id, email) VALUES (900, 'm'); SELECT id FROM contacts ORDER BY email;

-- name: a unique index on what it begins with
-- expect: refused
-- with: error
CREATE UNIQUE INDEX ON customers (left(email, 1), country);

-- name: an exclusion constraint on it
-- expect: refused
ALTER TABLE people ADD EXCLUDE USING btree (email WITH =);

-- name: a unique index on it that fails on equal ones alone
-- expect: refused
CREATE UNIQUE INDEX ON customers (login);

-- name: a partial unique index
-- expect: refused
CREATE UNIQUE INDEX ON customers (country) WHERE salary > 1850000000 AND id < 3;

-- name: clustered by it, and read
-- expect: refused
CLUSTER customers USING customers_email_key;

-- THREATS 18: carried through sub-selects, set operations, CTEs, joins.

-- name: a derived table
-- expect: masked
SELECT s.e FROM (SELECT email AS e FROM customers) s;

-- name: column aliases of a derived table
-- expect: masked
SELECT x, y FROM (SELECT id, email FROM customers) s (x, y);

-- name: computed outside of it
-- expect: masked
SELECT upper(s.e) FROM (SELECT email AS e FROM customers) s;

-- name: computed inside of it
-- expect: masked
SELECT s.u FROM (SELECT reverse(ssn) AS u FROM customers) s;

-- name: a derived table without an alias
-- expect: masked
SELECT email FROM (SELECT email FROM customers);

-- name: five derived tables deep
-- expect: masked
SELECT e FROM (SELECT e FROM (SELECT e FROM (SELECT e FROM (SELECT email AS e FROM customers) a) b) c) d;

-- name: a CTE
-- expect: masked
WITH x AS (SELECT email AS e FROM customers) SELECT e FROM x;

-- name: a CTE that computes
-- expect: masked
WITH x AS (SELECT email AS e FROM customers) SELECT reverse(e) FROM x;

-- name: a materialised CTE
-- expect: masked
WITH x AS MATERIALIZED (SELECT * FROM customers) SELECT id, ssn FROM x;

-- name: a CTE with the name of a table
-- expect: masked
WITH orders AS (SELECT id, email AS note FROM customers) SELECT note FROM orders;

-- name: a CTE with the name of the table
-- expect: masked
WITH customers AS (SELECT email AS name FROM public.customers) SELECT name FROM customers;

-- name: a CTE in front of the hidden table, clear
-- expect: clear
WITH customers AS (SELECT 'x' AS email) SELECT email FROM customers;

-- name: CTEs that use each other
-- expect: masked
WITH a AS (SELECT id, email FROM customers), b AS (SELECT email AS f FROM a WHERE id < 5) SELECT f FROM b;

-- name: a CTE within a CTE
-- expect: masked
WITH a AS (WITH b AS (SELECT email FROM customers) SELECT * FROM b) SELECT * FROM a;

-- name: a recursive CTE
-- expect: masked
WITH RECURSIVE t(n, e) AS (
  SELECT 1, email FROM customers WHERE id = 1 UNION ALL SELECT n + 1, e FROM t WHERE n < 3
) SELECT n, e FROM t;

-- name: a recursive CTE that cuts letter by letter
-- expect: refused
WITH RECURSIVE t(n, rest) AS (
  SELECT 1, email FROM customers WHERE id = 1 UNION ALL SELECT n + 1, substr(rest, 2) FROM t WHERE rest <> ''
) SELECT n FROM t;

-- name: a recursive CTE that smuggles it in the second arm
-- expect: masked
WITH RECURSIVE t(n, e) AS (
  SELECT 0, 'x'::text UNION ALL SELECT n + 1, c.email FROM t JOIN customers c ON c.id = n + 1 WHERE n < 3
) SELECT e FROM t;

-- name: a recursive CTE that passes it from column to column
-- expect: masked
WITH RECURSIVE t(n, a, b, c) AS (
  SELECT 1, email, 'x'::text, 'y'::text FROM customers WHERE id = 2 UNION ALL SELECT n + 1, b, c, a FROM t WHERE n < 4
) SELECT n, a, b, c FROM t;

-- name: SEARCH and CYCLE columns
-- expect: refused
WITH RECURSIVE t(n, e) AS (
  SELECT 1, email FROM customers WHERE id < 3 UNION ALL SELECT n + 1, e FROM t WHERE n < 2
) SEARCH DEPTH FIRST BY e SET path SELECT n, path FROM t;

-- name: CYCLE on it
-- expect: refused
WITH RECURSIVE t(n, e) AS (
  SELECT 1, email FROM customers WHERE id < 3 UNION ALL SELECT n, e FROM t WHERE n < 2
) CYCLE e SET again USING path SELECT n, again FROM t;

-- name: UNION ALL, second arm
-- expect: masked
SELECT name FROM customers UNION ALL SELECT email FROM customers;

-- name: UNION ALL, first arm
-- expect: masked
SELECT email FROM customers UNION ALL SELECT name FROM customers;

-- name: UNION with NULL
-- expect: refused
-- with: order
SELECT NULL UNION SELECT email FROM customers;

-- name: UNION of two hidden columns
-- expect: masked
-- with: order
SELECT email FROM customers UNION SELECT email FROM contacts;

-- name: UNION with a constant tells whether it is there
-- expect: refused
SELECT email FROM customers UNION SELECT 'nobody@else.test' UNION SELECT 'another@else.test';

-- name: EXCEPT takes guesses away
-- expect: refused
SELECT v FROM (VALUES ('a'), ('b')) v(v) EXCEPT SELECT email FROM customers;

-- name: INTERSECT keeps the right guess
-- expect: refused
SELECT v FROM (VALUES ('a'), ('b')) v(v) INTERSECT SELECT email FROM customers;

-- name: EXCEPT of clear and hidden
-- expect: refused
SELECT id, name FROM customers EXCEPT SELECT id, email FROM customers;

-- name: three arms, types by the first
-- expect: masked
SELECT 'x'::text AS a UNION ALL SELECT note FROM orders UNION ALL SELECT ssn FROM customers;

-- name: a set operation in a sub-select
-- expect: masked
SELECT u.v FROM (SELECT name AS v FROM customers UNION ALL SELECT pan FROM customers) u;

-- name: set operations in brackets
-- expect: masked
(SELECT id, email FROM customers LIMIT 2) UNION ALL (SELECT id, note FROM orders LIMIT 2);

-- name: LATERAL
-- expect: masked
SELECT c.id, x.e FROM customers c, LATERAL (SELECT c.email || '' AS e) x;

-- name: LATERAL with an own name
-- expect: masked
SELECT y.up FROM customers c CROSS JOIN LATERAL (SELECT upper(c.ssn)) y (up);

-- name: LATERAL sub-select of a limit
-- expect: masked
SELECT o.id, m.email FROM orders o LEFT JOIN LATERAL (SELECT email FROM customers c WHERE c.id = o.customer_id LIMIT 1) m ON true;

-- name: LATERAL VALUES
-- expect: masked
SELECT v.x FROM customers c, LATERAL (VALUES (c.email), (c.ssn)) v(x);

-- name: unnest of an array made of it
-- expect: refused
SELECT x FROM customers c, unnest(ARRAY[c.email, c.ssn]) x;

-- name: unnest of the hidden array
-- expect: refused
SELECT c.id, x FROM customers c, unnest(c.nicknames) x;

-- name: unnest WITH ORDINALITY
-- expect: refused
SELECT c.id, x.n FROM customers c, unnest(c.nicknames) WITH ORDINALITY x(e, n);

-- name: ROWS FROM
-- expect: refused
SELECT * FROM customers c, ROWS FROM (unnest(c.nicknames), generate_series(1, 2)) r(a, b);

-- name: JOIN USING the hidden column, both hidden
-- expect: masked
-- with: order
SELECT c.id, k.id AS contact, email FROM customers c JOIN contacts k USING (email);

-- name: NATURAL JOIN on it
-- expect: masked
-- with: order
SELECT id, email FROM (SELECT id, email FROM customers) a NATURAL JOIN (SELECT id, email FROM people) b;

-- name: the merged column of a FULL JOIN
-- expect: masked
-- with: order
SELECT email FROM customers FULL JOIN contacts USING (email);

-- name: an alias on the merged columns
-- expect: masked
-- with: order
SELECT j.email FROM customers c JOIN contacts k USING (email) AS j;

-- name: a join alias over everything
-- expect: masked
SELECT j.* FROM (customers c JOIN orders o ON o.customer_id = c.id) j WHERE total > 300;

-- name: a join alias that renames
-- expect: masked
SELECT j.b FROM (people p CROSS JOIN notes n) j (a, b);

-- name: JOIN against VALUES
-- expect: refused
SELECT c.id FROM customers c JOIN (VALUES ('bxkkxjxqk@qzzvxzqz.example'), ('other')) v(e) ON v.e = c.email;

-- name: JOIN USING against VALUES
-- expect: refused
SELECT c.id FROM customers c JOIN (VALUES ('a'), ('b')) v(email) USING (email);

-- name: JOIN against a clear column
-- expect: refused
SELECT c.id FROM customers c JOIN archive.customers a ON a.email = c.email;

-- name: NATURAL JOIN against a clear column
-- expect: refused
SELECT count(*) FROM customers c NATURAL JOIN archive.customers a;

-- name: LEFT JOIN that shows what matched
-- expect: refused
SELECT c.id, v.e IS NULL FROM customers c LEFT JOIN (VALUES ('a'), ('b')) v(e) ON v.e = c.email;

-- name: JOIN on a prefix of both
-- expect: refused
SELECT c.id, k.id FROM customers c JOIN contacts k ON left(c.email, 2) = left(k.email, 2) AND c.id < k.id;

-- name: JOIN on different hidden columns
-- expect: masked
-- with: order
SELECT c.id, s.email FROM customers c LEFT JOIN people s ON s.email = c.email WHERE c.id < 5;

-- name: a self join by order
-- expect: refused
SELECT a.id, b.id FROM customers a JOIN customers b ON a.email < b.email;

-- name: a semi-join on guesses
-- expect: refused
SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM (VALUES ('a'), ('b')) v(e) WHERE v.e = c.email);

-- name: IN a list of sub-select guesses
-- expect: refused
SELECT id FROM customers WHERE email IN (SELECT g FROM unnest(ARRAY['a', 'b']) g);

-- name: IN a hidden column
-- expect: clear
-- with: order
SELECT id FROM contacts WHERE email IN (SELECT email FROM customers);

-- name: NOT IN a hidden column, of a clear one
-- expect: refused
SELECT id FROM archive.customers WHERE email NOT IN (SELECT email FROM public.customers WHERE email IS NOT NULL);

-- name: ANY of a sub-select, by order
-- expect: refused
SELECT id FROM orders WHERE note < ANY (SELECT email FROM customers);

-- name: VALUES with a sub-select
-- expect: masked
VALUES ((SELECT email FROM customers WHERE id = 1), 1), ('x', 2);

-- name: a VALUES list in FROM
-- expect: masked
SELECT v.a FROM (VALUES ((SELECT ssn FROM customers WHERE id = 2)), ('y')) v(a);

-- name: the outer query's column inside
-- expect: masked
SELECT (SELECT c.email FROM orders o LIMIT 1) FROM customers c;

-- name: a name that is hidden inside and clear outside
-- expect: masked
SELECT note AS email, (SELECT email FROM customers WHERE id = 1) AS note FROM orders;

-- name: the alias of a hidden one in GROUP BY
-- expect: masked
-- with: order
SELECT email AS e, count(*) FROM contacts GROUP BY e;

-- name: a clear column with the hidden one's name
-- expect: clear
SELECT name AS email FROM customers;

-- name: DISTINCT of a hidden column
-- expect: masked
-- with: order
SELECT DISTINCT email FROM contacts;

-- name: DISTINCT ON a hidden column picks a row by it
-- expect: refused
SELECT DISTINCT ON (email) id FROM contacts ORDER BY email, id;

-- name: FOR UPDATE
-- expect: masked
SELECT email FROM customers WHERE id = 1 FOR UPDATE;

-- name: a CTE that deletes
-- expect: masked
WITH d AS (DELETE FROM contacts WHERE id < 3 RETURNING email) SELECT email FROM d;

-- name: a CTE that updates, then computes
-- expect: masked
WITH d AS (UPDATE customers SET score = 1 WHERE id = 1 RETURNING email) SELECT upper(email) FROM d;

-- name: GROUPING SETS with it
-- expect: refused
-- with: order
SELECT email, channel, count(*) FROM contacts GROUP BY GROUPING SETS ((email), (channel));

-- name: a row compared
-- expect: refused
SELECT id FROM customers WHERE (email, id) > ('m', 3);

-- name: a row equal to a sub-select
-- expect: refused
SELECT c.id FROM customers c WHERE (c.email, c.id) = (SELECT a.email, a.id FROM archive.customers a LIMIT 1);

-- name: ORDINALITY over a function of a row
-- expect: refused
SELECT * FROM customers c, json_each_text(c.bio) WITH ORDINALITY j(k, v, n);

-- name: all of them
-- masked: email, phone
SELECT id, name, email, phone FROM customers ORDER BY id;

-- name: by key
-- masked: email
-- params: [3]
SELECT id, email, country FROM customers WHERE id = $1;

-- name: everything about one
-- masked: email, login, phone, ssn, pan, code, born, seen, salary, balance, secret, bio, profile, nicknames, feeling, home, initials
SELECT * FROM customers WHERE id = 11;

-- name: the first page
-- masked: email
SELECT id, name, email FROM customers ORDER BY name, id LIMIT 10 OFFSET 0;

-- name: the second page
-- masked: email
-- params: [10, 10]
SELECT id, name, email FROM customers ORDER BY id LIMIT $1 OFFSET $2;

-- name: the page after a key
-- masked: pan
SELECT id, pan FROM customers WHERE id > 10 ORDER BY id FETCH FIRST 5 ROWS ONLY;

-- name: with aliases
-- masked: mail, call
SELECT c.id AS customer, c.email AS mail, c.phone AS call FROM customers AS c ORDER BY customer;

-- name: by country
-- masked: email
SELECT id, email FROM customers WHERE country IN ('de', 'fr') ORDER BY id;

-- name: since spring
-- masked: ssn
SELECT id, ssn FROM customers WHERE signed_up >= '2024-03-01' AND signed_up < '2024-07-01' ORDER BY signed_up, id;

-- name: by name, as one types it
-- masked: email
SELECT id, email FROM customers WHERE name ILIKE '%a%' ORDER BY id;

-- name: by a list of keys
-- masked: phone
-- params: ["{1,2,3,50}"]
SELECT id, phone FROM customers WHERE id = ANY ($1::int[]) ORDER BY id;

-- name: the most loyal
-- masked: email
SELECT name, score, email FROM customers WHERE score IS NOT NULL ORDER BY score DESC, id LIMIT 5;

-- name: a text with a clear value in it
-- masked: email
SELECT 'No. ' || id || ': ' || name AS title, upper(country) AS country, email FROM customers ORDER BY id;

-- name: CASE of clear values
-- masked: email
SELECT id, CASE WHEN score > 30 THEN 'high' WHEN score > 10 THEN 'middle' ELSE 'low' END AS class, email FROM customers ORDER BY id;

-- name: one row of each country
-- masked: email
SELECT DISTINCT ON (country) country, id, email FROM customers ORDER BY country, id;

-- name: countries
SELECT DISTINCT country FROM customers ORDER BY country;

-- name: how many
SELECT count(*) FROM customers;

-- name: how many have an e-mail
SELECT count(*) AS all_of_them, count(email) AS with_mail, count(*) - count(email) AS without FROM customers;

-- name: who has no e-mail
SELECT id, name FROM customers WHERE email IS NULL;

-- name: who has an e-mail and no phone
-- masked: email
SELECT id, email FROM customers WHERE email IS NOT NULL AND phone IS NULL ORDER BY id;

-- name: has one, as a flag
SELECT id, email IS NOT NULL AS has_mail, phone IS NULL AS silent FROM customers ORDER BY id;

-- name: how complete the data are
SELECT round(100.0 * count(phone) / count(*), 1) AS phones, round(100.0 * count(ssn) / count(*), 1) AS numbers FROM customers;

-- name: found by an e-mail that nobody has
-- params: ["nobody@else.test"]
SELECT id, name FROM customers WHERE email = $1;

-- name: found by e-mail
-- masked: email
SELECT id, name, email FROM customers WHERE email = '{{email 1}}';

-- name: found by one of several
SELECT id FROM customers WHERE email IN ('nobody@else.test', 'a@b.test');

-- name: found by e-mail or key
-- masked: email
SELECT id, email FROM customers WHERE id = 4 OR email = 'nobody@else.test';

-- name: is the address taken
SELECT EXISTS (SELECT 1 FROM customers WHERE email = 'new@other.test') AS taken;

-- name: found by one of several that are known
-- masked: email
SELECT id, email FROM customers WHERE email IN ('{{email 3}}', '{{email 5}}', 'a@b.test') ORDER BY id;

-- name: found by e-mail, as a parameter
-- masked: email
-- params: ["{{email 4}}"]
SELECT id, email FROM customers WHERE email = $1;

-- name: found by uuid
-- masked: code
SELECT id, code FROM customers WHERE code = '{{code 1}}';

-- name: found by phone
-- params: ["+1555"]
SELECT id FROM customers WHERE phone = $1 AND country = 'de';

-- name: born on a day
SELECT id, name FROM customers WHERE born = '1999-09-09';

-- name: all but one
SELECT count(*) FROM customers WHERE email <> 'nobody@else.test';

-- name: not this one
SELECT count(*) FROM contacts WHERE email NOT IN ('nobody@else.test', 'a@b.test');

-- name: through a view
-- masked: email, phone
SELECT * FROM customer_list ORDER BY id;

-- name: through a view on a view
-- masked: mail
SELECT number, mail FROM customer_again WHERE number < 5 ORDER BY number;

-- name: a view that joins
-- masked: email
SELECT id, total, name, email FROM customer_orders WHERE total > 200 ORDER BY id;

-- name: a view, counted
SELECT status, count(*) FROM customer_orders GROUP BY status ORDER BY status;

-- name: a view of totals
SELECT * FROM country_totals ORDER BY country;

-- name: a materialised view
-- masked: email
SELECT id, email FROM customer_kept ORDER BY id;

-- name: a materialised view of totals
SELECT * FROM country_kept ORDER BY country;

-- name: parent and child
-- masked: email
SELECT id, email, tableoid::regclass::text AS kind FROM people ORDER BY id;

-- name: the child
-- masked: email
SELECT id, desk, email FROM staff ORDER BY id;

-- name: a partitioned table
-- masked: email
SELECT id, kind, at, email FROM events WHERE at >= '2026-01-01' ORDER BY id;

-- name: events by kind
SELECT kind, count(*), min(at), max(at) FROM events GROUP BY kind ORDER BY kind;

-- name: odd names
-- masked: E-Mail
SELECT "id", "E-Mail", "Plain" FROM "Odd Case" ORDER BY id;

-- name: the archive, which is clear
SELECT id, name, email FROM archive.customers ORDER BY email;

-- name: the archive, searched
SELECT name FROM archive.customers WHERE email LIKE 'info@firm%' ORDER BY name;

-- name: the archive beside today's
-- masked: now
SELECT a.id, a.email AS was, c.email AS now FROM archive.customers a JOIN customers c ON c.id = a.id ORDER BY a.id;

-- name: orders, of which nothing is hidden
SELECT * FROM orders WHERE status = 'open' ORDER BY placed DESC, id;

-- name: notes searched
SELECT id, body FROM notes WHERE body ~ '^pl' ORDER BY id;

-- name: a random sample of clear ones
SELECT id FROM orders TABLESAMPLE bernoulli (50) REPEATABLE (7);

-- name: VALUES
VALUES (1, 'a'), (2, 'b');

-- name: no table at all
SELECT 1 AS one, 'x' AS x, NULL AS nothing, now() IS NOT NULL AS now;

-- name: locked for a change
-- masked: email
SELECT id, email FROM customers WHERE id = 5 FOR UPDATE;

-- name: the next in a queue
SELECT id FROM orders WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: a CTE
-- masked: email
WITH big AS (SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id HAVING sum(total) > 500)
SELECT c.id, c.email, big.spent FROM big JOIN customers c ON c.id = big.customer_id ORDER BY c.id;

-- name: a CTE that carries it
-- masked: email
WITH it AS (SELECT id, email, country FROM customers WHERE country = 'it') SELECT id, email FROM it ORDER BY id;

-- name: CTEs one after the other
-- masked: email
WITH recent AS (SELECT * FROM orders WHERE placed >= '2026-04-01'), per AS (SELECT customer_id, count(*) AS n FROM recent GROUP BY 1)
SELECT c.name, c.email, per.n FROM per JOIN customers c ON c.id = per.customer_id ORDER BY per.n DESC, c.id;

-- name: a derived table
-- masked: email
SELECT s.country, s.email FROM (SELECT id, country, email FROM customers WHERE score > 20) s ORDER BY s.id;

-- name: a derived table, twice
-- masked: mail
SELECT t.mail FROM (SELECT s.mail, s.id FROM (SELECT id, email AS mail FROM customers) s WHERE s.id > 20) t ORDER BY t.id;

-- name: months
SELECT date_trunc('month', placed) AS month, count(*), sum(total), avg(total)::numeric(10, 2) FROM orders GROUP BY 1 ORDER BY 1;

-- name: months without gaps
SELECT m::date AS month, count(o.id) FROM generate_series('2026-01-01'::date, '2026-08-01', '1 month') m LEFT JOIN orders o ON date_trunc('month', o.placed) = m GROUP BY 1 ORDER BY 1;

-- name: days of the week
SELECT extract(isodow FROM placed) AS day, to_char(placed, 'Dy') AS name, count(*) FROM orders GROUP BY 1, 2 ORDER BY 1;

-- name: how long ago
SELECT id, '2026-07-01'::date - placed::date AS days, age('2026-07-01', placed) FROM orders ORDER BY id;

-- name: signed up by month
SELECT to_char(signed_up, 'YYYY-MM') AS month, count(*) FROM customers GROUP BY month ORDER BY month;

-- name: a running total
SELECT id, total, sum(total) OVER (ORDER BY placed, id) AS running FROM orders ORDER BY placed, id;

-- name: a running total by customer
-- masked: email
SELECT c.id, c.email, o.total, sum(o.total) OVER (PARTITION BY c.id ORDER BY o.placed, o.id) AS running FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY c.id, o.placed, o.id;

-- name: rank by revenue
-- masked: email
SELECT c.id, c.email, sum(o.total) AS revenue, rank() OVER (ORDER BY sum(o.total) DESC) AS place FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id ORDER BY place, c.id;

-- name: the change to the month before
WITH m AS (SELECT date_trunc('month', placed) AS month, sum(total) AS sum FROM orders GROUP BY 1) SELECT month, sum, sum - lag(sum) OVER (ORDER BY month) AS change FROM m ORDER BY month;

-- name: a moving average
SELECT id, avg(total) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM orders ORDER BY id;

-- name: quartiles
SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY total) FROM orders;

-- name: quartiles by country
SELECT c.country, percentile_disc(0.5) WITHIN GROUP (ORDER BY o.total) AS median FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1 ORDER BY 1;

-- name: shares
SELECT status, count(*), round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share FROM orders GROUP BY status ORDER BY status;

-- name: a pivot
SELECT c.country, count(*) FILTER (WHERE o.status = 'paid') AS paid, count(*) FILTER (WHERE o.status = 'open') AS open FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1 ORDER BY 1;

-- name: how many by country have a phone
SELECT country, count(*) AS customers, count(phone) AS phones, count(*) FILTER (WHERE ssn IS NULL) AS without FROM customers GROUP BY country ORDER BY country;

-- name: sub-totals
SELECT c.country, o.status, sum(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY ROLLUP (c.country, o.status) ORDER BY 1 NULLS LAST, 2 NULLS LAST;

-- name: baskets
SELECT order_id, string_agg(sku, ', ' ORDER BY line) AS basket, sum(quantity * price) AS total FROM items GROUP BY order_id ORDER BY order_id;

-- name: things bought together
SELECT a.sku, b.sku AS other, count(*) FROM items a JOIN items b ON b.order_id = a.order_id AND a.sku < b.sku GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2;

-- name: a histogram
SELECT width_bucket(total, 0, 400, 8) AS bucket, count(*), min(total), max(total) FROM orders GROUP BY 1 ORDER BY 1;

-- name: a cohort
WITH first AS (SELECT customer_id, min(date_trunc('month', placed)) AS month FROM orders GROUP BY 1)
SELECT f.month, count(DISTINCT f.customer_id) AS size, count(DISTINCT o.customer_id) FILTER (WHERE o.placed >= f.month + interval '1 month') AS returned
FROM first f JOIN orders o USING (customer_id) GROUP BY 1 ORDER BY 1;

-- name: numbers counted up
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n, n * n AS square FROM t;

-- name: a funnel
SELECT count(DISTINCT customer_id) FILTER (WHERE kind = 'view') AS saw, count(DISTINCT customer_id) FILTER (WHERE kind = 'buy') AS bought FROM events;

-- name: JSON, clear keys
SELECT payload ->> 'page' AS page, count(*), avg((payload ->> 'ms')::int)::int AS ms FROM events GROUP BY 1 ORDER BY 1;

-- name: JSON, clear keys of customers
SELECT id, profile ->> 'level' AS level, profile #>> '{likes,1}' AS likes FROM customers ORDER BY id;

-- name: JSON, a document with hidden places
-- masked: payload
SELECT id, payload FROM events ORDER BY id LIMIT 5;

-- name: JSON, a profile with hidden places
-- masked: profile
SELECT id, name, profile FROM customers ORDER BY id;

-- name: JSON, who likes rain
SELECT id, name FROM customers WHERE profile -> 'likes' ? 'rain' ORDER BY id;

-- name: JSON, a row of clear columns
SELECT json_build_object('id', o.id, 'total', o.total, 'status', o.status) AS it FROM orders o ORDER BY id LIMIT 5;

-- name: JSON, whole clear rows
SELECT row_to_json(o) FROM orders o ORDER BY id LIMIT 3;

-- name: JSON, clear rows aggregated
SELECT customer_id, jsonb_agg(jsonb_build_object('id', id, 'total', total) ORDER BY id) FROM orders GROUP BY customer_id ORDER BY 1;

-- name: JSON, items of a clear array
SELECT liked, count(*) FROM customers, jsonb_array_elements_text(profile -> 'likes') AS liked GROUP BY liked ORDER BY liked;

-- name: arrays of clear values
SELECT country, array_agg(name ORDER BY name) FROM customers GROUP BY country ORDER BY country;

-- name: the nicknames
-- masked: nicknames
SELECT id, nicknames FROM customers ORDER BY id LIMIT 4;

-- name: text searched in notes of orders
SELECT id, note FROM orders WHERE to_tsvector('simple', note) @@ to_tsquery('simple', 'order & 7') ORDER BY id;

-- name: a function of the DBA's
SELECT id, with_tax(total)::numeric(10, 2) AS gross FROM orders ORDER BY id LIMIT 5;

-- name: a function of the DBA's that counts
-- masked: email
SELECT id, email, order_count(id) FROM customers ORDER BY id LIMIT 5;

-- name: an average of a hidden number, which is masked
-- masked: average
SELECT country, avg(salary) AS average FROM customers GROUP BY country ORDER BY country;

-- name: the greatest of each group, which is masked
-- masked: oldest
SELECT country, count(*), min(born) AS oldest FROM customers GROUP BY country ORDER BY country;

-- name: a salutation, which is masked
-- masked: line
SELECT id, name || ' <' || email || '>' AS line FROM customers WHERE id < 5 ORDER BY id;

-- name: a default for a hidden value, which is masked
-- masked: reach
SELECT id, COALESCE(email, phone, 'nobody') AS reach FROM customers ORDER BY id;

-- name: lower case of it, which is masked
-- masked: mail
SELECT id, lower(email) AS mail FROM customers ORDER BY id;

-- name: the domain of it, which is masked
-- masked: host
SELECT id, split_part(email, '@', 2) AS host FROM customers ORDER BY id;

-- name: text of a date, which is masked
-- masked: birthday
SELECT id, to_char(born, 'DD.MM.') AS birthday FROM customers ORDER BY id;

-- name: all mails of a country in one text, which is masked
-- masked: mails
SELECT country, string_agg(email, ', ') AS mails FROM customers GROUP BY country ORDER BY country;

-- name: as JSON, which is masked
-- masked: it
SELECT json_build_object('id', id, 'mail', email) AS it FROM customers ORDER BY id LIMIT 3;

-- name: which masks a whole row
-- masked: row_to_json
SELECT row_to_json(c) FROM customers c WHERE id = 1;

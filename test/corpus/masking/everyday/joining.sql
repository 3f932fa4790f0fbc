-- name: orders with their customers
-- masked: email
SELECT o.id, o.total, c.name, c.email FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id;

-- name: customers without orders
-- masked: email
SELECT c.id, c.email FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL ORDER BY c.id;

-- name: customers without orders, by NOT EXISTS
-- masked: email
SELECT c.id, c.email FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) ORDER BY c.id;

-- name: who bought a thing
-- masked: phone
SELECT DISTINCT c.id, c.name, c.phone FROM customers c JOIN orders o ON o.customer_id = c.id JOIN items i ON i.order_id = o.id WHERE i.sku = 'sku-3' ORDER BY c.id;

-- name: revenue by customer
-- masked: email
SELECT c.id, c.email, count(o.id) AS orders, sum(o.total) AS revenue FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id ORDER BY revenue DESC, c.id;

-- name: revenue by customer, both in GROUP BY
-- masked: email
SELECT c.id, c.email, sum(o.total) AS revenue FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.email ORDER BY c.id;

-- name: revenue by e-mail
-- masked: email
-- with: order
SELECT c.email, sum(o.total) AS revenue FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.email;

-- name: revenue by country
SELECT c.country, sum(o.total) AS revenue FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.country ORDER BY 2 DESC, 1;

-- name: more than a sum
-- masked: email
SELECT c.id, c.email, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id HAVING sum(o.total) > 600 ORDER BY c.id;

-- name: the last order of everyone
-- masked: email
SELECT c.id, c.email, o.id AS order_id, o.placed FROM customers c JOIN LATERAL (SELECT id, placed FROM orders WHERE customer_id = c.id ORDER BY placed DESC, id LIMIT 1) o ON true ORDER BY c.id;

-- name: the last order, by a window
-- masked: email
SELECT id, email, total FROM (SELECT c.id, c.email, o.total, row_number() OVER (PARTITION BY c.id ORDER BY o.placed DESC, o.id) AS n FROM customers c JOIN orders o ON o.customer_id = c.id) s WHERE n = 1 ORDER BY id;

-- name: the number of orders, by a sub-select
-- masked: email
SELECT c.id, c.email, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c ORDER BY c.id;

-- name: contacts that are customers, by e-mail
-- masked: email
-- with: order
SELECT k.id AS contact, c.id AS customer, c.email FROM contacts k JOIN customers c ON c.email = k.email;

-- name: contacts that are customers, by USING
-- masked: email
-- with: order
SELECT k.id AS contact, c.id AS customer, email FROM contacts k JOIN customers c USING (email) ORDER BY 1, 2;

-- name: contacts that are not customers
-- masked: email
SELECT k.id, k.email FROM contacts k LEFT JOIN customers c ON c.email = k.email WHERE c.id IS NULL ORDER BY k.id;

-- name: contacts that are customers, by IN
SELECT count(*) FROM contacts WHERE email IN (SELECT email FROM customers);

-- name: contacts that are customers, by EXISTS
SELECT k.id FROM contacts k WHERE EXISTS (SELECT 1 FROM customers c WHERE c.email = k.email) ORDER BY k.id;

-- name: the same e-mail more than once
-- masked: email
-- with: order
SELECT email, count(*) AS times FROM contacts GROUP BY email HAVING count(*) > 1;

-- name: which rows share an e-mail
-- masked: email
SELECT a.id, b.id AS other, a.email FROM contacts a JOIN contacts b ON a.email = b.email AND a.id < b.id ORDER BY 1, 2;

-- name: how many different
SELECT count(DISTINCT email) AS mails, count(DISTINCT phone) AS phones, count(*) AS rows FROM contacts;

-- name: different by channel
SELECT channel, count(DISTINCT email) FROM contacts GROUP BY channel ORDER BY channel;

-- name: addresses of both
-- masked: email
-- with: order
SELECT email FROM customers UNION SELECT email FROM contacts;

-- name: addresses of both, where from
-- masked: email
SELECT 'customer' AS kind, id, email FROM customers UNION ALL SELECT 'contact', id, email FROM contacts ORDER BY kind, id;

-- name: rows of three tables
SELECT 'customers' AS what, count(*) FROM customers UNION ALL SELECT 'orders', count(*) FROM orders UNION ALL SELECT 'items', count(*) FROM items;

-- name: both in one list, renamed
-- masked: contact
SELECT id, contact FROM (SELECT id, email AS contact FROM customers UNION ALL SELECT id, email FROM contacts) s ORDER BY id LIMIT 6;

-- name: keys of one without the other
SELECT id FROM customers EXCEPT SELECT customer_id FROM orders ORDER BY 1;

-- name: keys of both
SELECT id FROM customers INTERSECT SELECT customer_id FROM orders ORDER BY 1;

-- name: a full join
-- masked: email
SELECT p.id AS person, c.id AS customer, p.email FROM people p FULL JOIN customers c ON c.id = p.id ORDER BY c.id, p.id;

-- name: a cross join
SELECT c.country, k.kind FROM (SELECT DISTINCT country FROM customers) c CROSS JOIN (SELECT DISTINCT kind FROM events) k ORDER BY 1, 2;

-- name: four tables
-- masked: email, phone
SELECT c.name, c.email, o.id, i.sku, k.phone FROM customers c JOIN orders o ON o.customer_id = c.id JOIN items i ON i.order_id = o.id LEFT JOIN contacts k ON k.customer_id = c.id WHERE o.id < 8 ORDER BY o.id, i.line, k.id;

-- name: a self join on clear columns
SELECT a.id, b.id AS next FROM customers a JOIN customers b ON b.id = a.id + 1 AND a.country < b.country ORDER BY a.id;

-- name: above the average
-- masked: email
SELECT o.id, o.total, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total > (SELECT avg(total) FROM orders) ORDER BY o.id;

-- name: a natural join on keys
-- masked: email
SELECT id, name, email, desk FROM (SELECT id, name FROM customers) c NATURAL JOIN staff ORDER BY id;

-- name: several USING
SELECT id, a.country FROM customers a JOIN customers b USING (id, country) ORDER BY id;

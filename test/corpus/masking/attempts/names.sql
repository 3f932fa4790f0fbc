-- THREATS 16: the same column by other names.

-- name: plainly
-- expect: masked
SELECT * FROM customers;

-- name: an alias of another column's name
-- expect: masked
SELECT email AS name, name AS email FROM customers;

-- name: through a view
-- expect: masked
SELECT * FROM customer_list;

-- name: count them
-- expect: clear
SELECT count(*) FROM customers;

-- name: cut
-- expect: masked
SELECT id, left(email, 3) FROM customers;

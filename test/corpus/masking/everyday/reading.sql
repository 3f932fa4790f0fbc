-- name: all of them
-- masked: email, phone
SELECT id, name, email, phone FROM customers ORDER BY id;

-- name: by key
-- masked: email
-- params: [3]
SELECT id, email, country FROM customers WHERE id = $1;

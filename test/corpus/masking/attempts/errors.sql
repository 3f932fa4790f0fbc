-- THREATS 19 and 20: whether it fails tells, and so does the text of the error.

-- name: division by zero
-- expect: refused
SELECT 1 / (salary - salary / 2 * 2 - 7) FROM customers;

-- name: division by zero by CASE
-- expect: refused
SELECT CASE WHEN email > 'zz' THEN 1 / (id - id) ELSE 1 END FROM customers;

-- name: division by zero in WHERE
-- expect: refused
SELECT id FROM customers WHERE 1 / (CASE WHEN email > 'zz' THEN 0 ELSE 1 END) = 1;

-- name: division by zero in a join
-- expect: refused
SELECT o.id FROM orders o JOIN customers c ON 1 / length(c.ssn) = 0 AND c.id = o.customer_id;

-- name: an overflow
-- expect: refused
SELECT salary + 100000000 FROM customers;

-- name: an overflow of a product
-- expect: refused
SELECT salary * 1 FROM customers;

-- name: a smaller integer
-- expect: refused
SELECT (salary / 1000000)::smallint FROM customers;

-- name: text to integer
-- expect: refused
SELECT ('0' || length(email))::int FROM customers;

-- name: text to date
-- expect: refused
SELECT (born::text)::date FROM customers;

-- name: text to boolean
-- expect: refused
SELECT (email > 'm')::text::boolean FROM customers;

-- name: text to an enum
-- expect: refused
SELECT feeling::text::mood FROM customers;

-- name: text to JSON
-- expect: refused
SELECT ('"' || name || '"')::json, ('"' || pan || '"')::json FROM customers;

-- name: text to an inet, an interval, a regclass
-- expect: refused
SELECT (length(ssn)::text)::interval FROM customers;

-- name: a cast that quotes its value
-- expect: refused
SELECT pan::numeric FROM customers;

-- name: a domain's check
-- expect: refused
SELECT ('+' || email)::phone_number FROM customers;

-- name: a square root of what may be negative
-- expect: refused
SELECT sqrt(balance) FROM customers;

-- name: a logarithm
-- expect: refused
SELECT ln(balance) FROM customers;

-- name: a power
-- expect: refused
SELECT power(balance, 2) FROM customers;

-- name: chr of a code
-- expect: refused
SELECT chr(ascii(email)) FROM customers;

-- name: repeat
-- expect: refused
SELECT repeat('x', length(email)) FROM customers;

-- name: substring of a negative length
-- expect: refused
SELECT substr(name, 1, ascii(email) - 90) FROM customers;

-- name: an invalid regular expression made of it
-- expect: refused
SELECT name ~ ssn FROM customers;

-- name: an invalid pattern made of it
-- expect: refused
SELECT name LIKE pan FROM customers;

-- name: an encoding
-- expect: refused
SELECT decode(md5(email), 'hex') FROM customers;

-- name: bytes to text
-- expect: refused
SELECT convert_from(secret, 'UTF8') FROM customers;

-- name: a scalar sub-select of more than one row
-- expect: refused
SELECT (SELECT id FROM orders WHERE id < ascii(c.email) - 96 LIMIT 1) FROM customers c;

-- name: an array of arrays of different lengths
-- expect: refused
SELECT ARRAY[nicknames, ARRAY['x', 'y']] FROM customers;

-- name: make_date
-- expect: refused
SELECT make_date(extract(year FROM born)::int, 1, 1) FROM customers;

-- name: to_date
-- expect: refused
SELECT to_date(born::text, 'YYYY-MM-DD') FROM customers;

-- name: to_number
-- expect: refused
SELECT to_number(balance::text, '999999999.99') FROM customers;

-- name: XML that is not well formed
-- expect: refused
SELECT xmlparse(content ssn)::text FROM customers;

-- name: generate_series by zero
-- expect: refused
SELECT generate_series(1, 2, salary) FROM customers;

-- name: format by it
-- expect: refused
SELECT format(ssn) FROM customers;

-- name: the error's details
-- expect: refused
SELECT * FROM pg_input_error_info((SELECT email FROM customers WHERE id = 1), 'int');

-- name: whether it is valid input
-- expect: refused
SELECT id FROM customers WHERE pg_input_is_valid(pan, 'int');

-- name: whether it is valid input, shown
-- expect: refused
SELECT pg_input_is_valid(pan, 'int') FROM customers;

-- name: a function that raises it
-- expect: refused
SELECT peek(email) FROM customers;

-- name: a function that raises it, in WHERE
-- expect: refused
SELECT id FROM customers WHERE peek(ssn) AND id = 1;

-- name: a block that raises it
-- expect: refused
DO $$BEGIN RAISE NOTICE '%', (SELECT email FROM customers WHERE id = 1); END$$;

-- name: a block that asks
-- expect: refused
DO $$BEGIN IF (SELECT email FROM customers WHERE id = 1) < 'm' THEN RAISE NOTICE 'early'; END IF; END$$;

-- name: a block that loops as often
-- expect: refused
DO $$DECLARE r record; BEGIN FOR r IN SELECT id FROM customers WHERE email < 'm' LOOP RAISE NOTICE '%', r.id; END LOOP; END$$;

-- name: an ASSERT
-- expect: refused
DO $$BEGIN ASSERT (SELECT email FROM customers WHERE id = 1) >= 'a', 'early'; END$$;

-- name: a block that builds its query
-- expect: refused
DO $$DECLARE e text; BEGIN EXECUTE 'SELECT em' || 'ail FROM customers LIMIT 1' INTO e; RAISE NOTICE '%', e; END$$;

-- name: a unique key violated by what is there
-- expect: clear
INSERT INTO customers (id, name, country, signed_up, email) VALUES (99, 'Zoe', 'de', now(), 'new@other.test') ON CONFLICT (email) DO NOTHING;

-- name: a constraint of one's own that fails on it
-- expect: refused
ALTER TABLE customers ADD CONSTRAINT early CHECK (email < 'zz');

-- name: a constraint of one's own, not yet checked
-- expect: refused
ALTER TABLE customers ADD CONSTRAINT early CHECK (email < 'zz') NOT VALID;

-- name: a unique index on part of it
-- expect: refused
CREATE UNIQUE INDEX ON customers (email, left(ssn, 1));

-- name: a partial index with a function
-- expect: refused
CREATE INDEX ON customers (id) WHERE email < 'm';

-- name: a column retyped
-- expect: refused
ALTER TABLE customers ALTER COLUMN signed_up TYPE text USING login::text;

-- name: a timeout by it
-- expect: refused
SELECT CASE WHEN email < 'm' THEN pg_sleep(0) END FROM customers;

-- name: a recursion limit
-- expect: refused
WITH RECURSIVE t(n) AS (SELECT length(email) FROM customers WHERE id = 1 UNION ALL SELECT n - 1 FROM t WHERE n > 1) SELECT 1 FROM t;

-- name: an assertion by a window frame
-- expect: refused
SELECT sum(score) OVER (ORDER BY id ROWS BETWEEN (SELECT length(email) FROM customers WHERE id = 1) PRECEDING AND CURRENT ROW) FROM customers;

-- name: nth_value of it
-- expect: refused
SELECT nth_value(name, (SELECT length(email) FROM customers WHERE id = 1)) OVER () FROM customers;

-- name: ntile of it
-- expect: refused
SELECT ntile((SELECT length(email) FROM customers WHERE id = 1)) OVER (ORDER BY id) FROM customers;

-- name: a percentile of it
-- expect: refused
SELECT percentile_cont((SELECT 1.0 / length(email) FROM customers WHERE id = 1)::float8) WITHIN GROUP (ORDER BY total) FROM orders;

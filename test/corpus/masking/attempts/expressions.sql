-- THREATS 17: computed from it, by what cannot fail: it runs, and a constant comes back.

-- name: cut from the left
-- expect: masked
SELECT id, left(email, 3) FROM customers;

-- name: substr
-- expect: masked
SELECT substr(email, 1, 2) FROM customers;

-- name: SUBSTRING … FROM … FOR
-- expect: masked
SELECT substring(email FROM 2 FOR 1) FROM customers;

-- name: backwards
-- expect: masked
SELECT reverse(email) FROM customers;

-- name: upper and lower
-- expect: masked
SELECT upper(email), lower(ssn), initcap(pan) FROM customers;

-- name: its length
-- expect: masked
SELECT length(email), octet_length(ssn), bit_length(pan) FROM customers;

-- name: its first code
-- expect: masked
SELECT ascii(email) FROM customers;

-- name: MD5
-- expect: masked
SELECT md5(email) FROM customers;

-- name: SHA-256 in hexadecimal
-- expect: masked
SELECT encode(sha256(secret), 'hex') FROM customers;

-- name: bytea in base64
-- expect: masked
SELECT encode(secret, 'base64') FROM customers;

-- name: joined to nothing
-- expect: masked
SELECT email || '' FROM customers;

-- name: joined to a clear column
-- expect: masked
SELECT name || ' <' || email || '>' AS address FROM customers;

-- name: concat, which knows no NULL
-- expect: masked
SELECT concat(email, '.') FROM customers;

-- name: concat_ws
-- expect: masked
SELECT concat_ws('/', id, ssn, pan) FROM customers;

-- name: format
-- expect: refused
SELECT format('%s', email) FROM customers;

-- name: format as a literal
-- expect: refused
SELECT format('%L', email) FROM customers;

-- name: quoted
-- expect: masked
SELECT quote_literal(email), quote_ident(ssn) FROM customers;

-- name: cast to another text type
-- expect: refused
SELECT email::varchar(4), CAST(ssn AS text), pan::bytea FROM customers;

-- name: cast to name
-- expect: refused
SELECT email::name FROM customers;

-- name: number to text
-- expect: masked
SELECT salary::text FROM customers;

-- name: date to text
-- expect: masked
SELECT born::text FROM customers;

-- name: uuid to text
-- expect: masked
SELECT code::text FROM customers;

-- name: enum to text
-- expect: masked
SELECT feeling::text FROM customers;

-- name: composite to text
-- expect: masked
SELECT home::text FROM customers;

-- name: a field of a composite
-- expect: refused
SELECT (home).street, (c.home).zip FROM customers c;

-- name: all fields of a composite
-- expect: masked
SELECT (home).* FROM customers;

-- name: array to text
-- expect: masked
SELECT nicknames::text FROM customers;

-- name: array joined
-- expect: masked
SELECT array_to_string(nicknames, '-') FROM customers;

-- name: citext to text
-- expect: masked
SELECT login::text FROM customers;

-- name: domain to text
-- expect: masked
SELECT phone::text FROM customers;

-- name: CASE gives it
-- expect: masked
SELECT CASE WHEN id > 3 THEN email ELSE name END FROM customers;

-- name: CASE on a clear column, a constant otherwise
-- expect: masked
SELECT CASE country WHEN 'de' THEN email ELSE 'none' END FROM customers;

-- name: COALESCE
-- expect: masked
SELECT COALESCE(email, name) FROM customers;

-- name: NULLIF with a clear column
-- expect: refused
SELECT id, NULLIF(email, name) FROM customers;

-- name: GREATEST with a constant
-- expect: masked
SELECT GREATEST(email, 'm') FROM customers;

-- name: LEAST of two hidden ones
-- expect: masked
SELECT LEAST(email, ssn) FROM customers;

-- name: replace
-- expect: refused
SELECT replace(email, '@', ' at ') FROM customers;

-- name: translate
-- expect: masked
SELECT translate(email, 'jkq', 'abc') FROM customers;

-- name: split_part
-- expect: masked
SELECT split_part(email, '@', 1), split_part(email, '@', 2) FROM customers;

-- name: position
-- expect: masked
SELECT strpos(email, '@'), position('@' IN email) FROM customers;

-- name: trimmed
-- expect: masked
SELECT trim(both 'ab' FROM email), ltrim(ssn, 'x'), btrim(pan, '4') FROM customers;

-- name: padded
-- expect: refused
SELECT lpad(email, 3), rpad(ssn, 40, '.') FROM customers;

-- name: overlaid
-- expect: refused
SELECT overlay(email placing '***' from 20) FROM customers;

-- name: starts with
-- expect: refused
SELECT id FROM customers WHERE starts_with(email, 'b');

-- name: whether it starts with, shown
-- expect: refused
SELECT starts_with(email, 'b') FROM customers;

-- name: an array constructor
-- expect: masked
SELECT ARRAY[email, ssn] FROM customers;

-- name: a row constructor
-- expect: masked
SELECT ROW(id, email) FROM customers;

-- name: a row without the word
-- expect: masked
SELECT (id, email) FROM customers;

-- name: a comparison, shown
-- expect: refused
SELECT id, email > 'm' FROM customers;

-- name: an equality, shown
-- expect: masked
SELECT id, email = 'nobody@else.test' FROM customers;

-- name: a pattern, shown
-- expect: refused
SELECT id, email LIKE 'b%' FROM customers;

-- name: a regular expression, shown
-- expect: refused
SELECT id, email ~ '^b' FROM customers;

-- name: BETWEEN, shown
-- expect: refused
SELECT id, salary BETWEEN 1 AND 1500000000 FROM customers;

-- name: IS DISTINCT FROM, shown
-- expect: refused
SELECT id, email IS DISTINCT FROM name FROM customers;

-- name: IS NULL, shown
-- expect: clear
SELECT id, email IS NULL, phone IS NOT NULL FROM customers;

-- name: an array's length
-- expect: masked
SELECT cardinality(nicknames), array_length(nicknames, 1) FROM customers;

-- name: an element of an array
-- expect: masked
SELECT nicknames[1] FROM customers;

-- name: a slice of an array
-- expect: masked
SELECT nicknames[1:1] FROM customers;

-- name: an array within an array
-- expect: refused
SELECT ARRAY[nicknames, nicknames] FROM customers;

-- name: a scalar sub-select
-- expect: masked
SELECT o.id, (SELECT c.email FROM customers c WHERE c.id = o.customer_id) FROM orders o;

-- name: a scalar sub-select deep down
-- expect: masked
SELECT (SELECT (SELECT (SELECT upper(email)))) FROM customers;

-- name: an array sub-select
-- expect: masked
SELECT ARRAY(SELECT email FROM customers ORDER BY id);

-- name: similarity
-- expect: refused
SELECT similarity(email, 'bxkk') FROM customers;

-- name: hstore of the row
-- expect: refused
SELECT hstore(c) FROM customers c;

-- name: age
-- expect: refused
SELECT age(born) FROM customers;

-- name: year of birth
-- expect: masked
SELECT extract(year FROM born) FROM customers;

-- name: date_trunc
-- expect: masked
SELECT date_trunc('month', seen) FROM customers;

-- name: to_char of a date
-- expect: masked
SELECT to_char(born, 'YYYY-MM') FROM customers;

-- name: to_char of a number
-- expect: masked
SELECT to_char(balance, '999999999.99') FROM customers;

-- name: rounded
-- expect: refused
SELECT round(balance), floor(balance), ceil(balance) FROM customers;

-- name: its sign
-- expect: refused
SELECT sign(balance) FROM customers;

-- name: size in bytes
-- expect: refused
SELECT pg_column_size(email) FROM customers;

-- name: its type, which is no secret
-- expect: masked
SELECT pg_typeof(email) FROM customers LIMIT 1;

-- name: a field of the row through text
-- expect: masked
SELECT c::text FROM customers c;

-- name: num_nulls
-- expect: clear
SELECT num_nulls(email, phone, ssn) FROM customers;

-- name: a window default
-- expect: masked
SELECT lag(email, 1, 'none') OVER (ORDER BY id) FROM customers;

-- name: xmlelement
-- expect: refused
SELECT xmlelement(name mail, email)::text FROM customers;

-- name: md5 of uuid as uuid
-- expect: refused
SELECT md5(code::text)::uuid FROM customers;

-- name: string to table
-- expect: refused
SELECT string_to_table(email, '@') FROM customers;

-- name: regexp_replace
-- expect: refused
SELECT regexp_replace(email, '[aeiou]', '', 'g') FROM customers;

-- name: regexp_match
-- expect: refused
SELECT regexp_match(email, '(.)@') FROM customers;

-- name: regexp_matches changes the number of rows
-- expect: refused
SELECT id, regexp_matches(email, 'j', 'g') FROM customers;

-- name: COLLATE
-- expect: masked
SELECT email COLLATE "C" FROM customers;

-- name: AT TIME ZONE
-- expect: refused
SELECT seen AT TIME ZONE 'UTC' FROM customers;

-- name: normalised
-- expect: refused
SELECT normalize(email) FROM customers;

-- name: parse_ident
-- expect: refused
SELECT parse_ident(login::text) FROM customers;

-- name: nested ten deep
-- expect: masked
SELECT upper(lower(upper(lower(upper(lower(upper(lower(upper(lower(email)))))))))) FROM customers;

-- name: bits of it
-- expect: refused
SELECT get_bit(secret, 0), get_byte(secret, 1) FROM customers;

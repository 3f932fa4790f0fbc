-- What came with PostgreSQL 14 to 18, arrays, sub-scripts, and other corners of the grammar.

-- name: GROUP BY ALL-like DISTINCT sets
-- expect: refused
-- with: order
SELECT email, channel, count(*) FROM contacts GROUP BY DISTINCT ROLLUP (email, channel);

-- name: a join alias with USING
-- expect: masked
-- with: order
SELECT x.email FROM contacts JOIN customers USING (email) AS x WHERE x.email IS NOT NULL;

-- name: FETCH FIRST WITH TIES
-- expect: refused
SELECT id FROM customers ORDER BY salary FETCH FIRST 3 ROWS WITH TIES;

-- name: GROUP BY with ties of clear ones
-- expect: masked
SELECT country, email FROM customers ORDER BY country, id FETCH FIRST 3 ROWS ONLY;

-- name: array_sort
-- expect: refused
SELECT array_sort(nicknames) FROM customers;

-- name: array_reverse
-- expect: refused
SELECT array_reverse(nicknames) FROM customers;

-- name: array_shuffle
-- expect: refused
SELECT array_shuffle(nicknames) FROM customers;

-- name: array_sample
-- expect: refused
SELECT array_sample(nicknames, 1) FROM customers;

-- name: trim_array
-- expect: refused
SELECT trim_array(nicknames, 1) FROM customers;

-- name: array_append
-- expect: refused
SELECT array_append(nicknames, email) FROM customers;

-- name: array_remove
-- expect: refused
SELECT array_remove(nicknames, 'x') FROM customers;

-- name: array_position, shown
-- expect: refused
SELECT array_position(nicknames, 'vxzkqwww') FROM customers;

-- name: array_dims
-- expect: refused
SELECT array_dims(nicknames), array_upper(nicknames, 1) FROM customers;

-- name: string_to_array
-- expect: refused
SELECT string_to_array(email, '@') FROM customers;

-- name: an element of string_to_array
-- expect: refused
SELECT (string_to_array(email, '@'))[1] FROM customers;

-- name: an array compared
-- expect: refused
SELECT id FROM customers WHERE nicknames > ARRAY['m'];

-- name: ANY of the hidden array
-- expect: clear
SELECT id FROM customers WHERE 'nobody' = ANY (nicknames);

-- name: ALL of the hidden array
-- expect: refused
SELECT id FROM customers WHERE 'm' < ALL (nicknames);

-- name: IN an array parameter
-- expect: clear
-- params: ["{nobody@else.test,no-one@else.test}"]
SELECT id FROM customers WHERE email = ANY ($1::text[]);

-- name: a range made of it
-- expect: refused
SELECT numrange(balance, balance + 1) FROM customers;

-- name: a multirange
-- expect: refused
SELECT datemultirange(daterange(born, NULL)) FROM customers;

-- name: date_bin
-- expect: refused
SELECT date_bin('1 day', seen, '2000-01-01') FROM customers;

-- name: random in a range by it
-- expect: refused
SELECT random(1, salary) FROM customers;

-- name: unistr
-- expect: refused
SELECT unistr(email) FROM customers;

-- name: casefold
-- expect: masked
SELECT lower(email COLLATE "C") FROM customers;

-- name: crc32
-- expect: refused
SELECT crc32(secret) FROM customers;

-- name: reverse of bytes
-- expect: masked
SELECT reverse(secret) FROM customers;

-- name: bytes to a number
-- expect: refused
SELECT substring(secret FROM 1 FOR 4)::int FROM customers;

-- name: gamma of it
-- expect: refused
-- with: error
SELECT gamma(balance::float8) FROM customers;

-- name: to_hex and to_bin
-- expect: refused
SELECT to_hex(salary), to_bin(salary), to_oct(salary) FROM customers;

-- name: uuid's parts
-- expect: refused
SELECT uuid_extract_version(code), uuid_extract_timestamp(code) FROM customers;

-- name: scale of a number
-- expect: refused
SELECT scale(balance), trim_scale(balance) FROM customers;

-- name: greatest common divisor
-- expect: refused
SELECT gcd(salary, 97) FROM customers;

-- name: regexp_count and regexp_instr
-- expect: refused
SELECT regexp_count(email, 'k'), regexp_instr(email, 'k'), regexp_like(email, '^b') FROM customers;

-- name: regexp_substr
-- expect: refused
SELECT regexp_substr(email, '^[a-z]+') FROM customers;

-- name: a regular expression that takes long
-- expect: refused
SELECT id FROM customers WHERE email ~ '(a|a)*b' AND id = 1;

-- name: SUBSTRING … SIMILAR
-- expect: masked
SELECT substring(email SIMILAR '%#"@#"%' ESCAPE '#') FROM customers;

-- name: OVERLAPS
-- expect: refused
SELECT id FROM customers WHERE (born, born + 1) OVERLAPS ('1920-01-01'::date, '1960-01-01'::date);

-- name: IS DISTINCT FROM a constant
-- expect: clear
SELECT count(*) FROM customers WHERE email IS DISTINCT FROM 'nobody@else.test';

-- name: IS NOT DISTINCT FROM another hidden one
-- expect: clear
-- with: order
SELECT c.id, k.id FROM customers c JOIN contacts k ON c.email IS NOT DISTINCT FROM k.email ORDER BY 1, 2;

-- name: IS DOCUMENT
-- expect: refused
SELECT id FROM customers WHERE xmlparse(content ssn) IS DOCUMENT;

-- name: IS NORMALIZED
-- expect: refused
SELECT email IS NORMALIZED FROM customers;

-- name: a row's IS NULL with several
-- expect: clear
SELECT id, (email, phone) IS NULL FROM customers;

-- name: an escaped LIKE
-- expect: refused
SELECT id FROM customers WHERE email LIKE 'b!%' ESCAPE '!' OR id = 1;

-- name: ALL in a sub-select
-- expect: refused
SELECT id FROM customers WHERE salary >= ALL (SELECT salary FROM customers WHERE salary IS NOT NULL);

-- name: SOME in a sub-select
-- expect: refused
SELECT id FROM contacts WHERE email > SOME (SELECT email FROM customers);

-- name: MULTIASSIGN by a row
-- expect: refused
UPDATE contacts SET (note, channel) = ROW(email, phone) WHERE id = 1;

-- name: DEFAULT and a hidden value together
-- expect: refused
INSERT INTO notes (id, body) VALUES (DEFAULT, 'x'), (DEFAULT, (SELECT email FROM customers WHERE id = 1));

-- name: OVERRIDING and SELECT
-- expect: refused
INSERT INTO notes (id, body) OVERRIDING USER VALUE SELECT id, ssn FROM customers;

-- name: ORDER BY … NULLS FIRST
-- expect: refused
SELECT id FROM customers ORDER BY ssn NULLS FIRST;

-- name: a window with EXCLUDE
-- expect: refused
SELECT id, count(*) OVER (ORDER BY email GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM customers;

-- name: a window that inherits another
-- expect: refused
SELECT id, sum(score) OVER (w ORDER BY salary) FROM customers WINDOW w AS (PARTITION BY country);

-- name: a function in FROM with a column list
-- expect: refused
SELECT f.x FROM customers c, LATERAL json_to_record(json_build_object('x', c.email)) AS f(x text);

-- name: ROWS FROM with two functions
-- expect: refused
SELECT * FROM ROWS FROM (mails(), generate_series(1, 3)) AS r(m, n);

-- name: LATERAL with a function of it
-- expect: refused
SELECT c.id, t FROM customers c CROSS JOIN LATERAL regexp_split_to_table(c.email, '@') t;

-- name: generate_subscripts of it
-- expect: refused
SELECT id, generate_subscripts(nicknames, 1) FROM customers;

-- name: a composite made and taken apart
-- expect: refused
SELECT (ROW(email, ssn)::address).street FROM customers;

-- name: a composite's field in a condition
-- expect: refused
SELECT id FROM customers WHERE (home).street < 'm';

-- name: a composite equal to another
-- expect: refused
SELECT id FROM customers WHERE home > ROW('m', 'n')::address;

-- name: an enum compared
-- expect: refused
SELECT id FROM customers WHERE feeling > 'calm';

-- name: an enum equal
-- expect: refused
SELECT id FROM customers WHERE feeling IN ('calm') OR feeling < 'glad';

-- name: an enum's range
-- expect: refused
SELECT enum_range(NULL, feeling) FROM customers;

-- name: a citext compared
-- expect: refused
SELECT id FROM customers WHERE login > 'm';

-- name: a citext matched
-- expect: refused
SELECT id FROM customers WHERE login ~~ 'V%';

-- name: a citext in lower case
-- expect: masked
SELECT lower(login) FROM customers;

-- name: bytes compared
-- expect: refused
SELECT id FROM customers WHERE secret < '\x70';

-- name: bytes matched
-- expect: refused
SELECT id FROM customers WHERE secret LIKE 'x%'::bytea OR id = 1;

-- name: a uuid compared
-- expect: refused
SELECT id FROM customers WHERE code < '80000000-0000-0000-0000-000000000000';

-- name: a time compared with a clear one
-- expect: refused
SELECT id FROM customers WHERE seen < signed_up AND born < '1950-01-01';

-- name: a difference of times
-- expect: refused
SELECT id, signed_up - seen FROM customers;

-- name: a number in a CASE of ranges
-- expect: refused
SELECT id, CASE WHEN salary < 1300000000 THEN 'low' WHEN salary < 1600000000 THEN 'middle' ELSE 'high' END AS band FROM customers;

-- name: a band grouped
-- expect: refused
SELECT CASE WHEN salary < 1500000000 THEN 'low' ELSE 'high' END AS band, count(*) FROM customers GROUP BY 1;

-- name: a generated column compared
-- expect: refused
SELECT id FROM customers WHERE initials < 'm';

-- name: CURRENT OF
-- expect: masked
DECLARE k CURSOR FOR SELECT * FROM contacts; FETCH 2 FROM k; DELETE FROM contacts WHERE CURRENT OF k RETURNING *;

-- name: a table function with its own names
-- expect: masked
SELECT x.email FROM (TABLE contacts) AS x;

-- name: brackets, all the way
-- expect: masked
((((SELECT (((email))) FROM contacts))));

-- name: comments within
-- expect: masked
SELECT/**/email/* -- */FROM--
contacts;

-- name: dollar quotes that look like SQL
-- expect: masked
SELECT $q$SELECT email FROM customers$q$ AS text, email FROM contacts;

-- name: an operator with a schema
-- expect: refused
SELECT email OPERATOR(pg_catalog.||) 'x' FROM contacts;

-- name: a function with a schema
-- expect: masked
SELECT pg_catalog.upper(email) FROM contacts;

-- name: a function with named arguments
-- expect: refused
SELECT make_interval(days => length(email)) FROM contacts;

-- name: VARIADIC
-- expect: masked
SELECT concat(VARIADIC nicknames), concat_ws(',', VARIADIC nicknames) FROM customers;

-- name: a cast to a domain that checks nothing hidden
-- expect: refused
SELECT phone::phone_number FROM customers;

-- name: a cast to regclass
-- expect: refused
SELECT ssn::regclass FROM customers WHERE id = 9;

-- name: a cast to oid
-- expect: refused
SELECT salary::oid FROM customers;

-- name: money
-- expect: refused
SELECT balance::money FROM customers;

-- name: float
-- expect: refused
SELECT salary::float8, balance::float8 FROM customers;

-- name: numeric
-- expect: refused
SELECT salary::numeric, salary::bigint FROM customers;

-- name: numeric with a limit
-- expect: refused
SELECT salary::numeric(10, 0) FROM customers;

-- name: char
-- expect: refused
SELECT email::char(1), email::"char" FROM customers;

-- name: bit
-- expect: refused
SELECT salary::bit(32) FROM customers;

-- name: date to timestamp
-- expect: refused
SELECT born::timestamp FROM customers;

-- name: timestamp to date
-- expect: refused
SELECT seen::date FROM customers;

-- name: timestamp to time
-- expect: refused
SELECT seen::time FROM customers;

-- name: negation
-- expect: refused
SELECT -salary FROM customers;

-- name: bit negation
-- expect: refused
SELECT ~salary FROM customers;

-- name: absolute
-- expect: refused
SELECT abs(salary) FROM customers;

-- name: a conversion of encodings
-- expect: refused
SELECT convert_to(email, 'LATIN1') FROM customers;

-- name: bytes of a text
-- expect: refused
SELECT email::bytea FROM customers;

-- name: tsquery
-- expect: refused
SELECT to_tsquery(ssn) FROM customers;

-- name: plainto_tsquery
-- expect: refused
SELECT plainto_tsquery('simple', ssn) FROM customers;

-- name: a network address of it
-- expect: refused
SELECT set_masklen('10.0.0.0/8'::inet, ascii(email) % 30) FROM customers;

-- name: a point of it
-- expect: refused
SELECT point(salary, balance) FROM customers;

-- name: current_setting by it
-- expect: refused
SELECT current_setting(email, true) FROM customers;

-- name: obj_description by it
-- expect: refused
SELECT pg_get_viewdef(salary::oid) FROM customers;

-- name: to_regclass by it
-- expect: clear
SELECT to_regclass(name) FROM customers;

-- name: has_table_privilege by it
-- expect: refused
SELECT has_table_privilege(salary::oid, 'SELECT') FROM customers;

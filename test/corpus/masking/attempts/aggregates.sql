-- THREATS 17: aggregates and windows of it.

-- name: the least and the greatest
-- expect: masked
SELECT min(email), max(email) FROM customers;

-- name: the greatest number
-- expect: masked
SELECT max(salary), min(born), max(seen) FROM customers;

-- name: joined together
-- expect: masked
SELECT string_agg(email, ',') FROM customers;

-- name: joined in a clear order
-- expect: masked
SELECT string_agg(email, ',' ORDER BY id) FROM customers;

-- name: as an array
-- expect: masked
SELECT array_agg(email) FROM customers;

-- name: numbers as an array
-- expect: masked
SELECT array_agg(salary ORDER BY id) FROM customers;

-- name: bytes joined
-- expect: masked
SELECT string_agg(secret, ''::bytea) FROM customers;

-- name: a sum of whole numbers
-- expect: masked
SELECT sum(salary) FROM customers;

-- name: an average
-- expect: masked
SELECT avg(salary), avg(balance) FROM customers;

-- name: a sum by group
-- expect: masked
SELECT country, sum(balance) FROM customers GROUP BY country ORDER BY country;

-- name: an average of one
-- expect: masked
SELECT id, avg(salary) FROM customers GROUP BY id ORDER BY id;

-- name: a filter picks one
-- expect: masked
SELECT max(email) FILTER (WHERE id = 5) FROM customers;

-- name: any value
-- expect: masked
SELECT any_value(email) FROM customers;

-- name: the most frequent
-- expect: refused
SELECT mode() WITHIN GROUP (ORDER BY email) FROM contacts;

-- name: a median
-- expect: refused
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY salary) FROM customers;

-- name: a median by group
-- expect: refused
SELECT country, percentile_disc(0.5) WITHIN GROUP (ORDER BY salary) FROM customers GROUP BY country ORDER BY 1;

-- name: bits
-- expect: refused
SELECT bit_and(salary), bit_or(salary), bit_xor(salary) FROM customers;

-- name: truth
-- expect: refused
SELECT bool_and(email > 'b'), bool_or(email < 'm'), every(salary > 1) FROM customers;

-- name: a count of what is there
-- expect: clear
SELECT count(email), count(salary), count(*) FROM customers;

-- name: a count by country
-- expect: clear
SELECT country, count(email) FROM customers GROUP BY country ORDER BY country;

-- name: a count of different ones
-- expect: clear
SELECT count(DISTINCT email), count(DISTINCT phone) FROM contacts;

-- name: deviation
-- expect: masked
SELECT stddev(salary), variance(balance) FROM customers;

-- name: correlation with the key
-- expect: refused
SELECT corr(salary, id), regr_slope(salary, id) FROM customers;

-- name: JSON of values
-- expect: masked
SELECT json_agg(email) FROM customers;

-- name: JSON keys
-- expect: refused
SELECT json_object_agg(login, id) FROM customers;

-- name: JSON keys that must be unique
-- expect: refused
SELECT jsonb_object_agg_unique(login::text, id) FROM customers;

-- name: XML of values
-- expect: refused
SELECT xmlagg(xmlelement(name m, email))::text FROM customers;

-- name: a range of it
-- expect: refused
SELECT range_agg(daterange(born, born + 1)) FROM customers;

-- name: the first of a window
-- expect: masked
SELECT id, first_value(email) OVER (ORDER BY id), last_value(ssn) OVER (ORDER BY id) FROM customers;

-- name: the one before and the one after
-- expect: masked
SELECT id, lag(email) OVER (ORDER BY id), lead(pan) OVER (ORDER BY id) FROM customers;

-- name: the one before, none back
-- expect: masked
SELECT lag(email, 0) OVER () FROM customers;

-- name: the greatest so far
-- expect: masked
SELECT id, max(salary) OVER (ORDER BY id) FROM customers;

-- name: a running sum
-- expect: masked
SELECT id, sum(balance) OVER (PARTITION BY country ORDER BY id) FROM customers ORDER BY id;

-- name: a window over groups
-- expect: masked
SELECT country, max(max(email)) OVER () FROM customers GROUP BY country ORDER BY country;

-- name: the group's key itself
-- expect: masked
-- with: order
SELECT email, count(*) FROM contacts GROUP BY email;

-- name: the group's key and its least
-- expect: masked
-- with: order
SELECT email, min(email), min(id) FROM contacts GROUP BY email;

-- name: grouped with a clear one
-- expect: masked
-- with: order
SELECT channel, email, count(*) FROM contacts GROUP BY channel, email;

-- name: ROLLUP
-- expect: refused
-- with: order
SELECT country, feeling, count(*) FROM customers GROUP BY ROLLUP (country, feeling);

-- name: CUBE with grouping()
-- expect: refused
-- with: order
SELECT country, email, grouping(country, email), count(*) FROM customers GROUP BY CUBE (country, email);

-- name: HAVING a count is about equality alone
-- expect: masked
-- with: order
SELECT email, count(*) FROM contacts GROUP BY email HAVING count(*) > 1;

-- name: HAVING on another hidden one
-- expect: refused
SELECT email FROM contacts GROUP BY email HAVING min(phone) < '+k';

-- name: sorted by an aggregate of it
-- expect: refused
SELECT country FROM customers GROUP BY country ORDER BY max(email);

-- name: sorted by how many
-- expect: clear
SELECT country FROM customers GROUP BY country ORDER BY count(email) DESC, country;

-- name: an aggregate of an aggregate
-- expect: masked
SELECT max(m) FROM (SELECT max(email) AS m FROM customers GROUP BY country) s;

-- name: an ordered set over a derived table
-- expect: refused
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY s.v) FROM (SELECT salary AS v FROM customers) s;

-- name: DISTINCT within
-- expect: masked
SELECT array_agg(DISTINCT email) FROM contacts;

-- name: grouped by what looks like another column
-- expect: masked
-- with: order
SELECT max(note), c.email AS note FROM contacts c GROUP BY c.email;

-- THREATS 24: tokens that the gateway never made, or not for this column.

-- name: forged
-- expect: refused
SELECT id FROM public.customers WHERE phone = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: forged, in a list
-- expect: refused
SELECT id FROM public.customers WHERE phone IN ('+1', 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA');

-- name: forged, in an array
-- expect: refused
SELECT id FROM public.customers WHERE phone = ANY ('{tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA}');

-- name: forged, in a parameter
-- expect: refused
-- params: ["tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
SELECT id FROM public.customers WHERE phone = $1;

-- name: forged, in an array parameter
-- expect: refused
-- params: ["{tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA}"]
SELECT id FROM public.customers WHERE phone = ANY ($1);

-- name: forged, to be written
-- expect: refused
-- with: error
UPDATE public.customers SET phone = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE id = 1;

-- name: forged, to be inserted
-- expect: refused
INSERT INTO contacts (id, phone) VALUES (77, 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA');

-- name: forged, inserted by COPY
-- expect: refused
-- data: 77	tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA
COPY contacts (id, phone) FROM STDIN;

-- name: forged, as an argument of EXECUTE
-- expect: refused
PREPARE p (text) AS SELECT id FROM public.customers WHERE phone = $1; EXECUTE p('tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA');

-- name: at the place of a column with another mask
-- expect: refused
SELECT id FROM public.customers WHERE email = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: at the place of a clear column it is a text
-- expect: clear
SELECT id FROM public.customers WHERE name = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: as a text of one's own
-- expect: clear
SELECT 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: in a comparison by order
-- expect: refused
SELECT id FROM public.customers WHERE phone < 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: in a pattern
-- expect: refused
SELECT id FROM public.customers WHERE phone LIKE 'tok_%';

-- name: in EXPLAIN
-- expect: refused
EXPLAIN (COSTS OFF) SELECT id FROM public.customers WHERE phone = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: concatenated
-- expect: clear
SELECT id FROM public.customers WHERE phone = 'tok_00000000_' || 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: inside a document's place
-- expect: refused
SELECT id FROM events WHERE payload -> 'user' ->> 'phone' = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: a hash is no token
-- expect: clear
SELECT id FROM public.customers WHERE login = 'hmac:00000000000000000000000000000000';

-- name: a mask is no value
-- expect: clear
SELECT id FROM public.customers WHERE email = 'b***@***.example';

-- name: a real one, of another column
-- expect: refused
SELECT id FROM contacts WHERE phone = '{{token customers.phone 3}}';

-- name: a real one, cut, is a text
-- expect: clear
-- with: tokens
SELECT id FROM public.customers WHERE phone = left('{{token customers.phone 3}}', 40);

-- name: a real one with more behind it
-- expect: refused
SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}x';

-- name: a real one inside of a longer text
-- expect: refused
SELECT id FROM public.customers WHERE phone = 'call {{token customers.phone 3}}';

-- name: a real one written to a clear column stays a text
-- expect: clear
-- with: tokens
UPDATE orders SET note = '{{token customers.phone 3}}' WHERE id = 1 RETURNING id;

-- name: a real one in the list of what to show
-- expect: clear
-- with: tokens
SELECT '{{token customers.phone 3}}' AS t;

-- name: a real one turned back into a clear column by CASE
-- expect: refused
SELECT CASE WHEN phone = '{{token customers.phone 3}}' THEN 'it' END FROM public.customers ORDER BY 1;

-- name: a real one in a range
-- expect: refused
SELECT id FROM public.customers WHERE phone BETWEEN '{{token customers.phone 3}}' AND '{{token customers.phone 4}}';

-- name: a real one in VALUES, joined
-- expect: refused
SELECT c.id FROM public.customers c JOIN (VALUES ('{{token customers.phone 3}}')) v(p) ON v.p = c.phone;

-- name: a real one in COALESCE
-- expect: masked
SELECT id, COALESCE(phone, '{{token customers.phone 3}}') FROM public.customers;

-- name: a real one in EXPLAIN
-- expect: refused
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: a real one in a cursor
-- expect: clear
DECLARE c CURSOR FOR SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}'; FETCH 1 FROM c;

-- name: a real one in a prepared statement's text
-- expect: refused
PREPARE p AS SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}'; EXECUTE p;

-- name: a real one in a view
-- expect: refused
CREATE VIEW mine AS SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: a real one beside current_query
-- expect: clear
-- with: another answer
SELECT id, current_query() FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: a real one with an E
-- expect: clear
SELECT id FROM public.customers WHERE phone = E'{{token customers.phone 3}}';

-- name: a real one that breaks a constraint
-- expect: refused
-- with: error
INSERT INTO public.customers (id, name, country, signed_up, phone) VALUES (1, 'x', 'de', now(), '{{token customers.phone 3}}x');

-- name: a real one where the name may stand for a table of another schema
-- expect: refused
SELECT id FROM customers WHERE phone = '{{token customers.phone 3}}';

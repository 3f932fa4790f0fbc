-- THREATS 24: tokens that the gateway never made, or not for this column.

-- name: forged
-- expect: refused
SELECT id FROM customers WHERE phone = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: forged, in a list
-- expect: refused
SELECT id FROM customers WHERE phone IN ('+1', 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA');

-- name: forged, in an array
-- expect: refused
SELECT id FROM customers WHERE phone = ANY ('{tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA}');

-- name: forged, in a parameter
-- expect: refused
-- params: ["tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
SELECT id FROM customers WHERE phone = $1;

-- name: forged, in an array parameter
-- expect: refused
-- params: ["{tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA}"]
SELECT id FROM customers WHERE phone = ANY ($1);

-- name: forged, to be written
-- expect: refused
-- with: error
UPDATE customers SET phone = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE id = 1;

-- name: forged, to be inserted
-- expect: refused
INSERT INTO contacts (id, phone) VALUES (77, 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA');

-- name: forged, inserted by COPY
-- expect: refused
-- data: 77	tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA
COPY contacts (id, phone) FROM STDIN;

-- name: forged, as an argument of EXECUTE
-- expect: refused
PREPARE p (text) AS SELECT id FROM customers WHERE phone = $1; EXECUTE p('tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA');

-- name: at the place of a column with another mask
-- expect: refused
SELECT id FROM customers WHERE email = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: at the place of a clear column it is a text
-- expect: clear
SELECT id FROM customers WHERE name = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: as a text of one's own
-- expect: clear
SELECT 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: in a comparison by order
-- expect: refused
SELECT id FROM customers WHERE phone < 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: in a pattern
-- expect: refused
SELECT id FROM customers WHERE phone LIKE 'tok_%';

-- name: in EXPLAIN
-- expect: refused
EXPLAIN (COSTS OFF) SELECT id FROM customers WHERE phone = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: concatenated
-- expect: refused
SELECT id FROM customers WHERE phone = 'tok_00000000_' || 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: inside a document's place
-- expect: refused
SELECT id FROM events WHERE payload -> 'user' ->> 'phone' = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';

-- name: a hash is no token
-- expect: clear
SELECT id FROM customers WHERE login = 'hmac:00000000000000000000000000000000';

-- name: a mask is no value
-- expect: clear
SELECT id FROM customers WHERE email = 'b***@***.example';

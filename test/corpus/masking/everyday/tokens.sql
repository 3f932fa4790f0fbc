-- Tokens that came out of the gateway and go back in.

-- name: found by token
-- masked: phone
SELECT id, name, phone FROM public.customers WHERE phone = '{{token customers.phone 3}}';

-- name: found by token, as a parameter
-- masked: phone
-- params: ["{{token customers.phone 3}}"]
SELECT id, phone FROM public.customers WHERE phone = $1;

-- name: found by several tokens
-- masked: phone
SELECT id, phone FROM public.customers WHERE phone IN ('{{token customers.phone 3}}', '{{token customers.phone 5}}') ORDER BY id;

-- name: found by tokens in an array
-- masked: phone
-- params: ["{\"{{token customers.phone 3}}\",\"{{token customers.phone 4}}\"}"]
SELECT id, phone FROM public.customers WHERE phone = ANY ($1::text[]) ORDER BY id;

-- name: found by token and a clear column
SELECT id FROM public.customers WHERE phone = '{{token customers.phone 3}}' AND country = 'es';

-- name: not the one of this token
SELECT count(*) FROM public.customers WHERE phone <> '{{token customers.phone 3}}';

-- name: in the other table, by its own token
SELECT id FROM contacts WHERE phone = '{{token contacts.phone 8}}' ORDER BY id;

-- name: two tables, joined on the hidden column, found by token
-- masked: phone
SELECT c.id, k.id AS contact, k.phone FROM public.customers c JOIN contacts k ON k.phone = c.phone::text WHERE c.phone = '{{token customers.phone 4}}' ORDER BY 2;

-- name: updated by token
UPDATE public.customers SET score = 5 WHERE phone = '{{token customers.phone 3}}';

-- name: updated by token, returned
-- masked: phone
UPDATE public.customers SET score = 5 WHERE phone = '{{token customers.phone 3}}' RETURNING id, phone;

-- name: deleted by token
DELETE FROM contacts WHERE phone = '{{token contacts.phone 8}}';

-- name: written as a token
-- masked: phone
UPDATE contacts SET phone = '{{token contacts.phone 8}}' WHERE id = 1 RETURNING id, phone;

-- name: inserted as a token
-- masked: phone
INSERT INTO contacts (id, phone) VALUES (777, '{{token contacts.phone 8}}') RETURNING id, phone;

-- name: copied in as a token
-- data: 778	{{token contacts.phone 8}}
COPY contacts (id, phone) FROM STDIN;

-- name: an argument of EXECUTE
-- masked: phone
PREPARE p (text) AS SELECT id, phone FROM public.customers WHERE phone = $1; EXECUTE p('{{token customers.phone 3}}');

-- name: how many have it
SELECT count(*) FROM contacts WHERE phone = '{{token contacts.phone 8}}';

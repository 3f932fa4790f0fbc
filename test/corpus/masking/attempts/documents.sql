-- JSON pointers: of customers.profile /contact/email, /contact/phone, /cards/*/pan and /national~1id are hidden, of
-- events.payload /user/phone, of customers.bio everything.

-- name: the document
-- expect: masked
SELECT id, profile FROM customers;

-- name: the document in a view's way
-- expect: masked
SELECT p FROM (SELECT profile AS p FROM customers) s;

-- name: a hidden key
-- expect: masked
SELECT profile -> 'contact' ->> 'email' FROM customers;

-- name: its parent
-- expect: masked
SELECT profile -> 'contact' FROM customers;

-- name: a clear key beside it
-- expect: clear
SELECT id, profile -> 'contact' ->> 'city' FROM customers;

-- name: a clear key at the top
-- expect: clear
SELECT id, profile ->> 'level', profile -> 'likes' FROM customers;

-- name: a path
-- expect: masked
SELECT profile #>> '{contact,email}' FROM customers;

-- name: a path to its parent
-- expect: masked
SELECT profile #> '{contact}' FROM customers;

-- name: an empty path
-- expect: masked
SELECT profile #> '{}' FROM customers;

-- name: a path through an array
-- expect: masked
SELECT profile #>> '{cards,0,pan}' FROM customers;

-- name: a path from the end of an array
-- expect: masked
SELECT profile #>> '{cards,-1,pan}' FROM customers;

-- name: a clear path through an array
-- expect: clear
SELECT profile #>> '{cards,0,brand}' FROM customers;

-- name: subscripts
-- expect: masked
SELECT profile['contact']['phone'] FROM customers;

-- name: subscripts, clear
-- expect: clear
SELECT profile['contact']['city'] FROM customers;

-- name: a subscript that is computed
-- expect: masked
SELECT profile['con' || 'tact']['em' || 'ail'] FROM customers;

-- name: a key that is computed
-- expect: masked
SELECT profile -> ('con' || 'tact') ->> concat('em', 'ail') FROM customers;

-- name: a key from another column
-- expect: masked
SELECT c.profile -> 'contact' ->> k.key FROM customers c, (VALUES ('email'), ('city')) k(key);

-- name: the key with a slash
-- expect: masked
SELECT profile ->> 'national/id' FROM customers;

-- name: the function for an operator
-- expect: masked
SELECT jsonb_extract_path_text(profile, 'contact', 'email') FROM customers;

-- name: the operator by its full name
-- expect: masked
SELECT profile OPERATOR(pg_catalog.->) 'contact' OPERATOR(pg_catalog.->>) 'email' FROM customers;

-- name: jsonpath
-- expect: refused
SELECT jsonb_path_query_first(profile, '$.contact.email') FROM customers;

-- name: jsonpath over everything
-- expect: refused
SELECT id, jsonb_path_query(profile, '$.**') FROM customers;

-- name: jsonpath into an array
-- expect: refused
SELECT jsonb_path_query_array(profile, '$.cards[*].pan') FROM customers;

-- name: jsonpath that asks
-- expect: refused
SELECT id FROM customers WHERE profile @? '$.contact.email ? (@ starts with "b")';

-- name: jsonpath that matches
-- expect: refused
SELECT id FROM customers WHERE profile @@ '$.contact.email < "m"';

-- name: jsonpath that matches, shown
-- expect: refused
SELECT jsonb_path_match(profile, '$.contact.email < "m"') FROM customers;

-- name: jsonpath that exists, by the function
-- expect: refused
SELECT id FROM customers WHERE jsonb_path_exists(profile, '$.contact.email ? (@ like_regex "^b")');

-- name: containment
-- expect: refused
SELECT id FROM customers WHERE profile @> '{"national/id": "vxxqjjww-kqwjwjx"}' OR id = 1;

-- name: containment of clear keys
-- expect: refused
SELECT id FROM customers WHERE profile @> '{"likes": ["rain"]}';

-- name: whether a key exists
-- expect: refused
SELECT id FROM customers WHERE profile ? 'level';

-- name: the document's equality
-- expect: refused
SELECT id FROM customers WHERE profile < '{"a": 1}';

-- name: sorted by a hidden key
-- expect: refused
SELECT id FROM customers ORDER BY profile -> 'contact' ->> 'email';

-- name: sorted by the document
-- expect: refused
SELECT id FROM customers ORDER BY profile;

-- name: sorted by a clear key
-- expect: clear
SELECT id FROM customers ORDER BY profile ->> 'level', id;

-- name: compared by a hidden key
-- expect: refused
SELECT id FROM customers WHERE profile -> 'contact' ->> 'email' LIKE 'b%';

-- name: compared by a clear key
-- expect: clear
SELECT id FROM customers WHERE (profile ->> 'level')::int > 2;

-- name: grouped by a clear key
-- expect: clear
SELECT profile ->> 'level' AS level, count(*) FROM customers GROUP BY 1 ORDER BY 1;

-- name: its keys and values
-- expect: refused
SELECT id, e.key, e.value FROM customers, jsonb_each(profile) e;

-- name: its keys and values as text
-- expect: refused
SELECT e.value FROM customers c, jsonb_each_text(c.profile -> 'contact') e WHERE e.key = 'email';

-- name: its keys
-- expect: refused
SELECT id, jsonb_object_keys(profile) FROM customers;

-- name: items of an array
-- expect: masked
SELECT id, card ->> 'pan' FROM customers, jsonb_array_elements(profile -> 'cards') card;

-- name: items of a clear array
-- expect: clear
SELECT id, liked FROM customers, jsonb_array_elements_text(profile -> 'likes') liked;

-- name: as text
-- expect: masked
SELECT profile::text FROM customers;

-- name: as text, searched
-- expect: refused
SELECT id FROM customers WHERE profile::text LIKE '%kk%';

-- name: pretty
-- expect: masked
SELECT jsonb_pretty(profile) FROM customers;

-- name: without a key
-- expect: refused
SELECT profile - 'likes' FROM customers;

-- name: without the hidden path
-- expect: masked
SELECT profile #- '{contact,email}' FROM customers;

-- name: set elsewhere
-- expect: refused
SELECT jsonb_set(profile, '{copy}', profile -> 'contact') FROM customers;

-- name: moved by concatenation
-- expect: refused
SELECT profile || jsonb_build_object('copy', profile #> '{contact,email}') FROM customers;

-- name: inserted elsewhere
-- expect: refused
SELECT jsonb_insert(profile, '{likes,0}', profile -> 'national/id') FROM customers;

-- name: wrapped in another document
-- expect: masked
SELECT jsonb_build_object('p', profile) FROM customers;

-- name: aggregated
-- expect: masked
SELECT jsonb_agg(profile ORDER BY id) FROM customers;

-- name: into a record
-- expect: refused
SELECT r.contact FROM customers, jsonb_to_record(profile) AS r(contact jsonb, level int);

-- name: into a record, text
-- expect: refused
SELECT r.contact FROM customers, jsonb_to_record(profile) AS r(contact text);

-- name: into rows of records
-- expect: refused
SELECT r.pan FROM customers, jsonb_to_recordset(profile -> 'cards') AS r(pan text, brand text);

-- name: JSON_VALUE
-- expect: refused
SELECT JSON_VALUE(profile, '$.contact.email') FROM customers;

-- name: JSON_QUERY
-- expect: refused
SELECT JSON_QUERY(profile, '$.contact') FROM customers;

-- name: JSON_EXISTS
-- expect: refused
SELECT id FROM customers WHERE JSON_EXISTS(profile, '$.contact.email ? (@ < "m")');

-- name: JSON_VALUE that fails on a bad cast
-- expect: refused
-- with: error
SELECT JSON_VALUE(profile, '$.contact.email' RETURNING int ERROR ON ERROR) FROM customers;

-- name: JSON_TABLE
-- expect: refused
SELECT t.mail FROM customers c, JSON_TABLE(c.profile, '$.contact' COLUMNS (mail text PATH '$.email')) t;

-- name: JSON_TABLE of an array
-- expect: refused
SELECT c.id, t.pan FROM customers c, JSON_TABLE(c.profile, '$.cards[*]' COLUMNS (pan text PATH '$.pan')) t;

-- name: IS JSON
-- expect: refused
SELECT id, profile IS JSON OBJECT FROM customers;

-- name: strip nulls
-- expect: masked
SELECT jsonb_strip_nulls(profile) FROM customers;

-- name: the type of a hidden place
-- expect: masked
SELECT jsonb_typeof(profile -> 'contact' -> 'email') FROM customers;

-- name: a cast of a hidden place
-- expect: refused
SELECT (profile -> 'cards' -> 0 ->> 'pan')::bigint FROM customers;

-- name: the number of hidden items
-- expect: refused
SELECT id FROM customers WHERE jsonb_array_length(profile -> 'cards') > 0 AND profile #>> '{cards,0,pan}' < '495';

-- name: a document that is hidden altogether
-- expect: masked
SELECT bio FROM customers;

-- name: a key of it
-- expect: masked
SELECT bio ->> 'about', bio -> 'n' FROM customers;

-- name: json to jsonb
-- expect: refused
SELECT bio::jsonb -> 'about' FROM customers;

-- name: a path of it
-- expect: masked
SELECT json_extract_path_text(bio, 'about') FROM customers;

-- name: a number in it
-- expect: refused
SELECT (bio ->> 'n')::int FROM customers;

-- name: events
-- expect: masked
SELECT id, payload FROM events;

-- name: events of a partition
-- expect: masked
SELECT id, payload -> 'user' FROM events_2026;

-- name: clear keys of events
-- expect: clear
SELECT id, payload ->> 'page', payload -> 'user' ->> 'id' FROM events;

-- name: an average of a clear key
-- expect: clear
SELECT payload ->> 'page' AS page, avg((payload ->> 'ms')::int) FROM events GROUP BY 1 ORDER BY 1;

-- name: a hidden place written to a clear one
-- expect: refused
UPDATE events SET payload = jsonb_set(payload, '{page}', payload #> '{user,phone}');

-- name: a hidden place moved by a subscript
-- expect: refused
UPDATE events SET payload['page'] = payload['user']['phone'];

-- name: a document copied to a clear column
-- expect: refused
UPDATE contacts SET note = c.profile::text FROM customers c WHERE c.id = customer_id;

-- name: hstore of a document
-- expect: refused
SELECT hstore('a', profile ->> 'national/id') FROM customers;

-- name: concatenated to a text
-- expect: masked
SELECT 'x' || (profile -> 'contact' ->> 'email') FROM customers;

-- name: an array of keys at once
-- expect: masked
SELECT ARRAY[profile ->> 'national/id', profile #>> '{contact,phone}'] FROM customers;

-- name: an item by a negative index
-- expect: masked
SELECT profile -> 'cards' -> -1 FROM customers;

-- name: searched in full text
-- expect: refused
SELECT id FROM customers WHERE to_tsvector('simple', profile) @@ 'vxxqjjww'::tsquery OR id = 1;

-- name: full text of it, shown
-- expect: refused
SELECT jsonb_to_tsvector('simple', profile, '"all"') FROM customers;

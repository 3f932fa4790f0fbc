-- THREATS 17: whole rows, and builders of JSON and XML.

-- name: the row
-- expect: masked
SELECT c FROM customers c;

-- name: the row by the table's name
-- expect: masked
SELECT customers FROM customers;

-- name: the row as text
-- expect: masked
SELECT c::text FROM contacts c;

-- name: a row of a star
-- expect: masked
SELECT ROW(c.*) FROM contacts c;

-- name: a row of a star with more
-- expect: masked
SELECT ROW(1, c.*, 'x') FROM contacts c;

-- name: its fields again
-- expect: masked
SELECT (c).id, (c).email FROM contacts c;

-- name: all its fields again
-- expect: masked
SELECT (c).* FROM contacts c;

-- name: fields of a row from a sub-select
-- expect: refused
SELECT (s.r).email FROM (SELECT c AS r FROM contacts c) s;

-- name: fields of a row from a sub-select, all
-- expect: masked
SELECT ((SELECT c FROM contacts c WHERE id = 5)).*;

-- name: row_to_json
-- expect: masked
SELECT row_to_json(c) FROM contacts c;

-- name: row_to_json of the whole table
-- expect: masked
SELECT row_to_json(customers) FROM customers;

-- name: to_json
-- expect: masked
SELECT to_json(email) FROM customers;

-- name: to_jsonb of the row
-- expect: masked
SELECT to_jsonb(c) FROM contacts c;

-- name: a key of to_jsonb
-- expect: masked
SELECT to_jsonb(c) ->> 'email' FROM contacts c;

-- name: a clear key of to_jsonb
-- expect: masked
SELECT to_jsonb(c) -> 'id' FROM contacts c;

-- name: keys taken out of to_jsonb
-- expect: refused
SELECT to_jsonb(c) - 'id' - 'note' FROM contacts c;

-- name: rows of keys
-- expect: refused
SELECT k, v FROM contacts c, jsonb_each_text(to_jsonb(c)) j(k, v);

-- name: json_agg of rows
-- expect: masked
SELECT json_agg(c) FROM contacts c;

-- name: array_agg of rows
-- expect: refused
SELECT array_agg(c) FROM contacts c;

-- name: unnest of array_agg of rows
-- expect: refused
SELECT (unnest(a)).email FROM (SELECT array_agg(c) AS a FROM contacts c) s;

-- name: an object
-- expect: masked
SELECT json_build_object('id', id, 'mail', email) FROM contacts;

-- name: an object with the secret for its key
-- expect: refused
SELECT jsonb_build_object(email, id) FROM contacts;

-- name: an array
-- expect: masked
SELECT jsonb_build_array(id, email) FROM contacts;

-- name: json_object of an array
-- expect: refused
SELECT json_object(ARRAY['mail', email]) FROM contacts;

-- name: JSON_OBJECT as the standard has it
-- expect: refused
SELECT JSON_OBJECT('mail': email, 'id': id) FROM contacts;

-- name: JSON_ARRAY as the standard has it
-- expect: refused
SELECT JSON_ARRAY(email, phone) FROM contacts;

-- name: JSON_ARRAY of a query
-- expect: refused
SELECT JSON_ARRAY(SELECT email FROM contacts);

-- name: JSON_ARRAYAGG
-- expect: refused
SELECT JSON_ARRAYAGG(email ORDER BY id) FROM contacts;

-- name: JSON_OBJECTAGG
-- expect: refused
SELECT JSON_OBJECTAGG(id: email) FROM contacts;

-- name: JSON_SCALAR and JSON_SERIALIZE
-- expect: refused
SELECT JSON_SERIALIZE(JSON_SCALAR(email)) FROM contacts;

-- name: a document made around a clear value
-- expect: clear
SELECT jsonb_build_object('id', id, 'name', name) FROM customers;

-- name: an XML element
-- expect: refused
SELECT xmlelement(name customer, xmlattributes(id AS id), email)::text FROM customers;

-- name: an XML attribute
-- expect: refused
SELECT xmlelement(name customer, xmlattributes(email AS mail))::text FROM customers;

-- name: an XML forest
-- expect: refused
SELECT xmlforest(id, email, ssn)::text FROM customers;

-- name: XML concatenated
-- expect: refused
SELECT xmlconcat(xmlelement(name a, email), xmlelement(name b, id))::text FROM customers;

-- name: an XML comment
-- expect: refused
SELECT xmlcomment(email)::text FROM customers;

-- name: an XML processing instruction
-- expect: refused
SELECT xmlpi(name x, ssn)::text FROM customers;

-- name: xpath over it
-- expect: refused
SELECT (xpath('/m/text()', xmlelement(name m, email)))[1]::text FROM customers;

-- name: XMLTABLE over it
-- expect: refused
SELECT t.v FROM customers c, XMLTABLE('/m' PASSING xmlelement(name m, c.email) COLUMNS v text PATH '.') t;

-- name: table_to_xml
-- expect: refused
SELECT table_to_xml('customers', true, true, '');

-- name: query_to_xml
-- expect: refused
SELECT query_to_xml('SELECT * FROM customers', true, true, '');

-- name: schema_to_xml
-- expect: refused
SELECT schema_to_xml('public', true, true, '');

-- name: database_to_xml
-- expect: refused
SELECT database_to_xml(true, true, '');

-- name: cursor_to_xml
-- expect: refused
DECLARE c CURSOR FOR SELECT email FROM customers; SELECT cursor_to_xml('c', 5, true, true, '');

-- name: query_to_xmlschema, which shows no row
-- expect: refused
SELECT query_to_xmlschema('SELECT * FROM customers', true, true, '');

-- name: json_populate_record of a row
-- expect: refused
SELECT (jsonb_populate_record(NULL::contacts, to_jsonb(c))).email FROM contacts c;

-- name: json_to_record of a row
-- expect: refused
SELECT r.email FROM contacts c, json_to_record(row_to_json(c)) AS r(email text);

-- name: a row as an argument of a window
-- expect: masked
SELECT first_value(c) OVER (ORDER BY id) FROM contacts c;

-- name: rows compared
-- expect: refused
SELECT a.id FROM contacts a JOIN contacts b ON a < b;

-- name: rows sorted
-- expect: refused
SELECT id FROM (SELECT id, email, c FROM contacts c) s ORDER BY c;

-- name: rows distinct from others
-- expect: refused
SELECT a.id FROM contacts a, contacts b WHERE a IS DISTINCT FROM b AND a.email < b.email;

-- name: whether the row is NULL
-- expect: refused
SELECT id FROM people p WHERE p IS NOT NULL;

-- name: how many rows
-- expect: masked
SELECT count(c) FROM customers c;

-- name: a row of a CTE
-- expect: masked
WITH w AS (SELECT id, email FROM customers) SELECT w FROM w;

-- name: a row of a join
-- expect: masked
SELECT j FROM (people p JOIN notes n ON n.id = p.id) j;

-- name: the row of a view
-- expect: masked
SELECT v FROM customer_list v;

-- name: the row's size
-- expect: refused
SELECT pg_column_size(c) FROM customers c;

-- name: the row's hash
-- expect: refused
SELECT hash_record(c) FROM people c;

-- name: the column's hash
-- expect: refused
SELECT hashtext(email), hashtextextended(ssn, 0) FROM customers;

-- name: a RETURNING row
-- expect: masked
UPDATE contacts SET note = 'x' WHERE id = 5 RETURNING contacts;

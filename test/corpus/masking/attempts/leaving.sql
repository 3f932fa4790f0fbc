-- THREATS 21: COPY, cursors, prepared statements, RETURNING.

-- name: COPY of the table
-- expect: masked
COPY customers TO STDOUT;

-- name: COPY of a column
-- expect: masked
COPY customers (email) TO STDOUT;

-- name: COPY of columns in another order
-- expect: masked
COPY customers (pan, id, email) TO STDOUT;

-- name: COPY of a query
-- expect: masked
COPY (SELECT id, email, phone FROM customers ORDER BY id) TO STDOUT;

-- name: COPY of something computed
-- expect: masked
COPY (SELECT id, upper(email), left(ssn, 2) FROM customers) TO STDOUT;

-- name: COPY of something that may fail
-- expect: refused
COPY (SELECT pan::bigint FROM customers) TO STDOUT;

-- name: COPY of a blind question
-- expect: refused
COPY (SELECT id FROM customers WHERE email < 'm') TO STDOUT;

-- name: COPY in CSV
-- expect: masked
COPY customers (id, email, ssn) TO STDOUT (FORMAT csv);

-- name: COPY in CSV with all that can be set
-- expect: masked
COPY customers (id, email, phone) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';', QUOTE '#', ESCAPE '!', NULL 'none', FORCE_QUOTE *);

-- name: COPY in CSV where the NULL looks like a value
-- expect: masked
COPY (SELECT id, name, email FROM customers) TO STDOUT WITH CSV NULL 'Ann';

-- name: COPY in text with another delimiter
-- expect: masked
COPY customers (id, email, ssn) TO STDOUT (DELIMITER '|', NULL '-');

-- name: COPY with a header
-- expect: masked
COPY customers (id, email) TO STDOUT (HEADER);

-- name: COPY in binary
-- expect: masked
COPY customers (id, email, born, code, salary, secret) TO STDOUT (FORMAT binary);

-- name: COPY in the old spelling
-- expect: masked
COPY customers (id, email) TO STDOUT WITH DELIMITER AS '|' NULL AS '';

-- name: COPY BINARY in the oldest spelling
-- expect: masked
COPY BINARY customers (id, email) TO STDOUT;

-- name: COPY in another encoding
-- expect: refused
COPY customers (id, email) TO STDOUT (ENCODING 'latin1');

-- name: COPY of arrays
-- expect: masked
COPY customers (id, nicknames, home, feeling) TO STDOUT;

-- name: COPY of documents
-- expect: masked
COPY customers (id, profile, bio) TO STDOUT;

-- name: COPY of a partition
-- expect: masked
COPY events_2025 (id, email) TO STDOUT;

-- name: COPY of a partitioned table by a query
-- expect: masked
COPY (SELECT * FROM events) TO STDOUT;

-- name: COPY of a child
-- expect: masked
COPY staff TO STDOUT;

-- name: COPY of a view by a query
-- expect: masked
COPY (SELECT * FROM customer_list) TO STDOUT;

-- name: COPY of the row
-- expect: masked
COPY (SELECT c FROM contacts c) TO STDOUT;

-- name: COPY of what an UPDATE returns
-- expect: masked
COPY (UPDATE contacts SET note = 'x' WHERE id < 4 RETURNING id, email) TO STDOUT;

-- name: COPY of what a DELETE returns, computed
-- expect: masked
COPY (DELETE FROM contacts WHERE id = 1 RETURNING reverse(email)) TO STDOUT;

-- name: COPY to a file
-- expect: refused
COPY customers TO '/tmp/sallyport-corpus';

-- name: COPY to a program
-- expect: refused
COPY customers TO PROGRAM 'cat >/dev/null';

-- name: COPY of clear columns
-- expect: clear
COPY customers (id, name) TO STDOUT;

-- name: COPY of an odd name
-- expect: masked
COPY "Odd Case" TO STDOUT;

-- name: a cursor
-- expect: masked
DECLARE c CURSOR FOR SELECT id, email FROM customers; FETCH 3 FROM c;

-- name: a cursor that holds
-- expect: masked
-- with: transaction
BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id, email FROM customers; COMMIT; FETCH ALL FROM c; CLOSE c;

-- name: a cursor of something computed
-- expect: masked
DECLARE c CURSOR FOR SELECT id, reverse(email) FROM customers; FETCH ALL FROM c;

-- name: a cursor that goes backwards
-- expect: masked
DECLARE c SCROLL CURSOR FOR SELECT id, ssn FROM customers; FETCH LAST FROM c; FETCH PRIOR FROM c; FETCH ABSOLUTE 2 FROM c;

-- name: a cursor in binary
-- expect: masked
DECLARE c BINARY CURSOR FOR SELECT id, email, born, salary FROM customers; FETCH ALL FROM c;

-- name: a cursor of a blind question
-- expect: refused
DECLARE c CURSOR FOR SELECT id FROM customers ORDER BY email; FETCH ALL FROM c;

-- name: a cursor's name used twice
-- expect: masked
DECLARE c CURSOR FOR SELECT id, name FROM customers; CLOSE c; DECLARE c CURSOR FOR SELECT id, upper(email) FROM customers; FETCH ALL FROM c;

-- name: a cursor made in a savepoint that goes
-- expect: masked
SAVEPOINT s; DECLARE c CURSOR FOR SELECT id, email FROM customers; ROLLBACK TO s; DECLARE c CURSOR FOR SELECT id, note FROM contacts; FETCH 2 FROM c; CLOSE c; DECLARE c CURSOR FOR SELECT id, ssn FROM customers; FETCH 2 FROM c;

-- name: a quoted cursor
-- expect: masked
DECLARE "C c" CURSOR FOR SELECT id, email || '' FROM customers; FETCH ALL FROM "C c";

-- name: UPDATE WHERE CURRENT OF
-- expect: masked
DECLARE c CURSOR FOR SELECT id, email FROM contacts FOR UPDATE; FETCH 1 FROM c; UPDATE contacts SET note = 'x' WHERE CURRENT OF c RETURNING email;

-- name: PREPARE and EXECUTE
-- expect: masked
PREPARE p (int) AS SELECT id, email FROM customers WHERE id = $1; EXECUTE p(3);

-- name: PREPARE of something computed
-- expect: masked
PREPARE p AS SELECT id, md5(email) FROM customers; EXECUTE p;

-- name: PREPARE of a blind question
-- expect: refused
PREPARE p (text) AS SELECT id FROM customers WHERE email < $1; EXECUTE p('m');

-- name: a statement's name used twice
-- expect: masked
PREPARE p AS SELECT id, name FROM customers; DEALLOCATE p; PREPARE p AS SELECT id, reverse(ssn) FROM customers; EXECUTE p;

-- name: EXECUTE in EXPLAIN
-- expect: clear
PREPARE p (int) AS SELECT email FROM customers WHERE id = $1; EXPLAIN (COSTS OFF) EXECUTE p(3);

-- name: a statement on a table that changes
-- expect: refused
-- with: error
PREPARE p AS SELECT * FROM contacts; ALTER TABLE contacts RENAME COLUMN email TO plain; EXECUTE p;

-- name: INSERT RETURNING
-- expect: masked
INSERT INTO contacts (id, email) VALUES (99, 'new@other.test') RETURNING *;

-- name: UPDATE RETURNING all
-- expect: masked
UPDATE customers SET score = 3 WHERE id = 3 RETURNING *;

-- name: UPDATE RETURNING something computed
-- expect: masked
UPDATE customers SET score = 3 WHERE id = 3 RETURNING upper(email), length(ssn);

-- name: UPDATE RETURNING a blind question
-- expect: refused
UPDATE customers SET score = 3 WHERE id = 3 RETURNING email < 'm';

-- name: UPDATE RETURNING old and new
-- expect: masked
UPDATE contacts SET note = 'x' WHERE id = 3 RETURNING old.email, new.phone, old.*;

-- name: UPDATE RETURNING with names for old and new
-- expect: masked
UPDATE contacts SET note = 'x' WHERE id = 3 RETURNING WITH (OLD AS o, NEW AS n) o.email, n.email || '';

-- name: DELETE RETURNING
-- expect: masked
DELETE FROM contacts WHERE id = 3 RETURNING email, id;

-- name: DELETE USING, returning the other's
-- expect: masked
DELETE FROM contacts k USING customers c WHERE c.id = k.customer_id AND k.id = 3 RETURNING c.ssn, k.id;

-- name: MERGE RETURNING
-- expect: masked
MERGE INTO contacts k USING orders o ON o.id = k.id AND k.id < 4 WHEN MATCHED THEN UPDATE SET note = o.note RETURNING merge_action(), k.email;

-- name: MERGE RETURNING old and new
-- expect: masked
MERGE INTO contacts k USING orders o ON o.id = k.id AND k.id < 4 WHEN MATCHED THEN DELETE RETURNING old.email, new.id;

-- name: ON CONFLICT RETURNING what was there
-- expect: masked
INSERT INTO contacts (id, note) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING email;

-- name: ON CONFLICT RETURNING old
-- expect: masked
INSERT INTO contacts (id, note) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING old.email, new.note;

-- name: RETURNING a sub-select
-- expect: masked
UPDATE orders SET note = 'x' WHERE id = 1 RETURNING (SELECT email FROM customers c WHERE c.id = customer_id);

-- name: RETURNING a clear column that holds a copy
-- expect: refused
UPDATE contacts SET note = email WHERE id = 1 RETURNING note;

-- name: several statements in one message
-- expect: masked
-- as: one message
SELECT 1; SELECT id, email FROM customers; SELECT name FROM customers

-- name: several statements in one message, the last computes
-- expect: masked
-- as: one message
SELECT id FROM orders; SELECT email FROM contacts; SELECT id, upper(email), note FROM contacts

-- name: several statements in one message, one refused
-- expect: refused
-- as: one message
SELECT id FROM orders; SELECT id FROM customers ORDER BY email

-- name: a parameter for the column's name, which it is not
-- expect: clear
-- params: ["email"]
SELECT $1::text, id FROM customers;

-- name: a parameter that it is compared with by order
-- expect: refused
-- params: ["m"]
SELECT id FROM customers WHERE email < $1;

-- name: a parameter that is a pattern
-- expect: refused
-- params: ["b%"]
SELECT id FROM customers WHERE email LIKE $1;

-- name: a parameter that it is equal to
-- expect: clear
-- params: ["nobody@else.test"]
SELECT id FROM customers WHERE email = $1;

-- name: parameters that choose the column
-- expect: masked
-- params: ["t"]
SELECT CASE WHEN $1::boolean THEN email ELSE name END FROM customers;

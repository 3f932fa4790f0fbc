-- A small shop. The addresses and numbers are nobody's.
CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  phone text NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer integer NOT NULL REFERENCES customers,
  status text NOT NULL,
  total numeric(8, 2) NOT NULL,
  note text
);
CREATE TABLE charges (
  id integer PRIMARY KEY,
  order_id integer NOT NULL REFERENCES orders,
  card text NOT NULL
);
INSERT INTO customers VALUES
  (1, 'Ada Okafor', 'ada.okafor@mail.example', '+44 20 7946 0018'),
  (2, 'Bruno Lang', 'bruno@lang.example', '+49 30 23125 001');
INSERT INTO orders VALUES
  (1001, 1, 'shipped', 120.00, NULL),
  (1003, 2, 'open', 410.00, 'charged twice? write to bruno.lang@home.example'),
  (1004, 2, 'shipped', 18.90, NULL);
INSERT INTO charges VALUES (1, 1003, '5555 5555 5555 4444');

-- What sessions may do at most, and the role that makes their roles.
CREATE ROLE shop_rw;
GRANT USAGE ON SCHEMA public TO shop_rw;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shop_rw;
CREATE ROLE gatekeeper LOGIN CREATEROLE PASSWORD 'example-only';
GRANT shop_rw TO gatekeeper WITH ADMIN OPTION;

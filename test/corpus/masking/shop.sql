-- The shop that the corpus is about, without its rows: test/fixtures/masking-shop.ts plants those, and says which
-- columns are sensitive.

CREATE EXTENSION citext;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION hstore;

CREATE TYPE mood AS ENUM ('calm', 'cross', 'glad');
CREATE TYPE address AS (street text, zip text);
CREATE DOMAIN phone_number AS text CHECK (VALUE ~ '^\+');

CREATE TABLE customers (
  id int PRIMARY KEY,
  name text NOT NULL CHECK (name <> 'forbidden'),
  country char(2) NOT NULL,
  signed_up timestamptz NOT NULL,
  score int,
  email text UNIQUE,
  login citext,
  phone phone_number,
  ssn varchar(40),
  pan text,
  code uuid,
  born date,
  seen timestamptz,
  salary int,
  balance numeric(14, 2),
  secret bytea,
  bio json,
  profile jsonb,
  nicknames text[],
  feeling mood,
  home address,
  initials text GENERATED ALWAYS AS (left(email, 2) || right(login::text, 2)) STORED
);
CREATE INDEX ON customers (country);
CREATE INDEX ON customers (lower(email));
CREATE TABLE orders (
  id int PRIMARY KEY,
  customer_id int NOT NULL REFERENCES customers,
  placed timestamptz NOT NULL,
  status text NOT NULL,
  total numeric(10, 2) NOT NULL,
  note text
);
CREATE TABLE items (
  order_id int REFERENCES orders,
  line int,
  sku text NOT NULL,
  quantity int NOT NULL,
  price numeric(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE contacts (id int PRIMARY KEY, customer_id int, channel text, email text, phone text, note text);

-- Children, partitions, odd names, the same name elsewhere.
CREATE TABLE people (id int, email text);
CREATE TABLE staff (desk text) INHERITS (people);
CREATE TABLE events (id int, customer_id int, kind text, at date, email text, payload jsonb)
  PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "Odd Case" (id int, "E-Mail" text, "Plain" text);
CREATE SCHEMA archive;
CREATE TABLE archive.customers (id int, name text, email text);
CREATE TABLE notes (id serial, body text, amount numeric, at timestamptz);

-- Views on views, one that computes, ones that ask.
CREATE VIEW customer_list AS SELECT id, name, email, phone FROM customers;
CREATE VIEW customer_again (number, mail) AS SELECT id, email FROM customer_list;
CREATE VIEW customer_tags AS SELECT id, upper(email) AS tag, country FROM customers;
CREATE VIEW customer_orders AS
  SELECT o.id, o.total, o.status, c.name, c.email FROM orders o JOIN customers c ON c.id = o.customer_id;
CREATE VIEW all_mail AS SELECT email FROM customers UNION SELECT email FROM contacts;
CREATE VIEW country_totals AS
  SELECT c.country, count(*) AS orders, sum(o.total) AS total
  FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.country;
CREATE VIEW early_birds AS SELECT id, name FROM customers WHERE email < 'm';
CREATE VIEW by_mail AS SELECT id, name FROM customers ORDER BY email;
CREATE VIEW guarded WITH (security_barrier) AS SELECT id, email, country FROM customers WHERE country = 'de';
CREATE VIEW told AS SELECT id, 'x' || substr(email, 2) AS hint FROM customers;
CREATE MATERIALIZED VIEW customer_kept AS SELECT id, name, email FROM customers WITH NO DATA;
CREATE MATERIALIZED VIEW country_kept AS SELECT country, count(*) AS customers FROM customers GROUP BY 1
  WITH NO DATA;

-- Code that runs by itself on what is hidden.
CREATE FUNCTION mail_key(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE INDEX ON customers (mail_key(email));
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN NEW.login := COALESCE(NEW.login, NEW.name::citext); RETURN NEW; END$$;
CREATE TRIGGER stamp BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION stamp();

-- Functions that a DBA left: harmless ones, ones that read what is hidden, ones that nobody can read.
CREATE FUNCTION with_tax(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 1.19';
CREATE FUNCTION order_count(customer int) RETURNS bigint LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT count(*) FROM public.orders WHERE customer_id = customer; END;
CREATE FUNCTION initial(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN left($1, 1); END$$;
CREATE FUNCTION mail_of(customer int) RETURNS text LANGUAGE sql STABLE AS
  'SELECT email FROM public.customers WHERE id = customer';
CREATE FUNCTION mails() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT email FROM public.customers ORDER BY id';
CREATE FUNCTION whole(customer int) RETURNS customers LANGUAGE sql STABLE AS
  'SELECT * FROM public.customers WHERE id = customer';
CREATE FUNCTION first_mail() RETURNS text LANGUAGE plpgsql STABLE AS
  $$DECLARE found text; BEGIN SELECT email INTO found FROM public.customers ORDER BY id LIMIT 1; RETURN found; END$$;
CREATE FUNCTION run(what text) RETURNS text LANGUAGE plpgsql AS
  $$DECLARE found text; BEGIN EXECUTE what INTO found; RETURN found; END$$;
CREATE FUNCTION shout(customer int) RETURNS int LANGUAGE plpgsql AS
  $$BEGIN RAISE NOTICE 'it is %', (SELECT email FROM public.customers WHERE id = customer); RETURN 1; END$$;
CREATE FUNCTION fail(customer int) RETURNS int LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'it is %', (SELECT email FROM public.customers WHERE id = customer); END$$;
CREATE PROCEDURE copy_away() LANGUAGE sql AS 'INSERT INTO public.notes (body) SELECT email FROM public.customers';
CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
  $$BEGIN RAISE NOTICE 'peeked %', $1; RETURN true; END$$;

import { Client } from 'pg';

/** A small shop's database. The addresses and numbers are nobody's. */
const shopSchema = `
CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  phone text NOT NULL,
  card text NOT NULL,
  city text NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer integer NOT NULL REFERENCES customers,
  status text NOT NULL,
  total numeric(8, 2) NOT NULL,
  note text
);
INSERT INTO customers VALUES
  (1, 'Ada Okafor',   'ada.okafor@mail.example',  '+44 20 7946 0018', '4242 4242 4242 4242', 'Leeds'),
  (2, 'Bruno Lang',   'bruno@lang.example',       '+49 30 23125 001', '5555 5555 5555 4444', 'Berlin'),
  (3, 'Chloé Martin', 'c.martin@courriel.example', '+33 1 99 00 12 34', '4000 0566 5566 5556', 'Lyon');
INSERT INTO orders VALUES
  (1001, 1, 'shipped', 120.00, NULL),
  (1002, 1, 'open',     35.50, 'second address: ada@home.example'),
  (1003, 2, 'open',    410.00, 'call before delivery'),
  (1004, 3, 'open',     18.90, NULL);
CREATE ROLE shop_rw;
GRANT USAGE ON SCHEMA public TO shop_rw;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers, orders TO shop_rw;
CREATE ROLE gatekeeper LOGIN CREATEROLE PASSWORD 'demo-only';
GRANT shop_rw TO gatekeeper WITH ADMIN OPTION;
`;

/** Makes the database `shop`; the connection of its owner. `url` is of a superuser, for any database. */
export async function buildShop(url: (database?: string) => string): Promise<Client> {
  const setup = new Client(url());
  await setup.connect();
  await setup.query('CREATE DATABASE shop');
  await setup.end();
  const owner = new Client(url('shop'));
  await owner.connect();
  await owner.query(shopSchema);
  return owner;
}

/** The role that may make roles, and nothing else. */
export function adminUrl(port: number): string {
  return `postgresql://gatekeeper:demo-only@127.0.0.1:${port}/shop`;
}

/** What must never reach the agent, nor the record. */
export const secrets = [
  'ada.okafor@mail.example',
  'bruno@lang.example',
  'c.martin@courriel.example',
  'ada@home.example',
  '7946 0018',
  '23125 001',
  '99 00 12 34',
  '4242 4242 4242',
  '5555 5555 5555',
  '4000 0566 5566',
];

export interface Places {
  readonly databasePort: number;
  readonly postgresPort: number;
  readonly httpPort: number;
  /** Where people sign in. */
  readonly issuer: string;
}

/** The demo's sallyport.yaml. */
export function shopConfig({ databasePort, postgresPort, httpPort, issuer }: Places): string {
  return `\
listen: { host: 127.0.0.1, postgres: ${postgresPort}, http: ${httpPort} }
data: ./data

identity:
  local: true
  login: { oidc: { issuer: "${issuer}", client_id: console, client_secret: "\${file:console-secret}" } }

targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${databasePort}, database: shop, tls: disable }
    credential:
      mint: { admin: "\${file:admin-url}", member_of: [shop_rw] } # a role per session, dropped at its end
    labels: { env: demo }

sensitive:
  orders:
    public.customers.email: email
    public.customers.phone: token
    public.customers.card: last4

detect: # in any column, whatever its name
  - { find: [email, payment_card], mask: redact, targets: ["*"] }

rules:
  - name: crews read the shop
    who: { groups: [crews, dba] }
    targets: [orders]
    allow: [read]
    limits: { rows: 10000, statement: 30s }

  - name: crews write with a nod
    who: { groups: [crews] }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba], count: 1 }
    preview: run # approvers see what it did, before it is committed
    preview_for: 1m
    wait: 2m
    valid: 15m

  - name: no schema changes by agents
    who: { kind: agent }
    targets: ["*"]
    deny: [schema, access, execute]
    because: "Schema changes go through migrations: open a pull request in acme/schema."

  - name: on-call repairs orders
    who: { groups: [oncall] }
    targets: [orders]
    allow: [read, write]
    on_request: { approvers: { groups: [dba] }, for: 1h } # asleep until somebody asks and a dba agrees

  - name: auditors see everything
    who: { groups: [auditors] }
    targets: [sallyport]
    allow: [read]

  - name: security watches the gateway
    who: { groups: [security] }
    targets: [sallyport]
    allow: [read, write]
`;
}

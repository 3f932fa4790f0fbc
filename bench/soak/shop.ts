import { Client } from 'pg';

export const customers = 2_000;
export const ordersEach = 3;
/** Lines of one COPY. */
export const copyLines = 200;

/** Words that stand in hidden values and nowhere else; long enough not to turn up in tokens by chance. */
const words = ['qzxwvkjq', 'zkjxqvwz', 'vxkjzqwx', 'xqjzkwvq'] as const;
const [user, host, phone, ssn] = words;
const cardDigits = '49291234';

const schema = `
  CREATE TABLE customers (
    id int PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, phone text NOT NULL UNIQUE,
    card text NOT NULL, ssn text NOT NULL, note text NOT NULL
  );
  INSERT INTO customers SELECT i, 'Person ' || i, 'p' || i || '.${user}@${host}.example', '+44 ${phone} ' || i,
    '${cardDigits}' || lpad(i::text, 8, '0'), '${ssn}-' || i, 'write to p' || i || '.${user}@${host}.example first'
    FROM generate_series(1, ${customers}) i;
  CREATE TABLE contacts (phone text PRIMARY KEY, city text NOT NULL);
  INSERT INTO contacts SELECT phone, 'City ' || id FROM customers;
  CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, total int NOT NULL);
  INSERT INTO orders SELECT i * 10 + n, i, n FROM generate_series(1, ${customers}) i, generate_series(1, ${ordersEach}) n;
  CREATE TABLE events (id int PRIMARY KEY, payload jsonb NOT NULL);
  INSERT INTO events SELECT id, jsonb_build_object('kind', 'call', 'user', jsonb_build_object('phone', phone)) FROM customers;
  CREATE TABLE soak_marks (id text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE TABLE soak_lines (copy text NOT NULL, line int NOT NULL);
  CREATE ROLE shop_rw;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO shop_rw;
  GRANT INSERT ON soak_marks, soak_lines TO shop_rw;
  CREATE ROLE gatekeeper LOGIN CREATEROLE PASSWORD 'soak-only';
  GRANT shop_rw TO gatekeeper WITH ADMIN OPTION;
  ANALYZE;
`;

/** Fills a server's database `postgres`. */
export async function fillShop(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(schema);
  await client.end();
}

/** sallyport.yaml from `targets` on. */
export function shopConfig(databasePort: number): string {
  return `
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${databasePort}, database: postgres, tls: disable }
    credential: { mint: { admin: "\${env:SOAK_ADMIN_URL}", member_of: [shop_rw] } }
sensitive:
  orders:
    public.customers.email: email
    public.customers.phone: token
    public.customers.card: last4
    public.customers.ssn: redact
    public.contacts.phone: token
    public.events.payload#/user/phone: token
detect:
  - { find: [email, payment_card], mask: redact }
rules:
  - { name: all read, who: { groups: [crews, loaders] }, targets: [orders], allow: [read] }
  - { name: all wait, who: { groups: [crews, loaders] }, targets: [orders], allow: [execute], resources: [pg_catalog.pg_sleep] }
  - { name: loaders write, who: { groups: [loaders] }, targets: [orders], allow: [write] }
  - name: crews write with a nod
    who: { groups: [crews] }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba] }
    wait: 3s
    valid: 2m
  - { name: no schema changes by agents, who: { kind: agent }, targets: [orders], deny: [schema, access] }
  - { name: security watches, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }
`;
}

export function adminUrl(port: number): string {
  return `postgresql://gatekeeper:soak-only@127.0.0.1:${port}/postgres`;
}

/** How many bytes before a chunk's end may be the beginning of a secret. */
export const secretBytesMax = 16;

/** A hidden value's part that stands in these bytes, in whichever shape it may have got out. */
export function secretIn(bytes: Buffer): string | undefined {
  return shapes.find(({ needle }) => bytes.includes(needle))?.text;
}

const shapes = [
  ...words.flatMap((word) => [word, word.toUpperCase(), [...word].reverse().join(''), hex(word)]),
  ...[0, 1, 2].map((shift) => base64Part(`${user}@${host}`, shift)),
  cardDigits,
].map((text) => ({ text, needle: Buffer.from(text) }));

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

/** A middle part of the base64 at one of the three places at which a text may stand. */
function base64Part(text: string, shift: number): string {
  return Buffer.from(' '.repeat(shift) + text)
    .toString('base64')
    .slice(4, 16);
}

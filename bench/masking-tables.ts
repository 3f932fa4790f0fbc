import type { MaskName } from '../src/core/mask.ts';

/** A column of `people`, how it is made of the row's number `i`, and what of every value must not be seen. */
interface PeopleColumn {
  readonly name: string;
  readonly made: string;
  readonly mask?: MaskName;
  /** Of its values as texts. */
  readonly secret?: string;
}

/** No value comes twice, so that nothing is won by remembering. */
const people: readonly PeopleColumn[] = [
  { name: 'id', made: 'i' },
  { name: 'name', made: `'Person ' || i` },
  { name: 'email', made: `'person.' || i || '@mail.example.com'`, mask: 'email', secret: '@mail.' },
  { name: 'card', made: `'4000 1200 ' || lpad(i::text, 8, '0')`, mask: 'last4', secret: '4000 12' },
  { name: 'ssn', made: `'219-00-' || lpad(i::text, 7, '0')`, mask: 'redact', secret: '219-00-' },
  { name: 'other_email', made: `'p' || i || '@post.example.org'`, mask: 'email', secret: '@post.' },
  { name: 'account', made: `'3704 ' || lpad(i::text, 12, '0')`, mask: 'last4', secret: '3704 0' },
  { name: 'salary', made: `(30000 + i + 0.75)::numeric(12,2)`, mask: 'redact' },
  { name: 'phone', made: `'+1 202 ' || lpad(i::text, 7, '0')`, mask: 'token', secret: '+1 202' },
  { name: 'customer', made: `'CUST-' || lpad(i::text, 8, '0')`, mask: 'token', secret: 'CUST-' },
  { name: 'passport', made: `'PASS-' || lpad(i::text, 8, '0')`, mask: 'hash', secret: 'PASS-' },
  { name: 'device', made: `('5a11e902-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`, mask: 'hash' },
];

export const peopleColumns = people.map(({ name }) => name).join(', ');

/** The first so many that have a mask. */
function hiddenColumns(count: number): readonly PeopleColumn[] {
  return people.filter(({ mask }) => mask !== undefined).slice(0, count);
}

/** What must not be seen of `people` with so many columns hidden. */
export function secretsOf(count: number): readonly string[] {
  return hiddenColumns(count).flatMap(({ secret }) => secret ?? []);
}

/** `email by email, card by last4 …` */
export function describeMasks(count: number): string {
  return hiddenColumns(count)
    .map(({ name, mask }) => `\`${name}\` by \`${mask}\``)
    .join(', ');
}

type Sensitive = Readonly<Record<string, MaskName>>;

function sensitivePeople(count: number): Sensitive {
  return Object.fromEntries(
    hiddenColumns(count).map(({ name, mask = 'redact' }) => [`public.people.${name}`, mask]),
  );
}

/** Targets, all of the same database, by what is hidden in them. */
export const sensitive = {
  none: {},
  one: sensitivePeople(1),
  three: sensitivePeople(3),
  ten: sensitivePeople(10),
  places: { 'public.events.payload#/user/phone': 'token' },
  shop: {
    'public.users.email': 'email',
    'public.users.phone': 'token',
    'public.users.ssn': 'redact',
    'public.payments.pan': 'last4',
  },
} satisfies Readonly<Record<string, Sensitive>>;
export type TargetName = keyof typeof sensitive;

/** What must not be seen of the small tables. */
export const shopSecrets: readonly string[] = ['@mail.', '+1 202', '219-00-', '4000 12'];

export function tables(rows: number): string {
  const made = people.map(({ name, made }) => `${made} AS ${name}`).join(', ');
  return `
    CREATE TABLE people AS SELECT ${made} FROM generate_series(1, ${rows}) i;
    CREATE TABLE events AS SELECT i AS id, now() AS at, jsonb_build_object('kind', 'call', 'seconds', i % 600,
      'user', jsonb_build_object('name', 'Person ' || i, 'phone', '+1 202 ' || lpad(i::text, 7, '0')),
      'tags', jsonb_build_array('support', 'tier ' || i % 3)) AS payload FROM generate_series(1, ${rows}) i;
    CREATE TABLE users (id int PRIMARY KEY, name text, email text, phone text, ssn text, city text, created date);
    CREATE TABLE products (sku text PRIMARY KEY, title text, price numeric(10,2));
    CREATE TABLE orders (id int PRIMARY KEY, user_id int, sku text, quantity int, status text, placed timestamptz);
    CREATE TABLE payments (id int PRIMARY KEY, order_id int, pan text, amount numeric(10,2));
    CREATE VIEW active_users AS SELECT id, name, email, city FROM users WHERE created > '2020-01-01';
    INSERT INTO users SELECT i, 'Person ' || i, 'person.' || i || '@mail.example.com', '+1 202 555010' || i,
      '219-00-000' || i, 'City ' || i % 3, date '2024-01-01' + i FROM generate_series(1, 9) i;
    INSERT INTO products SELECT 'A-' || i, 'Thing ' || i, i FROM generate_series(1, 5) i;
    INSERT INTO orders SELECT i, i % 9 + 1, 'A-' || i % 5 + 1, i % 4 + 1, 'open', '2025-01-01' FROM generate_series(1, 20) i;
    INSERT INTO payments SELECT i, i, '4000 1200 0000 000' || i % 10, i FROM generate_series(1, 20) i;
    ANALYZE;`;
}

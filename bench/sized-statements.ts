import type { Shape } from './statements.ts';

/** Statements of about so many bytes, all of which show hidden columns; another number makes another text. */
export const sized: readonly { readonly bytes: number; readonly shape: Shape }[] = [
  { bytes: 40, shape: (n) => `SELECT id, email FROM users WHERE id=${n}` },
  {
    bytes: 200,
    shape: (n) =>
      `SELECT u.id, u.name, upper(u.email) AS email, o.id AS order_id, o.status, o.placed FROM users u JOIN orders o ON o.user_id = u.id WHERE o.status = 'open' AND o.quantity > 1 AND o.id <> ${n} LIMIT 50`,
  },
  { bytes: 600, shape: (n) => `WITH ${report('a', n)} SELECT * FROM a_report` },
  {
    bytes: 5000,
    shape: (n) => {
      const names = [...'abcdefgh'];
      const all = names.map((name) => `SELECT * FROM ${name}_report`);
      return `WITH ${names.map((name) => report(name, n)).join(', ')} ${all.join(' UNION ALL ')}`;
    },
  },
];

/** Two queries of a WITH, as reports are made of: sums for each customer, and what is known of them. */
function report(name: string, n: number): string {
  return (
    `${name}_sums AS (SELECT o.user_id, count(*) AS orders, sum(o.quantity * p.price) AS spent, max(o.placed) AS latest ` +
    `FROM orders o JOIN products p ON p.sku = o.sku WHERE o.placed > '2024-06-01' AND o.status IN ('open', 'sent') ` +
    `AND o.id <> ${n} GROUP BY o.user_id), ` +
    `${name}_report AS (SELECT u.city, u.name, u.email, upper(u.phone) AS phone, s.orders, coalesce(s.spent, 0) AS spent, ` +
    `CASE WHEN s.orders > 10 THEN 'regular' WHEN s.orders > 1 THEN 'known' ELSE 'new' END AS standing, ` +
    `rank() OVER (PARTITION BY u.city ORDER BY s.spent DESC) AS place FROM users u LEFT JOIN ${name}_sums s ON s.user_id = u.id)`
  );
}

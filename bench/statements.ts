/** A statement of everyday work; another number makes another text, with an answer of the same kind. */
export type Shape = (n: number) => string;

/** What analysts and agents ask of the small tables, so that little but understanding it takes time. */
export const shapes: Readonly<Record<'plain' | 'sensitive', readonly Shape[]>> = {
  /** No hidden column is named, though tables that have some are. */
  plain: [
    (n) => `SELECT id, name, city FROM users WHERE id = ${n}`,
    (n) => `SELECT * FROM products WHERE sku = 'A-${n}'`,
    (n) => `SELECT count(*), min(placed), max(placed) FROM orders WHERE status = 'open' AND id <> ${n}`,
    (n) =>
      `SELECT u.name, o.id, o.status FROM users u JOIN orders o ON o.user_id = u.id WHERE o.id <> ${n} ORDER BY o.id DESC LIMIT 10`,
    (n) =>
      `SELECT p.title, sum(o.quantity * p.price) AS sold FROM orders o JOIN products p USING (sku) WHERE o.id > ${n} % 5 GROUP BY p.title HAVING sum(o.quantity) > 1 ORDER BY sold DESC`,
    (n) =>
      `WITH recent AS (SELECT * FROM orders WHERE placed > '2024-06-01' AND id <> ${n}), per_user AS (SELECT user_id, count(*) AS orders FROM recent GROUP BY user_id) SELECT u.name, coalesce(p.orders, 0) AS orders FROM users u LEFT JOIN per_user p ON p.user_id = u.id`,
    (n) =>
      `SELECT id, user_id, row_number() OVER (PARTITION BY user_id ORDER BY placed, id) AS nth FROM orders WHERE id <> ${n}`,
    (n) =>
      `SELECT title FROM products p WHERE NOT EXISTS (SELECT FROM orders o WHERE o.sku = p.sku AND o.id <> ${n})`,
    (n) =>
      `SELECT 'user' AS kind, name AS label FROM users WHERE id <> ${n} UNION ALL SELECT 'product', title FROM products ORDER BY 1, 2`,
    (n) =>
      `SELECT u.city, last.status, CASE WHEN last.quantity > 2 THEN 'many' ELSE 'few' END AS size FROM users u CROSS JOIN LATERAL (SELECT status, quantity FROM orders o WHERE o.user_id = u.id AND o.id <> ${n} ORDER BY placed DESC LIMIT 1) last`,
  ],
  /** Hidden columns are named: shown as they are, computed with, counted, compared. */
  sensitive: [
    (n) => `SELECT id, name, email FROM users WHERE id = ${n}`,
    (n) => `SELECT * FROM users WHERE id <> ${n}`,
    (n) => `SELECT id, upper(email) AS email, length(phone) AS digits FROM users WHERE id <> ${n}`,
    (n) =>
      `SELECT u.email, o.id, p.pan, p.amount FROM users u JOIN orders o ON o.user_id = u.id JOIN payments p ON p.order_id = o.id WHERE o.id <> ${n} ORDER BY o.id LIMIT 10`,
    (n) =>
      `WITH buyers AS (SELECT DISTINCT user_id FROM orders WHERE id <> ${n}), known AS (SELECT u.id, u.name, u.email AS mail FROM users u JOIN buyers b ON b.user_id = u.id) SELECT name, mail FROM known ORDER BY name`,
    (n) =>
      `SELECT city, count(*) AS users, count(email) AS with_email FROM users WHERE id <> ${n} GROUP BY city`,
    (n) => `SELECT id, name FROM users WHERE email = 'person.${n}@elsewhere.example' AND phone IS NOT NULL`,
    (n) => `SELECT name, email FROM active_users WHERE id <> ${n} ORDER BY name`,
    (n) =>
      `SELECT o.id, (SELECT u.email FROM users u WHERE u.id = o.user_id) AS email FROM orders o WHERE o.id <> ${n} LIMIT 10`,
    (n) =>
      `SELECT jsonb_build_object('name', u.name, 'email', u.email, 'city', u.city) AS card FROM users u WHERE u.id <> ${n}`,
  ],
};
export type Kind = keyof typeof shapes;
export const kinds = ['plain', 'sensitive'] as const satisfies readonly Kind[];

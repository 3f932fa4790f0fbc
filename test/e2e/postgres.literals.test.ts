import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// Texts of the simple protocol that differ in literals: answered by what is known of each other only where no literal
// decides, and decided, masked and recorded each by itself.

const shop = `
  CREATE TABLE users (id int PRIMARY KEY, name text, email text, phone text, more jsonb);
  INSERT INTO users VALUES
    (1, 'Ann', 'ann@shop.example', '+1-202-1', '{"city": "Bern", "code": "c1", "list": ["l1"]}'),
    (2, 'Ben', 'ben@mail.example', '+1-202-2', '{"city": "Rome", "code": "c2", "list": ["l2"]}');
  CREATE SEQUENCE public_numbers;
  CREATE SEQUENCE secret_numbers;`;
const sensitive = `
sensitive:
  orders:
    public.users.email: email
    public.users.phone: token
    public.users.more#/code: redact`;
const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write] }
  - { name: not so many, targets: [orders], deny: [write], when: command.unbounded }
  - { name: no nines, targets: [orders], deny: [read], when: 'command.text.contains("999")' }
  - { name: no secrets, targets: [orders], deny: [write], resources: [public.secret_numbers] }`;

let server: PostgresServer;
let direct: Client;
let gateway: TestGateway;
let crew: Visitor;
/** Texts that the parser's thread was asked about. */
const asked: string[] = [];

before(async () => {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message: { kind?: string; text?: string }, ...rest: []): void {
    if (message.kind === 'ask') asked.push(message.text ?? '');
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    postMessage.call(this, message, ...rest);
  };
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(shop);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: sensitive }));
  crew = await connect(gateway);
});
after(async () => {
  await crew?.end();
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

describe('answered without the parser', () => {
  const pairs: readonly (readonly [one: string, other: string, rows: unknown[][]])[] = [
    [
      'SELECT id, email FROM users WHERE id = 1',
      'SELECT id, email FROM users WHERE id = 2',
      [[2, 'b***@***.example']],
    ],
    [
      "SELECT 'a' AS k, email, 5 FROM users WHERE name = 'Ann'",
      "SELECT 'longer' AS k, email, 1234 FROM users WHERE name = 'Ben'",
      [['longer', 'b***@***.example', 1234]],
    ],
    [
      "SELECT upper(email) FROM users WHERE id IN (1, 2) AND name <> 'x' LIMIT 1",
      "SELECT upper(email) FROM users WHERE id IN (22, 2) AND name <> 'it''s' LIMIT 99",
      [['[redacted]']],
    ],
    [
      "SELECT id FROM users WHERE email = 'nobody'",
      "SELECT id FROM users WHERE email = 'ann@shop.example'",
      [[1]],
    ],
    ['SELECT name FROM users WHERE id = 1 LIMIT 1', 'SELECT name FROM users WHERE id = 1 LIMIT 0', []],
  ];
  for (const [one, other, rows] of pairs) {
    test(other, async () => {
      await crew.rows(one);
      asked.length = 0;
      assert.deepEqual(await crew.rows(other), rows);
      assert.deepEqual(asked, []);
      const texts = (await gateway.events()).flatMap((event) =>
        event.type === 'command' ? [event.text] : [],
      );
      assert.equal(texts.at(-1), other, 'the record has what was sent');
    });
  }
});

describe('each looked at where a literal decides', () => {
  const masked: readonly (readonly [one: string, other: string, rows: unknown[][]])[] = [
    [
      "SELECT more -> 'city' FROM users WHERE id = 1",
      "SELECT more -> 'code' FROM users WHERE id = 1",
      [['[redacted]']],
    ],
    [
      "SELECT more #>> '{list,0}' FROM users WHERE id = 1",
      "SELECT more #>> '{code}' FROM users WHERE id = 1",
      [['[redacted]']],
    ],
  ];
  for (const [one, other, rows] of masked) {
    test(other, async () => {
      await crew.rows(one);
      assert.deepEqual(await crew.rows(other), rows);
    });
  }

  const refused: readonly (readonly [one: string, other: string, code: string])[] = [
    ['SELECT id, email FROM users ORDER BY 1', 'SELECT id, email FROM users ORDER BY 2', 'undisclosable'],
    [
      "UPDATE users SET name = name WHERE name LIKE 'zz%'",
      "UPDATE users SET name = name WHERE name LIKE '%'",
      'denied',
    ],
    [
      'DELETE FROM users WHERE id BETWEEN 50 AND 60',
      'DELETE FROM users WHERE id BETWEEN 50 AND 999999',
      'denied',
    ],
    ["SELECT nextval('public_numbers')", "SELECT nextval('secret_numbers')", 'denied'],
    ["SELECT set_config('application_name', 'x', false)", "SELECT set_config('role', 'x', false)", 'denied'],
    [
      "SELECT set_config('application_name', 'x', false)",
      "SELECT set_config('work_mem', '1', false)",
      'undisclosable',
    ],
    ['SELECT name FROM users WHERE id = 1', 'SELECT name FROM users WHERE id = 9991', 'denied'],
  ];
  for (const [one, other, code] of refused) {
    test(`refused: ${other}`, async () => {
      await crew.rows(one);
      assert.equal((await refusal(crew.rows(other))).code, code);
      await crew.rows(one);
    });
  }

  test('a token is turned back', async () => {
    const [[token] = []] = await crew.rows('SELECT phone FROM users WHERE id = 2');
    assert.match(String(token), /^tok_/);
    assert.deepEqual(await crew.rows("SELECT id FROM users WHERE phone = 'nobody'"), []);
    assert.deepEqual(await crew.rows(`SELECT id FROM users WHERE phone = '${String(token)}'`), [[2]]);
    assert.deepEqual(await crew.rows("SELECT id FROM users WHERE phone = '+1-202-1'"), [[1]]);
  });
});

test('what is known goes with the tables', async () => {
  const text = (id: number): string => `SELECT * FROM users WHERE id = ${id}`;
  assert.equal((await crew.rows(text(1)))[0]?.length, 5);
  await direct.query('ALTER TABLE users ADD COLUMN phones text; UPDATE users SET phones = phone');
  await direct.query('ALTER TABLE users DROP COLUMN name');
  const [row = []] = await crew.rows(text(2));
  assert.equal(row[1], 'b***@***.example');
  assert.match(String(row[2]), /^tok_/);
});

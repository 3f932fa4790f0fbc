import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import postgres from 'postgres';

import { assertNoSecret, loader, setClientStage } from './stage.ts';
import type { ClientStage } from './stage.ts';

let stage: ClientStage;

before(async () => {
  stage = await setClientStage();
});
after(() => stage.stop());

async function connected<T>(
  who: object,
  use: (sql: postgres.Sql) => Promise<T>,
  more: postgres.Options<Record<string, never>> = {},
): Promise<T> {
  const env = await stage.environment(who);
  const sql = postgres({
    host: env['PGHOST'] ?? '',
    port: Number(env['PGPORT']),
    database: 'orders',
    username: 'anybody',
    password: env['PGPASSWORD'] ?? '',
    ssl: { ca: readFileSync(env['PGSSLROOTCERT'] ?? '') },
    max: 2,
    onnotice: () => undefined,
    ...more,
  });
  try {
    return await use(sql);
  } finally {
    await sql.end();
  }
}

describe('postgres.js', () => {
  for (const prepare of [true, false]) {
    test(`reads what is masked, ${prepare ? 'prepared' : 'unnamed'}`, () =>
      connected(
        {},
        async (sql) => {
          const ids = [1, 3];
          const rows = await sql`SELECT name, email FROM customers WHERE id = ANY(${ids}) ORDER BY id`;
          assert.deepEqual(
            [...rows],
            [
              { name: 'Ada Okafor', email: 'a***@***.example' },
              { name: 'Chloé Martin', email: 'c***@***.example' },
            ],
          );
        },
        { prepare },
      ));
  }

  test('fetches by cursor, in slices', () =>
    connected({}, async (sql) => {
      const seen: unknown[] = [];
      for await (const rows of sql`SELECT id, card FROM customers ORDER BY id`.cursor(2))
        seen.push([...rows]);
      assert.deepEqual(seen, [
        [
          { id: 1, card: '************4242' },
          { id: 2, card: '************4444' },
        ],
        [{ id: 3, card: '************5556' }],
      ]);
    }));

  test('sends many queries ahead, and gets every answer to its question', () =>
    connected(
      {},
      async (sql) => {
        const numbers = Array.from({ length: 200 }, (_, n) => n);
        const answers = await Promise.all(numbers.map((n) => sql`SELECT ${n}::int AS n`));
        assert.deepEqual(
          answers.map(([row]) => row?.['n']),
          numbers,
        );
      },
      { max: 1 },
    ));

  test('inserts many rows in a transaction', () =>
    connected(loader, async (sql) => {
      const rows = Array.from({ length: 100 }, (_, index) => ({
        id: 4_000 + index,
        customer: 1,
        status: 'open',
        total: index,
      }));
      const inserted = await sql.begin((tx) => tx`INSERT INTO orders ${tx(rows)} RETURNING id`);
      assert.equal(inserted.count, 100);
      await assert.rejects(
        sql.begin(async (tx) => {
          await tx`DELETE FROM orders WHERE id = ${4_000}`;
          await tx`DROP TABLE orders`;
        }),
        { code: '42501' },
      );
      assert.deepEqual([...(await sql`SELECT id FROM orders WHERE id = 4000`)], [{ id: 4_000 }]);
    }));

  test('copies in and out', () =>
    connected(loader, async (sql) => {
      const writable = await sql`COPY orders (id, customer, status, total) FROM STDIN`.writable();
      await pipeline(Readable.from(['5001\t2\topen\t1.00\n', '5002\t2\topen\t2.00\n']), writable);
      const readable =
        await sql`COPY (SELECT id, total FROM orders WHERE id > 5000 ORDER BY id) TO STDOUT`.readable();
      assert.equal(await text(readable), '5001\t1.00\n5002\t2.00\n');
      const masked = await sql`COPY customers TO STDOUT`.readable();
      const lines = await text(masked);
      assertNoSecret(lines);
      assert.match(lines, /^1\tAda Okafor\ta\*\*\*@\*\*\*\.example\ttok_/);
    }));

  // Something is hidden from this identity, and a payload tells no origin.
  test('listens, without the payload', () =>
    connected({}, async (sql) => {
      const heard = new EventTarget();
      const news = once(heard, 'news');
      await sql.listen('news', (payload) =>
        heard.dispatchEvent(new CustomEvent('news', { detail: payload })),
      );
      await stage.owner.query("NOTIFY news, 'fresh'");
      const [event] = await news;
      assert.match((event as CustomEvent<string>).detail, /^withheld by Sallyport/);
    }));

  test('waits while held', () =>
    connected({}, async (sql) => {
      const update = sql`UPDATE orders SET status = ${'packed'} WHERE id = ${1002}`.execute();
      await stage.approveNext();
      assert.equal((await update).count, 1);
    }));
});

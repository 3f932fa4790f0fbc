import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Client, DatabaseError, Pool } from 'pg';
import type { ClientConfig, Notification, QueryConfig } from 'pg';

import { loader, setClientStage } from './stage.ts';
import type { ClientStage } from './stage.ts';

let stage: ClientStage;

before(async () => {
  stage = await setClientStage();
});
after(() => stage.stop());

async function config(who = {}): Promise<ClientConfig> {
  const env = await stage.environment(who);
  return {
    host: env['PGHOST'] ?? '',
    port: Number(env['PGPORT']),
    database: 'orders',
    user: 'anybody',
    password: env['PGPASSWORD'] ?? '',
    ssl: { ca: readFileSync(env['PGSSLROOTCERT'] ?? '') },
  };
}

async function connected<T>(who: object, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(await config(who));
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

describe('node-postgres', () => {
  test('binds parameters, reuses a named statement, and sees masks in text and binary', () =>
    connected({}, async (client) => {
      for (const binary of [false, true]) {
        for (const id of [1, 2]) {
          const query: QueryConfig & { binary: boolean } = {
            name: `one-${binary}`,
            text: 'SELECT email, card FROM customers WHERE id = $1',
            values: [id],
            binary,
          };
          const { rows } = await client.query(query);
          const masked = [
            { email: 'a***@***.example', card: '************4242' },
            { email: 'b***@***.example', card: '************4444' },
          ];
          assert.deepEqual(rows, [masked[id - 1]]);
        }
      }
    }));

  test('gets numbers, dates, arrays and JSON as ever', () =>
    connected({}, async (client) => {
      const { rows } = await client.query(
        `SELECT 42 AS int, 1.50::numeric AS numeric, true AS bool, '2026-11-23'::date::text AS date,
                ARRAY[1, 2] AS ints, '{"a": [1, null]}'::jsonb AS json, NULL AS nothing, $1::bytea AS bytes`,
        [Buffer.from([0, 1, 255])],
      );
      assert.deepEqual(rows, [
        {
          int: 42,
          numeric: '1.50',
          bool: true,
          date: '2026-11-23',
          ints: [1, 2],
          json: { a: [1, null] },
          nothing: null,
          bytes: Buffer.from([0, 1, 255]),
        },
      ]);
    }));

  test('gets an error it can read, and goes on', () =>
    connected({}, async (client) => {
      await assert.rejects(client.query('DROP TABLE orders'), (error) => {
        assert.ok(error instanceof DatabaseError);
        const { code, message, hint, detail = '' } = error;
        assert.equal(code, '42501');
        assert.match(message, /no schema changes by agents/);
        assert.match(hint ?? '', /read/);
        assert.deepEqual(JSON.parse(detail), {
          code: 'denied',
          rules: ['no schema changes by agents'],
          uncovered: [],
          allowed: ['read', 'write (held for approval)'],
        });
        return true;
      });
      await assert.rejects(client.query('SELECT nothing FROM orders'), { code: '42703' });
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    }));

  test('rolls back and commits', () =>
    connected(loader, async (client) => {
      const count = async () => (await client.query('SELECT count(*)::int AS n FROM orders')).rows;
      const before = await count();
      await client.query('BEGIN');
      await client.query("INSERT INTO orders VALUES (3001, 1, 'open', 5)");
      await client.query('SAVEPOINT here');
      await assert.rejects(client.query('DROP TABLE orders'));
      await client.query('ROLLBACK TO here');
      await client.query('COMMIT');
      assert.notDeepEqual(await count(), before);
    }));

  test('waits while held, with the address in a notice', () =>
    connected({}, async (client) => {
      const notices: string[] = [];
      client.on('notice', ({ message }) => notices.push(message ?? ''));
      const update = client.query('UPDATE orders SET status = $1 WHERE id = $2', ['packed', 1002]);
      await stage.approveNext();
      assert.equal((await update).rowCount, 1);
      assert.match(notices.join(), /held until somebody approves it/);
    }));

  // Something is hidden from this identity, and a payload tells no origin.
  test('listens and is notified, without the payload', () =>
    connected({}, async (client) => {
      await client.query('LISTEN news');
      const news = new Promise<Notification>((resolve) => client.once('notification', resolve));
      await stage.owner.query("NOTIFY news, 'fresh'");
      const { channel, payload = '' } = await news;
      assert.equal(channel, 'news');
      assert.match(payload, /^withheld by Sallyport/);
    }));

  test('pools', async () => {
    const pool = new Pool({ ...(await config()), max: 4 });
    try {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => pool.query('SELECT current_user AS me')),
      );
      const roles = new Set(answers.map(({ rows }) => String(rows[0]?.me)));
      assert.equal(roles.size, 4, 'a role for each connection');
      for (const role of roles) assert.match(role, /^sp_/);
    } finally {
      await pool.end();
    }
  });
});

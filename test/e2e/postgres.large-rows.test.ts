import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

// THREATS 23: rows and values too large to be kept are masked as they come.

const large = 20 * 1024 * 1024;
const more = `
sensitive:
  orders: { public.big.email: email, public.big.note: hash, public.big.doc#/phone: redact }
detect:
  - { find: [email, private_key], mask: redact, targets: [orders] }
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(`
    CREATE TABLE big (id int, body text, email text, note text, doc jsonb, raw bytea);
    INSERT INTO big VALUES
      (1, repeat('clear text ', ${large} / 11) || ' write to bob@acme.dev now', 'ann@planted.dev', 'planted', '{"phone": "planted"}', '\\x00'),
      (2, 'short', repeat('planted', ${large} / 7), repeat('planted', ${large} / 7), '{}', '\\x01'),
      (3, 'short', 'ann@planted.dev', 'planted', jsonb_build_object('phone', 'planted', 'x', repeat('y', ${large})), '\\x02'),
      (4, 'short', NULL, NULL, NULL, convert_to(repeat('z', ${large}), 'UTF8'))`);
  gateway = await startTestGateway(shopConfig({ port: server.port, more }));
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

async function row(text: string): Promise<Record<string, unknown>> {
  const client = await connect(gateway);
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  assert.equal(rows.length, 1);
  return rows[0] ?? {};
}

function assertCleaned(body: unknown): void {
  assert.ok(typeof body === 'string');
  assert.ok(body === `${'clear text '.repeat(Math.floor(large / 11))} write to [redacted] now`);
}

describe('a row too large to be kept', () => {
  test('has its large text looked through, and what stands behind it masked', async () => {
    const { id, body, email, note } = await row('SELECT id, body, email, note FROM big WHERE id = 1');
    assert.equal(id, 1);
    assertCleaned(body);
    assert.equal(email, 'a***@***.dev');
    assert.match(String(note), /^hmac:/);
  });

  test('has masked columns before the large one, and NULLs', async () => {
    const { email, note, id, raw } = await row('SELECT email, note, id, raw FROM big WHERE id = 4');
    assert.deepEqual([email, note, id], [null, null, 4]);
    assert.ok(Buffer.isBuffer(raw) && raw.equals(Buffer.alloc(large, 'z')));
  });

  test('has masked columns behind a large one that stays as it is', async () => {
    const { raw, email, id } = await row('SELECT raw, email, id FROM big WHERE id = 4');
    assert.deepEqual([email, id], [null, 4]);
    assert.ok(Buffer.isBuffer(raw) && raw.length === large);
  });

  test('has a constant in place of a masked value that is too long for its mask', async () => {
    const { email, note, body } = await row('SELECT email, note, body FROM big WHERE id = 2');
    assert.deepEqual([email, note, body], ['[redacted]', '[redacted]', 'short']);
  });

  test('has a constant in place of a document with hidden places', async () => {
    const { doc, id } = await row('SELECT doc, id FROM big WHERE id = 3');
    assert.deepEqual([doc, id], ['[redacted]', 3]);
  });

  test('comes in its turn, among small ones and other answers', async () => {
    const client = await wire();
    const asked = [
      'SELECT 1 AS id',
      'SELECT id, body, email FROM big WHERE id < 3 ORDER BY id',
      'SELECT 2 AS id',
    ];
    const told = await client.ask(asked.map(send.query), asked.length);
    assert.deepEqual(
      told.map((line) => line.slice(0, 16)).filter((line) => line.startsWith('DataRow')),
      ['DataRow 1', 'DataRow 1|clear ', 'DataRow 2|short|', 'DataRow 2'],
    );
    await client.close();
  });

  test('is the same over TLS', async () => {
    const client = await wire('requested');
    const [, row] = await client.query('SELECT email, body, id FROM big WHERE id = 1');
    const [email, body, id] = row?.replace(/^DataRow /, '').split('|') ?? [];
    assert.deepEqual([email, id], ['a***@***.dev', '1']);
    assertCleaned(body);
    await client.close();
  });

  test('is counted, and not recorded with what is hidden in it', async () => {
    await row('SELECT body, email FROM big WHERE id = 1 /* counted */');
    const result = await until('its result', async () => {
      const events = await gateway.events();
      const command = events.find((event) => event.type === 'command' && event.text.includes('counted'));
      return events.find(
        (event) =>
          event.type === 'result' &&
          command?.type === 'command' &&
          event.session === command.session &&
          event.command === command.command,
      );
    });
    assert.ok(result.type === 'result');
    assert.equal(result.rows, 1);
    assert.equal(result.masked, 2);
    assert.ok(result.bytes > large);
    assert.ok(!JSON.stringify(result).includes('planted'));
  });

  test('is refused where a document is too long to be looked into; the session goes on', async () => {
    const client = await connect(gateway);
    const { code, error } = await refusal(
      client.query("SELECT 1 AS one, jsonb_build_object('x', repeat('y', 20971520)) AS doc"),
    );
    assert.equal(code, 'too_large');
    assert.match(error.message, /column 2 of a row has a value over 16 MiB/);
    assert.match(error.hint ?? '', /Select a part of it/);
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    await client.end();
  });
});

describe('the data of a COPY', () => {
  for (const format of ['text', 'csv', 'binary']) {
    test(`${format}: a row too large to be kept stays one message`, async () => {
      const client = await wire();
      client.counting = { bytes: 0, messages: 0 };
      client.write(
        send.query(`COPY (SELECT id, raw, email FROM big WHERE id = 4) TO STDOUT (FORMAT ${format})`),
      );
      await client.upTo('ReadyForQuery');
      const { bytes, messages } = client.counting;
      // Binary has its header with the first row, and a trailer.
      assert.equal(messages, format === 'binary' ? 2 : 1);
      assert.ok(bytes > (format === 'binary' ? large : 2 * large));
      await client.close();
    });

    test(`${format}: a masked value too long to be kept gives way to a constant`, async () => {
      const client = await wire();
      const heard = await client.query(
        `COPY (SELECT email, id FROM big WHERE id = 2) TO STDOUT (FORMAT ${format})`,
      );
      const data = heard.filter((line) => line.startsWith('CopyData')).join('');
      assert.match(data, /\[redacted\]/);
      assert.doesNotMatch(data, /planted/);
      assert.equal(heard.at(-1), 'ReadyForQuery I');
      await client.close();
    });

    test(`${format}: what is too long to be looked into is refused; the session goes on`, async () => {
      const client = await wire();
      const heard = await client.query(
        `COPY (SELECT body FROM big WHERE id = 1) TO STDOUT (FORMAT ${format})`,
      );
      const told = heard.filter((line) => !line.startsWith('CopyOut') && !line.startsWith('CopyData PGCOPY'));
      assert.match(
        told.join('\n'),
        /^ErrorResponse 54000 Sallyport: column 1 of a row has a value over 16 MiB/,
      );
      assert.equal(told.at(-1), 'ReadyForQuery I');
      assert.equal((await client.query('SELECT 1'))[1], 'DataRow 1');
      await client.close();
    });
  }
});

test('a client that leaves in the middle of a large row leaves nothing behind', async () => {
  const client = await wire();
  client.write(send.query('SELECT body, email FROM big WHERE id = 1'));
  await once(client.socket, 'data');
  client.socket.destroy();
  await until('its end', async () => {
    const events = await gateway.events();
    return events.filter(({ type }) => type === 'session.closed').length ===
      events.filter(({ type }) => type === 'session.opened').length
      ? true
      : undefined;
  });
  assert.deepEqual(readdirSync(join(gateway.dataDir, 'spool')), []);
});

async function wire(tls: 'none' | 'requested' = 'none'): Promise<WireClient> {
  const password = await gateway.token({});
  const client = await WireClient.login({ port: gateway.port, password, database: 'orders', tls });
  client.take();
  return client;
}

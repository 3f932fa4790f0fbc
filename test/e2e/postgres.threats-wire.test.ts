import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { after, before, describe, test } from 'node:test';

import { FrontendType, encodePassword, encodeSSLRequest } from '../../src/wire/postgres/frontend.ts';
import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, message, requestCancel, send, startup } from '../fixtures/wire-client.ts';

let server: PostgresServer;
let gateway: TestGateway;
let token: string;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port }));
  token = await gateway.token();
});
after(async () => {
  await gateway.stop();
  await server.stop();
});

async function login(): Promise<WireClient> {
  const client = await WireClient.login({ port: gateway.port, password: token, database: 'orders' });
  client.take();
  return client;
}

const hello = (): Buffer => startup({ port: gateway.port, password: '', database: 'orders' });
const gssEncRequest = (): Buffer => Buffer.from('0000000804d21630', 'hex');

/** Texts of commands that went upstream. */
async function ran(): Promise<string[]> {
  return (await gateway.events()).flatMap((event) => (event.type === 'command' ? [event.text] : []));
}

describe('THREATS 1: lengths that no message can have', () => {
  const { Query, Bind, Sync, Execute } = FrontendType;
  const query = Buffer.from('SELECT 1\0');
  const rows: readonly [what: string, bytes: Buffer, told: RegExp][] = [
    ...[0, 1, 2, 3, -1, -4, -(2 ** 31)].map((length): [string, Buffer, RegExp] => [
      `${length}`,
      message(Query, query, length),
      /^ErrorResponse 08P01 /,
    ]),
    ['2^31 - 1', message(Query, query, 2 ** 31 - 1), /^ErrorResponse 54000 /],
    ['a Query over its limit', message(Query, query, 65 * 1024 * 1024), /^ErrorResponse 54000 /],
    ['a Sync with a body', message(Sync, Buffer.from('x')), /^ErrorResponse 08P01 /],
    ['an Execute over its limit', message(Execute, Buffer.alloc(0), 20_000), /^ErrorResponse 54000 /],
    ['a Query without its NUL', message(Query, Buffer.from('SELECT 1')), /^ErrorResponse 08P01 /],
    ['a type that does not exist', message(0x21, query), /^ErrorResponse 08P01 /],
    [
      'a Bind whose value reaches past its end',
      message(Bind, Buffer.from('00000000000100000009ff0000', 'hex')),
      /^ErrorResponse 08P01 /,
    ],
    [
      'a Bind whose lengths wrap at 4 GB',
      message(Bind, Buffer.from(`000000000002${'7fffffff'}${'80000005'}0000`, 'hex')),
      /^ErrorResponse 08P01 /,
    ],
    [
      'a Bind that announces more values than it has',
      message(Bind, Buffer.from('00000000ffff0000', 'hex')),
      /^ErrorResponse 08P01 /,
    ],
  ];
  for (const [what, bytes, told] of rows) {
    test(what, async () => {
      const before = await ran();
      const client = await login();
      client.write(bytes, send.query("SELECT 'behind'"));
      const lines = await client.rest();
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', told);
      assert.deepEqual(await ran(), before);
    });
  }

  for (const [what, bytes] of [
    ['0', Buffer.from('0000000000030000', 'hex')],
    ['7', Buffer.from('0000000700030000', 'hex')],
    ['-1', Buffer.from('ffffffff00030000', 'hex')],
    ['10,005', Buffer.from('0000271500030000', 'hex')],
  ] as const) {
    test(`a startup packet of ${what} bytes`, async () => {
      const client = await WireClient.dial(gateway.port);
      client.write(bytes);
      assert.match((await client.rest()).join(), /^ErrorResponse 08P01 /);
    });
  }
});

describe('THREATS 2: before the login is over', () => {
  const rows: readonly [what: string, says: () => readonly Buffer[]][] = [
    ['bytes behind SSLRequest', () => [encodeSSLRequest(), hello()]],
    ['bytes behind GSSENCRequest', () => [gssEncRequest(), hello()]],
    ['bytes behind the StartupMessage', () => [hello(), encodePassword(token)]],
    ['bytes behind the StartupMessage that are no message yet', () => [hello(), Buffer.from('p')]],
  ];
  for (const [what, says] of rows) {
    test(what, async () => {
      const client = await WireClient.dial(gateway.port);
      client.write(...says());
      assert.match((await client.rest()).join(), /^ErrorResponse 08P01 Sallyport: bytes before /);
    });
  }

  const midLogin: readonly [what: string, says: () => Buffer][] = [
    ['an SSLRequest in place of the password', encodeSSLRequest],
    ['a GSSENCRequest in place of the password', gssEncRequest],
    ['a StartupMessage in place of the password', hello],
    ['a Query in place of the password', () => send.query('SELECT 1')],
    ['a Query behind the password', () => Buffer.concat([encodePassword(token), send.query('SELECT 1')])],
    ['half a message behind the password', () => Buffer.concat([encodePassword(token), Buffer.from('Q')])],
    ['two passwords', () => Buffer.concat([encodePassword(token), encodePassword(token)])],
  ];
  for (const [what, says] of midLogin) {
    test(what, async () => {
      const client = await WireClient.dial(gateway.port);
      client.write(hello());
      await client.upTo('AuthenticationCleartextPassword');
      client.write(says());
      assert.match((await client.rest()).join(), /^ErrorResponse (08P01|54000) /);
    });
  }

  test('a second GSSENCRequest', async () => {
    const client = await WireClient.dial(gateway.port);
    const { socket } = client;
    socket.removeAllListeners('data');
    socket.write(gssEncRequest());
    assert.equal(String((await once(socket, 'data'))[0]), 'N');
    socket.write(gssEncRequest());
    assert.match(String((await once(socket, 'data'))[0]), /GSSENCRequest twice/);
    await client.rest();
  });

  test('a second SSLRequest, within TLS', async () => {
    const client = await WireClient.open({
      port: gateway.port,
      password: '',
      database: 'orders',
      tls: 'requested',
    });
    client.write(encodeSSLRequest());
    assert.match((await client.rest()).join(), /SSLRequest twice/);
  });

  test('TLS that is no TLS', async () => {
    const client = await WireClient.dial(gateway.port);
    client.socket.removeAllListeners('data');
    client.write(encodeSSLRequest());
    await once(client.socket, 'data');
    client.socket.write('GET / HTTP/1.1\r\n\r\n');
    client.socket.resume();
    await client.rest();
  });

  const silences: readonly [after: string, says: () => readonly Buffer[]][] = [
    ['the connection', () => []],
    ['half a packet', () => [hello().subarray(0, 5)]],
    ['SSLRequest', () => [encodeSSLRequest()]],
    ['the StartupMessage', () => [hello()]],
  ];
  for (const [what, says] of silences) {
    test(`silence after ${what} is cut off after 30 seconds`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const client = await WireClient.dial(gateway.port);
      client.socket.removeAllListeners('data').resume();
      for (const bytes of says()) client.socket.write(bytes);
      // Another client's answer tells that the gateway has seen this one.
      const other = await WireClient.dial(gateway.port);
      other.write(hello());
      await other.upTo('AuthenticationCleartextPassword');
      t.mock.timers.tick(29_999);
      assert.equal(client.ended, false);
      t.mock.timers.tick(1);
      await client.rest();
      await other.rest();
    });
  }

  test('a TLS client that speaks of another protocol', async () => {
    const socket = connectTls({
      port: gateway.port,
      host: '127.0.0.1',
      ALPNProtocols: ['h2', 'http/1.1'],
      rejectUnauthorized: false,
    });
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /no application protocol|ECONNRESET|disconnected/i);
  });
});

describe('THREATS 5: cancel requests of strangers', () => {
  test('with keys of others, guessed keys and a thousand of them stop nothing', async () => {
    const [holder, waiter, other] = [await login(), await login(), await login()];
    await holder.query('SELECT pg_advisory_lock(5)');
    waiter.write(send.query("SELECT pg_advisory_lock(5), 'got it'"));
    await until('the lock is waited for', async () =>
      (await other.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).includes(
        'DataRow 1',
      ),
    );
    const { processId, secretKey } = waiter.key;
    const wrong = Buffer.from(secretKey.map((byte) => byte ^ 1));
    const keys = [
      { processId, secretKey: other.key.secretKey },
      { processId, secretKey: Buffer.concat([secretKey, Buffer.of(0)]) },
      { processId, secretKey: Buffer.alloc(256) },
      { processId: other.key.processId, secretKey },
      { processId: 0, secretKey },
      ...Array.from({ length: 1000 }, () => ({ processId, secretKey: wrong })),
    ];
    // Each is answered by nothing but the end of its connection, as a right one is.
    for (let at = 0; at < keys.length; at += 50) {
      const some = keys.slice(at, at + 50).map((key) => requestCancel(gateway.port, key));
      assert.deepEqual((await Promise.all(some)).flat(), []);
    }
    await holder.query('SELECT pg_advisory_unlock(5)');
    const told = await waiter.upTo('ReadyForQuery');
    assert.deepEqual(told.slice(1), ['DataRow |got it', 'CommandComplete SELECT 1', 'ReadyForQuery I']);
    for (const client of [holder, waiter, other]) await client.close();
  });

  test('a key is worth nothing once its session has ended', async () => {
    const client = await login();
    const { key } = client;
    await client.close();
    assert.deepEqual(await requestCancel(gateway.port, key), []);
  });
});

describe('THREATS 8: texts that the server would read otherwise', () => {
  const unreadable: readonly [what: string, bytes: Buffer][] = [
    ['a NUL in a Query', message(FrontendType.Query, Buffer.from('SELECT 1\0; DROP TABLE t\0'))],
    ['a NUL in a Parse', message(FrontendType.Parse, Buffer.from('\0SELECT 1\0; DROP TABLE t\0\0\0'))],
    ['invalid UTF-8', message(FrontendType.Query, Buffer.from("SELECT '\xff'\0", 'latin1'))],
    ['an overlong slash', message(FrontendType.Query, Buffer.from("SELECT '\xc0\xaf'\0", 'latin1'))],
    ['half a surrogate pair', message(FrontendType.Query, Buffer.from("SELECT '\xed\xa0\x80'\0", 'latin1'))],
  ];
  for (const [what, bytes] of unreadable) {
    test(what, async () => {
      const before = await ran();
      const client = await login();
      client.write(bytes);
      assert.match((await client.rest()).join(), /^ErrorResponse 08P01 /);
      assert.deepEqual(await ran(), before);
    });
  }

  const changes: readonly string[] = [
    'SET standard_conforming_strings = off',
    'SET LOCAL standard_conforming_strings TO 0',
    'SET SESSION "Standard_Conforming_Strings" = \'of\'',
    'BEGIN; SET standard_conforming_strings = off; COMMIT',
    "SELECT set_config('standard_conforming_strings', 'off', false)",
    "SELECT set_config('standard_' || 'conforming_strings', 'off', false)",
    "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name LIKE 'standard_con%'",
    "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
    "SET client_encoding = 'LATIN1'",
    "SET NAMES 'LATIN1'",
    "SET client_encoding TO 'SJIS'",
    "SELECT set_config('client_encoding', 'BIG5', true)",
    "UPDATE pg_settings SET setting = 'SJIS' WHERE name = 'client_encoding'",
    "PREPARE p AS SELECT set_config('standard_conforming_strings', 'off', false)",
  ];
  for (const text of changes) {
    test(text, async () => {
      const client = await login();
      assert.match((await client.query(text))[0] ?? '', /^ErrorResponse 42501 /);
      assert.equal((await client.query('SHOW standard_conforming_strings'))[1], 'DataRow on');
      assert.equal((await client.query('SHOW client_encoding'))[1], 'DataRow UTF8');
      await client.close();
    });
  }

  test('a set_config whose arguments come as parameters', async () => {
    const client = await login();
    const set = send.run('SELECT set_config($1, $2, false)', ['standard_conforming_strings', 'off']);
    assert.match((await client.ask([set, send.sync()]))[0] ?? '', /^ErrorResponse 42501 /);
    await client.close();
  });

  test('what a function changes ends the session, and nothing behind it is read by another rule', async () => {
    const client = await login();
    await client.query('CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)');
    const hidden = "EXECUTE 'SET standard_con' || 'forming_strings = off'";
    client.write(
      send.query(`DO $do$ BEGIN ${hidden}; END $do$`),
      // To the server, from here on, the quote behind the backslash ends nothing.
      send.query("SELECT '\\', ' || ''; DELETE FROM precious; --'"),
    );
    const told = await client.rest();
    assert.match(told.at(-1) ?? '', /^ErrorResponse 42501 Sallyport: standard_conforming_strings = off /);
    const other = await login();
    assert.equal((await other.query('SELECT count(*) FROM precious'))[1], 'DataRow 1');
    await other.close();
  });

  test('a text beyond ASCII waits for what runs code before it, and is read then', async () => {
    const client = await login();
    const code = 'DO $$ BEGIN END $$';
    const told = await client.ask(
      [
        send.query(code),
        send.run('SELECT 1'),
        send.run("SELECT 'ä'"),
        send.sync(),
        send.query("SELECT 'ö\\'"),
      ],
      3,
    );
    assert.deepEqual(
      told.filter((line) => /^(DataRow|ErrorResponse|ReadyForQuery)/.test(line)),
      ['ReadyForQuery I', 'DataRow 1', 'DataRow ä', 'ReadyForQuery I', 'DataRow ö\\', 'ReadyForQuery I'],
    );
    await client.close();
  });

  test('and is refused where the Sync that would tell stands behind it', async () => {
    const client = await login();
    const told = await client.ask([send.run('DO $$ BEGIN END $$'), send.run("SELECT 'ä'"), send.sync()]);
    assert.match(told.at(-2) ?? '', /^ErrorResponse 08P01 .* may change how the server reads it$/);
    await client.close();
  });

  for (const change of [
    'ALTER ROLE postgres SET standard_conforming_strings = off',
    'ALTER DATABASE postgres SET standard_conforming_strings = off',
    "ALTER ROLE postgres SET client_encoding = 'LATIN1'",
  ]) {
    test(`${change}: the next login`, async () => {
      const admin = await WireClient.login({
        port: server.port,
        user: server.user,
        password: server.password,
        database: 'postgres',
      });
      admin.take();
      await admin.query(change);
      const client = await WireClient.login({ port: gateway.port, password: token, database: 'orders' });
      assert.match(client.lines.at(-1) ?? '', /^ErrorResponse 08P01 .* would read SQL otherwise/);
      await admin.query(change.replace(/ SET (\w+).*/, ' RESET $1'));
      await admin.close();
    });
  }
});

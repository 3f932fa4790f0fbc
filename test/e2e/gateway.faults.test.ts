import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Client } from 'pg';

import { freePort, startProgram } from '../../bench/programs.ts';
import { openLocalIssuer } from '../../src/identity/local.ts';
import { encodeErrorResponse, encodeReadyForQuery } from '../../src/wire/postgres/backend.ts';
import { connect, connectDirect, ended, refusal, Visitor, visitor } from '../fixtures/clients.ts';
import { eavesdrop } from '../fixtures/eavesdropper.ts';
import type { Eavesdropper } from '../fixtures/eavesdropper.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startMeddler } from '../fixtures/hostile-upstream.ts';
import type { HostileUpstream } from '../fixtures/hostile-upstream.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

// THREATS 47: servers that go away, and clients that come in crowds or do not read.

let server: PostgresServer;
let between: Eavesdropper;
let direct: Client;
let gateway: TestGateway;

before(async () => {
  server = await startPostgres({ max_connections: '400' });
  direct = await connectDirect(server);
  between = await eavesdrop(server.port);
  gateway = await startTestGateway(shopConfig({ port: between.port }));
});
after(async () => {
  await gateway?.stop();
  await direct?.end();
  await between?.stop();
  await server?.stop();
});
beforeEach(() => until('earlier sessions to end', () => gateway.gateway.live.size === 0));

describe('an upstream that is away', () => {
  test('fails the login with a clear error, and is used again once it is back', async () => {
    await between.stop();
    await assert.rejects(connect(gateway), (error: Error & { code?: string }) => {
      assert.match(error.message, /^Sallyport: the target's server does not let the gateway in$/);
      return error.code === '08006';
    });
    await between.start();
    const client = await connect(gateway);
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    await client.end();
  });

  test('ends the session that it leaves in the middle of a command, and no other’s process', async () => {
    const client = await connect(gateway);
    const answer = client.query('SELECT pg_sleep(3600)').catch((error: Error) => error);
    await until('it to run', async () => {
      const { rows } = await direct.query(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'",
      );
      return rows.length === 1;
    });
    between.cut();
    assert.match(String(await answer), /Sallyport: the target closed the connection|terminated/);
    await ended(client);
    const reason = await until('its end on record', async () => {
      const events = await gateway.events();
      const opened = events.findLast((event) => event.type === 'session.opened');
      const closed = events.findLast((event) => event.type === 'session.closed');
      return closed?.session === opened?.session && closed?.reason;
    });
    assert.match(reason, /target closed the connection/);
    const next = await connect(gateway);
    assert.deepEqual(await next.rows('SELECT 1'), [[1]]);
    await next.end();
  });

  test('an administrator who ends the backend ends the session with the server’s words', async () => {
    const client = await connect(gateway);
    const [row] = await client.rows('SELECT pg_backend_pid()');
    await direct.query('SELECT pg_terminate_backend($1)', [row?.[0]]);
    await ended(client);
    assert.match(String(client.failure?.message), /terminating connection due to administrator command/);
  });
});

describe('a server that goes while the gateway asks it what names mean', () => {
  let answer: Buffer | 'cut' | undefined;
  let meddler: HostileUpstream;
  let shop: TestGateway;
  before(async () => {
    meddler = await startMeddler(server.port, (text) =>
      text.includes('pg_catalog.pg_class') ? answer : undefined,
    );
    shop = await startTestGateway(shopConfig({ port: meddler.port }));
  });
  after(async () => {
    await shop.stop();
    await meddler.close();
  });

  test('fails a login as unavailable, and the next one goes well', async () => {
    answer = 'cut';
    const { code, error } = await refusal(connect(shop));
    assert.deepEqual([code, error.code], ['upstream_unavailable', '08006']);
    answer = undefined;
    const client = await connect(shop);
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    await client.end();
  });

  test('ends the session that waits for the answer as unavailable', async () => {
    const client = await connect(shop);
    // What names mean has to be asked anew then.
    await client.query('CREATE TABLE passing (id int)');
    answer = 'cut';
    const { code, error } = await refusal(client.query('SELECT * FROM passing'));
    assert.deepEqual([code, error.code], ['upstream_unavailable', '08006']);
    answer = undefined;
  });

  test('fails all logins that wait for one answer, also those whose own connection has gone before', async () => {
    const silent = await startMeddler(server.port, (text) =>
      text.includes('pg_catalog.pg_class') ? Buffer.alloc(0) : undefined,
    );
    const fresh = await startTestGateway(shopConfig({ port: silent.port }));
    const waiting = async (): Promise<number[]> => {
      const sql = `SELECT pid FROM pg_stat_activity WHERE application_name = 'waiting' AND state = 'idle'`;
      return (await direct.query<{ pid: number }>(sql)).rows.map(({ pid }) => pid);
    };
    const login = () => refusal(connect(fresh, {}, { application_name: 'waiting' }));
    const first = login();
    await until('the first to ask', () => silent.heard().includes('pg_catalog.pg_class'));
    const [asking] = await waiting();
    const others = [login(), login()];
    await until('the others to wait for its answer', async () => (await waiting()).length === 3);
    for (const pid of await waiting()) {
      if (pid !== asking) await direct.query('SELECT pg_terminate_backend($1)', [pid]);
    }
    await until('their connections to go', async () => (await waiting()).length === 1);
    await direct.query('SELECT pg_terminate_backend($1)', [asking]);
    for (const { code } of await Promise.all([first, ...others])) assert.equal(code, 'upstream_unavailable');
    await fresh.stop();
    await silent.close();
  });

  test('leaves the cause in the log where it says what nobody expected', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-faults-'));
    const config = join(dir, 'sallyport.yaml');
    const port = await freePort();
    writeFileSync(
      config,
      shopConfig({ port: meddler.port }).replace('postgres: 0, http: 0', `postgres: ${port}`),
    );
    const args = [join(import.meta.dirname, '../../bin/sallyport.js'), 'serve', '--config', config];
    const program = await startProgram(process.execPath, args, port);
    try {
      let log = '';
      program.log.on('data', (chunk: Buffer) => (log += chunk.toString()));
      const issuer = await openLocalIssuer({ dataDir: join(dir, 'data'), clock: { now: () => Date.now() } });
      const who = { subject: 'agent-7', kind: 'agent', groups: ['crews'], ttlMs: 3_600_000 } as const;
      const password = await issuer.issue(who);
      const client = new Visitor({ host: '127.0.0.1', port, database: 'orders', user: 'anybody', password });
      await client.connect();
      await client.query('CREATE TABLE strange (id int)');
      const odd = { S: 'ERROR', V: 'ERROR', C: '42501', M: 'nobody reads pg_class' };
      answer = Buffer.concat([encodeErrorResponse(odd), encodeReadyForQuery('I')]);
      const { code } = await refusal(client.query('SELECT * FROM strange'));
      assert.equal(code, 'internal');
      await until('the cause in the log', () => log.includes('nobody reads pg_class'));
    } finally {
      answer = undefined;
      await program.end();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('crowds', () => {
  test('300 idle sessions and a flood of bad logins leave another served', async () => {
    const served = await connect(gateway, { subject: 'served' });
    const token = await gateway.token({ subject: 'idle' });
    const idle: Visitor[] = [];
    for (let wave = 0; wave < 10; wave++) {
      const arriving = await Promise.all(
        Array.from({ length: 30 }, () => visitor(gateway, {}, { password: token })),
      );
      await Promise.all(arriving.map((client) => client.connect()));
      idle.push(...arriving);
      assert.deepEqual(await served.rows('SELECT 1'), [[1]]);
    }
    assert.equal(gateway.gateway.live.size, 301);
    const bad = Array.from({ length: 300 }, async (_, index) => {
      const client = await visitor(gateway, {}, { password: `not a token ${index}` });
      return client.connect().then(
        () => 'let in',
        (error: { code?: string }) => error.code,
      );
    });
    for (let round = 0; round < 20; round++) assert.deepEqual(await served.rows('SELECT 2'), [[2]]);
    assert.deepEqual([...new Set(await Promise.all(bad))], ['28P01']);
    assert.deepEqual(await idle.at(-1)?.rows('SELECT 3'), [[3]]);
    await Promise.all([served, ...idle].map((client) => client.end()));
  });
});

describe('a client that does not read', () => {
  const megabytes = 200;

  test('stops the upstream, not the gateway’s memory, and others are served', async () => {
    const login = {
      port: gateway.port,
      database: 'orders',
      password: await gateway.token({ subject: 'slow' }),
    };
    const slow = await WireClient.login(login);
    slow.counting = { bytes: 0, messages: 0 };
    slow.socket.pause();
    const sql = `SELECT repeat('x', 1000000) FROM generate_series(1, ${megabytes})`;
    slow.write(send.query(sql));
    // The server waits for somebody to read: nothing holds it back but the gateway.
    await until('the server to wait for its client', async () => {
      const { rows } = await direct.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'ClientWrite' AND query LIKE 'SELECT repeat%'",
      );
      return rows.length === 1;
    });
    const other = await connect(gateway, { subject: 'other' });
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 50; round++) assert.deepEqual(await other.rows('SELECT 1'), [[1]]);
    assert.ok(process.memoryUsage.rss() - before < (megabytes / 4) * 1_000_000, 'the answer is in memory');
    await other.end();
    slow.socket.resume();
    await slow.until((line) => line.startsWith('ReadyForQuery') && slow.counting?.messages === megabytes);
    assert.equal(slow.counting.messages, megabytes);
    await slow.close();
  });

  test('that is cut off in the middle takes its command with it', async () => {
    const login = {
      port: gateway.port,
      database: 'orders',
      password: await gateway.token({ subject: 'slow' }),
    };
    const slow = await WireClient.login(login);
    slow.socket.pause();
    slow.write(send.query("SELECT repeat('y', 1000000) FROM generate_series(1, 400)"));
    const running = async () =>
      (
        await direct.query(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT repeat(''y%' AND state = 'active'",
        )
      ).rows.length;
    await until('it to run', async () => (await running()) === 1);
    gateway.gateway.live.kill(gateway.gateway.live.list()[0]?.id ?? '', 'the test');
    await until('it to end', async () => (await running()) === 0);
    slow.socket.destroy();
  });
});

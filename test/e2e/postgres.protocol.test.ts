import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { WireClient, requestCancel, send } from '../fixtures/wire-client.ts';

let server: PostgresServer;
let gateway: TestGateway;
let token: string;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port }));
  token = await gateway.token();
  const client = await login();
  await client.query('CREATE TABLE item (id int PRIMARY KEY, name text)');
  await client.close();
});
after(async () => {
  await gateway.stop();
  await server.stop();
});

async function login(minor = 0): Promise<WireClient> {
  const client = await WireClient.login({ port: gateway.port, password: token, database: 'orders', minor });
  client.take();
  return client;
}

/** Past the gateway: what the server says is what the gateway has to say. */
async function loginDirectly(): Promise<WireClient> {
  const { port, user, password } = server;
  const client = await WireClient.login({ port, user, password, database: 'postgres' });
  client.take();
  return client;
}

interface Transcript {
  readonly what: string;
  /** Written at once. */
  readonly says: readonly Buffer[];
  readonly told: readonly string[];
}

const one = ['RowDescription ?column?', 'DataRow 1', 'CommandComplete SELECT 1'];

const transcripts: readonly Transcript[] = [
  { what: 'a query', says: [send.query('SELECT 1')], told: [...one, 'ReadyForQuery I'] },
  {
    what: 'several statements in one query',
    says: [send.query('SELECT 1; CREATE TEMP TABLE two (x int); SELECT 1; DROP TABLE two')],
    told: [...one, 'CommandComplete CREATE TABLE', ...one, 'CommandComplete DROP TABLE', 'ReadyForQuery I'],
  },
  { what: 'an empty query', says: [send.query('')], told: ['EmptyQueryResponse', 'ReadyForQuery I'] },
  {
    what: 'a query of nothing but a comment',
    says: [send.query(' -- nothing')],
    told: ['EmptyQueryResponse', 'ReadyForQuery I'],
  },
  {
    what: 'an empty statement of the extended protocol',
    says: [send.run(''), send.sync()],
    told: ['ParseComplete', 'BindComplete', 'NoData', 'EmptyQueryResponse', 'ReadyForQuery I'],
  },
  {
    what: 'an error, and the rest of its query',
    says: [send.query('SELECT 1; SELECT 1/0; SELECT 1')],
    told: [...one, 'ErrorResponse 22012 division by zero', 'ReadyForQuery I'],
  },
  {
    what: 'a transaction that fails',
    says: [
      send.query('BEGIN'),
      send.query('SELECT 1/0'),
      send.query('SELECT 1'),
      send.query('ROLLBACK'),
      send.query('SELECT 1'),
    ],
    told: [
      'CommandComplete BEGIN',
      'ReadyForQuery T',
      'ErrorResponse 22012 division by zero',
      'ReadyForQuery E',
      'ErrorResponse 25P02 current transaction is aborted, commands ignored until end of transaction block',
      'ReadyForQuery E',
      'CommandComplete ROLLBACK',
      'ReadyForQuery I',
      ...one,
      'ReadyForQuery I',
    ],
  },
  {
    what: 'a notice',
    says: [send.query("DO $$ BEGIN RAISE NOTICE 'well'; END $$")],
    told: ['NoticeResponse 00000 well', 'CommandComplete DO', 'ReadyForQuery I'],
  },
  {
    what: 'a parameter that changes',
    says: [send.query("SET application_name = 'other'")],
    told: ['CommandComplete SET', 'ParameterStatus application_name other', 'ReadyForQuery I'],
  },
  {
    what: 'LISTEN and its NOTIFY',
    says: [send.query('LISTEN bell'), send.query("NOTIFY bell, 'rings'"), send.query('UNLISTEN *')],
    told: [
      'CommandComplete LISTEN',
      'ReadyForQuery I',
      'CommandComplete NOTIFY',
      'NotificationResponse bell rings',
      'ReadyForQuery I',
      'CommandComplete UNLISTEN',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'parameters, NULL among them',
    says: [send.run('SELECT $1::int + 1, $2::text', ['41', null]), send.sync()],
    told: [
      'ParseComplete',
      'BindComplete',
      'RowDescription ?column?|text',
      'DataRow 42|NULL',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'a named statement that is described, used twice and closed',
    says: [
      send.parse('s', 'SELECT $1::int AS n'),
      send.describe('S', 's'),
      send.bind('s', '', ['1']),
      send.execute(),
      send.sync(),
      send.bind('s', '', ['2']),
      send.execute(),
      send.close('S', 's'),
      send.sync(),
      send.bind('s', '', ['3']),
      send.execute(),
      send.sync(),
    ],
    told: [
      'ParseComplete',
      'ParameterDescription',
      'RowDescription n',
      'BindComplete',
      'DataRow 1',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
      'BindComplete',
      'DataRow 2',
      'CommandComplete SELECT 1',
      'CloseComplete',
      'ReadyForQuery I',
      'ErrorResponse 26000 prepared statement "s" does not exist',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'a portal in slices, with others between',
    says: [
      send.query('BEGIN'),
      send.parse('', 'SELECT generate_series(1, 3)'),
      send.bind('', 'p'),
      send.execute('p', 2),
      send.sync(),
      send.run('SELECT 1'),
      send.execute('p', 2),
      send.execute('p', 2),
      send.close('P', 'p'),
      send.sync(),
      send.query('COMMIT'),
    ],
    told: [
      'CommandComplete BEGIN',
      'ReadyForQuery T',
      'ParseComplete',
      'BindComplete',
      'DataRow 1',
      'DataRow 2',
      'PortalSuspended',
      'ReadyForQuery T',
      'ParseComplete',
      'BindComplete',
      ...one,
      'DataRow 3',
      'CommandComplete SELECT 1',
      'CommandComplete SELECT 0',
      'CloseComplete',
      'ReadyForQuery T',
      'CommandComplete COMMIT',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'an error, and nothing more up to Sync',
    says: [
      send.run('SELECT 1'),
      send.run('SELECT 1/0'),
      send.run('SELECT 1'),
      send.close('S', 'x'),
      send.sync(),
      send.run('SELECT 1'),
      send.sync(),
    ],
    told: [
      'ParseComplete',
      'BindComplete',
      ...one,
      'ParseComplete',
      'ErrorResponse 22012 division by zero',
      'ReadyForQuery I',
      'ParseComplete',
      'BindComplete',
      ...one,
      'ReadyForQuery I',
    ],
  },
  {
    what: 'Close of what there never was',
    says: [send.close('S', 'never'), send.close('P', 'never'), send.sync()],
    told: ['CloseComplete', 'CloseComplete', 'ReadyForQuery I'],
  },
  {
    what: 'a FunctionCall',
    says: [send.functionCall(1598, [])],
    told: ['FunctionCallResponse', 'ReadyForQuery I'],
  },
  {
    what: 'a FunctionCall of what there is not',
    says: [send.functionCall(99_999, [])],
    told: ['ErrorResponse 42883 function with OID 99999 does not exist', 'ReadyForQuery I'],
  },
  {
    what: 'PREPARE, EXECUTE and DEALLOCATE in SQL',
    says: [
      send.query('PREPARE a AS SELECT $1::int'),
      send.query('EXECUTE a(7)'),
      send.query('DEALLOCATE a'),
      send.query('PREPARE a AS SELECT 8; EXECUTE a; DEALLOCATE a'),
    ],
    told: [
      'CommandComplete PREPARE',
      'ReadyForQuery I',
      'RowDescription int4',
      'DataRow 7',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
      'CommandComplete DEALLOCATE',
      'ReadyForQuery I',
      'CommandComplete PREPARE',
      'RowDescription ?column?',
      'DataRow 8',
      'CommandComplete SELECT 1',
      'CommandComplete DEALLOCATE',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'a cursor of SQL',
    says: [
      send.query('BEGIN; DECLARE c CURSOR FOR SELECT generate_series(1, 3)'),
      send.query('FETCH 2 FROM c'),
      send.query('MOVE c; CLOSE c; COMMIT'),
    ],
    told: [
      'CommandComplete BEGIN',
      'CommandComplete DECLARE CURSOR',
      'ReadyForQuery T',
      'RowDescription generate_series',
      'DataRow 1',
      'DataRow 2',
      'CommandComplete FETCH 2',
      'ReadyForQuery T',
      'CommandComplete MOVE 1',
      'CommandComplete CLOSE CURSOR',
      'CommandComplete COMMIT',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'a hundred statements in one write',
    says: [...Array.from({ length: 100 }, () => send.run('SELECT 1')), send.sync()],
    told: [
      ...Array.from({ length: 100 }, () => ['ParseComplete', 'BindComplete', ...one]).flat(),
      'ReadyForQuery I',
    ],
  },
  {
    what: 'a hundred statements with a Sync each in one write',
    says: Array.from({ length: 100 }, (_, at) => [send.run(`SELECT 1 -- ${at}`), send.sync()]).flat(),
    told: Array.from({ length: 100 }, () => [
      'ParseComplete',
      'BindComplete',
      ...one,
      'ReadyForQuery I',
    ]).flat(),
  },
];

const readies = (told: readonly string[]): number =>
  told.filter((line) => line.startsWith('ReadyForQuery')).length;

describe('what the client is told of', () => {
  for (const { what, says, told } of transcripts) {
    test(what, async () => {
      const client = await login();
      assert.deepEqual(await client.ask(says, readies(told)), told);
      await client.close();
    });

    test(`${what}: just as the server itself would`, async () => {
      const client = await loginDirectly();
      assert.deepEqual(await client.ask(says, readies(told)), told);
      await client.close();
    });
  }

  test('all of that, one byte a write', async () => {
    const client = await login();
    for (const { says, told } of transcripts.filter(({ says }) => says.length < 20)) {
      for (const byte of Buffer.concat(says)) {
        // Each as a packet of its own: the next is written once the kernel has taken this one.
        await new Promise<void>((sent) => void client.socket.write(Buffer.of(byte), () => sent()));
      }
      assert.deepEqual(await client.ask([], readies(told)), told);
    }
    await client.close();
  });

  test('Flush: the answers so far', async () => {
    const client = await login();
    client.write(send.parse('', 'SELECT 1'), send.bind(), send.flush());
    assert.deepEqual(await client.upTo('BindComplete'), ['ParseComplete', 'BindComplete']);
    client.write(send.execute(), send.flush());
    assert.deepEqual(await client.upTo('CommandComplete'), ['DataRow 1', 'CommandComplete SELECT 1']);
    assert.deepEqual(await client.ask(send.sync()), ['ReadyForQuery I']);
    await client.close();
  });

  test('rows in binary', async () => {
    const client = await login();
    const told = await client.ask([
      send.parse('', 'SELECT 1'),
      send.bind('', '', [], true),
      send.execute(),
      send.sync(),
    ]);
    assert.deepEqual(told[2], 'DataRow \0\0\0\x01');
    await client.close();
  });

  test('Terminate: nothing more, and what was sent before it is done', async () => {
    const client = await login();
    client.write(send.query("INSERT INTO item VALUES (100, 'last')"), send.terminate());
    assert.deepEqual(await client.rest(), ['CommandComplete INSERT 0 1', 'ReadyForQuery I']);
    const other = await login();
    assert.equal((await other.query('SELECT name FROM item WHERE id = 100'))[1], 'DataRow last');
    await other.close();
  });
});

describe('a cancel request', () => {
  for (const minor of [0, 2]) {
    test(`with the key of protocol 3.${minor} stops what runs, and nothing else`, async () => {
      const client = await login(minor);
      const bystander = await login();
      client.write(send.query('SELECT 1; SELECT pg_sleep(600)'));
      bystander.write(send.query('SELECT pg_sleep(1)'));
      const other = await login();
      await untilSleeping(other);
      assert.deepEqual(await requestCancel(gateway.port, client.key), []);
      const told = await client.upTo('ReadyForQuery');
      assert.deepEqual(told.slice(-2), [
        'ErrorResponse 57014 canceling statement due to user request',
        'ReadyForQuery I',
      ]);
      assert.deepEqual((await bystander.upTo('ReadyForQuery')).at(-2), 'CommandComplete SELECT 1');
      for (const each of [client, bystander, other]) await each.close();
    });
  }
});

async function untilSleeping(client: WireClient): Promise<void> {
  const sleepers = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%600%'";
  while (!(await client.query(sleepers)).includes('DataRow 1'));
}

test('a row of 60 MB goes through without being kept', async () => {
  const client = await login();
  client.counting = { bytes: 0, messages: 0 };
  const bytes = 60_000_000;
  const before = keptBytes();
  let most = 0;
  let next = 0;
  client.socket.on('data', () => {
    if ((client.counting?.bytes ?? 0) < next) return;
    next += 10_000_000;
    most = Math.max(most, keptBytes());
  });
  const told = await client.query(`SELECT repeat('x', ${bytes}) `);
  assert.deepEqual(told, ['RowDescription repeat', 'CommandComplete SELECT 1', 'ReadyForQuery I']);
  assert.deepEqual(client.counting, { bytes: bytes + 1 + 4 + 2 + 4, messages: 1 });
  assert.ok(most - before < bytes / 2, `${most - before} bytes were kept at once`);
  await client.close();
});

/** Of buffers that somebody still holds, the garbage not counted. */
function keptBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

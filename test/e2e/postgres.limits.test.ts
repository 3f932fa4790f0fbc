import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

const all = 'allow: [read, write, schema, execute]';
const rules = `
  - { name: few, who: { groups: [few] }, targets: [orders], ${all}, limits: { rows: 3 } }
  - { name: quick, who: { groups: [quick] }, targets: [orders], ${all}, limits: { statement: 2s } }
  - { name: idle, who: { groups: [idle] }, targets: [orders], ${all}, limits: { idle: 700ms } }
  - { name: short, who: { groups: [short] }, targets: [orders], ${all}, limits: { session: 1s } }
  - { name: free, who: { groups: [free] }, targets: [orders], ${all} }
`;

let server: PostgresServer;
let gateway: TestGateway;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
  const client = await login('free');
  await client.query('CREATE TABLE item (id int); INSERT INTO item SELECT generate_series(1, 5)');
  await client.close();
});
after(async () => {
  await gateway.stop();
  await server.stop();
});

async function login(group: string, more: Who = {}): Promise<WireClient> {
  const password = await gateway.token({ groups: [group], ...more });
  const client = await WireClient.login({ port: gateway.port, password, database: 'orders' });
  client.take();
  return client;
}

const rows = (...values: readonly unknown[]): string[] => values.map((value) => `DataRow ${String(value)}`);
const tooMany = 'ErrorResponse 54000 Sallyport: more than the 3 rows that one command may return here';
const x = 'RowDescription x';
const answered = ['ParseComplete', 'BindComplete'];

describe('a limit of three rows', () => {
  const series = (count: number): string => `SELECT x FROM generate_series(1, ${count}) x`;
  const transcripts: readonly [what: string, says: readonly Buffer[], told: readonly string[]][] = [
    [
      'three rows',
      [send.query(series(3))],
      [x, ...rows(1, 2, 3), 'CommandComplete SELECT 3', 'ReadyForQuery I'],
    ],
    ['four', [send.query(series(4))], [x, ...rows(1, 2, 3), tooMany, 'ReadyForQuery I']],
    ['a million', [send.query(series(1_000_000))], [x, ...rows(1, 2, 3), tooMany, 'ReadyForQuery I']],
    [
      'three rows, and the next query behind them',
      [send.query(series(3)), send.query('SELECT 1 AS x')],
      [
        x,
        ...rows(1, 2, 3),
        'CommandComplete SELECT 3',
        'ReadyForQuery I',
        x,
        ...rows(1),
        'CommandComplete SELECT 1',
        'ReadyForQuery I',
      ],
    ],
    [
      'too many, and the next query behind them',
      [send.query(series(4)), send.query('SELECT 1 AS x')],
      [
        x,
        ...rows(1, 2, 3),
        tooMany,
        'ReadyForQuery I',
        x,
        ...rows(1),
        'CommandComplete SELECT 1',
        'ReadyForQuery I',
      ],
    ],
    [
      'the statements of one text together',
      [send.query(`${series(2)}; ${series(2)}`)],
      [x, ...rows(1, 2), 'CommandComplete SELECT 2', x, ...rows(1), tooMany, 'ReadyForQuery I'],
    ],
    [
      'a portal, its slices together',
      [
        send.query('BEGIN'),
        send.parse('', series(9)),
        send.bind('', 'p'),
        send.execute('p', 2),
        send.sync(),
        send.execute('p', 2),
        send.sync(),
        send.query('ROLLBACK'),
      ],
      [
        'CommandComplete BEGIN',
        'ReadyForQuery T',
        ...answered,
        ...rows(1, 2),
        'PortalSuspended',
        'ReadyForQuery T',
        ...rows(3),
        tooMany,
        'ReadyForQuery T',
        'CommandComplete ROLLBACK',
        'ReadyForQuery I',
      ],
    ],
    [
      'rows of COPY',
      [send.query(`COPY (${series(4)}) TO STDOUT`)],
      ['CopyOutResponse', 'CopyData 1', 'CopyData 2', 'CopyData 3', tooMany, 'ReadyForQuery I'],
    ],
    [
      'rows written, which are not returned',
      [send.query('UPDATE item SET id = id')],
      ['CommandComplete UPDATE 5', 'ReadyForQuery I'],
    ],
  ];
  for (const [what, says, told] of transcripts) {
    test(what, async () => {
      const client = await login('few');
      const readies = told.filter((line) => line.startsWith('ReadyForQuery')).length;
      const heard = await client.ask(says, readies);
      // The cancel request may reach the server before or after it has finished, and so its transaction.
      const either = (lines: readonly string[]): string[] =>
        lines.map((line) => line.replace(/^ReadyForQuery [TE]$/, 'ReadyForQuery T or E'));
      assert.deepEqual(either(heard), either(told));
      await client.close();
    });
  }

  test('holds for rows that a write returns: it is undone, and nothing behind it runs', async () => {
    const client = await login('few');
    const told = await client.ask([
      send.run('DELETE FROM item RETURNING id AS x'),
      send.run('INSERT INTO item VALUES (99)'),
      send.sync(),
    ]);
    assert.deepEqual(told, [...answered, x, ...rows(1, 2, 3), tooMany, 'ReadyForQuery I']);
    const witness = await login('free');
    assert.equal((await witness.query('SELECT count(*), max(id) FROM item'))[1], 'DataRow 5|5');
    await witness.close();
    await client.close();
  });

  test('of a write in a simple query: the client is told if it stands', async () => {
    const client = await login('few');
    const told = await client.query('UPDATE item SET id = id RETURNING id AS x');
    assert.deepEqual(told, [x, ...rows(1, 2, 3), tooMany, 'ReadyForQuery I']);
    const hint = client.fields.at(-1)?.get('H') ?? '';
    assert.match(hint, /^(The server had finished it by then|Add a LIMIT)/);
    await client.close();
  });

  test('stops nothing behind it that reads, up to the Sync', async () => {
    const client = await login('few');
    const told = await client.ask(
      [send.run(series(4)), send.run('SELECT 1 AS x'), send.sync(), send.run('SELECT 2 AS x'), send.sync()],
      2,
    );
    assert.deepEqual(told, [
      ...answered,
      x,
      ...rows(1, 2, 3),
      tooMany,
      'ReadyForQuery I',
      ...answered,
      x,
      ...rows(2),
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
    ]);
    await client.close();
  });

  test('is on record as what the client was told', async () => {
    const client = await login('few');
    await client.query(`${series(4)} -- recorded`);
    await client.close();
    const result = await until('the result', async () => {
      const events = await gateway.events();
      const command = events.find((event) => event.type === 'command' && event.text.endsWith('recorded'));
      return events.find(
        (event) =>
          event.type === 'result' &&
          command?.type === 'command' &&
          event.session === command.session &&
          event.command === command.command,
      );
    });
    assert.ok(result.type === 'result');
    assert.equal(result.error, '54000');
    assert.deepEqual(result.first, [['1'], ['2'], ['3']]);
  });
});

describe('a limit of two seconds a statement', () => {
  const tooLong = 'ErrorResponse 57014 Sallyport: a command may take 2 s here';

  test('ends what takes longer, and the session goes on', async () => {
    const client = await login('quick');
    assert.deepEqual(await client.query('SELECT pg_sleep(60)'), [
      'RowDescription pg_sleep',
      tooLong,
      'ReadyForQuery I',
    ]);
    assert.deepEqual(await client.ask([send.run('SELECT pg_sleep(60)'), send.run('SELECT 1'), send.sync()]), [
      ...answered,
      'RowDescription pg_sleep',
      tooLong,
      'ReadyForQuery I',
    ]);
    assert.equal((await client.query('SELECT 1'))[1], 'DataRow 1');
    await client.close();
  });

  test('is counted anew for each', async () => {
    const client = await login('quick');
    const naps = Array.from({ length: 3 }, () => send.query('SELECT pg_sleep(0.8)'));
    const told = await client.ask(naps, 3);
    assert.equal(told.filter((line) => line === 'CommandComplete SELECT 1').length, 3);
    await client.close();
  });

  test('holds in a transaction, which has failed then', async () => {
    const client = await login('quick');
    const told = await client.ask(
      [send.query('BEGIN'), send.query('SELECT pg_sleep(60)'), send.query('SELECT 1')],
      3,
    );
    assert.deepEqual(told.slice(-4), [
      tooLong,
      'ReadyForQuery E',
      'ErrorResponse 25P02 current transaction is aborted, commands ignored until end of transaction block',
      'ReadyForQuery E',
    ]);
    await client.close();
  });
});

describe('a session ends', () => {
  const endings: readonly [what: string, group: string, who: Who, told: RegExp][] = [
    ['once it was idle too long', 'idle', {}, /^ErrorResponse 57P05 Sallyport: idle for 0.7 s$/],
    [
      'once it has lasted too long',
      'short',
      {},
      /^ErrorResponse 57P01 Sallyport: a session may last 1 s here$/,
    ],
    [
      'with its token',
      'free',
      { ttlMs: 5_000 },
      /^ErrorResponse 57P01 Sallyport: your proof of identity has expired$/,
    ],
  ];
  for (const [what, group, who, told] of endings) {
    test(what, async () => {
      const client = await login(group, who);
      // The rule counts once a command has come under it; on a slow machine that may be the end already.
      client.write(send.query('SELECT 1'));
      const heard = (await client.rest()).filter((line) => line.startsWith('ErrorResponse'));
      assert.equal(heard.length, 1);
      assert.match(heard[0] ?? '', told);
      assert.equal(client.fields.at(-1)?.get('S'), 'FATAL');
    });
  }

  test('not as idle while something runs, but at its own limit all the same', async () => {
    const [busy, short] = [await login('idle'), await login('short')];
    assert.equal((await busy.query('SELECT pg_sleep(1.5)')).at(-1), 'ReadyForQuery I');
    assert.match((await busy.rest()).join(), /57P05/);
    short.write(send.query('SELECT pg_sleep(60)'));
    assert.match((await short.rest()).join(), /57P01/);
    const witness = await login('free');
    await until('the server to have stopped it', async () =>
      (await witness.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).includes(
        'DataRow 0',
      ),
    );
    await witness.close();
  });
});

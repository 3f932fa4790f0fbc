import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, requestCancel, send } from '../fixtures/wire-client.ts';

const rules = `
  - { name: read, who: { any: true }, targets: [orders], allow: [read] }
  - { name: log, who: { any: true }, targets: [orders], allow: [write.insert], resources: ["public.log"] }
  - { name: nod, who: { any: true }, targets: [orders], hold: [write.delete], approvers: { groups: [dba], count: 1 }, wait: 1m }
`;

let server: PostgresServer;
let gateway: TestGateway;
let token: string;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
  token = await gateway.token();
  const client = await direct();
  await client.query('CREATE TABLE log (what text); CREATE TABLE precious (id int)');
  await client.query('INSERT INTO precious SELECT generate_series(1, 10)');
  await client.close();
});
after(async () => {
  await gateway.stop();
  await server.stop();
});

const through = (): Promise<WireClient> =>
  signedIn({ port: gateway.port, password: token, database: 'orders' });
const direct = (): Promise<WireClient> =>
  signedIn({ port: server.port, user: server.user, password: server.password, database: 'postgres' });

async function signedIn(how: Parameters<typeof WireClient.login>[0]): Promise<WireClient> {
  const client = await WireClient.login(how);
  client.take();
  return client;
}

/** What is in the tables now, past the gateway. */
async function state(): Promise<{ log: string[]; precious: number }> {
  const client = await direct();
  const rows = (await client.query('SELECT what FROM log ORDER BY what')).filter((line) =>
    line.startsWith('DataRow'),
  );
  const count = (await client.query('SELECT count(*) FROM precious'))[1]?.replace('DataRow ', '');
  await client.close();
  return { log: rows.map((line) => line.replace('DataRow ', '')), precious: Number(count) };
}

async function emptyLog(): Promise<void> {
  const client = await direct();
  await client.query('TRUNCATE log');
  await client.close();
}

const insert = (what: string): string => `INSERT INTO log VALUES ('${what}')`;

describe('THREATS 6: a refusal in the middle of a pipeline', () => {
  /** What the gateway refuses, and what the server itself would fail at in the same place. */
  const refused = 'DROP TABLE precious';
  const failing = 'DROP TABLE nothing';

  const pipelines: readonly [
    what: string,
    says: (bad: string) => readonly Buffer[],
    logged: readonly string[],
  ][] = [
    ['alone', (bad) => [send.query(bad)], []],
    [
      'idle, between queries',
      (bad) => [send.query(insert('a')), send.query(bad), send.query(insert('b'))],
      ['a', 'b'],
    ],
    [
      'in a transaction',
      (bad) => [
        send.query('BEGIN'),
        send.query(insert('a')),
        send.query(bad),
        send.query(insert('b')),
        send.query('COMMIT'),
        send.query(insert('c')),
      ],
      ['c'],
    ],
    [
      'in a failed transaction',
      (bad) => [send.query('BEGIN'), send.query('SELECT 1/0'), send.query(bad), send.query('ROLLBACK')],
      [],
    ],
    [
      'back to a savepoint',
      (bad) => [
        send.query('BEGIN'),
        send.query(insert('a')),
        send.query('SAVEPOINT s'),
        send.query(insert('b')),
        send.query(bad),
        send.query('ROLLBACK TO s'),
        send.query(insert('c')),
        send.query('COMMIT'),
      ],
      ['a', 'c'],
    ],
    [
      'extended, with more behind it before Sync',
      (bad) => [
        send.run(insert('a')),
        send.run(bad),
        send.run(insert('b')),
        send.sync(),
        send.run(insert('c')),
        send.sync(),
      ],
      ['c'],
    ],
    [
      'extended, in a transaction',
      (bad) => [
        send.run('BEGIN'),
        send.run(insert('a')),
        send.sync(),
        send.run(bad),
        send.run(insert('b')),
        send.run('COMMIT'),
        send.sync(),
        send.run('ROLLBACK'),
        send.sync(),
      ],
      [],
    ],
    [
      'extended, in a failed transaction',
      (bad) => [
        send.query('BEGIN'),
        send.run('SELECT 1/0'),
        send.sync(),
        send.run(bad),
        send.sync(),
        send.run('ROLLBACK'),
        send.sync(),
      ],
      [],
    ],
    [
      'extended, with a Query behind it before Sync',
      (bad) => [send.run(bad), send.query(insert('a')), send.sync(), send.query(insert('b'))],
      ['b'],
    ],
    ['in one text with others', (bad) => [send.query(`${insert('a')}; ${bad}; ${insert('b')}`)], []],
  ];
  for (const [what, says, logged] of pipelines) {
    test(`${what}: the same messages as of an error of the server's own, and the same is done`, async () => {
      const transcript = async (client: WireClient, bad: string): Promise<string[]> => {
        await emptyLog();
        client.write(...says(bad), send.query("SELECT 'over'"));
        await client.until((line) => line === 'DataRow over');
        await client.until((line) => line === 'ReadyForQuery I' && client.lines.at(-1) === line);
        const told = client
          .take()
          .map((line) => line.replace(/^(ErrorResponse) (42501|42P01|25P02) .*/, '$1'));
        await client.close();
        return told;
      };
      const expected = await transcript(await direct(), failing);
      const done = await state();
      assert.deepEqual(done.log, logged);
      // The refused text comes to Parse only, the failing one to Execute: what lies between is not told.
      const atParse = dropAnswersBetween(expected);
      assert.deepEqual(
        await transcript(await through(), refused),
        what.includes('one text') ? ['ErrorResponse', ...expected.slice(-5)] : atParse,
      );
      assert.deepEqual(await state(), done);
    });
  }

  /** `DROP TABLE nothing` is parsed, bound and described before it fails. */
  function dropAnswersBetween(lines: readonly string[]): string[] {
    const kept = [...lines];
    for (let at = kept.indexOf('ErrorResponse'); at >= 0; at = kept.indexOf('ErrorResponse', at + 1)) {
      const passed = ['ParseComplete', 'BindComplete', 'NoData'];
      if (passed.every((line, back) => kept[at - 3 + back] === line)) {
        kept.splice(at - 3, 3);
        at -= 3;
      }
    }
    return kept;
  }

  test('and the refusal is on record; what was skipped is not, for it was no command yet', async () => {
    const client = await through();
    await client.ask([send.run('SELECT 1'), send.run(refused), send.run('SELECT 2'), send.sync()]);
    await client.close();
    const events = await until('the end of the session', async () => {
      const all = await gateway.events();
      const since = all.findLastIndex(({ type }) => type === 'session.opened');
      return all.at(-1)?.type === 'session.closed' && all.slice(since);
    });
    assert.deepEqual(
      events.map((event) => [event.type, 'text' in event ? event.text : 'tag' in event ? event.tag : '']),
      [
        ['session.opened', ''],
        ['command', 'SELECT 1'],
        ['command.refused', refused],
        ['result', 'SELECT 1'],
        ['session.closed', ''],
      ],
    );
  });
});

describe('THREATS 7: while a command is held', () => {
  const held = (id: number): string => `DELETE FROM precious WHERE id = ${id}`;
  const approver = { subject: 'dora', kind: 'human', groups: ['dba'] } as const;

  /** The approval that waits for a person now. */
  async function waiting(text: string): Promise<string> {
    return until(`a hold of ${text}`, async () => {
      const list = await gateway.gateway.approvals.list({ status: 'pending' });
      return list.find((hold) => hold.text.startsWith(text) && hold.waiting)?.id;
    });
  }

  async function decide(approvalId: string, decision: 'approve' | 'deny'): Promise<void> {
    const by = {
      ...approver,
      issuer: 'sallyport',
      claims: {},
      expiresAtMs: Date.now() + 3_600_000,
    };
    await gateway.gateway.approvals.decide({ approvalId, by, decision });
  }

  test('nothing that is pipelined overtakes it, and all of it runs behind it', async () => {
    await emptyLog();
    const client = await through();
    client.write(
      send.query(insert('before')),
      send.query(held(1)),
      ...Array.from({ length: 20 }, (_, n) => send.query(insert(`behind ${String(n).padStart(2, '0')}`))),
    );
    const approval = await waiting(held(1));
    await client.until((line) => line.startsWith('ReadyForQuery'));
    await client.until((line) => line.startsWith('NoticeResponse'));
    assert.deepEqual(
      client.take().filter((line) => !line.startsWith('NoticeResponse')),
      ['CommandComplete INSERT 0 1', 'ReadyForQuery I'],
    );
    assert.deepEqual((await state()).log, ['before']);
    await decide(approval, 'approve');
    assert.deepEqual(await client.ask([], 21), [
      'CommandComplete DELETE 1',
      'ReadyForQuery I',
      ...Array.from({ length: 20 }, () => ['CommandComplete INSERT 0 1', 'ReadyForQuery I']).flat(),
    ]);
    assert.equal((await state()).log.length, 21);
    await client.close();
  });

  test('nothing behind it in its pipeline runs if it is denied', async () => {
    await emptyLog();
    const client = await through();
    client.write(send.run(insert('before')), send.run(held(2)), send.run(insert('behind')), send.sync());
    await decide(await waiting(held(2)), 'deny');
    const told = await client.upTo('ReadyForQuery');
    assert.deepEqual(
      told.slice(-2).map((line) => line.slice(0, 48)),
      ['ErrorResponse 42501 Sallyport: dora denied this ', 'ReadyForQuery I'],
    );
    assert.deepEqual((await state()).log, []);
    await client.close();
  });

  const leavings: readonly [what: string, leave: (client: WireClient) => unknown][] = [
    ['the client closes its connection', (client) => client.socket.end()],
    ['the client is cut off', (client) => client.socket.resetAndDestroy()],
    ['the client says goodbye', (client) => client.socket.end(send.terminate())],
    [
      'the client sends a megabyte ahead and leaves',
      (client) =>
        client.socket.end(
          Buffer.concat(Array.from({ length: 20_000 }, () => send.query(`SELECT ${'1'.repeat(50)}`))),
        ),
    ],
    [
      'somebody kills the session',
      () => gateway.gateway.live.list().forEach(({ id }) => gateway.gateway.live.kill(id, 'a test')),
    ],
  ];
  for (const [at, [what, leave]] of leavings.entries()) {
    for (const how of ['simple', 'extended'] as const) {
      test(`${what}: it never runs, nor what is behind it (${how})`, async () => {
        await emptyLog();
        const text = held(3) + ` AND ${at} = ${at} -- ${how}`;
        const client = await through();
        if (how === 'simple') client.write(send.query(text), send.query(insert('behind')));
        else client.write(send.run(text), send.sync(), send.run(insert('behind')), send.sync());
        const approval = await waiting(text);
        await client.until((line) => line.startsWith('NoticeResponse'));
        leave(client);
        await client.rest();
        await until(
          'the hold to be withdrawn',
          async () => (await gateway.gateway.approvals.get(approval)).state === 'withdrawn',
        );
        await assert.rejects(decide(approval, 'approve'), { code: 'conflict' });
        assert.deepEqual(await state(), { log: [], precious: (await state()).precious });
        assert.equal(await isThere(3), true);
      });
    }
  }

  async function isThere(id: number): Promise<boolean> {
    const client = await direct();
    const lines = await client.query(`SELECT 1 FROM precious WHERE id = ${id}`);
    await client.close();
    return lines.includes('DataRow 1');
  }

  test('a client that sends too much ahead is cut off, and it never runs', async () => {
    const client = await through();
    client.write(send.query(held(4)));
    const approval = await waiting(held(4));
    const chunk = Buffer.concat(
      Array.from({ length: 1_000 }, () => send.query(`SELECT ${'1'.repeat(1_000)}`)),
    );
    for (let sent = 0; sent < 6 * 1024 * 1024; sent += chunk.length) client.socket.write(chunk);
    assert.match((await client.rest()).at(-1) ?? '', /^ErrorResponse 54000 /);
    await until(
      'the hold to be withdrawn',
      async () => (await gateway.gateway.approvals.get(approval)).state === 'withdrawn',
    );
    assert.equal(await isThere(4), true);
  });

  test('a cancel request withdraws it; what is behind it runs', async () => {
    await emptyLog();
    const client = await through();
    client.write(send.query(held(5)), send.query(insert('behind')));
    await waiting(held(5));
    await requestCancel(gateway.port, client.key);
    const told = await client.ask([], 2);
    assert.deepEqual(told.slice(1), [
      'ErrorResponse 57014 Sallyport: the held command was cancelled',
      'ReadyForQuery I',
      'CommandComplete INSERT 0 1',
      'ReadyForQuery I',
    ]);
    assert.equal(await isThere(5), true);
    await client.close();
  });

  test('a cancel request also stops what still runs before it', async () => {
    const client = await through();
    const blocker = await direct();
    await blocker.query('BEGIN; LOCK TABLE log');
    client.write(send.query(insert('blocked')), send.query(held(6)));
    await waiting(held(6));
    await requestCancel(gateway.port, client.key);
    const told = (await client.ask([], 2)).filter((line) => line.startsWith('ErrorResponse'));
    assert.deepEqual(told, [
      'ErrorResponse 57014 canceling statement due to user request',
      'ErrorResponse 57014 Sallyport: the held command was cancelled',
    ]);
    await blocker.close();
    await client.close();
  });

  test('a command before it in its pipeline that fails takes it along, unasked', async () => {
    const client = await through();
    const blocker = await direct();
    await blocker.query('BEGIN; LOCK TABLE log');
    client.write(send.run(insert('late')), send.run('SELECT 1/0'), send.run(held(7)), send.sync());
    const approval = await waiting(held(7));
    await blocker.query('COMMIT');
    const told = await client.upTo('ReadyForQuery');
    assert.deepEqual(told.slice(-2), ['ErrorResponse 22012 division by zero', 'ReadyForQuery I']);
    assert.equal((await gateway.gateway.approvals.get(approval)).state, 'withdrawn');
    assert.deepEqual((await client.query('SELECT 1')).slice(-1), ['ReadyForQuery I']);
    await blocker.close();
    await client.close();
  });

  test('the gateway stops: it never runs, and the record says why', async () => {
    const client = await through();
    client.write(send.query(held(8)), send.query(held(8)));
    const approval = await waiting(held(8));
    gateway = await gateway.restart();
    assert.match((await client.rest()).at(-1) ?? '', /^ErrorResponse 57P03 /);
    assert.equal((await gateway.gateway.approvals.get(approval)).state, 'withdrawn');
    await assert.rejects(decide(approval, 'approve'), { code: 'conflict' });
    assert.equal(await isThere(8), true);
    const ends = (await gateway.events()).filter(
      (event) => event.type === 'hold.ended' && event.approval === approval,
    );
    assert.deepEqual(
      ends.map((event) => event.type === 'hold.ended' && event.outcome),
      ['withdrawn'],
    );
  });
});

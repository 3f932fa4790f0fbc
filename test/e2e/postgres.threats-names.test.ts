import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

/** Reading is free, deleting takes a person that never comes: whatever deletes has got round the decision. */
const rules = `
  - { name: read, who: { any: true }, targets: [orders], allow: [read] }
  - { name: nod, who: { any: true }, targets: [orders], hold: [write], approvers: { groups: [dba], count: 1 }, wait: 200ms, valid: 1s }
`;

let server: PostgresServer;
let gateway: TestGateway;
let token: string;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
  token = await gateway.token();
  const client = await direct();
  await client.query('CREATE TABLE precious (id int); INSERT INTO precious SELECT generate_series(1, 10)');
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

const kill = 'DELETE FROM precious RETURNING id';
const look = 'SELECT 0 AS id';
const long = 'x'.repeat(63);
/** 62 bytes, and then a letter of two that the server cuts in half. */
const wide = `${'x'.repeat(62)}é`;

interface Attack {
  readonly by: string;
  readonly says: readonly (readonly Buffer[])[];
}

const attacks: readonly Attack[] = [
  {
    by: 'a name that SQL frees and prepares anew',
    says: [
      [send.parse('a', look), send.sync()],
      [send.query('DEALLOCATE a'), send.query(`PREPARE a AS ${kill}`)],
      [send.bind('a'), send.execute(), send.sync()],
    ],
  },
  {
    by: 'the same in one write',
    says: [
      [
        send.parse('a', look),
        send.sync(),
        send.query(`DEALLOCATE a; PREPARE a AS ${kill}`),
        send.bind('a'),
        send.execute(),
        send.sync(),
      ],
    ],
  },
  {
    by: 'a Parse that fails, its name standing for what it stood for before',
    says: [
      [
        send.parse('a', kill),
        send.sync(),
        send.parse('a', look),
        send.sync(),
        send.bind('a'),
        send.execute(),
        send.sync(),
      ],
    ],
  },
  {
    by: 'a Parse that fails, once that is known',
    says: [
      [send.parse('a', kill), send.sync()],
      [send.parse('a', look), send.sync()],
      [send.bind('a'), send.execute(), send.sync()],
    ],
  },
  {
    by: 'a Close that comes to nothing, for the server skips it',
    says: [
      [send.parse('a', kill), send.sync()],
      [
        send.run('SELECT 1/0'),
        send.close('S', 'a'),
        send.parse('a', look),
        send.sync(),
        send.bind('a'),
        send.execute(),
        send.sync(),
      ],
    ],
  },
  {
    by: 'names that differ behind the 63 bytes that the server looks at',
    says: [
      [
        send.parse(`${long}a`, look),
        send.close('S', `${long}b`),
        send.parse(`${long}c`, kill),
        send.bind(`${long}a`),
        send.execute(),
        send.sync(),
      ],
    ],
  },
  {
    by: 'names that differ within a character that the server cuts',
    says: [
      [
        send.parse(wide, look),
        send.close('S', wide.replace('é', 'è')),
        send.parse(wide.replace('é', 'ê'), kill),
        send.bind(wide),
        send.execute(),
        send.sync(),
      ],
    ],
  },
  {
    by: 'portals whose names differ behind the 63 bytes',
    says: [
      [
        send.parse('', look),
        send.bind('', `${long}a`),
        send.close('P', `${long}b`),
        send.parse('', kill),
        send.bind('', `${long}c`),
        send.execute(`${long}a`),
        send.sync(),
      ],
    ],
  },
  {
    by: 'FETCH from a portal that Bind made',
    says: [
      [send.query('BEGIN'), send.parse('', kill), send.bind('', 'p'), send.sync()],
      [send.query('FETCH ALL FROM p'), send.query('COMMIT')],
    ],
  },
  {
    by: 'MOVE in it, all in one write',
    says: [
      [
        send.query('BEGIN'),
        send.parse('', kill),
        send.bind('', 'p'),
        send.query('MOVE ALL FROM p'),
        send.sync(),
        send.query('COMMIT'),
      ],
    ],
  },
  {
    by: 'FETCH from it after a DECLARE that makes names doubtful',
    says: [
      [send.query('BEGIN'), send.parse('', kill), send.bind('', 'p'), send.sync()],
      [send.query('DECLARE q CURSOR FOR SELECT 1'), send.query('FETCH ALL FROM p'), send.query('COMMIT')],
    ],
  },
  {
    by: 'EXECUTE of a prepared statement that is a FETCH of such a portal',
    says: [
      [
        send.query('BEGIN'),
        send.parse('', kill),
        send.bind('', 'p'),
        send.parse('f', 'FETCH ALL FROM p'),
        send.sync(),
      ],
      [send.query('EXECUTE f'), send.query('COMMIT')],
    ],
  },
  {
    by: 'SQL’s EXECUTE of what Parse has prepared',
    says: [[send.parse('a', kill), send.sync()], [send.query('EXECUTE a')]],
  },
  {
    by: 'EXECUTE of an EXECUTE',
    says: [[send.parse('a', kill), send.parse('b', 'EXECUTE a'), send.sync()], [send.query('EXECUTE b')]],
  },
  {
    by: 'Execute of an EXECUTE whose name changes between Bind and Execute',
    says: [
      [
        send.query(`PREPARE a AS ${look}`),
        send.query('BEGIN'),
        send.parse('', 'EXECUTE a'),
        send.bind('', 'p'),
        send.sync(),
      ],
      [send.query('DEALLOCATE a'), send.query(`PREPARE a AS ${kill}`)],
      [send.execute('p'), send.sync(), send.query('COMMIT')],
    ],
  },
  {
    by: 'EXPLAIN ANALYZE EXECUTE',
    says: [[send.query(`PREPARE a AS ${kill}`)], [send.query('EXPLAIN ANALYZE EXECUTE a')]],
  },
  {
    by: 'a portal bound again in vain, executed after ROLLBACK TO',
    says: [
      [send.query('BEGIN'), send.parse('k', kill), send.parse('l', look), send.bind('k', 'p'), send.sync()],
      [send.query('SAVEPOINT s'), send.bind('l', 'p'), send.sync(), send.query('ROLLBACK TO s')],
      [send.execute('p'), send.sync(), send.query('COMMIT')],
    ],
  },
  {
    by: 'the same in one write',
    says: [
      [
        send.query('BEGIN'),
        send.parse('k', kill),
        send.parse('l', look),
        send.bind('k', 'p'),
        send.sync(),
        send.query('SAVEPOINT s'),
        send.bind('l', 'p'),
        send.sync(),
        send.query('ROLLBACK TO s'),
        send.execute('p'),
        send.sync(),
        send.query('COMMIT'),
      ],
    ],
  },
  {
    by: 'a portal that was skipped when it was decided on',
    says: [
      [
        send.query('BEGIN'),
        send.parse('k', kill),
        send.bind('k', 'p'),
        send.sync(),
        send.query('SAVEPOINT s'),
      ],
      [send.run('SELECT 1/0'), send.execute('p'), send.sync(), send.query('ROLLBACK TO s')],
      [send.execute('p'), send.sync(), send.query('COMMIT')],
    ],
  },
  {
    by: 'a portal that a cursor of SQL has taken the name of',
    says: [
      [send.query('BEGIN'), send.query('DECLARE p CURSOR FOR SELECT 1'), send.query('CLOSE p')],
      [send.parse('', kill), send.bind('', 'p'), send.sync()],
      [send.execute('p'), send.sync(), send.query('COMMIT')],
    ],
  },
  {
    by: 'a text that prepares and executes',
    says: [[send.query(`PREPARE z AS ${kill}; EXECUTE z`)], [send.query('EXECUTE z')]],
  },
  {
    by: 'a name that was never given',
    says: [[send.query('EXECUTE never')], [send.bind('never'), send.execute(), send.sync()]],
  },
];

describe('THREATS 6, 8 and 10: a name never runs what was not decided on', () => {
  for (const { by, says } of attacks) {
    test(by, async () => {
      const client = await through();
      for (const frames of says) {
        client.write(...frames, send.query("SELECT 'over'"));
        await client.until((line) => line === 'DataRow over' || line.startsWith('ErrorResponse 25P02'));
        await client.until(() => client.lines.at(-1)?.startsWith('ReadyForQuery') === true);
        client.take();
      }
      await client.close();
      const witness = await direct();
      assert.equal((await witness.query('SELECT count(*) FROM precious'))[1], 'DataRow 10');
      await witness.close();
    });
  }
});

describe('the record and the approver see what a name runs', () => {
  const cases: readonly [what: string, prepare: readonly Buffer[], run: readonly Buffer[], text: string][] = [
    [
      'EXECUTE of what Parse prepared',
      [send.parse('k', 'DELETE FROM precious\n WHERE id = 4'), send.sync()],
      [send.run('EXECUTE k'), send.sync()],
      'EXECUTE k\n-- EXECUTE k runs:\n-- DELETE FROM precious\n--  WHERE id = 4',
    ],
    [
      'FETCH from a portal',
      [
        send.query('BEGIN'),
        send.parse('', 'DELETE FROM precious WHERE id = $1 RETURNING id'),
        send.bind('', 'p', ['5']),
        send.sync(),
      ],
      [send.query('FETCH p')],
      'FETCH p\n-- FETCH p runs:\n-- DELETE FROM precious WHERE id = $1 RETURNING id',
    ],
  ];
  for (const [what, prepare, run, text] of cases) {
    test(what, async () => {
      const client = await through();
      const syncs = prepare.filter((frame) => 'QS'.includes(frame.toString('latin1', 0, 1))).length;
      await client.ask(prepare, syncs);
      client.write(...run);
      const hold = await until('the hold', async () =>
        (await gateway.gateway.approvals.list({ status: 'pending' })).find((one) => one.waiting),
      );
      const told = (await client.upTo('ReadyForQuery')).join('\n');
      assert.match(told, /ErrorResponse 42501 Sallyport: nobody decided/);
      assert.equal(hold.text, text);
      assert.ok(hold.effects.includes('write.delete public.precious'), hold.effects.join());
      if (what.startsWith('FETCH')) assert.deepEqual(hold.parameters, ['5']);
      const refused = (await gateway.events()).findLast((event) => event.type === 'command.refused');
      assert.equal(refused?.type === 'command.refused' && refused.text, text);
      await client.close();
    });
  }
});

test('ten thousand statements prepared and freed by SQL leave room for more', async () => {
  const client = await through();
  for (let round = 0; round < 20; round++) {
    const some = Array.from({ length: 600 }, () => [
      send.query('PREPARE s AS SELECT 1'),
      send.query('DEALLOCATE s'),
    ]).flat();
    await client.ask(some, some.length);
  }
  assert.deepEqual(await client.ask([send.run('SELECT 1'), send.sync()]), [
    'ParseComplete',
    'BindComplete',
    'RowDescription ?column?',
    'DataRow 1',
    'CommandComplete SELECT 1',
    'ReadyForQuery I',
  ]);
  await client.close();
});

test('thirty thousand statements in one write run, whatever must wait in between', async () => {
  const client = await through();
  const frames = Buffer.concat(Array.from({ length: 30_000 }, () => send.run('SELECT 1')));
  client.socket.write(frames);
  client.write(send.sync());
  const told = await client.upTo('ReadyForQuery');
  assert.equal(told.filter((line) => line === 'DataRow 1').length, 30_000);
  await client.close();
});

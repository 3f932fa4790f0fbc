import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import type { StampedEvent } from '../../src/core/event.ts';
import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

const rules = `
  - { name: read, who: { any: true }, targets: [orders], allow: [read] }
  - { name: log, who: { any: true }, targets: [orders], allow: [write.insert, write.copy_from] }
  - { name: nod, who: { any: true }, targets: [orders], hold: [write.delete], approvers: { groups: [dba], count: 1 }, wait: 300ms }
`;

let server: PostgresServer;
let gateway: TestGateway;
let token: string;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
  token = await gateway.token();
  const { port, user, password } = server;
  const admin = await WireClient.login({ port, user, password, database: 'postgres' });
  admin.take();
  await admin.query('CREATE TABLE item (id int)');
  await admin.close();
});
after(async () => {
  await gateway.stop();
  await server.stop();
});

interface Scenario {
  readonly what: string;
  readonly says: readonly Buffer[];
  /** Between `session.opened` and `session.closed`; results by the number of their command. */
  readonly record: readonly string[];
}

const scenarios: readonly Scenario[] = [
  { what: 'a query', says: [send.query('SELECT 1')], record: ['1 SELECT 1', '1 done: SELECT 1, 1 row'] },
  {
    what: 'a text of several statements: one command',
    says: [send.query('SELECT 1; SELECT 2')],
    record: ['1 SELECT 1; SELECT 2', '1 done: SELECT 1; SELECT 1, 2 rows'],
  },
  {
    what: 'an error',
    says: [send.query('SELECT 1/0')],
    record: ['1 SELECT 1/0', '1 failed: 22012, 0 rows'],
  },
  {
    what: 'a refusal: no command',
    says: [send.query('DROP TABLE item')],
    record: ['refused denied DROP TABLE item'],
  },
  {
    what: 'no SQL at all',
    says: [send.query('SELEC 1')],
    record: ['refused denied SELEC 1'],
  },
  {
    what: 'one statement bound and executed three times: three commands, each with its parameters',
    says: [
      send.parse('s', 'SELECT $1::int'),
      ...['1', null, '3'].flatMap((value) => [send.bind('s', '', [value]), send.execute()]),
      send.sync(),
    ],
    record: [
      '1 SELECT $1::int ["1"]',
      '2 SELECT $1::int [null]',
      '3 SELECT $1::int ["3"]',
      '1 done: SELECT 1, 1 row',
      '2 done: SELECT 1, 1 row',
      '3 done: SELECT 1, 1 row',
    ],
  },
  {
    what: 'a statement that is only prepared: nothing',
    says: [send.parse('s', 'INSERT INTO item VALUES (1)'), send.bind('s'), send.sync()],
    record: [],
  },
  {
    what: 'a portal in slices: one command, a result a slice, rows counted on',
    says: [
      send.query('BEGIN'),
      send.parse('', 'SELECT generate_series(1, 3)'),
      send.bind('', 'p'),
      send.execute('p', 2),
      send.execute('p', 2),
      send.sync(),
      send.query('COMMIT'),
    ],
    record: [
      '1 BEGIN',
      '2 SELECT generate_series(1, 3)',
      '1 done: BEGIN, 0 rows',
      '2 done: PortalSuspended, 2 rows',
      '3 COMMIT',
      '2 done: PortalSuspended; SELECT 1, 3 rows',
      '3 done: COMMIT, 0 rows',
    ],
  },
  {
    what: 'an error in a pipeline: what was let on behind it says that it was skipped',
    says: [
      send.run('SELECT 1/x FROM generate_series(0, 0) x'),
      send.run('INSERT INTO item VALUES (2)'),
      send.sync(),
    ],
    record: [
      '1 SELECT 1/x FROM generate_series(0, 0) x',
      '2 INSERT INTO item VALUES (2)',
      '1 failed: 22012, 0 rows',
      '2 failed: skipped, 0 rows',
    ],
  },
  {
    what: 'a refusal in a pipeline: what is behind it is no command',
    says: [send.run('SELECT 1'), send.run('DROP TABLE item'), send.run('SELECT 2'), send.sync()],
    record: ['1 SELECT 1', 'refused denied DROP TABLE item', '1 done: SELECT 1, 1 row'],
  },
  {
    what: 'COPY',
    says: [send.query('COPY item FROM STDIN'), send.copyData('7\n'), send.copyDone()],
    record: ['1 COPY item FROM STDIN', '1 done: COPY 1, 0 rows'],
  },
  {
    what: 'a hold that nobody answers',
    says: [send.query('DELETE FROM item WHERE id = 7')],
    record: [
      'estimated DELETE FROM item WHERE id = 7',
      'held DELETE FROM item WHERE id = 7',
      'hold unanswered',
      'refused hold_pending DELETE FROM item WHERE id = 7',
    ],
  },
  {
    what: 'a FunctionCall',
    says: [send.functionCall(1598, [])],
    record: ['refused denied FunctionCall 1598 [{"hex":"…"}]'],
  },
];

function line(event: StampedEvent): string {
  switch (event.type) {
    case 'command': {
      const parameters = event.parameters === undefined ? '' : ` ${JSON.stringify(event.parameters)}`;
      return `${event.command} ${event.text}${parameters}`;
    }
    case 'result': {
      const how = event.error === undefined ? `done: ${event.tag}` : `failed: ${event.error}`;
      return `${event.command} ${how}, ${event.rows} ${event.rows === 1 ? 'row' : 'rows'}`;
    }
    case 'command.refused': {
      const parameters = event.parameters === undefined ? '' : ' [{"hex":"…"}]';
      return `refused ${event.code} ${event.text}${parameters}`;
    }
    case 'command.estimated':
      return `estimated ${event.text}`;
    case 'hold.opened':
      return `held ${event.text}`;
    case 'hold.ended':
      return `hold ${event.outcome}`;
    default:
      return event.type;
  }
}

describe('the record of', () => {
  for (const { what, says, record } of scenarios) {
    test(what, async () => {
      const client = await WireClient.login({ port: gateway.port, password: token, database: 'orders' });
      client.take();
      client.write(...says, send.terminate());
      await client.rest();
      const events = await until('the end of the session', async () => {
        const all = await gateway.events();
        const since = all.findLastIndex(({ type }) => type === 'session.opened');
        return all.at(-1)?.type === 'session.closed' && all.slice(since);
      });
      assert.deepEqual(events.map(line), ['session.opened', ...record, 'session.closed']);
      const closed = events.at(-1);
      const commands = events.filter(({ type }) => type === 'command').length;
      assert.equal(closed?.type === 'session.closed' && closed.commands, commands);
    });
  }
});

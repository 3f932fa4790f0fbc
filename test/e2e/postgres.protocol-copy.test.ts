import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

let server: PostgresServer;
let gateway: TestGateway;
let token: string;

before(async () => {
  server = await startPostgres();
  gateway = await startTestGateway(shopConfig({ port: server.port }));
  token = await gateway.token();
  const client = await direct();
  await client.query(`
    CREATE TABLE item (id int, name text);
    CREATE TABLE closed (id int);
    CREATE FUNCTION odd(int) RETURNS bool LANGUAGE sql AS 'SELECT $1 % 2 = 1';
    CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'closed'; END $$;
    CREATE TRIGGER shut BEFORE INSERT ON closed FOR EACH STATEMENT EXECUTE FUNCTION shut()`);
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

interface Transcript {
  readonly what: string;
  /** Each is written at once, and the next after `told` has come that far. */
  readonly says: readonly (readonly Buffer[])[];
  readonly told: readonly string[];
}

const copyIn = 'COPY item FROM STDIN';
const rows = [send.copyData('1\tone\n'), send.copyData('2\ttwo\n3\tthree\n')];
/** What libpq sends at once before it learns that it is a COPY. */
const extended = (text: string): Buffer[] => [
  send.parse('', text),
  send.bind(),
  send.describe('P'),
  send.execute(),
  send.sync(),
];
const begun = ['ParseComplete', 'BindComplete', 'NoData', 'CopyInResponse'];
const broken = 'ErrorResponse 22P02 invalid input syntax for type integer: "x"';
const one = ['RowDescription ?column?', 'DataRow 1', 'CommandComplete SELECT 1', 'ReadyForQuery I'];

const transcripts: readonly Transcript[] = [
  {
    what: 'COPY FROM STDIN',
    says: [[send.query(copyIn)], [...rows, send.copyDone()]],
    told: ['CopyInResponse', 'CommandComplete COPY 3', 'ReadyForQuery I'],
  },
  {
    what: 'COPY FROM STDIN, all in one write, and a query behind it',
    says: [[send.query(copyIn), ...rows, send.copyDone(), send.query('SELECT 1')]],
    told: ['CopyInResponse', 'CommandComplete COPY 3', 'ReadyForQuery I', ...one],
  },
  {
    what: 'two of them in one text',
    says: [
      [send.query(`${copyIn}; ${copyIn}`)],
      [...rows, send.copyDone(), ...rows, send.copyDone(), send.sync()],
    ],
    told: [
      'CopyInResponse',
      'CommandComplete COPY 3',
      'CopyInResponse',
      'CommandComplete COPY 3',
      'ReadyForQuery I',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'CopyFail',
    says: [[send.query(copyIn)], [...rows, send.copyFail('enough')], [send.query('SELECT 1')]],
    told: ['CopyInResponse', 'ErrorResponse 57014 COPY from stdin failed: enough', 'ReadyForQuery I', ...one],
  },
  {
    what: 'bad data, and more of it behind',
    says: [[send.query(copyIn)], [send.copyData('x\n'), ...rows, send.copyDone(), send.query('SELECT 1')]],
    told: ['CopyInResponse', broken, 'ReadyForQuery I', ...one],
  },
  {
    what: 'COPY FROM STDIN of the extended protocol, with the Sync that libpq sends too early',
    says: [extended(copyIn), [...rows, send.copyDone(), send.sync()], [send.query('SELECT 1')]],
    told: [...begun, 'CommandComplete COPY 3', 'ReadyForQuery I', ...one],
  },
  {
    what: 'the same in one write',
    says: [[...extended(copyIn), ...rows, send.copyDone(), send.sync(), send.query('SELECT 1')]],
    told: [...begun, 'CommandComplete COPY 3', 'ReadyForQuery I', ...one],
  },
  {
    what: 'the same with bad data',
    says: [[...extended(copyIn), send.copyData('x\n'), send.copyDone(), send.sync(), send.query('SELECT 1')]],
    told: [...begun, broken, 'ReadyForQuery I', ...one],
  },
  {
    what: 'the same with bad data that comes later',
    says: [extended(copyIn), [send.copyData('x\n')], [send.copyDone(), send.sync(), send.query('SELECT 1')]],
    told: [...begun, broken, 'ReadyForQuery I', ...one],
  },
  {
    what: 'the same with CopyFail',
    says: [extended(copyIn), [send.copyFail('enough'), send.sync()], [send.query('SELECT 1')]],
    told: [...begun, 'ErrorResponse 57014 COPY from stdin failed: enough', 'ReadyForQuery I', ...one],
  },
  {
    what: 'a COPY that fails before any data, so that the early Sync is answered',
    says: [extended('COPY closed FROM STDIN')],
    told: [...begun, 'ErrorResponse P0001 closed', 'ReadyForQuery I'],
  },
  {
    what: 'a COPY that cannot begin',
    says: [
      [send.query('COPY nothing FROM STDIN'), send.copyData('1\n'), send.copyDone(), send.query('SELECT 1')],
    ],
    told: ['ErrorResponse 42P01 relation "nothing" does not exist', 'ReadyForQuery I', ...one],
  },
  {
    what: 'COPY FROM STDIN that calls a function of somebody’s for each row',
    says: [extended('COPY item FROM STDIN WHERE odd(id)'), [...rows, send.copyDone(), send.sync()]],
    told: [...begun, 'CommandComplete COPY 2', 'ReadyForQuery I'],
  },
  {
    what: 'COPY TO STDOUT',
    says: [[send.query('COPY (SELECT x, x * 2 FROM generate_series(1, 2) x) TO STDOUT')]],
    told: [
      'CopyOutResponse',
      'CopyData 1\t2',
      'CopyData 2\t4',
      'CopyDone',
      'CommandComplete COPY 2',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'COPY TO STDOUT of the extended protocol, as CSV',
    says: [extended('COPY (SELECT 1 AS a, NULL AS b) TO STDOUT WITH (FORMAT csv, HEADER)')],
    told: [
      'ParseComplete',
      'BindComplete',
      'NoData',
      'CopyOutResponse',
      'CopyData a,b',
      'CopyData 1,',
      'CopyDone',
      'CommandComplete COPY 1',
      'ReadyForQuery I',
    ],
  },
  {
    what: 'COPY TO STDOUT that fails midway',
    says: [[send.query('COPY (SELECT 1 / (2 - x) FROM generate_series(1, 3) x) TO STDOUT')]],
    told: ['CopyOutResponse', 'CopyData 1', 'ErrorResponse 22012 division by zero', 'ReadyForQuery I'],
  },
];

async function play(client: WireClient, { says, told }: Transcript): Promise<string[]> {
  const pauses = /^(CopyInResponse|ErrorResponse|ReadyForQuery)/;
  const heard: string[] = [];
  for (const frames of says.slice(0, -1)) {
    client.write(...frames);
    const next = told.findIndex((line, at) => at >= heard.length && pauses.test(line));
    await client.until(() => client.lines.length + heard.length > next);
    heard.push(...client.take());
  }
  client.write(...(says.at(-1) ?? []));
  await client.until(() => client.lines.length + heard.length >= told.length);
  return [...heard, ...client.take()];
}

describe('what the client is told of', () => {
  for (const transcript of transcripts) {
    for (const [whom, login] of [
      ['through the gateway', through],
      ['by the server itself', direct],
    ] as const) {
      test(`${transcript.what}, ${whom}`, async () => {
        const client = await login();
        assert.deepEqual(await play(client, transcript), transcript.told);
        assert.deepEqual(await client.query('SELECT 1'), one);
        await client.close();
      });
    }
  }
});

test('CopyData far larger than a chunk streams both ways', async () => {
  const client = await through();
  const large = 'x'.repeat(3_000_000);
  const told = await client.ask([send.query(copyIn), send.copyData(`9\t${large}\n`), send.copyDone()]);
  assert.deepEqual(told, ['CopyInResponse', 'CommandComplete COPY 1', 'ReadyForQuery I']);
  client.counting = { bytes: 0, messages: 0 };
  await client.query('COPY (SELECT name FROM item WHERE id = 9) TO STDOUT');
  assert.deepEqual(client.counting, { bytes: large.length + 1 + 5, messages: 1 });
  await client.close();
});

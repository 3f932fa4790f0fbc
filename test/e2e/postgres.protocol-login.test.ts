import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient } from '../fixtures/wire-client.ts';
import type { Login } from '../fixtures/wire-client.ts';

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

const login = (more: Partial<Login> = {}): Promise<WireClient> =>
  WireClient.login({ port: gateway.port, password: token, database: 'orders', ...more });

/** A ParameterStatus each for what the server reports; their number depends on its version. */
const withoutParameters = (lines: readonly string[]): string[] =>
  lines.filter((line) => !line.startsWith('ParameterStatus'));

describe('a client gets in', () => {
  interface Way {
    readonly by: string;
    readonly login: Partial<Login>;
    readonly told: readonly string[];
  }
  const asked = 'AuthenticationCleartextPassword';
  const welcome = ['AuthenticationOk', 'BackendKeyData 4 bytes', 'ReadyForQuery I'];
  const ways: readonly Way[] = [
    { by: 'plain on loopback', login: {}, told: [asked, ...welcome] },
    { by: 'SSLRequest', login: { tls: 'requested' }, told: [asked, ...welcome] },
    { by: 'direct TLS', login: { tls: 'direct' }, told: [asked, ...welcome] },
    {
      by: 'protocol 3.2, whose cancel keys are longer',
      login: { minor: 2 },
      told: [asked, 'AuthenticationOk', 'BackendKeyData 32 bytes', 'ReadyForQuery I'],
    },
    {
      by: 'a protocol newer than what is spoken here',
      login: { minor: 9 },
      told: [
        'NegotiateProtocolVersion 3.2',
        asked,
        'AuthenticationOk',
        'BackendKeyData 32 bytes',
        'ReadyForQuery I',
      ],
    },
    {
      by: 'a protocol option that nobody knows here',
      login: { parameters: { '_pq_.magic': 'on' } },
      told: ['NegotiateProtocolVersion 3.0 _pq_.magic', asked, ...welcome],
    },
    {
      by: 'an odd user name, which is not looked at',
      login: { user: 'DROP "x"; --' },
      told: [asked, ...welcome],
    },
    {
      by: 'a TLS client that offers other protocols, too',
      login: { tls: 'direct', alpn: ['http/1.1', 'postgresql'] },
      told: [asked, ...welcome],
    },
  ];
  for (const { by, login: how, told } of ways) {
    test(`by ${by}`, async () => {
      const client = await login(how);
      assert.deepEqual(withoutParameters(client.take()), told);
      assert.deepEqual(await client.query("SELECT 'in'"), [
        'RowDescription ?column?',
        'DataRow in',
        'CommandComplete SELECT 1',
        'ReadyForQuery I',
      ]);
      await client.close();
    });
  }

  test('and its settings reach the server, which reports them', async () => {
    const client = await login({
      parameters: {
        application_name: 'crew',
        TimeZone: 'Asia/Tokyo',
        options: '-c search_path=pg_temp --statement-timeout=7s -cgeqo=off',
      },
    });
    assert.equal(client.parameters.get('application_name'), 'crew');
    assert.equal(client.parameters.get('TimeZone'), 'Asia/Tokyo');
    client.take();
    for (const [name, value] of [
      ['search_path', 'pg_temp'],
      ['statement_timeout', '7s'],
      ['geqo', 'off'],
    ]) {
      assert.equal((await client.query(`SHOW ${name}`))[1], `DataRow ${value}`);
    }
    await client.close();
    const opened = (await gateway.events()).findLast((event) => event.type === 'session.opened');
    assert.equal(opened?.type === 'session.opened' && opened.application, 'crew');
  });
});

describe('THREATS 3: a client is turned away', () => {
  interface Refusal {
    readonly who: string;
    readonly login: Partial<Login>;
    readonly told: RegExp;
  }
  const refusals: readonly Refusal[] = [
    { who: 'without a token', login: { password: '' }, told: /^ErrorResponse 28P01 / },
    {
      who: 'with a password that is no token',
      login: { password: 'hunter2' },
      told: /^ErrorResponse 28P01 /,
    },
    { who: 'to a target that does not exist', login: { database: 'nowhere' }, told: /^ErrorResponse 3D000 / },
    { who: 'to a target of another case', login: { database: 'Orders' }, told: /^ErrorResponse 3D000 / },
    { who: 'to no target at all', login: { database: '', user: '' }, told: /^ErrorResponse 3D000 / },
    ...[
      '-c role=postgres',
      '-c session_authorization=postgres',
      '-c SESSION_AUTHORIZATION=postgres',
      '--role=postgres',
      '-crole=postgres',
      '-c client_encoding=LATIN1',
      '-c standard_conforming_strings=off',
      '-c session_preload_libraries=evil',
      '-d 5',
      '-c',
    ].map((options) => ({
      who: `with options ${options}`,
      login: { parameters: { options } },
      told: /^ErrorResponse 42501 /,
    })),
    ...(
      [
        ['role', 'postgres'],
        ['session_authorization', 'postgres'],
        ['client_encoding', 'LATIN1'],
        ['standard_conforming_strings', 'off'],
        ['replication', 'true'],
        ['replication', 'database'],
      ] as const
    ).map(([name, value]) => ({
      who: `with ${name}=${value}`,
      login: { parameters: { [name]: value } },
      told: /^ErrorResponse 42501 /,
    })),
  ];
  for (const { who, login: how, told } of refusals) {
    test(who, async () => {
      const client = await login(how);
      const last = client.take().at(-1) ?? '';
      assert.match(last, told);
      assert.equal(client.fields.at(-1)?.get('S'), 'FATAL');
      assert.doesNotMatch(last, /hunter2/);
      assert.deepEqual(await client.rest(), []);
      const reason = client.fields.at(-1)?.get('M') ?? 'no message';
      await until('the refusal on record', async () => (await refusedSoFar()).at(-1)?.endsWith(reason));
    });
  }

  const refusedSoFar = async (): Promise<string[]> =>
    (await gateway.events()).flatMap((event) =>
      event.type === 'identity.refused' ? [`${event.target}: ${event.reason}`] : [],
    );

  test('with direct TLS and no ALPN, so that no other protocol is talked into this one', async () => {
    const client = await WireClient.open({
      port: gateway.port,
      password: '',
      database: '',
      tls: 'direct',
      alpn: [],
    });
    const told = await client.rest();
    assert.deepEqual(told, [
      'ErrorResponse 08P01 Sallyport: direct TLS needs the ALPN protocol "postgresql"',
    ]);
  });
});

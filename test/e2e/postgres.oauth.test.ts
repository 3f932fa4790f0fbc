import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
  encodePassword,
  encodeSASLInitialResponse,
  encodeSASLResponse,
} from '../../src/wire/postgres/frontend.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startProvider } from '../fixtures/oidc-provider.ts';
import type { TestProvider } from '../fixtures/oidc-provider.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { startup, WireClient } from '../fixtures/wire-client.ts';

// SASL OAUTHBEARER (RFC 7628) on the wire. libpq 18 itself is in test/clients/libpq-oauth.test.ts.

let server: PostgresServer;
let provider: TestProvider;
let gateway: TestGateway;

const config = (login = ''): string => `
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
identity:
  local: true
  ${login}
  issuers: [{ issuer: "${provider.issuer}", audience: sallyport, kind: agent }]
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: ${server.password} } }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: [orders], allow: [read] }
`;

before(async () => {
  [server, provider] = await Promise.all([startPostgres(), startProvider('first')]);
  gateway = await startTestGateway(config());
});
after(async () => {
  await gateway?.stop();
  await provider?.stop();
  await server?.stop();
});

/** Up to the gateway's question, as user `oauth`. */
async function asked(port = gateway.port): Promise<WireClient> {
  const login = { port, password: '', database: 'orders', user: 'oauth' };
  const client = await WireClient.open(login);
  client.write(startup(login));
  assert.deepEqual(await client.upTo('Authentication'), ['AuthenticationSASL']);
  return client;
}

const bearer = (token: string): Buffer =>
  encodeSASLInitialResponse('OAUTHBEARER', Buffer.from(`n,,\x01auth=${token}\x01\x01`));
/** What a client says to a refusal, whatever it is. */
const understood = encodeSASLResponse(Buffer.of(1));
const refusal = (): string =>
  JSON.stringify({
    status: 'invalid_token',
    'openid-configuration': `${provider.issuer}/.well-known/openid-configuration`,
  });

describe('a client gets in', () => {
  const tokens: readonly [string, () => Promise<string>][] = [
    ['with a token of a real provider', () => provider.token('sallyport')],
    ['with one of the gateway’s own', () => gateway.token()],
  ];
  for (const [title, make] of tokens) {
    test(title, async () => {
      const client = await asked();
      client.write(bearer(`Bearer ${await make()}`));
      const [first] = await client.upTo('ReadyForQuery');
      assert.equal(first, 'AuthenticationOk');
      assert.equal((await client.query("SELECT 'in'"))[1], 'DataRow in');
      await client.close();
    });
  }
});

describe('a client does not', () => {
  test('without a token: it is told where to get one', async () => {
    const client = await asked();
    client.write(bearer(''));
    assert.deepEqual(await client.upTo('AuthenticationSASLContinue'), ['AuthenticationSASLContinue']);
    assert.equal(client.challenge.toString(), refusal());
    client.write(understood);
    const [error, ...rest] = await client.rest();
    assert.match(error ?? '', /^ErrorResponse 28P01 Sallyport: no token came/);
    assert.deepEqual(rest, []);
  });

  test('without a token, and where people sign in it is told of the gateway’s own flows', async () => {
    const other = await startTestGateway(
      config(`login: { oidc: { issuer: "${provider.issuer}", client_id: console } }`),
    );
    try {
      const client = await asked(other.port);
      client.write(bearer(''));
      await client.upTo('AuthenticationSASLContinue');
      const told = JSON.parse(client.challenge.toString()) as Record<string, string>;
      const http = `https://127.0.0.1:${other.gateway.ports.http}`;
      assert.equal(told['openid-configuration'], `${http}/.well-known/oauth-authorization-server`);
      client.write(understood);
      await client.rest();
    } finally {
      await other.stop();
    }
  });

  test('with one that does not hold, and it is on record without it', async () => {
    const client = await asked();
    const token = await provider.token('another');
    client.write(bearer(`Bearer ${token}`));
    await client.upTo('AuthenticationSASLContinue');
    assert.equal(client.challenge.toString(), refusal());
    client.write(understood);
    assert.match((await client.rest())[0] ?? '', /^ErrorResponse 28P01 .*another audience/);
    const refused = await until('the event', async () =>
      (await gateway.events()).find(
        (one) => one.type === 'identity.refused' && one.reason.includes('audience'),
      ),
    );
    assert.ok(!JSON.stringify(refused).includes(token.slice(0, 20)));
  });

  test('with another try instead of an answer to the refusal', async () => {
    const client = await asked();
    client.write(bearer(''));
    await client.upTo('AuthenticationSASLContinue');
    client.write(bearer(`Bearer ${await gateway.token()}`));
    assert.match((await client.rest())[0] ?? '', /^ErrorResponse 28P01/);
  });

  const rows: readonly [title: string, said: Buffer][] = [
    ['by another mechanism', encodeSASLInitialResponse('SCRAM-SHA-256', Buffer.from('n,,n=,r=x'))],
    ['without a first response', encodeSASLInitialResponse('OAUTHBEARER', null)],
    ['with a password', encodePassword('a.b.c')],
    [
      'in another’s name',
      encodeSASLInitialResponse('OAUTHBEARER', Buffer.from('n,a=x,\x01auth=Bearer t\x01\x01')),
    ],
    ['with two messages at once', Buffer.concat([bearer('Bearer t'), understood])],
  ];
  for (const [title, said] of rows) {
    test(title, async () => {
      const client = await asked();
      client.write(said);
      assert.match((await client.rest()).join('|'), /^ErrorResponse 08P01 [^|]*$/);
    });
  }

  test('that leaves in the middle, and the gateway goes on', async () => {
    const client = await asked();
    client.write(bearer(''));
    await client.upTo('AuthenticationSASLContinue');
    client.socket.destroy();
    const other = await asked();
    other.write(bearer(`Bearer ${await gateway.token()}`));
    assert.equal((await other.upTo('ReadyForQuery'))[0], 'AuthenticationOk');
    await other.close();
  });
});

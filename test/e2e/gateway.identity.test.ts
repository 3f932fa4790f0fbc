import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DatabaseError } from 'pg';
import { SignJWT } from 'jose';

import { createClient } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { connect, ended, visitor } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startProvider } from '../fixtures/oidc-provider.ts';
import type { TestProvider } from '../fixtures/oidc-provider.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// THREATS 39 and 41 through the wire: who gets in, and who does not stay.

let server: PostgresServer;
let provider: TestProvider;
let gateway: TestGateway;

before(async () => {
  [server, provider] = await Promise.all([startPostgres(), startProvider('first')]);
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
data: ./data
identity:
  local: true
  issuers:
    - { issuer: "${provider.issuer}", audience: sallyport, kind: agent }
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: ${server.password} } }
  hidden:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: ${server.password} } }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: [orders], allow: [read] }
  - { name: watch, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }
`);
});
after(async () => {
  await gateway?.stop();
  await provider?.stop();
  await server?.stop();
});

/** A login with this password; the error that ends it. */
async function refusedLogin(password: string): Promise<DatabaseError> {
  const client = await visitor(gateway, {}, { password });
  return client.connect().then(
    () => assert.fail('let in'),
    (error: DatabaseError) => error,
  );
}

function parts(token: string): [Record<string, unknown>, Record<string, unknown>, string] {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return [read(header), read(claims), signature];
}

function write(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

describe('THREATS 39: a token that does not hold', () => {
  const rows: readonly (readonly [title: string, make: () => Promise<string>])[] = [
    ['no token', async () => 'hunter2'],
    ['nothing at all', async () => ' '],
    ['for another audience', () => provider.token('other')],
    [
      'with alg none',
      async () => {
        const [header, claims] = parts(await gateway.token());
        return `${write({ ...header, alg: 'none' })}.${write(claims)}.`;
      },
    ],
    [
      'with groups added behind the signature',
      async () => {
        const [header, claims, signature] = parts(await gateway.token());
        return `${write(header)}.${write({ ...claims, groups: ['crews', 'security'] })}.${signature}`;
      },
    ],
    [
      'signed with a shared secret',
      async () => {
        const [header, claims] = parts(await gateway.token());
        const input = `${write({ ...header, alg: 'HS256' })}.${write(claims)}`;
        return `${input}.${createHmac('sha256', 'secret').update(input).digest('base64url')}`;
      },
    ],
    [
      'signed with another key under a known kid',
      async () => {
        const [header, claims] = parts(await gateway.token());
        const { privateKey } = generateKeyPairSync('ed25519');
        const known = { kid: String(header['kid']), typ: 'at+jwt', alg: 'EdDSA' };
        return new SignJWT(claims).setProtectedHeader(known).sign(privateKey);
      },
    ],
    [
      'of an issuer that nobody configured',
      async () => {
        const [header, claims] = parts(await provider.token('sallyport'));
        return `${write(header)}.${write({ ...claims, iss: 'https://evil.test' })}.${'A'.repeat(342)}`;
      },
    ],
    ['of a megabyte', async () => `${await gateway.token()}${randomBytes(750_000).toString('base64url')}`],
  ];

  for (const [title, make] of rows) {
    test(title, async () => {
      const before = (await gateway.events()).length;
      const token = await make();
      const error = await refusedLogin(token);
      // A megabyte is refused before anybody asks what it says.
      assert.equal(error.code, title === 'of a megabyte' ? '54000' : '28P01');
      const refused = await until('the event', async () =>
        (await gateway.events()).slice(before).find(({ type }) => type === 'identity.refused'),
      );
      for (const said of [JSON.stringify([error, error.message]), JSON.stringify(refused)]) {
        for (const part of token.split('.')) assert.ok(part.length < 8 || !said.includes(part), said);
      }
    });
  }

  test('one that has expired, and one that expires ends its session', async () => {
    const password = await gateway.token({ ttlMs: 5_000 });
    const client = await connect(gateway, {}, { password });
    assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    await ended(client);
    assert.match(client.failure?.message ?? '', /proof of identity has expired/);
    assert.equal((await refusedLogin(password)).code, '28P01');
  });
});

test('a token of a real OpenID Connect provider lets in who it is for', async () => {
  const client = await connect(gateway, {}, { password: await provider.token('sallyport') });
  assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
  await client.end();
  const opened = (await gateway.events()).findLast(({ type }) => type === 'session.opened');
  assert.ok(opened?.type === 'session.opened');
  assert.deepEqual(opened.identity, {
    subject: 'crew-7',
    issuer: provider.issuer,
    kind: 'agent',
    groups: ['crews'],
  });
});

test('which targets there are is told to nobody who may not reach them', async () => {
  const unknown = await visitor(gateway, {}, { database: 'no_such' });
  const closed = await visitor(gateway, {}, { database: 'hidden' });
  const errors = await Promise.all(
    [unknown, closed].map((client) =>
      client.connect().then(
        () => assert.fail('let in'),
        ({ code, message, hint }: DatabaseError) => ({ code, message: message.replace(/"\w+"/, '""'), hint }),
      ),
    ),
  );
  assert.deepEqual(errors[0], errors[1]);
  assert.equal(errors[0]?.code, '3D000');
});

describe('THREATS 41: who is revoked', () => {
  async function watcher(groups: readonly string[] = ['security']) {
    const token = await gateway.token({ subject: 'sam', kind: 'human', groups });
    return createClient({ url: `http://127.0.0.1:${gateway.gateway.ports.http}`, token, fetch });
  }

  test('is out at once, stays out, and is let in again when restored; nobody else notices', async () => {
    const api = await watcher();
    const agents = [await connect(gateway, { subject: 'bad' }), await connect(gateway, { subject: 'bad' })];
    const bystander = await connect(gateway, { subject: 'good' });
    assert.deepEqual(await api.call(routes.revoke, { body: { subject: 'bad' } }), { ended: 2 });
    await Promise.all(agents.map(ended));
    for (const { failure } of agents) assert.match(failure?.message ?? '', /this identity was revoked/);
    assert.deepEqual(await bystander.rows('SELECT 1'), [[1]]);

    const password = await gateway.token({ subject: 'bad' });
    assert.equal((await refusedLogin(password)).code, '57P01');
    await api.call(routes.restore, { params: { subject: 'bad' }, query: {} });
    const back = await connect(gateway, {}, { password });
    assert.deepEqual(await back.rows('SELECT 1'), [[1]]);
    await back.end();
    await bystander.end();
    const types = (await gateway.events()).map(({ type }) => type);
    assert.ok(types.includes('identity.revoked') && types.includes('identity.restored'));
  });

  test('stays out over a restart', async () => {
    await (await watcher()).call(routes.revoke, { body: { subject: 'gone' } });
    gateway = await gateway.restart();
    assert.equal((await refusedLogin(await gateway.token({ subject: 'gone' }))).code, '57P01');
    const other = await connect(gateway, { subject: 'good' });
    await other.end();
  });

  test('ends with what it ran', async () => {
    const client: Visitor = await connect(gateway, { subject: 'busy' });
    const answer = client
      .query('SELECT count(*) FROM generate_series(1, 1e10)')
      .catch((error: unknown) => error);
    await until('it to run', async () =>
      (await gateway.events()).some((one) => one.type === 'command' && one.text.includes('1e10')),
    );
    await (await watcher()).call(routes.revoke, { body: { subject: 'busy' } });
    await answer;
    await ended(client);
    const direct = await connect(gateway, { subject: 'good' });
    await until('it to end at the server', async () => {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%1e10%' AND pid <> pg_backend_pid()";
      return (await direct.rows(sql)).length === 0;
    });
    await direct.end();
  });

  test('by nobody without the right', async () => {
    const api = await watcher(['crews']);
    await assert.rejects(api.call(routes.revoke, { body: { subject: 'good' } }), { status: 403 });
  });
});

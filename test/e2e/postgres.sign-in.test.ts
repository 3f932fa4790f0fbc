import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser, formOf } from '../fixtures/browser.ts';
import { ended, Visitor } from '../fixtures/clients.ts';
import { sallyport } from '../fixtures/fake-terminal.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { consoleClient, enterName, startSignInProvider } from '../fixtures/sign-in-provider.ts';
import type { SignInProvider } from '../fixtures/sign-in-provider.ts';

// From a click in a browser to rows of a real server, and back to nothing.

let server: PostgresServer;
let provider: SignInProvider;
let gateway: TestGateway;
let home: string;

const url = (): string => `https://127.0.0.1:${gateway.gateway.ports.http ?? 0}`;

before(async () => {
  server = await startPostgres();
  provider = await startSignInProvider({ baseUrl: url });
  home = mkdtempSync(join(tmpdir(), 'sallyport-home-'));
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, postgres: 0, http: 0 }
identity:
  login: { oidc: { issuer: "${provider.issuer}", client_id: ${consoleClient.id}, client_secret: ${consoleClient.secret} } }
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: ${server.password} } }
rules:
  - { name: people read, who: { kind: human, issuer: "${provider.issuer}", groups: [dba] }, targets: [orders], allow: [read] }
  - { name: sam watches, who: { subjects: [sam] }, targets: [sallyport], allow: [read, write] }
`);
});
after(async () => {
  await gateway?.stop();
  await provider?.stop();
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** `sallyport login` as this person; the ticket that it kept, and what runs further commands. */
async function login(name: string) {
  const ca = join(gateway.dataDir, 'ca.pem');
  const browser = new Browser(ca);
  const env = { XDG_CONFIG_HOME: join(home, name) };
  const run = (args: readonly string[], open?: (address: string) => Promise<boolean>) =>
    sallyport(args, { env, io: { now: () => Date.now(), ...(open === undefined ? {} : { open }) } });
  const click = async (address: string) => {
    const page = await enterName(browser, await browser.go(address), name);
    const { action, fields } = formOf(page);
    const form = { ...fields, decision: 'allow' };
    await browser.go(action, { method: 'POST', form, from: page.url.href });
    await browser.close();
  };
  const done = await run(['login', '--url', url(), '--ca', ca], async (address) => {
    void click(address);
    return true;
  });
  assert.equal(done.code, 0, done.stderr);
  const file = readFileSync(join(home, name, 'sallyport', 'logins.json'), 'utf8');
  const [, ticket = ''] = /"token": "(spt_[\w-]+)"/.exec(file) ?? [];
  return { ticket, run };
}

async function session(ticket: string): Promise<Visitor> {
  const { host, port } = gateway;
  const client = new Visitor({
    host,
    port,
    database: 'orders',
    user: 'anybody',
    password: ticket,
    ssl: false,
  });
  await client.connect();
  return client;
}

test('what signing in gives opens a database, and signing out everywhere ends that', async () => {
  const { ticket, run } = await login('anna');
  const client = await session(ticket);
  assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
  await assert.rejects(client.query('CREATE TABLE t ()'), { code: '42501' });
  assert.equal((await run(['logout', '--everywhere'])).code, 0);
  await ended(client);
  await assert.rejects(session(ticket), { code: '28P01', message: /ended early/ });
});

test('revoking whoever signed in ends their sessions, and no others', async () => {
  const [anna, bea, sam] = [await login('anna'), await login('bea'), await login('sam')];
  const [hers, others] = [await session(anna.ticket), await session(bea.ticket)];
  const revoked = await sam.run(['revoke', 'anna']);
  assert.equal(revoked.code, 0, revoked.stderr);
  await ended(hers);
  assert.deepEqual(await others.rows('SELECT 1'), [[1]]);
  await others.end();
  await assert.rejects(session(anna.ticket));
});

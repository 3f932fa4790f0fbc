import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { connectDirect } from '../fixtures/clients.ts';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { ownClient, ownEndpoint } from '../fixtures/own-mcp.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';

// The story in docs/mcp.md: every call in it is made, and what comes back is compared.

const page = readFileSync(resolve(import.meta.dirname, '../../docs/mcp.md'), 'utf8');

let postgres: PostgresServer;
let gateway: TestGateway;

before(async () => {
  postgres = await startPostgres();
  const direct = await connectDirect(postgres);
  await direct.query(`
    CREATE TABLE customers (id int PRIMARY KEY, name text, email text);
    INSERT INTO customers VALUES (2, 'Bruno Lang', 'bruno@lang.example');
    CREATE TABLE orders (id int PRIMARY KEY, customer int, status text);
    INSERT INTO orders VALUES (1003, 2, 'open');
  `);
  await direct.end();
  const config = block('yaml')
    .replace('postgres: 6432, http: 8443, targets: 8444', 'postgres: 0, http: 0, targets: 0')
    .replace(
      'host: db.internal, database: shop',
      `host: 127.0.0.1, port: ${postgres.port}, database: postgres, tls: disable`,
    )
    .replace('user: app, password: "${env:ORDERS_PASSWORD}"', 'user: postgres, password: fixture-password');
  gateway = await startTestGateway(config);
});
after(async () => {
  await gateway?.stop();
  await postgres?.stop();
});

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1];
  assert.ok(found !== undefined, `docs/mcp.md has no ${language}`);
  return found;
}

/** Each line that is typed, with what is shown for it. */
function steps(): readonly { readonly typed: string; readonly shown: string }[] {
  const parts = block('console').split(/^(?:crew-7 \$ (.*)|(lena \$ .*))\n/m);
  const found: { typed: string; shown: string }[] = [];
  for (let at = 1; at < parts.length; at += 3) {
    found.push({ typed: parts[at] ?? parts[at + 1] ?? '', shown: (parts[at + 2] ?? '').trimEnd() });
  }
  return found;
}

/** What differs from run to run, as the page has it. */
function asOnThePage(text: string, approval: string): string {
  return text
    .replaceAll(/^--- [0-9a-f]{12} ---$/gm, '--- 7c1f09a2be44 ---')
    .replaceAll(approval, '9720a1b2c3d4e5f6')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:8443')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-23T15:43:41.692Z');
}

test('the story goes as it is told', async () => {
  const client = await ownClient(gateway, 'modern', { subject: 'crew-7' });
  const token = await gateway.token({ subject: 'lena', kind: 'human', groups: ['lead'] });
  const lena = createClient({ url: ownEndpoint(gateway).origin, token, fetch });
  let approval = 'none yet';
  for (const { typed, shown } of steps()) {
    if (typed.startsWith('lena')) {
      assert.equal(typed, 'lena $ sallyport approve 9720a1b2c3d4e5f6');
      await lena.call(routes.decideApproval, { params: { id: approval }, body: { decision: 'approve' } });
      continue;
    }
    const [, tool = '', args = ''] = /^(\w+) (.*)$/.exec(typed.replace('9720a1b2c3d4e5f6', approval)) ?? [];
    const { text, data } = await client.call(tool, JSON.parse(args));
    if (data['status'] === 'held') approval = String(data['approval']);
    assert.equal(asOnThePage(text, approval), shown, typed);
  }
  assert.notEqual(approval, 'none yet');
  await client.close();
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { Identity } from '../../src/core/identity.ts';
import { connectDirect } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

// PostgreSQL's planner runs functions that are declared immutable, so a Bind can run what an Execute was to.

const dba: Identity = {
  subject: 'dora',
  issuer: 'sallyport',
  kind: 'human',
  groups: ['dba'],
  claims: {},
  expiresAtMs: Number.POSITIVE_INFINITY,
};

let server: PostgresServer;
let gateway: TestGateway;

before(async () => {
  server = await startPostgres();
  const direct = await connectDirect(server);
  await direct.query(`CREATE FUNCTION loud() RETURNS int LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RAISE NOTICE 'it ran'; RETURN 1; END $$`);
  await direct.end();
  const rules = `
  - { name: reads, who: { any: true }, targets: [orders], allow: [read] }
  - { name: runs, who: { any: true }, targets: [orders], hold: [execute], approvers: { groups: [dba] }, wait: 10m }`;
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
});

after(async () => {
  await gateway?.stop();
  await server?.stop();
});

async function login(): Promise<WireClient> {
  const password = await gateway.token();
  const client = await WireClient.login({ port: gateway.port, database: 'orders', password });
  client.take();
  return client;
}

async function decideNext(decision: 'approve' | 'deny'): Promise<void> {
  const { approvals } = gateway.gateway;
  const hold = await until('a held command', async () => (await approvals.list({ status: 'pending' })).at(0));
  await approvals.decide({ approvalId: hold.id, by: dba, decision });
}

test('a Bind that would run a function of a user waits as its Execute would, and a denial stops it', async () => {
  const client = await login();
  const answered = client.ask([send.parse('', 'SELECT loud()'), send.bind(), send.sync()]);
  await decideNext('deny');
  const lines = await answered;
  assert.ok(!lines.some((line) => line.includes('it ran')), lines.join('\n'));
  assert.ok(lines.some((line) => line.startsWith('ErrorResponse 42501')));
  await client.close();
});

test('approved at Bind, its Execute goes on under the same approval, and another Bind waits again', async () => {
  const client = await login();
  const answered = client.ask([send.parse('', 'SELECT loud()'), send.bind(), send.execute(), send.sync()]);
  await decideNext('approve');
  const lines = await answered;
  assert.ok(
    lines.some((line) => line.startsWith('DataRow')),
    lines.join('\n'),
  );
  const again = client.ask([send.bind(), send.execute(), send.sync()]);
  await decideNext('deny');
  assert.ok((await again).some((line) => line.startsWith('ErrorResponse 42501')));
  await client.close();
  const events = await gateway.events();
  const session = events.findLast(({ type }) => type === 'session.opened');
  const own = events.filter(
    (event) =>
      'session' in event &&
      session !== undefined &&
      'session' in session &&
      event.session === session.session,
  );
  assert.equal(own.filter(({ type }) => type === 'hold.opened').length, 2);
  assert.equal(own.filter(({ type }) => type === 'command').length, 1);
});

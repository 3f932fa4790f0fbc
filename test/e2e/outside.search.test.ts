import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sallyport } from '../fixtures/fake-terminal.ts';
import { connect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// What agents did is found again, by the command line, on a real gateway; masked values are nowhere in it.

let server: PostgresServer;
let gateway: TestGateway;

const rules = `
  - { name: reading, who: { any: true }, targets: [orders], allow: [read, schema, write] }
  - { name: no drops, who: { kind: agent }, targets: [orders], deny: [schema.drop] }
  - { name: security, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }`;

before(async () => {
  server = await startPostgres();
  const more = 'sensitive: { orders: { public.people.email: redact } }';
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more }));
  const setUp = await connect(gateway, { subject: 'setup', kind: 'human' });
  await setUp.query('CREATE TABLE people (id int, email text)');
  await setUp.query("INSERT INTO people VALUES (1, 'hidden' || '@' || 'acme.test')");
  await setUp.end();
  const client = await connect(gateway, { subject: 'crew-7' });
  await client.query('SELECT id, email FROM people /* Größe =1+1 \u001b[2J */');
  await refusal(client.query('DROP TABLE people'));
  await client.end();
});
after(async () => {
  await gateway?.stop();
  await server?.stop();
});

async function run(args: readonly string[], groups: readonly string[] = ['security'], subject = 'sam') {
  const token = await gateway.token({
    subject,
    kind: groups.includes('security') ? 'human' : 'agent',
    groups,
  });
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
  return sallyport([...args, '--url', url, '--token', token]);
}

async function found(args: readonly string[], count: number): Promise<string> {
  return until(`${count} events of ${args.join(' ')}`, async () => {
    const { stdout, stderr } = await run(['search', ...args, '--json']);
    assert.equal(stderr, '');
    return JSON.parse(stdout).events.length === count && stdout;
  });
}

test('events are found by who, rule, verdict and text', async () => {
  const refused = await found(['--subject', 'crew-7', '--verdict', 'deny'], 1);
  assert.equal(JSON.parse(refused).events[0].text, 'DROP TABLE people');
  await found(['--rule', 'no drops'], 1);
  await found(['größe', '--target', 'orders'], 1);
  await found(['--type', 'session.opened', '--subject', 'setup'], 1);
  await found(['nowhere'], 0);
});

test('a new index finds the same', async () => {
  assert.equal((await run(['audit', 'reindex'])).code, 0);
  await found(['--rule', 'no drops'], 1);
});

test('without the right one finds what one did oneself', async () => {
  const own = await run(['search', '--json'], [], 'crew-7');
  const texts = JSON.parse(own.stdout).events.flatMap(({ text }: { text?: string }) => text ?? []);
  assert.ok(texts.includes('DROP TABLE people') && !texts.some((text: string) => text.includes('CREATE')));
  const others = await run(['search', '--subject', 'setup'], [], 'crew-7');
  assert.equal(others.code, 1);
  assert.equal((await run(['export'], [], 'crew-7')).code, 1);
});

test('an export is whole, is text, and holds no masked value', async () => {
  const ndjson = (await run(['export'])).stdout;
  const events = ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  const csv = (await run(['export', '--format', 'csv'])).stdout;
  for (const text of [ndjson, csv]) {
    assert.ok(!text.includes('hidden@acme.test'));
    assert.doesNotMatch(text, /[^\r\n\P{Cc}]/u);
  }
  assert.match(
    csv,
    /^"\d+","[^"]+","command.refused","[^"]+","crew-7","sallyport","orders","deny","denied"/m,
  );
});

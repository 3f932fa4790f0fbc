import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { legacyClient, modernClient, type ToolResult } from '../fixtures/mcp-clients.ts';
import { startLegacyServer, startModernServer, type TestMcpServer } from '../fixtures/mcp-servers.ts';

const secret = 'mcp_upstream_secret_1';
process.env['MCP_TEST_KEY'] = secret;

/** What the tests need of a client of either SDK. */
interface TestClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

let legacy: TestMcpServer;
let modern: TestMcpServer;
let gateway: TestGateway;

before(async () => {
  [legacy, modern] = await Promise.all([startLegacyServer(), startModernServer()]);
  const target = (url: string): string =>
    `mcp: { url: "${url}" }, credential: { headers: { X-Api-Key: "\${env:MCP_TEST_KEY}" } }`;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  legacy: { ${target(legacy.url)} }
  modern: { ${target(modern.url)} }
sensitive:
  legacy: &places
    tool:lookup#/email: { mask: token, label: email }
    tool:find#?email: { mask: token, label: email }
  modern: *places
detect:
  - { find: [payment_card], mask: last4 }
rules:
  - { name: crews look, who: { groups: [crews] }, targets: [legacy, modern], allow: [read] }
  - name: crews refund
    who: { groups: [crews] }
    targets: [legacy, modern]
    allow: [write.tools/call]
    resources: ["tool:refund"]
  - name: not too much
    targets: [legacy, modern]
    deny: [write]
    resources: ["tool:refund"]
    when: command.args.amount > 100
    because: "Refunds over 100 are for people."
`);
});

after(async () => {
  await gateway?.stop();
  await Promise.all([legacy?.stop(), modern?.stop()]);
});

async function connected(target: string, kind: 'legacy' | 'modern'): Promise<TestClient> {
  return kind === 'legacy' ? (await legacyClient(gateway, target)).client : modernClient(gateway, target);
}

for (const [target, kind] of [
  ['legacy', 'legacy'],
  ['modern', 'modern'],
  ['modern', 'legacy'],
  ['legacy', 'modern'],
] as const) {
  describe(`a ${kind} client at a ${target} server`, () => {
    let client: TestClient;
    const server = (): TestMcpServer => (target === 'legacy' ? legacy : modern);
    before(async () => {
      client = await connected(target, kind);
    });
    after(() => client?.close());
    const call = async (name: string, args: Record<string, unknown> = {}): Promise<ToolResult> =>
      (await client.callTool({ name, arguments: args })) as ToolResult;

    test('sees the tools that it may call', async () => {
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        ['lookup', 'find', 'refund', 'echo', 'picture'],
      );
    });

    test('calls them, and what is hidden stays so in both forms of the result', async () => {
      const { structuredContent, content } = await call('lookup', { id: 7 });
      const { email, card } = structuredContent as { email: string; card: string };
      assert.match(email, /^tok_/);
      assert.equal(card, '************1111');
      assert.deepEqual(JSON.parse(content[0]?.text ?? ''), structuredContent);
      assert.ok(!JSON.stringify([structuredContent, content]).includes('ann@acme'));
    });

    test('sends a token back, and the server gets the value, which does not come back', async () => {
      const { structuredContent } = await call('lookup', { id: 7 });
      const { email } = structuredContent as { email: string };
      const found = await call('find', { email });
      assert.deepEqual(found.structuredContent, { found: true, asked: '*************' });
      assert.deepEqual(server().calls.at(-1), { tool: 'find', args: { email: 'ann@acme.test' } });
      const elsewhere = await call('refund', { amount: 1, note: email });
      assert.match(elsewhere.content[0]?.text ?? '', /may not be sent here/);
    });

    test('is refused by rule, with words for the model', async () => {
      const calls = server().calls.length;
      const refused = await call('refund', { amount: 120 });
      assert.equal(refused.isError, true);
      assert.match(
        refused.content[0]?.text ?? '',
        /rule "not too much" refuses it: Refunds over 100 are for people/,
      );
      const unknown = await call('drop');
      assert.match(unknown.content[0]?.text ?? '', /no rule allows write\.tools\/call tool:drop/);
      const unfit = await call('lookup', { id: 'seven' });
      assert.match(unfit.content[0]?.text ?? '', /arguments\/id must be number/);
      assert.equal(server().calls.length, calls);
      assert.deepEqual((await call('refund', { amount: 20 })).structuredContent, { refunded: 20 });
    });

    test('never sees the credential of the gateway, which the server gets', async () => {
      const { content } = await call('echo');
      assert.equal(content[0]?.text, `the key is ${'*'.repeat(secret.length)}`);
      assert.equal(server().seen.at(-1)?.['x-api-key'], secret);
      assert.equal(server().seen.at(-1)?.authorization, undefined);
    });

    test('gets no picture that nothing can look into', async () => {
      const { content } = await call('picture');
      assert.match(content[0]?.text ?? '', /image data cannot be looked into/);
    });
  });
}

test('what the rules say of a call can be asked', async () => {
  const explained = async (text: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${gateway.gateway.ports.http}/api/v1/explain`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ target: 'legacy', text }),
    });
    const { verdict, effects } = (await response.json()) as { verdict?: string; effects?: string[] };
    return [response.status, verdict, effects?.[0]];
  };
  assert.deepEqual(await explained('tools/call lookup {"id":7}'), [
    200,
    'allow',
    'read.tools/call tool:lookup',
  ]);
  assert.deepEqual(await explained('tools/call refund {"amount":120}'), [
    200,
    'deny',
    'write.tools/call tool:refund',
  ]);
  assert.deepEqual(await explained('tools/call refund {"amount":20}'), [
    200,
    'allow',
    'write.tools/call tool:refund',
  ]);
  assert.equal(((await explained('call me')) as unknown[])[0], 400);
});

test('all of it is on record, without what is hidden', async () => {
  const events = await gateway.events();
  const text = JSON.stringify(events);
  assert.ok(!text.includes(secret));
  assert.ok(!text.includes('ann@acme.test'));
  const calls = events.filter((event) => event.type === 'command' && event.text === 'tools/call refund');
  assert.deepEqual(calls[0]?.type === 'command' && calls[0].parameters, ['{"amount":20}']);
  const refused = events.find(
    (event) => event.type === 'command.refused' && event.text === 'tools/call refund',
  );
  assert.ok(refused);
  assert.ok(events.some((event) => event.type === 'tool.accepted' && event.tool === 'lookup'));
});

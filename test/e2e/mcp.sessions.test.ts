import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inputRequired, inputResponse, type McpServer as ModernServer } from '@modelcontextprotocol/server';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Identity } from '../../src/core/identity.ts';
import { startTestGateway, type TestGateway, type Who } from '../fixtures/gateway.ts';
import { legacyClient, modernClient, type ToolResult } from '../fixtures/mcp-clients.ts';
import { startLegacyServer, startModernServer, type TestMcpServer } from '../fixtures/mcp-servers.ts';
import { until } from '../fixtures/until.ts';

const form = { type: 'object', properties: { name: { type: 'string' } } } as const;
const lead: Identity = {
  subject: 'lea',
  issuer: 'sallyport',
  kind: 'human',
  groups: ['leads'],
  claims: {},
  expiresAtMs: Number.POSITIVE_INFINITY,
};

let legacy: TestMcpServer;
let modern: TestMcpServer;
let gateway: TestGateway;
const servers = new Set<McpServer>();

/** A tool that asks its client's person before it answers. */
function asks(server: McpServer): void {
  servers.add(server);
  server.registerTool('ask', { description: 'Asks', annotations: { readOnlyHint: true } }, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Who are you?',
      requestedSchema: form,
    });
    return { content: [{ type: 'text', text: `${action} ${JSON.stringify(content ?? {})}` }] };
  });
}

function asksAgain(server: ModernServer): void {
  server.registerTool('ask', { description: 'Asks', annotations: { readOnlyHint: true } }, (context) => {
    const found = inputResponse(context.mcpReq.inputResponses, 'who');
    if (found.kind === 'missing') {
      return inputRequired({
        inputRequests: { who: inputRequired.elicit({ message: 'Who are you?', requestedSchema: form }) },
      });
    }
    return { content: [{ type: 'text', text: JSON.stringify(found) }] };
  });
}

before(async () => {
  [legacy, modern] = await Promise.all([startLegacyServer(asks), startModernServer(asksAgain)]);
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  legacy: { mcp: { url: "${legacy.url}" } }
  modern: { mcp: { url: "${modern.url}" } }
rules:
  - { name: crews look, who: { groups: [crews] }, targets: ["*"], allow: [read] }
  - name: crews refund with a nod
    who: { groups: [crews] }
    targets: ["*"]
    hold: [write.tools/call]
    resources: ["tool:refund"]
    approvers: { groups: [leads] }
    wait: 10m
  - name: hurried ones, too
    who: { groups: [hurried] }
    targets: ["*"]
    hold: [write.tools/call]
    resources: ["tool:refund"]
    approvers: { groups: [leads] }
    wait: 1s
  - { name: security watches, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }
  - { name: people answer, who: { groups: [talkers] }, targets: ["*"], allow: [read, access.elicitation/create] }
`);
});

after(async () => {
  await gateway?.stop();
  await Promise.all([legacy?.stop(), modern?.stop()]);
});

async function waiting(): Promise<string> {
  const [hold] = await until('a hold', async () => {
    const holds = await gateway.gateway.approvals.list({ status: 'pending' });
    return holds.length > 0 && holds;
  });
  assert.ok(hold);
  return hold.id;
}

const approve = (approvalId: string): Promise<unknown> =>
  gateway.gateway.approvals.decide({ approvalId, by: lead, decision: 'approve' });

describe('a held call', () => {
  for (const kind of ['legacy', 'modern'] as const) {
    test(`waits, tells why, and runs once approved: ${kind}`, async () => {
      const server = kind === 'legacy' ? legacy : modern;
      const told: string[] = [];
      const options = {
        onprogress: ({ message = '' }: { message?: string | undefined }): void => void told.push(message),
      };
      const call = { name: 'refund', arguments: { amount: 5 } };
      const calls = server.calls.length;
      let answer: Promise<unknown>;
      let close: () => Promise<void>;
      if (kind === 'legacy') {
        const { client } = await legacyClient(gateway, kind);
        answer = client.callTool(call, undefined, options);
        close = () => client.close();
      } else {
        const client = await modernClient(gateway, kind);
        answer = client.callTool(call, options);
        close = () => client.close();
      }
      const id = await waiting();
      await until('the client is told', () => told.length > 0);
      assert.match(told[0] ?? '', new RegExp(`^Waits for approval ${id}: https://`));
      assert.equal(server.calls.length, calls);
      await approve(id);
      assert.deepEqual(((await answer) as ToolResult).structuredContent, { refunded: 5 });
      assert.equal(server.calls.length, calls + 1);
      await close();
    });
  }

  test('past its time says what to do; the same call runs once after the nod', async () => {
    const { client } = await legacyClient(gateway, 'legacy', { who: { groups: ['hurried'] } });
    const calls = legacy.calls.length;
    const call = async (args: object): Promise<ToolResult> =>
      (await client.callTool({ name: 'refund', arguments: { ...args } })) as ToolResult;
    const pending = await call({ amount: 6, note: 'x' });
    assert.equal(pending.isError, true);
    const id = await waiting();
    assert.match(
      pending.content[0]?.text ?? '',
      new RegExp(`nobody decided on approval ${id}.*send the same command again`, 's'),
    );
    await approve(id);
    // A model may write its arguments in another order.
    assert.deepEqual((await call({ note: 'x', amount: 6 })).structuredContent, { refunded: 6 });
    assert.equal(legacy.calls.length, calls + 1);
    assert.equal((await call({ amount: 6, note: 'x' })).isError, true);
    assert.equal(legacy.calls.length, calls + 1);
    await gateway.gateway.approvals.decide({
      approvalId: await waiting(),
      by: lead,
      decision: 'deny',
      because: 'no',
    });
    await client.close();
  });

  test('is withdrawn when its client cancels it', async () => {
    const { client } = await legacyClient(gateway, 'legacy');
    const stop = new AbortController();
    const answer = client.callTool({ name: 'refund', arguments: { amount: 7 } }, undefined, {
      signal: stop.signal,
    });
    const id = await waiting();
    stop.abort();
    await assert.rejects(answer);
    await until(
      'it is withdrawn',
      async () => (await gateway.gateway.approvals.get(id)).state === 'withdrawn',
    );
    await client.close();
  });
});

describe('what a server asks its client', () => {
  const capabilities = { elicitation: {} };

  test('is refused by default: the server learns of no such capability', async () => {
    const { client } = await legacyClient(gateway, 'legacy', { capabilities });
    client.setRequestHandler(ElicitRequestSchema, () => assert.fail('asked'));
    const result = (await client.callTool({ name: 'ask' })) as ToolResult;
    assert.equal(result.isError, true);
    await client.close();
    const other = await modernClient(gateway, 'modern', { capabilities });
    other.setRequestHandler('elicitation/create', () => assert.fail('asked'));
    await assert.rejects(async () => {
      const refused = (await other.callTool({ name: 'ask' })) as ToolResult;
      assert.ok(refused.isError !== true);
    });
    await other.close();
  });

  test('goes on by rule, in a session', async () => {
    const { client } = await legacyClient(gateway, 'legacy', { who: { groups: ['talkers'] }, capabilities });
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      assert.equal(params.message, 'Who are you?');
      return { action: 'accept', content: { name: 'Ann' } };
    });
    const result = (await client.callTool({ name: 'ask' })) as ToolResult;
    assert.equal(result.content[0]?.text, 'accept {"name":"Ann"}');
    await client.close();
  });

  test('goes on by rule, in requests that stand alone', async () => {
    const client = await modernClient(gateway, 'modern', { who: { groups: ['talkers'] }, capabilities });
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ann' } }));
    const result = (await client.callTool({ name: 'ask' })) as ToolResult;
    assert.match(result.content[0]?.text ?? '', /"name":"Ann"/);
    await client.close();
  });
});

describe('a tool that changes', () => {
  /** As it was last seen. */
  async function accept(who: Who = {}): Promise<Response> {
    const url = `http://127.0.0.1:${gateway.gateway.ports.http}/api/v1/targets/legacy/tools`;
    const bearer = async (one: Who): Promise<Record<string, string>> => ({
      authorization: `Bearer ${await gateway.token(one)}`,
      'content-type': 'application/json',
    });
    const list = await fetch(url, { headers: await bearer({ groups: ['security'] }) });
    const { tools } = (await list.json()) as { tools: { name: string; digest: string }[] };
    const { name, digest } = tools.find((one) => one.name === 'lookup2') ?? {};
    return fetch(url, { method: 'POST', headers: await bearer(who), body: JSON.stringify({ name, digest }) });
  }

  test('is told of, not listed and not called, until somebody who may accepts it', async () => {
    const { client } = await legacyClient(gateway, 'legacy');
    assert.ok((await client.listTools()).tools.some(({ name }) => name === 'lookup'));
    let changed = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changed++);
    for (const server of servers) {
      const about = { description: 'New', annotations: { readOnlyHint: true } };
      server.registerTool('lookup2', about, () => ({ content: [] }));
    }
    await until('the client hears of it', () => changed > 0);
    const { tools } = await client.listTools();
    assert.ok(!tools.some(({ name }) => name === 'lookup2'));
    const refused = (await client.callTool({ name: 'lookup2' })) as ToolResult;
    assert.match(refused.content[0]?.text ?? '', /the tool lookup2 has not been accepted yet/);
    assert.equal((await accept()).status, 403);
    assert.equal((await accept({ subject: 'sam', groups: ['security'] })).status, 200);
    assert.deepEqual(((await client.callTool({ name: 'lookup2' })) as ToolResult).content, []);
    assert.ok((await client.listTools()).tools.some(({ name }) => name === 'lookup2'));
    await client.close();
  });
});

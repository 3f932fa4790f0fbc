import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { ask, endpoint, legacyClient, modernClient, type ToolResult } from '../fixtures/mcp-clients.ts';
import { until } from '../fixtures/until.ts';

const secret = 'mcp_program_secret';
const dir = mkdtempSync(join(tmpdir(), 'sallyport-programs-'));
const program = resolve(import.meta.dirname, '../fixtures/mcp-program.ts');
let gateway: TestGateway;
let isStopped = false;

before(async () => {
  process.env['MCP_PROGRAM_KEY'] = secret;
  process.env['MCP_PROGRAM_OTHER'] = 'not for programs';
  const target = (kind: string): string => `
    mcp: { command: ["${process.execPath}", "${program}", ${kind}, "${join(dir, kind)}"], env: { MODE: test } }
    credential: { env: { KEY: "\${env:MCP_PROGRAM_KEY}" } }`;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  legacy:${target('legacy')}
  modern:${target('modern')}
  nothing: { mcp: { command: [/no/such/program] } }
rules:
  - { name: all, who: { groups: [crews] }, targets: ["*"], allow: [read] }
`);
});

after(async () => {
  if (!isStopped) await gateway?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const text = async (result: Promise<unknown>): Promise<string> =>
  ((await result) as ToolResult).content[0]?.text ?? '';

/** Programs that were started for a target, and what they have started: their process ids. */
function started(kind: string): number[] {
  return readFileSync(join(dir, kind), 'utf8').trim().split(/\s+/).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const status = `/proc/${pid}/status`;
    // One that is dead stays in the table until somebody asks how it ended.
    return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
}

describe('a program that speaks MCP', () => {
  for (const kind of ['legacy', 'modern'] as const) {
    test(`is started for its client, with its credential and little else: ${kind}`, async () => {
      const client =
        kind === 'legacy' ? (await legacyClient(gateway, kind)).client : await modernClient(gateway, kind);
      const environment = JSON.parse(await text(client.callTool({ name: 'environment' }))) as Record<
        string,
        string
      >;
      assert.equal(environment['KEY'], '*'.repeat(secret.length));
      assert.equal(environment['MODE'], 'test');
      assert.equal(environment['MCP_PROGRAM_OTHER'], undefined);
      assert.equal(environment['MCP_PROGRAM_KEY'], undefined);
      await client.close();
    });
  }

  test('is one for each session of a client, and ends with it, and what it has started', async () => {
    const [one, two] = [await legacyClient(gateway, 'legacy'), await legacyClient(gateway, 'legacy')];
    const first = await text(one.client.callTool({ name: 'who' }));
    assert.notEqual(first, await text(two.client.callTool({ name: 'who' })));
    const own = started('legacy');
    const at = own.indexOf(Number(first));
    const [pid = 0, child = 0] = own.slice(at, at + 2);
    assert.ok(isAlive(pid) && isAlive(child));
    await one.transport.terminateSession();
    await until('both to end', () => !isAlive(pid) && !isAlive(child));
    assert.match(await text(two.client.callTool({ name: 'who' })), /^\d+$/);
    await Promise.all([one.client.close(), two.client.close()]);
  });

  test('that ends by itself ends its session, and another one can begin', async () => {
    const { client } = await legacyClient(gateway, 'legacy');
    assert.match(await text(client.callTool({ name: 'crash' })), /the program of this target does not run/);
    await assert.rejects(client.callTool({ name: 'who' }), /no such session/);
    const next = await legacyClient(gateway, 'legacy');
    assert.match(await text(next.client.callTool({ name: 'who' })), /^\d+$/);
    await next.client.close();
    const alone = await modernClient(gateway, 'modern');
    assert.match(await text(alone.callTool({ name: 'crash' })), /does not run/);
    assert.match(await text(alone.callTool({ name: 'who' })), /^\d+$/);
    await alone.close();
  });

  test('that says too much is ended', async () => {
    const { client } = await legacyClient(gateway, 'legacy');
    assert.match(await text(client.callTool({ name: 'shout' })), /does not run/);
    await client.close();
  });

  test('serves requests of one id at the same time', async () => {
    const token = await gateway.token();
    const version = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'who' };
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who', _meta: meta } };
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask(endpoint(gateway, 'modern'), token, call, version)),
    );
    for (const { messages } of answers)
      assert.match(JSON.stringify(messages), /"id":1,"result".*"text":"\d+"/);
  });

  test('that cannot be started says so, and not why', async () => {
    await assert.rejects(legacyClient(gateway, 'nothing'), /the program of this target does not run/);
  });

  test('ends when its identity is revoked, and when the gateway stops', async () => {
    const { client } = await legacyClient(gateway, 'legacy', { who: { subject: 'gone' } });
    const pid = Number(await text(client.callTool({ name: 'who' })));
    gateway.gateway.live.revoke(({ subject }) => subject === 'gone');
    await until('it to end', () => !isAlive(pid));
    await client.close();
    await gateway.stop();
    isStopped = true;
    const programs = [...started('legacy'), ...started('modern')];
    await until('all of them to end', () => !programs.some(isAlive));
  });
});

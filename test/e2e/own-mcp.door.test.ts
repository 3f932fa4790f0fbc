import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from '../../src/api/client.ts';
import { sendRequest } from '../../src/api/mcp/http-request.ts';
import { runStatement } from '../../src/api/mcp/sql.ts';
import type { OwnDoor } from '../../src/api/parts.ts';
import type { SallyportError } from '../../src/core/errors.ts';
import { Errands } from '../../src/identity/errands.ts';
import { connect } from '../fixtures/clients.ts';
import { ownCa } from '../fixtures/own-ca.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { lead, OwnMcpStage } from '../fixtures/own-mcp-stage.ts';
import { askOwn, ownClient, ownEndpoint } from '../fixtures/own-mcp.ts';
import { until } from '../fixtures/until.ts';
import { withToken } from '../fixtures/token-door.ts';

// Who gets to the gateway's own tools, and as whom.

let stage: OwnMcpStage;

before(async () => {
  stage = await OwnMcpStage.set();
});
after(() => stage?.[Symbol.asyncDispose]());

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const accept = 'application/json, text/event-stream';

interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly text: string;
}

/** A request with whatever header fields. */
function ask(
  fields: Record<string, string>,
  { method = 'POST', body = JSON.stringify(list), localAddress = '127.0.0.1' } = {},
): Promise<Answer> {
  const { promise, resolve: done, reject } = Promise.withResolvers<Answer>();
  const headers = { accept, 'content-type': 'application/json', ...fields };
  // A connection of its own: what is too large ends the one that it came by.
  const options = { method, headers, localAddress, agent: false };
  const asked = request(ownEndpoint(stage.gateway), options, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () =>
      done({
        status: response.statusCode ?? 0,
        challenge: response.headers['www-authenticate'],
        text: Buffer.concat(chunks).toString(),
      }),
    );
  });
  asked.on('error', reject).end(body);
  return promise;
}

async function bearer(): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await stage.gateway.token()}` };
}

describe('who gets in', () => {
  const rows: readonly [title: string, fields: Record<string, string>, status: number, says: RegExp][] = [
    ['a token alone', {}, 200, /list_targets/],
    ['another name of the gateway', { host: 'localhost' }, 200, /list_targets/],
    ['a page on another port of this machine', { origin: 'http://127.0.0.1:0' }, 403, /pages of other sites/],
    ['a page of another site', { origin: 'https://evil.example' }, 403, /pages of other sites/],
    ['a page of no site', { origin: 'null' }, 403, /pages of other sites/],
    ['a name that leads here (DNS rebinding)', { host: 'evil.example' }, 403, /not the name of the gateway/],
    ['a name that begins like it', { host: 'localhost.evil.example' }, 403, /not the name of the gateway/],
    ['a session of somebody', { 'mcp-session-id': 'abc' }, 404, /there are no sessions here/],
    ['another type of body', { 'content-type': 'text/plain' }, 415, /./],
    ['an unknown revision', { 'mcp-protocol-version': '1999-01-01' }, 400, /./],
  ];
  for (const [title, fields, status, says] of rows) {
    test(`${title}: ${status}`, async () => {
      const answer = await ask({ ...(await bearer()), ...fields });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, says);
    });
  }

  test('a page of its own', async () => {
    const { origin } = ownEndpoint(stage.gateway);
    assert.equal((await ask({ ...(await bearer()), origin })).status, 200);
  });

  const strangers: readonly [title: string, fields: Record<string, string>][] = [
    ['nobody', {}],
    ['a cookie', { cookie: '__Host-sallyport=abc; sallyport=abc' }],
    ['a bad token', { authorization: 'Bearer abc' }],
    ['a token in another scheme', { authorization: 'Basic YTpi' }],
  ];
  for (const [title, fields] of strangers) {
    test(`${title} is told where tokens are to be had`, async () => {
      const { status, challenge = '', text } = await ask(fields);
      assert.equal(status, 401);
      const { origin } = ownEndpoint(stage.gateway);
      assert.ok(
        challenge.includes(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`),
        challenge,
      );
      assert.match(text, /"code":"unauthenticated"/);
      assert.equal(challenge.includes('invalid_token'), 'authorization' in fields);
    });
  }

  const bodies: readonly [title: string, body: string, status: number, says: RegExp][] = [
    ['no JSON', '{', 400, /no JSON/],
    ['several messages', JSON.stringify([list, list]), 400, /one message here/],
    ['no message', '"tools/list"', 400, /one message here/],
    ['not JSON-RPC', '{"a":1}', 400, /./],
  ];
  for (const [title, body, status, says] of bodies) {
    test(`a body that is ${title}: ${status}`, async () => {
      const answer = await ask(await bearer(), { body });
      assert.equal(answer.status, status);
      assert.match(answer.text, says);
    });
  }

  test('a body of more than 1 MiB: 413, before it comes', async () => {
    const fields = { ...(await bearer()), 'content-length': String(1024 * 1024 + 1) };
    const answer = await ask(fields, { body: '' });
    assert.equal(answer.status, 413);
    assert.match(answer.text, /1048576 bytes/);
  });

  test('a call without an id, which nobody would hear the answer of, is not made', async () => {
    const { jsonrpc } = list;
    const sql = 'INSERT INTO jobs VALUES (2000)';
    const params = { name: 'run', arguments: { target: 'shop', sql } };
    const { status } = await askOwn(stage.gateway, { jsonrpc, method: 'tools/call', params });
    assert.equal(status, 202);
    assert.equal((await askOwn(stage.gateway, list)).status, 200);
    const ran = (await stage.gateway.events()).filter((event) => 'text' in event && event.text === sql);
    assert.deepEqual(ran, []);
    const { rows } = await stage.direct.query('SELECT id FROM jobs WHERE id = 2000');
    assert.deepEqual(rows, []);
  });

  for (const [asked, given] of [
    ['2024-11-05', '2024-11-05'],
    ['2025-11-25', '2025-11-25'],
    ['2099-01-01', '2025-11-25'],
  ] as const) {
    test(`who greets in ${asked} is answered in ${given}`, async () => {
      const params = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
      const { messages } = await askOwn(stage.gateway, { ...list, method: 'initialize', params });
      const result = messages[0]?.['result'] as { protocolVersion: string; capabilities: object };
      assert.equal(result.protocolVersion, given);
      assert.deepEqual(result.capabilities, { tools: { listChanged: false } });
    });
  }

  test('there is nothing to subscribe to, as there is nothing that changes', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { notifications: { toolsListChanged: true }, _meta: meta };
    const fields = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
    const message = { ...list, method: 'subscriptions/listen', params };
    const { messages } = await askOwn(stage.gateway, message, { fields });
    assert.match(JSON.stringify(messages), /Subscription limit reached/);
  });

  test('there is nothing to GET or DELETE', async () => {
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await ask(await bearer(), { method, body: '' })).status, 405, method);
    }
  });

  test('tools are called with their whole name, and no others', async () => {
    const call = { ...list, method: 'tools/call', params: { name: 'Run', arguments: {} } };
    const { messages } = await askOwn(stage.gateway, call);
    assert.match(JSON.stringify(messages), /Run not found/);
  });

  test('the metadata names the tools and who gives out tokens', async () => {
    const { origin } = ownEndpoint(stage.gateway);
    const found = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`);
    assert.deepEqual(await found.json(), {
      resource: `${origin}/mcp`,
      bearer_methods_supported: ['header'],
      resource_name: 'Sallyport',
    });
  });
});

describe('as whom', () => {
  /** What the record says of the newest session on the shop. */
  async function newest() {
    const opened = (await stage.gateway.events()).findLast((event) => event.type === 'session.opened');
    assert.ok(opened?.type === 'session.opened');
    return opened;
  }

  const read = { target: 'shop', sql: 'SELECT id FROM jobs WHERE id = 1' };

  test('from the address that the client has, not the gateway’s own', async () => {
    const message = { ...list, method: 'tools/call', params: { name: 'run', arguments: read } };
    const answer = await ask(await bearer(), { body: JSON.stringify(message), localAddress: '127.0.0.2' });
    assert.match(answer.text, /SELECT 1/);
    const { client, application, identity } = await newest();
    assert.deepEqual([client, application], ['127.0.0.2', 'sallyport mcp']);
    assert.equal(identity.subject, 'agent-7');
  });

  test('with whoever acts for them, their purpose, and what their ticket leaves', async () => {
    const { origin } = ownEndpoint(stage.gateway);
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await stage.gateway.token({ subject: 'anna', kind: 'human' }),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      actor_token: await stage.gateway.token({ subject: 'crew-7' }),
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      target: 'shop',
      purpose: 'late parcels',
    };
    const issued = await fetch(`${origin}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
    const { access_token: ticket } = (await issued.json()) as { access_token: string };
    const client = await ownClient(stage.gateway, 'modern', ticket);
    const { data } = await client.call('list_targets');
    assert.deepEqual(
      (data['targets'] as { name: string }[]).map(({ name }) => name),
      ['shop'],
    );
    assert.equal((await client.call('run', read)).data['status'], 'done');
    const { identity, session } = await newest();
    assert.deepEqual(
      [identity.subject, identity.actor?.subject, identity.purpose],
      ['anna', 'crew-7', 'late parcels'],
    );
    const elsewhere = await client.call('run', { target: 'billing', method: 'GET', path: '/' });
    assert.equal(elsewhere.data['code'], 'unknown_target');

    const sessions = await client.call('my_sessions');
    assert.deepEqual(
      (sessions.data['sessions'] as { id: string }[]).map(({ id }) => id),
      [session],
      'what came with this ticket, and nothing else of anna’s',
    );
    const held = await client.call('run', {
      target: 'shop',
      sql: "UPDATE users SET name = 'x' WHERE id = 2",
    });
    const id = String(held.data['approval']);
    assert.equal((await client.call('wait_for_approval', { id, seconds: 0 })).data['state'], 'pending');
    const stranger = await ownClient(stage.gateway, 'modern', { subject: 'crew-8' });
    const told = await stranger.call('wait_for_approval', { id, seconds: 0 });
    assert.match(told.text, /not_found/, 'an approval of others is none');
    await Promise.all([client.close(), stranger.close()]);
  });

  test('a person who watches sees what was done, as everywhere', async () => {
    const client = await ownClient(stage.gateway, 'modern', { subject: 'seen' });
    await client.call('run', read);
    const { session } = await newest();
    const text = await stage.gateway.token({ subject: 'seen' });
    const api = createClient({ url: ownEndpoint(stage.gateway).origin, token: text, fetch });
    await until('the session has ended', async () => {
      const { commands, rows, closedAt } = await api.call(routes.getSession, { params: { id: session } });
      return closedAt !== null && commands === 1 && rows === 1;
    });
    const other = await stage.person(lead);
    await assert.rejects(other.call(routes.getSession, { params: { id: session } }), /no such session/);
    await client.close();
  });

  test('a pass is good at ports of targets alone', async () => {
    const errands = await Errands.open(stage.gateway.dataDir);
    const terms = { target: 'shop', client: '10.0.0.7', token: await stage.gateway.token() };
    const pass = errands.pass(terms);
    const { status, text } = await ask({ authorization: `Bearer ${pass}` });
    assert.equal(status, 401);
    assert.match(text, /a pass of the gateway’s own is no token here/);
    const visitor = await connect(stage.gateway, {}, { database: 'shop', password: pass });
    assert.equal((await newest()).client, '10.0.0.7');
    await visitor.end();
    await assert.rejects(
      connect(stage.gateway, {}, { database: 'closed', password: pass }),
      /no target "closed"/,
    );
  });

  test('a pass that was not made here is none', async () => {
    const token = await stage.gateway.token();
    const terms = Buffer.from(JSON.stringify(['shop', '10.0.0.1'])).toString('base64url');
    const forged = `spe_${terms}.${'A'.repeat(43)}.${token}`;
    const { status, text } = await ask({ authorization: `Bearer ${forged}` });
    assert.equal(status, 401);
    assert.match(text, /no pass of this gateway/);
  });
});

describe('a port that is reached by TLS', () => {
  const limits = { timeoutMs: 30_000, signal: new AbortController().signal };

  function doorTo(port: number | undefined, certificate: string): OwnDoor {
    return { host: '127.0.0.1', port: port ?? 0, certificate };
  }

  async function asked(certificate: string) {
    const pass = await stage.gateway.token();
    const { postgres, targets } = stage.gateway.gateway.ports;
    const statement = { text: 'SELECT 1', parameters: [], rowsMax: 1, charsMax: 100, ...limits };
    const sent = { method: 'GET', path: '/', body: undefined, headers: {}, bytesMax: 1_000, ...limits };
    return Promise.allSettled([
      runStatement({ door: doorTo(postgres, certificate), target: 'shop', pass, ...statement }),
      sendRequest({ door: doorTo(targets, certificate), target: 'billing', pass, ...sent }),
    ]);
  }

  test('is known by its certificate', async () => {
    const [rows, answer] = await asked(readFileSync(join(stage.gateway.dataDir, 'cert.pem'), 'utf8'));
    assert.ok(rows.status === 'fulfilled' && 'answer' in rows.value);
    assert.deepEqual(rows.value.answer.rows, [['1']]);
    assert.ok(answer.status === 'fulfilled' && 'answer' in answer.value);
    assert.equal(answer.value.answer.status, 200);
  });

  test('is not trusted with another', async () => {
    const other = ownCa(stage.gateway.dir, ['127.0.0.1']);
    const found = await asked(other.cert);
    for (const one of found) {
      assert.ok(one.status === 'rejected');
      assert.equal((one.reason as SallyportError).code, 'upstream_unavailable');
    }
  });
});

test('the same by way of workers', async () => {
  await using more = await OwnMcpStage.set({ workers: 1 });
  const client = await ownClient(more.gateway, 'modern');
  const { data } = await client.call('run', { target: 'shop', sql: 'SELECT email FROM users WHERE id = 1' });
  assert.deepEqual(data['rows'], [['a***@***.example']]);
  await client.close();
});

describe('the official conformance package', () => {
  const program = resolve(
    import.meta.dirname,
    '../../node_modules/@modelcontextprotocol/conformance/dist/index.js',
  );
  // The others want tools that the package knows.
  for (const scenario of ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection']) {
    test(scenario, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
      const door = withToken(stage.gateway.gateway.ports.http ?? 0, await stage.gateway.token());
      const { promise, resolve: ready } = Promise.withResolvers<void>();
      door.listen(0, '127.0.0.1', ready);
      await promise;
      try {
        const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/mcp`;
        const args = [program, 'server', '--url', url, '--scenario', scenario];
        const run = promisify(execFile)(process.execPath, args, { cwd: dir });
        const { stdout } = await run.catch((error: { stdout: string }) => error);
        assert.match(stdout, /Passed: (\d+)\/\1, 0 failed/, stdout);
      } finally {
        door.closeAllConnections();
        door.close();
        rmSync(dir, { recursive: true, force: true });
      }
    });
  }
});

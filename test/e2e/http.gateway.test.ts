import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { until } from '../fixtures/until.ts';

const secret = 'sk_test_upstream_secret';
const customer = { id: 7, name: 'Ann', email: 'ann@acme.test', card: '4111 1111 1111 1111' };

let api: Server;
let gateway: TestGateway;
let token: string;
const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];

/** An internal API as a team would have written it. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = request;
  asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
  const json = (body: unknown, status = 200): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'session=1' });
    response.end(JSON.stringify(body));
  };
  if (url.startsWith('/base/v1/customers/7')) return json(customer);
  if (url.startsWith('/base/v1/customers'))
    return json([customer, { ...customer, id: 8, email: 'bob@acme.test' }]);
  if (url === '/base/v1/echo') {
    response.writeHead(200, {
      'content-type': 'text/plain',
      'x-key': `key ${headers['x-api-key'] as string}`,
    });
    return void response.end(`you sent ${headers['x-api-key'] as string}`);
  }
  if (url === '/base/v1/moved') {
    response.writeHead(302, { location: `http://${headers.host as string}/base/v1/customers/7?x=1` });
    return void response.end();
  }
  if (url === '/base/v1/logo') {
    response.writeHead(200, { 'content-type': 'image/png' });
    return void response.end(Buffer.from([0x89, 0x50]));
  }
  return json({ ok: true, got: Buffer.concat(chunks).length }, method === 'POST' ? 201 : 200);
}

before(async () => {
  api = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const { port } = api.address() as AddressInfo;
  process.env['HTTP_TEST_KEY'] = secret;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  billing:
    http: { url: "http://127.0.0.1:${port}/base/" }
    credential: { headers: { X-Api-Key: "\${env:HTTP_TEST_KEY}" } }
sensitive:
  billing:
    GET /v1/customers/{id}#/email: email
    GET /v1/customers#/*/email: token
detect:
  - { find: [payment_card], mask: last4 }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: [billing], allow: [read], resources: ["/v1/*"] }
  - { name: crews write, who: { groups: [crews] }, targets: [billing], allow: [write.POST], resources: [/v1/notes] }
  - name: crews refund
    who: { groups: [crews] }
    targets: [billing]
    hold: [write.POST]
    resources: ["POST /v1/refunds"]
    approvers: { groups: [leads] }
  - { name: no admin, targets: [billing], deny: [read, write], resources: ["/v1/admin/*"], because: "It is for people." }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await new Promise((resolve) => api.close(resolve));
});

function ask(path: string, init: RequestInit & { token?: string } = {}): Promise<Response> {
  const { token: own = token, headers, ...rest } = init;
  return fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}${path}`, {
    redirect: 'manual',
    ...rest,
    headers: { authorization: `Bearer ${own}`, ...(headers as Record<string, string>) },
  });
}

async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, code: error.code, message: error.message };
}

describe('an HTTP API', () => {
  test('answers through the gateway, masked by place and by detector', async () => {
    const response = await ask('/t/billing/v1/customers/7?full=1');
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      ...customer,
      email: 'a***@***.test',
      card: '************1111',
    });
    assert.equal(asked.at(-1)?.url, '/base/v1/customers/7?full=1');
    assert.equal(response.headers.get('set-cookie'), null);
    assert.equal(response.headers.get('content-security-policy'), 'sandbox');
  });

  test('gives equal values equal tokens, item by item', async () => {
    const customers = (await (await ask('/t/billing/v1/customers')).json()) as { email: string }[];
    assert.match(customers[0]?.email ?? '', /^tok_/);
    assert.notEqual(customers[0]?.email, customers[1]?.email);
  });

  test('gets the credential of the gateway, and nothing by which a client could say who it is', async () => {
    await ask('/t/billing/v1/customers/7', {
      headers: { 'x-api-key': 'mine', 'x-forwarded-for': '1.1.1.1', 'x-trace': '1' },
    });
    const { headers } = asked.at(-1) ?? {};
    assert.equal(headers?.['x-api-key'], secret);
    assert.equal(headers?.['x-forwarded-for'], undefined);
    assert.equal(headers?.authorization, undefined);
    assert.equal(headers?.['x-trace'], '1');
  });

  test('cannot echo it', async () => {
    const response = await ask('/t/billing/v1/echo', { headers: { accept: 'text/plain' } });
    assert.equal(response.headers.get('x-key'), `key ${'*'.repeat(secret.length)}`);
    assert.equal(await response.text(), `you sent ${'*'.repeat(secret.length)}`);
  });

  test('redirects to itself as the client reaches it', async () => {
    const response = await ask('/t/billing/v1/moved');
    assert.equal(response.status, 302);
    assert.equal(response.headers.get('location'), '/t/billing/v1/customers/7?x=1');
  });

  test('does not answer with what nothing can look into', async () => {
    assert.deepEqual(await refusal(await ask('/t/billing/v1/logo')), {
      status: 403,
      code: 'undisclosable',
      message: 'Sallyport: this answer cannot be looked into for what is hidden from you',
    });
  });

  test('takes a body', async () => {
    const response = await ask('/t/billing/v1/notes', {
      method: 'POST',
      body: '{"note":"x"}',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(response.status, 201);
    assert.equal(asked.at(-1)?.body, '{"note":"x"}');
  });

  test('takes a large body as it comes', async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 'x');
    const response = await ask('/t/billing/v1/notes', {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    });
    assert.deepEqual(await response.json(), { ok: true, got: body.length });
  });
});

describe('refused, and nothing is sent', () => {
  const rows: readonly (readonly [
    title: string,
    path: string,
    init: RequestInit & { token?: string },
    status: number,
    code: string,
  ])[] = [
    ['no token', '/t/billing/v1/customers', { token: ' ' }, 401, 'unauthenticated'],
    ['a forged token', '/t/billing/v1/customers', { token: 'a.b.c' }, 401, 'unauthenticated'],
    ['another target', '/t/other/v1/customers', {}, 404, 'unknown_target'],
    ['no target', '/v1/customers', {}, 404, 'not_found'],
    ['another method', '/t/billing/v1/customers/7', { method: 'DELETE' }, 403, 'denied'],
    ['outside the resources', '/t/billing/v2/customers', {}, 403, 'denied'],
    ['what a rule denies', '/t/billing/v1/admin/users', {}, 403, 'denied'],
    ['the same in other letters', '/t/billing/v1/ADMIN/users', {}, 403, 'denied'],
    ['an escaped slash', '/t/billing/v1/x%2f..%2fadmin', {}, 400, 'protocol'],
    ['a semicolon', '/t/billing/v1/admin;x=1/users', {}, 400, 'protocol'],
    [
      'another method by the query',
      '/t/billing/v1/notes?_method=DELETE',
      { method: 'POST', body: '{}' },
      400,
      'protocol',
    ],
  ];
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const parts = { 'content-type': 'multipart/form-data; boundary=x' };
  const part = '--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--x--\r\n';
  const large = 'x'.repeat(2 * 1024 * 1024);
  const notes = (headers: Record<string, string>, body: string) =>
    ['/t/billing/v1/notes', { method: 'POST', headers, body }] as const;
  const forms: typeof rows = [
    ['another method by a form', ...notes(form, 'a=1&_method=DELETE'), 400, 'protocol'],
    ['a form that is too large to tell', ...notes(form, `a=${large}`), 413, 'too_large'],
    ['another method by a part of a form', ...notes(parts, part), 400, 'protocol'],
  ];
  for (const [title, path, init, status, code] of [...rows, ...forms]) {
    test(title, async () => {
      const before = asked.length;
      const found = await refusal(await ask(path, init));
      assert.deepEqual([found.status, found.code], [status, code]);
      assert.equal(asked.length, before);
    });
  }
});

test('a large form that asks for another method at its end does not arrive as a whole', async () => {
  const before = asked.length;
  const file = `--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n${'x'.repeat(2 * 1024 * 1024)}\r\n`;
  const response = await ask('/t/billing/v1/notes', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: `${file}--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--x--\r\n`,
  });
  assert.equal((await refusal(response)).code, 'protocol');
  assert.equal(asked.length, before);
});

test('a held request waits for a person, and runs once', async () => {
  const before = asked.length;
  const waiting = ask('/t/billing/v1/refunds', {
    method: 'POST',
    body: '{"amount":5}',
    headers: { 'content-type': 'application/json' },
  });
  const { approvals } = gateway.gateway;
  await until('it to be held', async () => (await approvals.list({ status: 'pending' })).length > 0);
  const [held] = await approvals.list({ status: 'pending' });
  assert.ok(held);
  assert.equal(held.text, 'POST /v1/refunds');
  assert.deepEqual(held.parameters, ['{"amount":5}']);
  assert.equal(asked.length, before);
  const lead = {
    subject: 'kim',
    issuer: 'sallyport',
    kind: 'human',
    groups: ['leads'],
    claims: {},
    expiresAtMs: Date.now() + 3_600_000,
  } as const;
  await approvals.decide({ approvalId: held.id, by: lead, decision: 'approve' });
  assert.equal((await waiting).status, 201);
  assert.deepEqual(
    asked.slice(before).map(({ url, body }) => [url, body]),
    [['/base/v1/refunds', '{"amount":5}']],
  );
});

test('all of it is on record, as the client saw it', async () => {
  const events = await gateway.events();
  const text = JSON.stringify(events);
  assert.ok(!text.includes(secret) && !text.includes('ann@acme.test') && !text.includes('4111 1111'));
  const command = events.find(
    (event) => event.type === 'command' && event.text === 'GET /v1/customers/7?full=1',
  );
  assert.ok(command?.type === 'command');
  assert.deepEqual(command.effects, ['read.GET /v1/customers/7']);
  const result = events.find(
    (event) =>
      event.type === 'result' && event.session === command.session && event.command === command.command,
  );
  assert.ok(result?.type === 'result');
  assert.deepEqual([result.tag, result.masked, result.columns], ['200', 2, ['body']]);
});

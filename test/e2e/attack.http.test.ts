import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createClient } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { until } from '../fixtures/until.ts';

// What somebody with a token, or without one, tried against targets of HTTP and the proxy, and what must come of it.

const planted = 'ann.planted@acme.test';
const secret = "k+y/with<odd>&'signs'=";

interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** What the API answers to a path. */
const answers = new Map<string, Answer>();
const plain: Answer = { type: 'application/json', body: '{"ok":true}' };

let api: HttpApi;
let gateway: TestGateway;
let token: string;

before(async () => {
  process.env['ATTACK_HTTP_KEY'] = secret;
  api = await startHttpApi(({ url }, response) => {
    const { type, body, headers } = answers.get(url) ?? plain;
    response.writeHead(200, { 'content-type': type, ...headers }).end(body);
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, http: 0, targets: 0, proxy: 0 }
data: ./data
identity: { local: true }
targets:
  shop:
    http: { url: "http://127.0.0.1:${api.port}" }
    credential: { headers: { X-Api-Key: "\${env:ATTACK_HTTP_KEY}" } }
  tables: { http: { url: "http://127.0.0.1:${api.port}" } }
passthrough: [{ who: { groups: [crews] }, hosts: ["127.0.0.1:${api.port}"] }]
sensitive: { shop: { "/v1/hidden/{id}#/email": redact, "/v1/hidden/{id}#/emails/*": redact } }
detect: [{ find: [email], mask: redact, targets: [tables] }]
rules:
  - { name: all, who: { groups: [crews] }, targets: [shop, tables], allow: [read, write], resources: ["/v1/*"] }
  - name: payments wait
    who: { groups: [crews] }
    targets: [shop]
    hold: [write]
    resources: [/v1/payments]
    approvers: { groups: [leads], until: 1h }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

function ask(
  path: string,
  { target = 'shop', ...init }: RequestInit & { target?: string } = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/${target}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
}

/** Sends bytes to a port as they are; all that comes back until the connection ends. */
async function raw(port: number | undefined, text: string): Promise<string> {
  const socket = connect(port ?? 0, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => socket.destroy());
  socket.write(text.replaceAll('\n', '\r\n'));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

describe('a CONNECT behind a request that has no answer yet', () => {
  const rows: readonly (readonly [title: string, first: string, authority: () => string])[] = [
    ['by nobody', '', () => 'other:443'],
    ['to nowhere', 'Proxy-Authorization: Bearer TOKEN\n', () => 'other:443'],
    ['to a target', 'Proxy-Authorization: Bearer TOKEN\n', () => `127.0.0.1:${api.port}`],
  ];
  for (const [title, proof, authority] of rows) {
    test(title, async () => {
      const at = `127.0.0.1:${api.port}`;
      const said = proof.replace('TOKEN', token);
      const came = await raw(
        gateway.gateway.ports.proxy,
        `GET http://${at}/v1/a HTTP/1.1\nHost: ${at}\n${said}\nCONNECT ${authority()} HTTP/1.1\nHost: ${authority()}\n${said}\n`,
      );
      assert.doesNotMatch(came, /Connection Established/);
      assert.equal((await ask('/v1/a')).status, 200);
    });
  }
});

describe('a WebSocket behind a request that has no answer yet', () => {
  for (const [title, proof] of [
    ['by nobody', ''],
    ['by an agent', 'Authorization: Bearer TOKEN\n'],
  ] as const) {
    test(title, async () => {
      const said = proof.replace('TOKEN', token);
      const came = await raw(
        gateway.gateway.ports.targets,
        `GET /t/shop/v1/a HTTP/1.1\nHost: x\n${said}\nGET /t/shop/v1/a HTTP/1.1\nHost: x\n${said}Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n\n`,
      );
      assert.doesNotMatch(came, / 101 /);
      assert.equal((await ask('/v1/a')).status, 200);
    });
  }
});

describe('an event stream tells nothing that is hidden', () => {
  const rows: readonly (readonly [title: string, body: string])[] = [
    ['behind a carriage return', `: hello\rdata: {"email":"${planted}"}\r\r`],
    ['behind another field', `event: user\rdata: {"email":"${planted}"}\r\n\r\n`],
    ['behind a byte order mark', `\ufeffdata: {"email":"${planted}"}\n\n`],
    ['over several lines', `data: {"email":\ndata: "${planted}"\ndata: }\n\n`],
    ['in a list over several lines', `data: {"emails": [\ndata:   "${planted}"\ndata: ]}\n\n`],
  ];
  for (const [index, [title, body]] of rows.entries()) {
    test(title, async () => {
      answers.set(`/v1/hidden/s${index}`, { type: 'text/event-stream', body });
      const text = await (await ask(`/v1/hidden/s${index}`)).text().catch(() => 'cut off');
      assert.doesNotMatch(text, /planted/);
    });
  }
});

describe('what was hidden has no digest in an answer without a body', () => {
  const digests = {
    etag: '"a1b2"',
    'content-md5': 'a1b2==',
    digest: 'md5=a1b2',
    'repr-digest': 'md5=:a1b2:',
  };
  for (const method of ['GET', 'HEAD']) {
    test(method, async () => {
      answers.set('/v1/hidden/e', {
        type: 'application/json',
        body: `{"email":"${planted}"}`,
        headers: digests,
      });
      const response = await ask('/v1/hidden/e', { method });
      assert.equal(response.status, 200);
      assert.doesNotMatch([...response.headers.values()].join('\n'), /a1b2/);
    });
  }
});

describe('the credential is covered as libraries write it', () => {
  const rows: readonly (readonly [title: string, text: string])[] = [
    ['.NET', '"k\\u002By/with\\u003Codd\\u003E\\u0026\\u0027signs\\u0027="'],
    ['Go', `"k+y/with\\u003codd\\u003e\\u0026'signs'="`],
    ['Python, in a URL', 'k%2By/with%3Codd%3E%26%27signs%27%3D'],
    ['HTML', 'k+y/with&lt;odd&gt;&amp;&#x27;signs&#x27;='],
    ['HTML of Go', 'k+y/with&lt;odd&gt;&amp;&#39;signs&#39;='],
  ];
  for (const [index, [title, text]] of rows.entries()) {
    test(title, async () => {
      answers.set(`/v1/echo/${index}`, { type: 'text/plain', body: `you sent ${text}.` });
      assert.doesNotMatch(await (await ask(`/v1/echo/${index}`)).text(), /signs/);
    });
  }
});

test('an approval is for the header fields that came, too', async () => {
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
  const lead = await gateway.token({ subject: 'lena', kind: 'human', groups: ['leads'] });
  const client = createClient({ url, token: lead, fetch });
  const waiting = () =>
    until('a hold', async () => {
      const { approvals } = await client.call(routes.listApprovals, { query: { state: 'pending' } });
      return approvals.find((one) => one.waiting);
    });
  const pay = (account: string, trace: string) =>
    ask('/v1/payments', {
      method: 'POST',
      body: '{}',
      headers: { 'x-account': account, traceparent: trace },
    });
  const first = pay('ours', '1');
  const standing = new Date(Date.now() + 600_000).toISOString();
  const { id } = await waiting();
  await client.call(routes.decideApproval, {
    params: { id },
    body: { decision: 'approve', until: standing },
  });
  assert.equal((await first).status, 200);
  assert.equal((await pay('ours', '2')).status, 200, 'the same, but for what traces it');
  const other = pay('theirs', '3');
  const held = await waiting();
  assert.notEqual(held.id, id);
  await client.call(routes.decideApproval, { params: { id: held.id }, body: { decision: 'deny' } });
  assert.equal((await other).status, 403);
  assert.deepEqual(
    api.arrived.filter(({ url: path }) => path === '/v1/payments').map(({ headers }) => headers['x-account']),
    ['ours', 'ours'],
  );
});

test('no pattern of passthrough leads past a target', async () => {
  const at = `127.0.0.1:${api.port}`;
  const proof = `Proxy-Authorization: Bearer ${token}\n`;
  answers.set('/v1/hidden/p', { type: 'application/json', body: `{"email":"${planted}"}` });
  const came = await raw(
    gateway.gateway.ports.proxy,
    `CONNECT ${at} HTTP/1.1\nHost: ${at}\n${proof}\nGET /v1/hidden/p HTTP/1.1\nHost: ${at}\nConnection: close\n\n`,
  );
  assert.match(came, /redacted/);
  assert.doesNotMatch(came, /planted/);
});

describe('a POST that asks for another method', () => {
  const form = 'application/x-www-form-urlencoded';
  const part = (name: string, size = 0): string =>
    `--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n${'x'.repeat(size)}\r\n--b\r\nContent-Disposition: form-data; name=${name}\r\n\r\nDELETE\r\n--b--\r\n`;
  const rows: readonly (readonly [
    title: string,
    query: string,
    type: string,
    body: string,
    goesOn?: true,
  ])[] = [
    ['in its query, escaped', '?%5fmethod=DELETE', form, ''],
    ['in its query, each letter escaped', '?a=1&_%6d%65thod=DELETE', form, ''],
    ['in its query, as a list', '?_method[]=DELETE', form, ''],
    ['in a form', '', form, 'a=1&_method=DELETE'],
    ['in a form, escaped', '', `${form}; charset=utf-8`, '%5F%4Dethod=DELETE'],
    ['in a form, spelt for PHP', '', form, '.method=DELETE'],
    ['in a part', '', 'multipart/form-data; boundary=b', part('"_method"')],
    ['in a part without quotes', '', 'multipart/form-data; boundary=b', part('_method')],
    ['in a part behind a large one', '', 'multipart/form-data; boundary=b', part('"_method"', 3_000_000)],
    ['in JSON', '', 'application/json', '{"_method":"DELETE"}'],
    ['in a form that does not say it is one', '', '', '_method=DELETE'],
    ['in a form that says it is more', '', `${form}, text/plain`, '_method=DELETE'],
    ['in JSON, escaped', '', 'application/vnd.api+json', '{"\\u005fmethod":"DELETE"}'],
    ['in a form too long to be looked through', '', form, `a=${'x'.repeat(2_000_000)}&_method=DELETE`],
    ['not, but has a name like it', '?method=a&my_method=b', form, 'payment_method=card&x=_method', true],
    ['not, in parts', '', 'multipart/form-data; boundary=b', part('"payment_method"', 3_000_000), true],
    ['not, in JSON', '', 'application/json', '{"method":"_method","a":{"_method":1}}', true],
  ];
  for (const [title, query, type, body, goesOn] of rows) {
    test(title, async () => {
      const before = api.arrived.length;
      const init = { method: 'POST', body, headers: { 'content-type': type } };
      const response = await ask(`/v1/a${query}`, init).catch(() => undefined);
      assert.equal(response?.status === 200, goesOn === true);
      assert.equal(api.arrived.length, before + (goesOn ? 1 : 0));
    });
  }
});

describe('a text in UTF-16 is looked into', () => {
  const table = `\ufeffname;email\nann;${planted}\n`;
  const little = (text: string) => Buffer.from(text, 'utf16le');
  const rows: readonly (readonly [title: string, body: Buffer])[] = [
    ['low bytes first', little(table)],
    ['high bytes first', little(table).swap16()],
    ['too long to be kept', little(table.repeat(30_000))],
  ];
  for (const [index, [title, body]] of rows.entries()) {
    test(title, async () => {
      answers.set(`/v1/table/${index}`, { type: 'text/csv', body });
      const response = await ask(`/v1/table/${index}`, { target: 'tables' });
      const bytes = await response.arrayBuffer().catch(() => new ArrayBuffer());
      const text = Buffer.from(bytes).toString('latin1').replaceAll('\0', '');
      assert.doesNotMatch(text, /planted/);
      if (index < 2) assert.match(text, /ann;\[redacted\]/);
    });
  }
});

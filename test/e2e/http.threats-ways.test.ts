import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';

// The same by whichever way a request comes: HTTP/1.1, HTTP/2, and a WebSocket, whose target does not know any.

const secret = 'sk_test_ways_secret';
let api: HttpApi;
let gateway: TestGateway;
let token: string;

before(async () => {
  process.env['WAYS_TEST_KEY'] = secret;
  api = await startHttpApi(({ url, headers }, response) => {
    const status = url === '/v1/part' ? 206 : 200;
    response.writeHead(status, { 'content-type': 'text/plain', 'x-key': String(headers['x-api-key']) });
    response.end(`key ${String(headers['x-api-key'])}`);
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  shop:
    http: { url: "http://127.0.0.1:${api.port}" }
    credential: { headers: { X-Api-Key: "\${env:WAYS_TEST_KEY}" } }
sensitive: { shop: { "/v1/users#/*/email": redact } }
detect: [{ find: [email], mask: redact }]
rules:
  - { name: all, who: { any: true }, targets: [shop], allow: [read, write], resources: ["/v1/*"] }
  - { name: no admin, targets: [shop], deny: [read, write], resources: ["/v1/admin", "/v1/admin/*"] }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

type Fields = Readonly<Record<string, string>>;

interface Answered {
  readonly status: number;
  readonly text: string;
}

const handshake: Fields = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

async function overHttp1(path: string, fields: Fields): Promise<Answered> {
  const { targets: port } = gateway.gateway.ports;
  const headers = { authorization: `Bearer ${token}`, ...fields };
  const asking = request({ host: '127.0.0.1', port, path: `/t/shop${path}`, headers, agent: false });
  asking.end();
  const [response] = await once(asking, 'response');
  let text = JSON.stringify(response.headers);
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

async function overHttp2(path: string, fields: Fields): Promise<Answered> {
  const ca = readFileSync(join(gateway.dataDir, 'ca.pem'));
  const session = connect(`https://127.0.0.1:${gateway.gateway.ports.targets}`, { ca });
  const stream = session.request({ ':path': `/t/shop${path}`, authorization: `Bearer ${token}`, ...fields });
  const [headers] = await once(stream, 'response');
  let text = JSON.stringify(headers);
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return { status: headers[':status'], text };
}

const ways = {
  'HTTP/1.1': overHttp1,
  'HTTP/2': overHttp2,
  'a WebSocket': (path: string, fields: Fields) => overHttp1(path, { ...handshake, ...fields }),
};

describe('THREATS 30: what a client may not say of itself does not go on', () => {
  const said: Fields = {
    'x-api-key': 'mine',
    'x-forwarded-for': '1.1.1.1',
    'x-forwarded-user': 'root',
    forwarded: 'for=1.1.1.1',
    'remote-user': 'root',
    'x-amzn-oidc-identity': 'root',
    cookie: 'session=1',
    x_forwarded_user: 'root',
    'x-mine': '1',
  };
  for (const [way, ask] of Object.entries(ways)) {
    test(`over ${way}`, async () => {
      const before = api.arrived.length;
      await ask('/v1/a', said);
      assert.equal(api.arrived.length, before + 1);
      const { headers } = api.arrived.at(-1) ?? assert.fail();
      const arrived = Object.keys(said).map((name) => [name, headers[name]]);
      const expected: Record<string, string> = { 'x-api-key': secret, 'x-mine': '1' };
      assert.deepEqual(
        arrived,
        Object.keys(said).map((name) => [name, expected[name]]),
      );
      assert.equal(headers.authorization, undefined);
    });
  }
});

describe('THREATS 31: a path that servers read in more than one way', () => {
  const rows: readonly (readonly [path: string, status: number])[] = [
    ['/v1/x/../admin', 400],
    ['/v1/%2e%2e/v1/admin', 400],
    ['/v1//admin', 400],
    ['/v1/x%2fadmin', 400],
    ['/v1/x;/admin', 400],
    ['/v1/x%5cadmin', 400],
    ['/v1/%252e%252e/admin', 400],
    ['/v1/x?_method=DELETE', 400],
    ['/v1/ADMIN', 403],
    ['/v1/admin.', 403],
    ['/v1/%61dmin/', 403],
  ];
  for (const [way, ask] of Object.entries(ways)) {
    for (const [path, status] of rows) {
      test(`${path} over ${way}`, async () => {
        const before = api.arrived.length;
        assert.equal((await ask(path, {})).status, status);
        assert.equal(api.arrived.length, before);
      });
    }
  }

  test('a method beside the method does not go on', async () => {
    for (const [way, ask] of Object.entries(ways)) {
      await ask('/v1/a', { 'x-http-method-override': 'DELETE', 'x-method': 'DELETE' });
      const arrived = api.arrived.at(-1);
      assert.equal(arrived?.method, 'GET', way);
      assert.equal(arrived?.headers['x-http-method-override'], undefined, way);
      assert.equal(arrived?.headers['x-method'], undefined, way);
    }
  });
});

describe('THREATS 33: a target that echoes the credential', () => {
  for (const [way, ask] of Object.entries(ways)) {
    test(`over ${way}`, async () => {
      const { text } = await ask('/v1/a', {});
      assert.doesNotMatch(text, /sk_test|ways_secret/);
      assert.equal(api.arrived.at(-1)?.headers['x-api-key'], secret);
    });
  }
});

describe('THREATS 34: a part of an answer that is looked into', () => {
  for (const way of ['HTTP/1.1', 'HTTP/2'] as const) {
    test(`is not asked for, and refused where it comes unasked, over ${way}`, async () => {
      const { status, text } = await ways[way]('/v1/part', { range: 'bytes=0-9' });
      assert.equal(api.arrived.at(-1)?.headers.range, undefined);
      assert.equal(status, 403);
      assert.match(text, /undisclosable/);
    });
  }
});

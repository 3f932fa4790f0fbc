import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';

const secret = 'sk_test_trailer_secret';
const given = {
  'x-sum': '12',
  'x-by': 'ann.planted@acme.test',
  'x-key': `key ${secret}`,
  'set-cookie': 'a=b',
  'content-type': 'text/html',
  location: 'http://169.254.169.254/',
  digest: 'sha-256=x',
  'sallyport-error': 'denied',
};
/** What of them a client may see. */
const seen = { 'x-sum': '12', 'x-by': '[redacted]', 'x-key': `key ${'*'.repeat(secret.length)}` };

let older: HttpApi;
let newer: Http2Server;
let gateway: TestGateway;
let token: string;

before(async () => {
  process.env['TRAILER_TEST_KEY'] = secret;
  older = await startHttpApi(({ url }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.addTrailers(given);
    response.end(JSON.stringify('a'.repeat(url === '/v1/long' ? 2_000_000 : 5)));
  });
  newer = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.addTrailers(given);
    response.end('"aaaaa"');
  });
  await new Promise<void>((resolve) => newer.listen(0, '127.0.0.1', resolve));
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  older:
    http: { url: "http://127.0.0.1:${older.port}" }
    credential: { headers: { X-Api-Key: "\${env:TRAILER_TEST_KEY}" } }
  newer:
    http: { url: "http://127.0.0.1:${(newer.address() as AddressInfo).port}", http2: true }
    credential: { headers: { X-Api-Key: "\${env:TRAILER_TEST_KEY}" } }
detect: [{ find: [email], mask: redact }]
rules:
  - { name: all, who: { any: true }, targets: [older, newer], allow: [read, write], resources: ["/v1/*"] }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await older?.stop();
  await new Promise((resolve) => newer.close(resolve));
});

interface Answered {
  readonly body: string;
  readonly trailers: Record<string, unknown>;
}

async function overHttp1(path: string, te: Record<string, string>): Promise<Answered> {
  const { targets: port } = gateway.gateway.ports;
  const headers = { authorization: `Bearer ${token}`, ...te };
  const [response] = await once(get({ host: '127.0.0.1', port, path, headers, agent: false }), 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { body, trailers: response.trailers };
}

async function overHttp2(path: string, te: Record<string, string>): Promise<Answered> {
  const ca = readFileSync(join(gateway.dataDir, 'ca.pem'));
  const session = connect(`https://127.0.0.1:${gateway.gateway.ports.targets}`, { ca });
  const stream = session.request({ ':path': path, authorization: `Bearer ${token}`, ...te });
  let trailers: Record<string, unknown> = {};
  stream.on('trailers', (fields) => (trailers = Object.fromEntries(Object.entries(fields))));
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  session.close();
  return { body, trailers };
}

describe('trailers', () => {
  const ways = { 'HTTP/1.1': overHttp1, 'HTTP/2': overHttp2 };
  const rows: readonly (readonly [path: string, te: string, bytes: number, trailers: object])[] = [
    ['/t/older/v1/short', 'trailers', 7, seen],
    ['/t/older/v1/long', 'trailers', 2_000_002, seen],
    ['/t/newer/v1/short', 'trailers', 7, seen],
    ['/t/older/v1/short', '', 7, {}],
    ['/t/older/v1/long', '', 2_000_002, {}],
  ];
  for (const [version, ask] of Object.entries(ways)) {
    for (const [path, te, bytes, trailers] of rows) {
      test(`of ${path} to a client of ${version} that ${te === '' ? 'takes none' : 'takes them'}`, async () => {
        const answered = await ask(path, te === '' ? {} : { te });
        assert.equal(answered.body.length, bytes);
        assert.deepEqual({ ...answered.trailers }, trailers);
      });
    }
  }
});

describe('trailers of a request are refused, and the target does not get it as a whole', () => {
  const rows: readonly (readonly [title: string, bytes: number, isDeclared: boolean])[] = [
    ['declared', 10, true],
    ['not declared', 10, false],
    ['declared, behind a long body', 2_000_000, true],
    ['not declared, behind a long body', 2_000_000, false],
  ];
  for (const [title, bytes, isDeclared] of rows) {
    test(`${title}, over HTTP/1.1`, async () => {
      const arrived = older.arrived.length;
      const said = await postedOverHttp1(Buffer.alloc(bytes, 'x'), isDeclared);
      assert.match(said, /400 .*no fields behind its body/);
      assert.equal(older.arrived.length, arrived);
    });
  }
  for (const length of [undefined, '10']) {
    test(`over HTTP/2, ${length === undefined ? 'without' : 'with'} a length`, async () => {
      const arrived = older.arrived.length;
      assert.match(await postedOverHttp2(length), /400 .*no fields behind its body/);
      assert.equal(older.arrived.length, arrived);
    });
  }
});

async function postedOverHttp1(body: Buffer, isDeclared: boolean): Promise<string> {
  const { targets: port } = gateway.gateway.ports;
  const headers = {
    authorization: `Bearer ${token}`,
    'transfer-encoding': 'chunked',
    ...(isDeclared ? { trailer: 'x-sum' } : {}),
  };
  const asking = request({
    host: '127.0.0.1',
    port,
    path: '/t/older/v1/a',
    method: 'POST',
    headers,
    agent: false,
  });
  asking.write(body);
  asking.addTrailers({ 'x-sum': '12' });
  asking.end();
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return `${response.statusCode} ${text}`;
}

async function postedOverHttp2(length: string | undefined): Promise<string> {
  const ca = readFileSync(join(gateway.dataDir, 'ca.pem'));
  const session = connect(`https://127.0.0.1:${gateway.gateway.ports.targets}`, { ca });
  const stream = session.request(
    {
      ':path': '/t/older/v1/a',
      ':method': 'POST',
      authorization: `Bearer ${token}`,
      ...(length === undefined ? {} : { 'content-length': length }),
    },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '12' }));
  stream.end('x'.repeat(10));
  const [headers] = await once(stream, 'response');
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return `${headers[':status']} ${text}`;
}

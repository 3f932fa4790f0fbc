import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi } from '../fixtures/http-api.ts';
import type { HttpApi } from '../fixtures/http-api.ts';

// What must not work over HTTP: THREATS 29 to 34.

const planted = 'ann.planted@acme.test';
let api: HttpApi;
let gateway: TestGateway;
let token: string;

/** What the API answers to a path: its type and its bytes. */
const answers = new Map<string, { type: string; body: string | Buffer; headers?: Record<string, string> }>();

before(async () => {
  api = await startHttpApi(({ url }, response) => {
    const found = answers.get(url);
    response.writeHead(200, { 'content-type': found?.type ?? 'application/json', ...found?.headers });
    response.end(found?.body ?? '{"ok":true}');
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  shop: { http: { url: "http://127.0.0.1:${api.port}" } }
  inside: { http: { url: "http://localhost.sallyport-test.invalid" } }
sensitive: { shop: { "/v1/users/{id}#/email": redact, "/v1/users/{id}#/*/email": redact, "/v1/text/{id}#/x": redact, /v1/stream#/email: redact } }
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

/** Sends bytes as they are; all that comes back until the connection ends. */
async function raw(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(gateway.gateway.ports.targets ?? 0, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  socket.on('error', () => resolve(Buffer.concat(chunks).toString('latin1')));
  socket.write(text.replaceAll('TOKEN', token).replaceAll('\n', '\r\n'));
  return promise;
}

/** A request whose head is `lines`, one of which should end the connection. */
function head(lines: string): string {
  return `${lines}\nAuthorization: Bearer TOKEN\n`;
}

describe('requests that two servers would read as two (THREATS 29)', () => {
  const rows: readonly (readonly [title: string, text: string])[] = [
    [
      'Content-Length and Transfer-Encoding',
      `${head('POST /t/shop/v1/a HTTP/1.1\nHost: x')}Content-Length: 4\nTransfer-Encoding: chunked\n\n0\n\nGET /t/shop/v1/admin HTTP/1.1\nHost: x\n\n`,
    ],
    [
      'two lengths',
      `${head('POST /t/shop/v1/a HTTP/1.1\nHost: x')}Content-Length: 4\nContent-Length: 5\n\nabcde`,
    ],
    ['an odd coding', `${head('POST /t/shop/v1/a HTTP/1.1\nHost: x')}Transfer-Encoding: xchunked\n\n0\n\n`],
    [
      'two codings',
      `${head('POST /t/shop/v1/a HTTP/1.1\nHost: x')}Transfer-Encoding: chunked, identity\n\n0\n\n`,
    ],
    ['a folded field', `${head('GET /t/shop/v1/a HTTP/1.1\nHost: x')}X-A: b\n c\nConnection: close\n\n`],
    [
      'a space before the colon',
      `${head('GET /t/shop/v1/a HTTP/1.1\nHost: x')}Transfer-Encoding : chunked\n\n`,
    ],
    ['no host', `${head('GET /t/shop/v1/a HTTP/1.1')}\n`],
    ['two hosts', `${head('GET /t/shop/v1/a HTTP/1.1\nHost: x\nHost: y')}Connection: close\n\n`],
    ['absolute form', `${head('GET http://other/t/shop/v1/a HTTP/1.1\nHost: x')}Connection: close\n\n`],
    ['a length that is none', `${head('POST /t/shop/v1/a HTTP/1.1\nHost: x')}Content-Length: +4\n\nabcd`],
    [
      'a chunk size that is none',
      `${head('POST /t/shop/v1/a HTTP/1.1\nHost: x')}Transfer-Encoding: chunked\n\n0x4\nabcd\n0\n\n`,
    ],
    ['dots in the path', `${head('GET /t/shop/v1/../admin HTTP/1.1\nHost: x')}Connection: close\n\n`],
    [
      'escaped dots in the path',
      `${head('GET /t/shop/v1/%2e%2e/admin HTTP/1.1\nHost: x')}Connection: close\n\n`,
    ],
    ['dots in the target', `${head('GET /t/../v1/a HTTP/1.1\nHost: x')}Connection: close\n\n`],
    ['a method of somebody’s', `${head('PURGE /t/shop/v1/a HTTP/1.1\nHost: x')}Connection: close\n\n`],
    ['TRACE', `${head('TRACE /t/shop/v1/a HTTP/1.1\nHost: x')}Connection: close\n\n`],
    ['CONNECT', `${head('CONNECT other:443 HTTP/1.1\nHost: other:443')}\n`],
  ];
  for (const [title, text] of rows) {
    test(title, async () => {
      const before = api.arrived.length;
      assert.doesNotMatch(await raw(text), /^HTTP\/1\.1 2/);
      assert.equal(api.arrived.length, before);
    });
  }

  test('a name with an underscore does not go on', async () => {
    await raw(`${head('GET /t/shop/v1/a HTTP/1.1\nHost: x')}X_Forwarded_For: 1.1.1.1\nConnection: close\n\n`);
    assert.equal(api.arrived.at(-1)?.headers['x_forwarded_for'], undefined);
  });

  test('what Connection names does not go on, and cannot take away what the gateway adds', async () => {
    await raw(`${head('GET /t/shop/v1/a HTTP/1.1\nHost: x\nConnection: close, X-Mine, Host')}X-Mine: 1\n\n`);
    assert.equal(api.arrived.at(-1)?.headers['x-mine'], undefined);
    assert.equal(api.arrived.at(-1)?.headers.host, `127.0.0.1:${api.port}`);
  });
});

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/shop${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, text: await response.text().catch(() => 'cut off') };
}

/** What came, also of an answer that was cut off. */
async function bytesOf({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body ?? []) chunks.push(chunk);
  } catch {
    // It was cut off.
  }
  return Buffer.concat(chunks);
}

describe('answers that hide what they hold (THREATS 34)', () => {
  const json = 'application/json';
  const rows: readonly (readonly [
    title: string,
    type: string,
    body: string | Buffer,
    headers?: Record<string, string>,
  ])[] = [
    ['a key twice', json, `{"email":"x","email":"${planted}"}`],
    ['a key in escapes', json, `{"\\u0065m\\u0061il":"${planted}"}`],
    ['a value in escapes', json, '{"mail":"ann\\u002eplanted\\u0040acme.test"}'],
    ['deep', json, `${'['.repeat(5000)}"${planted}"${']'.repeat(5000)}`],
    ['broken', json, `{"email":"${planted}"`],
    ['two documents', json, `{}{"email":"${planted}"}`],
    ['a byte order mark', json, `\uFEFF{"email":"${planted}"}`],
    ['UTF-16', 'application/json; charset=utf-16', Buffer.from(`{"email":"${planted}"}`, 'utf16le')],
    ['UTF-16 without saying so', json, Buffer.from(`{"email":"${planted}"}`, 'utf16le')],
    ['text that is JSON', 'text/plain', `{"email":"${planted}"}`],
    ['a form', 'application/x-www-form-urlencoded', `id=7&email=${encodeURIComponent(planted)}`],
    [
      'a form in escapes',
      'application/x-www-form-urlencoded',
      `id=7&%65mail=%61nn.planted%40acme.test&x=${planted}`,
    ],
    ['a long form', 'application/x-www-form-urlencoded', `x=${'y'.repeat(1_100_000)}&email=${planted}`],
    ['no type', '', `{"email":"${planted}"}`],
    ['bytes', 'application/octet-stream', `{"email":"${planted}"}`],
    ['compressed', json, gzipSync(`{"email":"${planted}"}`), { 'content-encoding': 'gzip' }],
    [
      'compressed twice',
      json,
      gzipSync(gzipSync(`{"email":"${planted}"}`)),
      { 'content-encoding': 'gzip, gzip' },
    ],
    [
      'compressed by what nobody knows',
      json,
      gzipSync(`{"email":"${planted}"}`),
      { 'content-encoding': 'x-odd' },
    ],
    ['said to be compressed', json, `{"email":"${planted}"}`, { 'content-encoding': 'gzip' }],
    ['a bomb', json, gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')), { 'content-encoding': 'gzip' }],
    [
      'long',
      json,
      `[${'"padding",'.repeat(300_000)}{"email":"${planted}"},{"a":{"email":"x"},"b":"${planted}"}]`,
    ],
    ['long, and no JSON', json, `[${'"padding",'.repeat(300_000)}{"email":"${planted}"`],
    ['a long text', 'text/csv', `${'padding,\n'.repeat(300_000)}${planted}\n`],
    ['lines', 'application/x-ndjson', `{"email":"${planted}"}\n{"a":1,"email":"${planted}"}\n`],
    [
      'events',
      'text/event-stream',
      `event: x\ndata: {"email":"${planted}"}\n\ndata: {"email":\ndata: "${planted}"}\n\n`,
    ],
    ['events by carriage returns', 'text/event-stream', `data: {"email":\rdata: "${planted}"}\r\r`],
    [
      'parts',
      'multipart/mixed; boundary=b',
      `--b\r\ncontent-type: application/json\r\n\r\n{"email":"${planted}"}\r\n--b--`,
    ],
    [
      'parts of ranges',
      'multipart/byteranges; boundary=b',
      `--b\r\ncontent-type: application/json\r\ncontent-range: bytes 0-9/99\r\n\r\n{"email":"${planted}"}\r\n--b--`,
    ],
    ['a header', json, '{}', { 'x-customer': planted }],
  ];
  for (const [title, type, body, headers] of rows) {
    test(title, async () => {
      const path = `/v1/users/${encodeURIComponent(title)}`;
      answers.set(path, { type, body, ...(headers === undefined ? {} : { headers }) });
      const response = await fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/shop${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const bytes = await bytesOf(response);
      const seen = `${JSON.stringify([...response.headers])} ${bytes.toString('latin1')}`;
      for (const form of [planted, 'ann.planted', 'a\0n\0n\0', 'planted\\u0040', 'u0040acme']) {
        assert.ok(!seen.includes(form), seen.slice(0, 400));
      }
    });
  }

  test('and numbers stay what they were', async () => {
    answers.set('/v1/users/big', { type: json, body: '{"id":12345678901234567890,"f":1.10,"email":"x"}' });
    assert.equal(
      (await get('/v1/users/big')).text,
      '{"id":12345678901234567890,"f":1.10,"email":"[redacted]"}',
    );
  });
});

describe('a target that is not where it should be (THREATS 32)', () => {
  test('a redirect to somewhere else is not followed', async () => {
    const metadata = 'http://169.254.169.254/latest/meta-data';
    answers.set('/v1/moved', { type: 'application/json', body: '', headers: { location: metadata } });
    assert.equal((await get('/v1/moved')).status, 200);
    assert.equal(api.arrived.at(-1)?.url, '/v1/moved');
  });

  test('another spelling of what is denied is denied', async () => {
    for (const path of [
      '/v1/admin',
      '/v1/Admin',
      '/v1/admin/',
      '/v1/admin.',
      '/v1/%61dmin',
      '/v1/admin%20',
      '/v1/ADMIN/x',
    ]) {
      const before = api.arrived.length;
      assert.equal((await get(path)).status, 403, path);
      assert.equal(api.arrived.length, before);
    }
  });
});

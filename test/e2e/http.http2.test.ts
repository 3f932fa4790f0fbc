import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  connect,
  createSecureServer,
  type ClientHttp2Session,
  type Http2SecureServer,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { block, connectHttp2Wire, Flag, frame, FrameType } from '../fixtures/http2-wire.ts';
import { ownCa } from '../fixtures/own-ca.ts';
import { until } from '../fixtures/until.ts';

let api: HttpApi;
let gateway: TestGateway;
let token: string;
let ca: Buffer;
let session: ClientHttp2Session;

const dir = mkdtempSync(join(tmpdir(), 'sallyport-http2-'));
let newerApi: Http2SecureServer;
let newerPort: number;
/** What arrived at it: version, method, path, body. */
const newer: string[][] = [];

before(async () => {
  api = await startHttpApi(({ url, method, body }, response) => {
    response.writeHead(200, { 'content-type': 'application/json', link: ['</a>', '</b>'] });
    if (url === '/v1/large') return void response.end(JSON.stringify('a'.repeat(3_000_000)));
    if (url === '/v1/slow') return void response.write('[');
    response.end(JSON.stringify({ email: 'ann@acme.test', method, got: body.length }));
  });
  const { cert, key, caFile } = ownCa(dir, ['localhost']);
  newerApi = createSecureServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      newer.push([request.httpVersion, request.method, request.url, Buffer.concat(chunks).toString()]);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"email":"ann@acme.test"}');
    });
  });
  await new Promise<void>((resolve) => newerApi.listen(0, '127.0.0.1', resolve));
  newerPort = (newerApi.address() as AddressInfo).port;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, proxy: 0 }
data: ./data
identity: { local: true }
targets:
  shop: { http: { url: "http://127.0.0.1:${api.port}" } }
  new: { http: { url: "https://localhost:${newerPort}", ca: ${caFile} } }
sensitive: { shop: { "/v1/*#/email": redact }, new: { "/v1/*#/email": redact } }
rules:
  - { name: crews, who: { groups: [crews] }, targets: [shop, new], allow: [read, write], resources: ["/v1/*"] }
  - { name: no admin, targets: [shop], deny: [read, write], resources: ["/v1/admin"] }
`);
  token = await gateway.token();
  ca = readFileSync(join(gateway.dataDir, 'ca.pem'));
  session = connect(`https://127.0.0.1:${gateway.gateway.ports.targets}`, { ca });
});

after(async () => {
  session?.destroy();
  await gateway?.stop();
  await api?.stop();
  await new Promise((resolve) => newerApi.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

async function ask(
  path: string,
  headers: OutgoingHttpHeaders = {},
  body: Buffer = Buffer.alloc(0),
  over = session,
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const fields = { ':path': path, authorization: `Bearer ${token}`, ...headers };
  const stream = over.request(fields, { endStream: false });
  stream.end(body);
  const [answered] = await once(stream, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return { status: answered[':status'], headers: answered, text: Buffer.concat(chunks).toString() };
}

describe('HTTP/2', () => {
  test('is masked, guarded and without fields of a connection, as HTTP/1.1 is', async () => {
    const { status, headers, text } = await ask('/t/shop/v1/a');
    assert.equal(status, 200);
    assert.equal(text, '{"email":"[redacted]","method":"GET","got":0}');
    assert.equal(headers['content-security-policy'], 'sandbox');
    assert.equal(headers['link'], '</a>, </b>');
    assert.equal(api.arrived.at(-1)?.headers.authorization, undefined);
    assert.equal(api.arrived.at(-1)?.headers.host, `127.0.0.1:${api.port}`);
  });

  const bodies: readonly (readonly [title: string, bytes: number, length: boolean])[] = [
    ['a body without a length', 100, false],
    ['a body with its length', 100, true],
    ['a body that streams', 5_000_000, false],
    ['no body', 0, false],
  ];
  for (const [title, bytes, isSaid] of bodies) {
    test(`${title} arrives`, async () => {
      const length = isSaid ? { 'content-length': bytes } : {};
      const { text } = await ask('/t/shop/v1/a', { ':method': 'POST', ...length }, Buffer.alloc(bytes));
      assert.match(text, new RegExp(`"got":${bytes}}`));
    });
  }

  test('a hundred requests at once, each with its answer', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('/t/shop/v1/a')));
    assert.ok(answers.every(({ status }) => status === 200));
  });

  test('a body is asked for, and a long answer comes whole', async () => {
    const stream = session.request({
      ':path': '/t/shop/v1/large',
      ':method': 'POST',
      authorization: `Bearer ${token}`,
      expect: '100-continue',
    });
    await once(stream, 'continue');
    stream.end('x');
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    assert.equal(bytes, 3_000_002);
  });

  test('is refused in the gateway’s own words', async () => {
    const { status, headers, text } = await ask('/t/shop/v1/admin');
    assert.equal(status, 403);
    assert.equal(headers['sallyport-error'], 'denied');
    assert.match(text, /no admin/);
  });

  test('an answer without a body, and one of a HEAD', async () => {
    assert.equal((await ask('/t/shop/v1/a', { ':method': 'HEAD' })).text, '');
  });

  test('a client that goes away ends its request, which is on record', async () => {
    const stream = session.request({ ':path': '/t/shop/v1/slow', authorization: `Bearer ${token}` });
    await until('it arrives', () => api.arrived.some(({ url }) => url === '/v1/slow'));
    stream.close();
    await until('the result', async () =>
      (await gateway.events()).some((event) => event.type === 'result' && event.error === 'closed'),
    );
  });

  test('HTTP/1.1 is still spoken', async () => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: gateway.gateway.ports.targets,
      ca,
      ALPNProtocols: ['http/1.1'],
    });
    await once(socket, 'secureConnect');
    socket.write(
      `GET /t/shop/v1/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1\.1 200/);
  });
});

describe('a target that speaks HTTP/2', () => {
  test('is asked in it, without fields of a connection', async () => {
    const { status, text } = await ask('/t/new/v1/a', { ':method': 'POST' }, Buffer.from('{}'));
    assert.equal(status, 200);
    assert.equal(text, '{"email":"[redacted]"}');
    assert.deepEqual(newer.at(-1), ['2.0', 'POST', '/v1/a', '{}']);
  });

  test('is asked over a tunnel of the proxy, by its own address', async (t) => {
    const http = await tunnelled(t);
    const { status, text } = await ask('/v1/b', { authorization: 'Bearer own' }, undefined, http);
    assert.equal(status, 200);
    assert.equal(text, '{"email":"[redacted]"}');
    assert.deepEqual(newer.at(-1), ['2.0', 'GET', '/v1/b', '']);
    const other = { ':authority': 'elsewhere', authorization: 'Bearer own' };
    assert.equal((await ask('/v1/a', other, undefined, http)).status, 400);
  });
});

/** A CONNECT to the newer target, and HTTP/2 in it. */
async function tunnelled(t: TestContext): Promise<ClientHttp2Session> {
  const socket = connectTcp(gateway.gateway.ports.proxy ?? 0, '127.0.0.1');
  t.after(() => socket.destroy());
  const basic = Buffer.from(`agent:${token}`).toString('base64');
  const head = [`CONNECT localhost:${newerPort} HTTP/1.1`, `Host: localhost:${newerPort}`];
  socket.write([...head, `Proxy-Authorization: Basic ${basic}`, '\r\n'].join('\r\n'));
  await once(socket, 'data');
  const secure = connectTls({ socket, servername: 'localhost', ca, ALPNProtocols: ['h2'] });
  await once(secure, 'secureConnect');
  assert.equal(secure.alpnProtocol, 'h2');
  const http = connect(`https://localhost:${newerPort}`, { createConnection: () => secure });
  t.after(() => http.destroy());
  return http;
}

const pseudo = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'gateway'],
  [':path', '/t/shop/v1/a'],
] as const;
const proof = (): readonly [string, string] => ['authorization', `Bearer ${token}`];
type Fields = readonly (readonly [name: string, value: string])[];

/** The pseudo-header fields with some of them another, or gone. */
function changed(change: Readonly<Record<string, string | undefined>>): Fields {
  return pseudo.flatMap(([name, value]) => {
    const other = name in change ? change[name] : value;
    return other === undefined ? [] : [[name, other] as const];
  });
}

describe('requests that HTTP/2 must not have (THREATS 29)', () => {
  const rows: readonly (readonly [title: string, fields: () => Fields])[] = [
    ['a pseudo-header field twice', () => [...pseudo, [':path', '/t/shop/v1/b'], proof()]],
    ['one after the others', () => [...pseudo.slice(0, 3), proof(), [':path', '/t/shop/v1/a']]],
    ['one that nobody knows', () => [...pseudo, [':status', '200'], proof()]],
    ['no method', () => [...changed({ ':method': undefined }), proof()]],
    ['no path', () => [...changed({ ':path': undefined }), proof()]],
    ['an empty path', () => [...changed({ ':path': '' }), proof()]],
    ['no scheme', () => [...changed({ ':scheme': undefined }), proof()]],
    ['another scheme', () => [...changed({ ':scheme': 'http' }), proof()]],
    ['neither authority nor host', () => [...changed({ ':authority': undefined }), proof()]],
    ['a host beside another authority', () => [...pseudo, ['host', 'elsewhere'], proof()]],
    ['two hosts', () => [...changed({ ':authority': undefined }), ['host', 'a'], ['host', 'a'], proof()]],
    ['capitals in a name', () => [...pseudo, ['X-A', 'b'], proof()]],
    ['connection', () => [...pseudo, ['connection', 'x-a'], ['x-a', 'b'], proof()]],
    ['transfer-encoding', () => [...pseudo, ['transfer-encoding', 'chunked'], proof()]],
    ['upgrade', () => [...pseudo, ['upgrade', 'h2c'], proof()]],
    ['keep-alive', () => [...pseudo, ['keep-alive', '1'], proof()]],
    ['proxy-connection', () => [...pseudo, ['proxy-connection', '1'], proof()]],
    ['te', () => [...pseudo, ['te', 'gzip'], proof()]],
    ['two lengths', () => [...pseudo, ['content-length', '0'], ['content-length', '1'], proof()]],
    ['a length that is none', () => [...pseudo, ['content-length', '+0'], proof()]],
    ['a length that lies', () => [...pseudo, ['content-length', '5'], proof()]],
    ['a line end in the path', () => [...changed({ ':path': '/t/shop/v1/a HTTP/1.1\r\nx: y' }), proof()]],
    ['a space in the path', () => [...changed({ ':path': '/t/shop/v1/a b' }), proof()]],
    ['absolute form', () => [...changed({ ':path': 'https://x/t/shop/v1/a' }), proof()]],
    ['dots in the path', () => [...changed({ ':path': '/t/shop/v1/../admin' }), proof()]],
    ['a line end in the method', () => [...changed({ ':method': 'GET / HTTP/1.1\r\nx: y' }), proof()]],
    ['a method of somebody’s', () => [...changed({ ':method': 'PURGE' }), proof()]],
    ['CONNECT', () => [[':method', 'CONNECT'], [':authority', 'x:443'], proof()]],
    ['extended CONNECT', () => [...changed({ ':method': 'CONNECT' }), [':protocol', 'websocket'], proof()]],
    ['too many fields', () => [...pseudo, ...Array.from({ length: 300 }, () => ['a', ''] as const), proof()]],
    ['fields that are too long', () => [...pseudo, ['x-a', 'b'.repeat(40_000)], proof()]],
  ];
  for (const [title, fields] of rows) {
    test(title, async (t) => {
      const before = api.arrived.length;
      const wire = await connectHttp2Wire(gateway.gateway.ports.targets ?? 0, ca);
      t.after(() => wire.end());
      wire.send(...requestFrames(block(fields())));
      const text = await until('an end', () => {
        if (wire.isClosed()) return 'closed';
        const end = wire.frames.find(({ type, flags }) => isEnd(type, flags));
        if (end === undefined) return undefined;
        const data = wire.frames.filter(({ type }) => type === FrameType.data);
        return Buffer.concat(data.map(({ payload }) => payload)).toString() || `frame ${end.type}`;
      });
      assert.match(text, /^(?:closed|frame [037]$|\{"error":)/);
      assert.equal(api.arrived.length, before);
    });
  }

  const dropped: readonly (readonly [title: string, name: string, value: string])[] = [
    ['a line end in a value', 'x-a', 'b\r\nx-b: c'],
    ['a line feed in a value', 'x-a', 'b\nGET / HTTP/1.1'],
    ['NUL in a value', 'x-a', 'b\0'],
    ['a line end in a name', 'x-a: b\r\nx-b', 'c'],
    ['a colon in a name', 'x-a: b', 'c'],
  ];
  for (const [title, name, value] of dropped) {
    test(`${title}: the field does not go on`, async (t) => {
      const wire = await connectHttp2Wire(gateway.gateway.ports.targets ?? 0, ca);
      t.after(() => wire.end());
      wire.send(...requestFrames(block([...pseudo, proof(), [name, value]])));
      await until('an end', () => wire.frames.find(({ type, flags }) => isEnd(type, flags)));
      const names = Object.keys(api.arrived.at(-1)?.headers ?? {});
      assert.deepEqual(names, ['host', 'connection', 'accept-encoding']);
    });
  }

  test('a length that is passed over', async (t) => {
    const before = api.arrived.length;
    const wire = await connectHttp2Wire(gateway.gateway.ports.targets ?? 0, ca);
    t.after(() => wire.end());
    const fields = [...changed({ ':method': 'POST' }), ['content-length', '1'], proof()] as const;
    wire.send(
      frame(FrameType.headers, Flag.endHeaders, 1, block(fields)),
      frame(FrameType.data, Flag.endStream, 1, Buffer.from('xGET /t/shop/v1/admin')),
    );
    await until('the end', () => wire.frames.some(({ type, flags }) => isEnd(type, flags)));
    assert.equal(api.arrived.length, before);
  });
});

function isEnd(type: number, flags: number): boolean {
  if (type === FrameType.resetStream || type === FrameType.goAway) return true;
  return type === FrameType.data && (flags & Flag.endStream) !== 0;
}

/** A request without a body, in as many frames as it takes (RFC 9113 §4.2: of 16 KiB). */
function requestFrames(fields: Buffer, stream = 1): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < fields.length; at += 16_384) parts.push(fields.subarray(at, at + 16_384));
  return parts.map((part, at) => {
    const last = at === parts.length - 1 ? Flag.endHeaders : 0;
    return at === 0
      ? frame(FrameType.headers, Flag.endStream | last, stream, part)
      : frame(FrameType.continuation, last, stream, part);
  });
}

describe('floods', () => {
  const rows: readonly (readonly [title: string, frames: () => Buffer[]])[] = [
    [
      'of requests that are taken back at once (CVE-2023-44487)',
      () =>
        Array.from({ length: 2_000 }, (_, at) => [
          ...requestFrames(block([...pseudo, ['authorization', 'Bearer x.y.z']]), 2 * at + 1),
          frame(FrameType.resetStream, 0, 2 * at + 1, Buffer.from([0, 0, 0, 8])),
        ]).flat(),
    ],
    [
      'of CONTINUATION (CVE-2024-27316)',
      () => [
        frame(FrameType.headers, Flag.endStream, 1, block(pseudo)),
        ...Array.from({ length: 1_000 }, () => frame(FrameType.continuation, 0, 1, block([['a', 'b']]))),
      ],
    ],
    ['of settings', () => Array.from({ length: 20_000 }, () => frame(FrameType.settings, 0, 0))],
    ['of a header table that grows out of all bounds', () => [frame(FrameType.headers, 5, 1, bomb())]],
  ];
  for (const [title, frames] of rows) {
    test(title, async (t) => {
      const wire = await connectHttp2Wire(gateway.gateway.ports.targets ?? 0, ca);
      t.after(() => wire.end());
      wire.send(...frames());
      await until('the end of the connection', () => wire.isClosed() || wire.frames.some(isRefused));
      assert.equal((await ask('/t/shop/v1/a')).status, 200);
    });
  }
});

function isRefused({ type, stream }: { type: number; stream: number }): boolean {
  return type === FrameType.goAway || (type === FrameType.resetStream && stream === 1);
}

/** One field in the table, and then a thousand times that field (RFC 7541 §6.1, §6.2.1). */
function bomb(): Buffer {
  const field = block([['x-a', 'b'.repeat(3_900)]]);
  field[0] = 0x40;
  return Buffer.concat([block(pseudo), field, Buffer.alloc(10_000, 0x80 | 62)]);
}

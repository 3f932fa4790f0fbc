import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { serverTls } from './certificates.ts';
import type { ServerTls } from './certificates.ts';
import { listenHttp } from './http-listener.ts';
import type { HttpListenerOptions } from './http-listener.ts';
import { isLoopback } from './loopback.ts';

let dataDir = '';
let pair: ServerTls;
let ca = '';
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sallyport-http-'));
  pair = await serverTls({ dataDir, host: '127.0.0.1' });
  ca = await readFile(pair.caFile ?? '', 'utf8');
});
after(() => rm(dataDir, { recursive: true }));

const hello: HttpListenerOptions['handle'] = (request, response) => {
  const how = request.socket instanceof tls.TLSSocket ? 'tls' : 'plain';
  response.end(`${how} ${request.method} ${request.url}`);
};

async function listen(t: TestContext, change: Partial<HttpListenerOptions> = {}) {
  const listener = await listenHttp({ host: '127.0.0.1', port: 0, tls: pair, handle: hello, ...change });
  t.after(() => listener.close(0));
  return listener;
}

async function answerOf(request: http.ClientRequest): Promise<{ status: number | undefined; body: string }> {
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  let body = '';
  for await (const chunk of response ?? []) body += String(chunk);
  return { status: response?.statusCode, body };
}

const getPlain = (port: number, path: string) =>
  answerOf(http.get({ host: '127.0.0.1', port, path, agent: false }));
const getTls = (port: number, path: string) =>
  answerOf(https.get({ host: '127.0.0.1', port, path, ca, agent: false }));

/** All that comes back on a connection that these chunks are written to, each when the last has left. */
async function exchange(port: number, chunks: readonly (string | Buffer)[]): Promise<string> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
  });
  await new Promise((resolve) => {
    socket.once('connect', resolve);
  });
  for (const chunk of chunks) {
    await new Promise((resolve) => {
      socket.write(chunk, resolve);
    });
    await new Promise(setImmediate);
  }
  await closed;
  return text;
}

test('one port takes TLS, and plain HTTP from this machine', async (t) => {
  const listener = await listen(t);
  const [plain, secure] = await Promise.all([getPlain(listener.port, '/a'), getTls(listener.port, '/b')]);
  assert.deepEqual(plain, { status: 200, body: 'plain GET /a' });
  assert.deepEqual(secure, { status: 200, body: 'tls GET /b' });
});

test('plain HTTP from elsewhere is told to use TLS, and nothing of it is handled', async (t) => {
  const handled: string[] = [];
  const asked: (string | undefined)[] = [];
  const listener = await listen(t, {
    handle: (request, response) => {
      handled.push(request.url ?? '');
      hello(request, response);
    },
    takesPlain: (address) => {
      asked.push(address);
      return false;
    },
  });
  const answer = await exchange(listener.port, [
    'GET /plain HTTP/1.1\r\nHost: x\r\n',
    `X: ${'y'.repeat(9000)}\r\n\r\n`,
  ]);
  assert.match(answer, /^HTTP\/1\.1 400 [^]*Connection: close[^]*TLS is required here/);
  assert.deepEqual(asked, ['127.0.0.1']);
  assert.equal((await getTls(listener.port, '/secure')).status, 200);
  assert.deepEqual(handled, ['/secure']);
});

test('a plain request is whole, however its bytes arrive', async (t) => {
  const listener = await listen(t, {
    handle: async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.end(`got ${body}`);
    },
  });
  const text = 'POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello';
  for (const chunks of [
    [text],
    [...text],
    [text.slice(0, 1), text.slice(1)],
    [text.slice(0, -5), text.slice(-5)],
  ])
    assert.match(await exchange(listener.port, chunks), /got hello$/);
});

test('a TLS handshake is whole, however its bytes arrive', async (t) => {
  const listener = await listen(t);
  const raw = net.connect({ host: '127.0.0.1', port: listener.port, noDelay: true });
  await once(raw, 'connect');
  // Between client and gateway stands somebody who passes every byte by itself.
  const relay = net.createServer((client) => {
    client.on('data', (data: Buffer) => {
      for (const byte of data) raw.write(Uint8Array.of(byte));
    });
    raw.pipe(client);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  assert.equal((await getTls(port, '/slow')).body, 'tls GET /slow');
  raw.destroy();
  relay.close();
});

test('a connection that is no HTTP and no TLS ends, and others go on', async (t) => {
  const listener = await listen(t);
  for (const junk of [
    Buffer.from([0x16, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]),
    'x\r\n\r\n',
  ]) {
    const answer = await exchange(listener.port, [junk]);
    assert.doesNotMatch(answer, /200/);
  }
  const reset = net.connect(listener.port, '127.0.0.1');
  await once(reset, 'connect');
  reset.write(Buffer.from([0x16]));
  reset.resetAndDestroy();
  assert.equal((await getPlain(listener.port, '/')).status, 200);
});

const slow: readonly { name: string; chunks: readonly (string | Buffer)[]; answer: RegExp }[] = [
  { name: 'says nothing', chunks: [], answer: /^$/ },
  { name: 'begins a TLS handshake and stops', chunks: [Buffer.from([0x16, 3, 1, 2, 0])], answer: /^$/ },
  {
    name: 'never ends its headers',
    chunks: ['GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n'],
    answer: /^HTTP\/1\.1 408/,
  },
];

for (const { name, chunks, answer } of slow)
  test(`THREATS 47: a client that ${name} is cut off`, async (t) => {
    const listener = await listen(t, { limits: { handshakeMs: 30, headersMs: 30, sweepMs: 10 } });
    assert.match(await exchange(listener.port, chunks), answer);
  });

test('THREATS 47: a client that was refused and goes on sending, byte by byte, is cut off', async (t) => {
  const listener = await listen(t, { limits: { restMs: 30 } });
  const answer = await exchange(listener.port, [
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n',
    'a',
  ]);
  assert.match(answer, /^HTTP\/1\.1 200/);
});

test('a connection goes on behind a request that was answered before its end was seen', async (t) => {
  let begun = Promise.withResolvers<void>();
  const listener = await listen(t, {
    handle: (request, response) => {
      // What waits for a body gets it, and can answer, before the parser says that it was all.
      request.once('readable', () => response.end(`read ${request.read()}`));
      begun.resolve();
    },
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const socket = net.connect({ host: '127.0.0.1', port: listener.port, noDelay: true });
  t.after(() => socket.destroy());
  const cut = once(socket, 'close').then(() => assert.fail('the connection was cut'));
  cut.catch(() => undefined); // waited for while there is something to come
  for (const body of ['one', 'two']) {
    begun = Promise.withResolvers<void>();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n');
    await Promise.race([begun.promise, cut]);
    socket.write(body);
    const [answer] = (await Promise.race([once(socket, 'data'), cut])) as [Buffer];
    assert.match(answer.toString(), new RegExp(`^HTTP/1.1 200 .*read ${body}`, 's'));
    t.mock.timers.tick(60_000);
  }
});

test('headers over the limit are refused, a token of 16 KiB is not', async (t) => {
  let handled = 0;
  const listener = await listen(t, {
    handle: (request, response) => {
      handled++;
      hello(request, response);
    },
  });
  const withToken = (bytes: number) =>
    exchange(listener.port, [
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${'a'.repeat(bytes)}\r\n\r\n`,
    ]);
  assert.match(await withToken(16 * 1024), /^HTTP\/1\.1 200/);
  // The answer is 431, or lost with the reset for what was not read.
  assert.match(await withToken(64 * 1024), /^(HTTP\/1\.1 431|$)/);
  assert.equal(handled, 1);
});

test('connections over the limit are not taken', async (t) => {
  const listener = await listen(t, { limits: { connectionsMax: 1 } });
  const first = net.connect(listener.port, '127.0.0.1');
  await once(first, 'connect');
  first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(first, 'data');
  assert.equal(await exchange(listener.port, []), '');
  first.destroy();
});

const failing: readonly { name: string; handle: HttpListenerOptions['handle'] }[] = [
  {
    name: 'throws',
    handle: () => {
      throw new Error('secret detail');
    },
  },
  { name: 'rejects', handle: () => Promise.reject(new Error('secret detail')) },
];

for (const { name, handle } of failing)
  test(`a handler that ${name} is answered 500 without its reason`, async (t) => {
    const errors: unknown[] = [];
    const listener = await listen(t, { handle, onError: (error) => errors.push(error) });
    assert.deepEqual(await getPlain(listener.port, '/'), { status: 500, body: 'internal error\n' });
    assert.equal(errors.length, 1);
  });

test('upgrades reach their handler over TLS', async (t) => {
  const listener = await listen(t, {
    upgrade: (_request, socket) =>
      void socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nup',
      ),
  });
  const request = https.get({
    host: '127.0.0.1',
    port: listener.port,
    ca,
    agent: false,
    headers: { connection: 'upgrade', upgrade: 'websocket' },
  });
  const [, socket, head]: [unknown, net.Socket, Buffer] = await once(request, 'upgrade').then(
    ([response, upgraded, first]) => [response, upgraded, first],
  );
  let text = head.toString();
  for await (const chunk of socket) text += String(chunk);
  assert.equal(text, 'up');
});

for (const begun of [false, true])
  test(
    `closing ends idle connections at once and waits for active ones, ${begun ? 'begun' : 'not begun'} to be answered`,
    { timeout: 120_000 },
    async (t) => {
      let finish = () => undefined as void;
      const started = Promise.withResolvers<void>();
      const listener = await listen(t, {
        handle: (request, response) => {
          if (request.url !== '/long') return void response.end('short');
          if (begun) response.flushHeaders();
          finish = () => void response.end('done');
          return started.resolve();
        },
      });
      const agent = new http.Agent({ keepAlive: true });
      const options = { host: '127.0.0.1', port: listener.port, agent };
      await answerOf(http.get({ ...options, path: '/short' })); // leaves an idle connection
      const secureAgent = new https.Agent({ keepAlive: true, ca });
      await answerOf(https.get({ ...options, agent: secureAgent, path: '/short' }));
      const silent = net.connect(listener.port, '127.0.0.1');
      await once(silent, 'connect');
      const request = http.get({ ...options, agent: new http.Agent({ keepAlive: true }), path: '/long' });
      const long = answerOf(request);
      const head = once(request, 'response');
      await started.promise;
      const closed = listener.close(600_000);
      await once(silent, 'close');
      finish();
      assert.equal((await long).body, 'done');
      const [response]: http.IncomingMessage[] = await head;
      assert.equal(response?.headers.connection, begun ? 'keep-alive' : 'close');
      await closed;
      await assert.rejects(getPlain(listener.port, '/'), { code: 'ECONNREFUSED' });
      agent.destroy();
      secureAgent.destroy();
    },
  );

test('closing cuts off what does not end in time', async (t) => {
  const started = Promise.withResolvers<void>();
  const listener = await listen(t, { handle: () => started.resolve() });
  const request = http.get({ host: '127.0.0.1', port: listener.port, agent: false });
  const failed = once(request, 'error');
  request.end();
  await started.promise;
  await Promise.all([listener.close(10), assert.rejects(once(request, 'response')), failed]);
});

test('a renewed certificate is shown to new connections', async (t) => {
  const listener = await listen(t);
  const dir = await mkdtemp(join(dataDir, 'renewed-'));
  const renewed = await serverTls({ dataDir: dir, host: '127.0.0.1' });
  listener.renew(renewed);
  await assert.rejects(getTls(listener.port, '/'));
  const newCa = await readFile(renewed.caFile ?? '', 'utf8');
  const request = https.get({ host: '127.0.0.1', port: listener.port, ca: newCa, agent: false });
  assert.equal((await answerOf(request)).status, 200);
});

test('a port that is taken is told', async (t) => {
  const listener = await listen(t);
  await assert.rejects(listen(t, { port: listener.port }), { code: 'EADDRINUSE' });
});

test('TLS below 1.2 is refused', async (t) => {
  const { port } = await listen(t);
  const ciphers = 'DEFAULT@SECLEVEL=0'; // or the client would not even ask
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    ca,
    ciphers,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
  });
  await assert.rejects(once(socket, 'secureConnect'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
});

const addresses: readonly [string | undefined, boolean][] = [
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['::FFFF:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['128.0.0.1', false],
  ['1270.0.0.1', false],
  ['::2', false],
  ['2001:db8::127.0.0.1', false],
  ['', false],
  [undefined, false],
];

for (const [address, expected] of addresses)
  test(`${address} is ${expected ? '' : 'not '}this machine`, () =>
    assert.equal(isLoopback(address), expected));

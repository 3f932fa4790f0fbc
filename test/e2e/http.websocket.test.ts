import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ProxyAgent, WebSocket } from 'undici';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { until } from '../fixtures/until.ts';
import { startWebSocketApi, type Visit, type WebSocketApi } from '../fixtures/websocket-api.ts';
import { WebSocketReader, webSocketFrame, type WebSocketMessage } from '../../src/wire/http/websocket.ts';

const secret = 'sk_test_upstream_secret';
let api: WebSocketApi;
let gateway: TestGateway;
let token: string;

/** Says back what it hears; some words make it do more. */
function hear(message: WebSocketMessage, visit: Visit): void {
  if (message.kind !== 'text') return;
  const text = message.data.toString();
  if (text === 'binary') return visit.send('binary', Buffer.from([1, 2, 3]));
  if (text === 'ping') return visit.send('ping', 'ann@acme.test');
  if (text === 'secret') return visit.send('text', `"${visit.headers['x-api-key'] as string}"`);
  if (text === 'bye') return visit.close(4001, 'ann@acme.test has gone');
  if (text === 'masked')
    return void visit.socket.write(webSocketFrame('text', Buffer.from('x'), Buffer.alloc(4)));
  return visit.send('text', text);
}

before(async () => {
  api = await startWebSocketApi(hear);
  process.env['WEBSOCKET_TEST_KEY'] = secret;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, proxy: 0 }
data: ./data
identity: { local: true }
targets:
  chat:
    http: { url: "http://127.0.0.1:${api.port}/base" }
    credential: { headers: { X-Api-Key: "\${env:WEBSOCKET_TEST_KEY}" } }
  open: { http: { url: "http://127.0.0.1:${api.port}/open" } }
sensitive: { chat: { "GET /v1/users#/email": redact } }
detect: [{ find: [email], mask: redact, targets: [chat] }]
rules:
  - { name: read, who: { groups: [crews] }, targets: [chat, open], allow: [read] }
  - { name: talk, who: { groups: [crews] }, targets: [chat, open], allow: [write.WEBSOCKET], resources: ["/v1/*"] }
  - { name: nod, who: { groups: [crews] }, targets: [chat], hold: [write.WEBSOCKET], resources: ["WEBSOCKET /held"], approvers: { groups: [leads] } }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

interface Talk {
  readonly socket: WebSocket;
  readonly heard: (string | ArrayBuffer)[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** undici's client, once it is open. */
async function talk(path: string, protocols?: string[]): Promise<Talk> {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.gateway.ports.targets}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': '1.1.1.1', 'x-api-key': 'mine' },
    ...(protocols === undefined ? {} : { protocols }),
  });
  return opened(socket);
}

async function opened(socket: WebSocket): Promise<Talk> {
  const heard: (string | ArrayBuffer)[] = [];
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => heard.push(data as string | ArrayBuffer));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
  });
  await once(socket, 'open');
  return { socket, heard, closed };
}

async function answered({ socket, heard }: Talk, text: string): Promise<string | ArrayBuffer | undefined> {
  const before = heard.length;
  socket.send(text);
  await until('an answer', () => heard.length > before);
  return heard.at(-1);
}

/** What the gateway answers to a handshake, as bytes. */
function shake(
  path: string,
  more: readonly string[],
  head = `Authorization: Bearer ${token}`,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(gateway.gateway.ports.targets ?? 0, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    // An answer that does not end the connection ends here.
    if (text.startsWith('HTTP/1.1 101')) socket.destroy();
  });
  socket.on('close', () => resolve(text));
  socket.write([`GET ${path} HTTP/1.1`, 'Host: localhost', head, ...more, '', ''].join('\r\n'));
  return promise;
}

const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

describe('a WebSocket', () => {
  test('carries messages both ways, masked as answers are', async () => {
    const it = await talk('/t/chat/v1/chat?room=1', ['chat', 'other']);
    assert.equal(it.socket.protocol, 'chat');
    assert.equal(await answered(it, '{"to":"ann@acme.test","n":1}'), '{"to":"[redacted]","n":1}');
    assert.equal(await answered(it, 'tell ann@acme.test'), 'tell [redacted]');
    assert.equal(await answered(it, 'secret'), `"${'*'.repeat(secret.length)}"`);
    const long = 'é'.repeat(100_000);
    assert.equal(await answered(it, long), long);
    const visit = api.visits.at(-1);
    assert.equal(visit?.url, '/base/v1/chat?room=1');
    assert.deepEqual(
      ['x-api-key', 'authorization', 'x-forwarded-for', 'sec-websocket-extensions'].map(
        (name) => visit?.headers[name],
      ),
      [secret, undefined, undefined, undefined],
    );
    it.socket.close(1000, 'done');
    assert.equal((await it.closed).code, 1000);
    await until('its result', async () =>
      (await gateway.events()).some((event) => event.type === 'result' && event.tag === '101 1000'),
    );
    const events = await gateway.events();
    const command = events.find((event) => event.type === 'command');
    assert.ok(command?.type === 'command');
    assert.deepEqual(
      [command.text, command.effects],
      ['WEBSOCKET /v1/chat?room=1', ['write.WEBSOCKET /v1/chat']],
    );
    const result = events.find((event) => event.type === 'result');
    assert.ok(result?.type === 'result');
    assert.deepEqual([result.rows, result.columns, result.masked], [8, ['from', 'message'], 2]);
    assert.deepEqual(result.first?.slice(0, 2), [
      ['client', '{"to":"ann@acme.test","n":1}'],
      ['target', '{"to":"[redacted]","n":1}'],
    ]);
  });

  test('has the places of its route masked, and shows no text where they are', async () => {
    const it = await talk('/t/chat/v1/users');
    assert.equal(await answered(it, '{"email":"x","n":1}'), '{"email":"[redacted]","n":1}');
    assert.doesNotMatch(String(await answered(it, 'email is x')), /email is x/);
    it.socket.close();
    await it.closed;
  });

  test('closes where a binary message cannot be looked into', async () => {
    const it = await talk('/t/chat/v1/chat');
    it.socket.send('binary');
    const { code, reason } = await it.closed;
    assert.deepEqual(
      [code, reason, it.heard],
      [1008, 'a binary message cannot be looked into for what is hidden from you', []],
    );
  });

  test('carries binary messages where nothing is hidden', async () => {
    const it = await talk('/t/open/v1/chat');
    assert.deepEqual(Buffer.from((await answered(it, 'binary')) as ArrayBuffer), Buffer.from([1, 2, 3]));
    it.socket.close();
    await it.closed;
  });

  test('answers pings, and carries nothing in them', async () => {
    const it = await talk('/t/chat/v1/chat');
    it.socket.send('ping');
    const visit = api.visits.at(-1);
    const pong = await until('a pong', () => visit?.messages.find(({ kind }) => kind === 'pong'));
    assert.deepEqual(pong, { kind: 'pong', data: Buffer.from('ann@acme.test') });
    it.socket.close();
    await it.closed;
  });

  test('ends as the target ends it, its reason masked', async () => {
    const it = await talk('/t/chat/v1/chat');
    it.socket.send('bye');
    assert.deepEqual(await it.closed, { code: 4001, reason: '[redacted] has gone' });
  });

  test('ends with a target that breaks the protocol, or breaks off', async () => {
    const broken = await talk('/t/chat/v1/chat');
    broken.socket.send('masked');
    assert.equal((await broken.closed).code, 1011);
    const off = await talk('/t/chat/v1/chat');
    api.visits.at(-1)?.socket.destroy();
    assert.equal((await off.closed).code, 1001);
  });

  test('ends with its session', async () => {
    const it = await talk('/t/chat/v1/chat');
    const visit = api.visits.at(-1);
    const session = gateway.gateway.live.list().find(({ target }) => target.name === 'chat');
    gateway.gateway.live.kill(session?.id ?? '', 'kim');
    assert.deepEqual(await it.closed, { code: 1008, reason: 'Sallyport: kim ended this session' });
    await until('the target to know', () => visit?.socket.destroyed === true);
  });

  test('goes through the proxy', async () => {
    const dispatcher = new ProxyAgent({
      uri: `http://127.0.0.1:${gateway.gateway.ports.proxy}`,
      token: `Bearer ${token}`,
    });
    const it = await opened(new WebSocket(`ws://127.0.0.1:${api.port}/base/v1/chat`, { dispatcher }));
    assert.equal(await answered(it, 'tell ann@acme.test'), 'tell [redacted]');
    it.socket.close();
    await it.closed;
    await dispatcher.close();
  });

  test('waits for people where a rule holds it', async () => {
    const opening = talk('/t/chat/held');
    const { approvals } = gateway.gateway;
    const held = await until('it to be held', async () => (await approvals.list({ status: 'pending' }))[0]);
    const before = api.visits.length;
    const by = {
      subject: 'kim',
      issuer: 'sallyport',
      kind: 'human',
      groups: ['leads'],
      claims: {},
      expiresAtMs: Infinity,
    } as const;
    await approvals.decide({ approvalId: held.id, by, decision: 'approve' });
    const it = await opening;
    assert.equal(api.visits.length, before + 1);
    it.socket.close();
    await it.closed;
  });

  test('a client that leaves while it waits takes it back', async () => {
    const socket = connect(gateway.gateway.ports.targets ?? 0, '127.0.0.1');
    socket.write(
      ['GET /t/chat/held HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`, ...handshake, '', ''].join(
        '\r\n',
      ),
    );
    const { approvals } = gateway.gateway;
    await until('it to be held', async () => (await approvals.list({ status: 'pending' })).length > 0);
    socket.destroy();
    await until(
      'it to be taken back',
      async () => (await approvals.list({ status: 'pending' })).length === 0,
    );
  });
});

describe('refused, and no WebSocket', () => {
  const rows: readonly (readonly [title: string, path: string, more: readonly string[], expected: RegExp])[] =
    [
      [
        'that it works with nothing wrong',
        '/t/chat/v1/chat',
        handshake,
        /^HTTP\/1\.1 101 .*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/s,
      ],
      ['where only reads are let in', '/t/chat/v2/chat', handshake, /^HTTP\/1\.1 403 .*write\.WEBSOCKET/s],
      [
        'another version',
        '/t/chat/v1/chat',
        handshake.map((line) => line.replace('13', '8')),
        /^HTTP\/1\.1 400 /,
      ],
      ['no key', '/t/chat/v1/chat', handshake.slice(0, 3), /^HTTP\/1\.1 400 /],
      [
        'a body, and it is served as HTTP',
        '/t/chat/v1/chat',
        [...handshake, 'Connection: close', 'Content-Length: 0'],
        /^HTTP\/1\.1 404 /,
      ],
      ['a target that does not switch', '/t/chat/v1/no', handshake, /^HTTP\/1\.1 502 .*does not switch/s],
      ['a target that answers another key', '/t/chat/v1/wrong', handshake, /^HTTP\/1\.1 502 /],
      ['a target that compresses unasked', '/t/chat/v1/deflate', handshake, /^HTTP\/1\.1 502 /],
      [
        'another protocol is served as HTTP',
        '/t/chat/v1/chat',
        ['Connection: Upgrade, close', 'Upgrade: h2c'],
        /^HTTP\/1\.1 404 /,
      ],
    ];
  for (const [title, path, more, expected] of rows) {
    test(title, async () => assert.match(await shake(path, more), expected));
  }

  test('no token', async () => {
    assert.match(
      await shake('/t/chat/v1/chat', handshake, 'X-A: 1'),
      /^HTTP\/1\.1 401 .*www-authenticate: Bearer/is,
    );
  });

  test('a client that does not mask', async () => {
    const socket = connect(gateway.gateway.ports.targets ?? 0, '127.0.0.1');
    socket.write(
      [
        'GET /t/chat/v1/chat HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${token}`,
        ...handshake,
        '',
        '',
      ].join('\r\n'),
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 /);
    socket.write(webSocketFrame('text', Buffer.from('x')));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    const [close] = new WebSocketReader({ isMasked: false, bytesMax: 1_000 }).push(bytes);
    assert.deepEqual(close, {
      kind: 'close',
      code: 1002,
      reason: 'frames of clients are masked, and no others',
    });
    await once(socket, 'close');
  });
});

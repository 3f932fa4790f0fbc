import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer, type Server } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ProxyAgent, request } from 'undici';
import { createClient } from '../../src/api/client.ts';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { ownCa } from '../fixtures/own-ca.ts';
import { until } from '../fixtures/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'sallyport-proxy-'));
const secret = 'sk_test_upstream_secret';

let plain: HttpApi;
let outside: HttpApi;
let secure: Server;
let securePort: number;
const asked: string[] = [];
let gateway: TestGateway;
let token: string;
let caFile: string;

before(async () => {
  const { cert, key, caFile: upstreamCa } = ownCa(dir, ['localhost']);
  secure = createTlsServer({ cert, key }, ({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers['x-api-key'] as string}`);
    if (url === '/base/v1/moved') response.setHeader('location', '/base/v1/elsewhere');
    response.setHeader('content-type', 'application/json');
    response.end('{"email":"ann@acme.test","id":7}');
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  securePort = (secure.address() as AddressInfo).port;
  plain = await startHttpApi((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"email":"bob@acme.test"}');
  });
  outside = await startHttpApi((_request, response) => void response.end('from outside'));
  process.env['PROXY_TEST_KEY'] = secret;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, proxy: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  billing:
    http: { url: "https://localhost:${securePort}/base", ca: ${upstreamCa} }
    credential: { headers: { X-Api-Key: "\${env:PROXY_TEST_KEY}" } }
  closed: { http: { url: "https://closed.acme.test" } }
  plain: { http: { url: "http://127.0.0.1:${plain.port}" } }
passthrough: [{ who: { groups: [crews] }, hosts: ["127.0.0.1:${outside.port}"] }]
sensitive: { billing: { "/v1/*#/email": email }, plain: { "/*#/email": email } }
rules:
  - { name: crews, who: { groups: [crews] }, targets: [billing, plain], allow: [read], resources: ["/v1/*"] }
`);
  token = await gateway.token();
  caFile = join(gateway.dataDir, 'ca.pem');
});

after(async () => {
  await gateway?.stop();
  await plain?.stop();
  await outside?.stop();
  secure?.closeAllConnections();
  await new Promise((resolve) => secure.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const port = (): number => gateway.gateway.ports.proxy ?? 0;

/** Real curl; what it prints, and its exit code. */
function curl(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    const proxy = ['--proxy', `http://agent:${token}@127.0.0.1:${port()}`, '--cacert', caFile];
    // Else curl leaves addresses of this machine out.
    const all = ['-sS', '--noproxy', '', ...proxy, ...args];
    execFile('curl', all, { timeout: 120_000 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout });
    });
  });
}

/** What comes back for these lines, until the connection ends or `enough` is there. */
function raw(lines: readonly string[], enough = /$^/): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port(), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (enough.test(text)) socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(text));
  socket.write(lines.map((line) => `${line}\r\n`).join(''));
  return promise;
}

/** A tunnel as its client has it: what is written into it, and what comes out until it ends. */
async function tunnelled(
  authority: string,
  servername: string | undefined,
  lines: readonly string[],
): Promise<string> {
  const socket = connect(port(), '127.0.0.1');
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Bearer ${token}\r\n\r\n`,
  );
  const head = await new Promise<string>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
  });
  assert.match(head, /^HTTP\/1\.1 200 /);
  const { promise, resolve } = Promise.withResolvers<string>();
  const ca = readFileSync(caFile);
  const end =
    servername === undefined
      ? socket
      : connectTls({ socket, servername, ca, checkServerIdentity: () => undefined });
  let text = '';
  end.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  end.on('error', () => undefined);
  end.on('close', () => resolve(text));
  end.write(lines.map((line) => `${line}\r\n`).join(''));
  return promise;
}

describe('through the proxy', () => {
  test('curl reaches a target over TLS by its own address, masked', async () => {
    const { code, out } = await curl(`https://localhost:${securePort}/base/v1/customers/7`);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), { email: 'a***@***.test', id: 7 });
    assert.equal(asked.at(-1), `GET /base/v1/customers/7 ${secret}`);
  });

  test('curl speaks HTTP/2 in a tunnel, and HTTP/1.1 where it is told to', async () => {
    const url = `https://localhost:${securePort}/base/v1/customers/7`;
    const version = ['-w', ' %{http_version}', url];
    assert.match((await curl(...version)).out, /^\{"email":"a\*.* 2$/);
    assert.match((await curl('--http1.1', ...version)).out, /^\{"email":"a\*.* 1\.1$/);
  });

  test('curl reaches a target without TLS, in absolute form and in a tunnel', async () => {
    for (const more of [[], ['--proxytunnel']]) {
      const { code, out } = await curl(...more, `http://127.0.0.1:${plain.port}/v1/customers`);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(out), { email: 'b***@***.test' });
    }
    assert.equal(plain.arrived.at(-1)?.headers['proxy-authorization'], undefined);
  });

  test('requests on one tunnel follow each other, and each is decided', async () => {
    const url = `https://localhost:${securePort}/base`;
    const { out } = await curl(
      '-w',
      '%{http_code} %{num_connects}\n',
      '-o',
      '/dev/null',
      `${url}/v1/a`,
      '-o',
      '/dev/null',
      `${url}/v2/b`,
    );
    assert.deepEqual(out.trim().split('\n'), ['200 1', '403 0']);
  });

  test('undici with a bearer token', async () => {
    const agent = new ProxyAgent({
      uri: `http://127.0.0.1:${port()}`,
      token: `Bearer ${token}`,
      requestTls: { ca: readFileSync(caFile, 'utf8') },
    });
    const { statusCode, headers, body } = await request(`https://localhost:${securePort}/base/v1/moved`, {
      dispatcher: agent,
    });
    assert.deepEqual(await body.json(), { email: 'a***@***.test', id: 7 });
    assert.deepEqual([statusCode, headers['location']], [200, '/base/v1/elsewhere']);
    await agent.close();
  });

  test('a host that is passed through is reached untouched, and the tunnel is on record', async () => {
    const { code, out } = await curl('--proxytunnel', `http://127.0.0.1:${outside.port}/any`);
    assert.deepEqual([code, out], [0, 'from outside']);
    const ended = await until('the tunnel to end', async () =>
      (await gateway.events()).find(({ type }) => type === 'tunnel.ended'),
    );
    assert.ok(ended?.type === 'tunnel.ended' && ended.sent > 0 && ended.received > 'from outside'.length);
    const opened = (await gateway.events()).find(
      (event) => event.type === 'session.opened' && event.session === ended.session,
    );
    assert.ok(opened?.type === 'session.opened');
    assert.equal(opened.target, `127.0.0.1:${outside.port}`);
  });

  test('the end of its session ends a tunnel that is passed through', async () => {
    const lines = [
      `CONNECT 127.0.0.1:${outside.port} HTTP/1.1`,
      `Host: 127.0.0.1:${outside.port}`,
      `Proxy-Authorization: Bearer ${token}`,
      '',
    ];
    const whole = raw(lines);
    const session = await until('the tunnel', () =>
      gateway.gateway.live.list().find(({ target }) => target.name.includes(':')),
    );
    gateway.gateway.live.kill(session.id, 'kim');
    assert.doesNotMatch(await whole, / 5\d\d /);
  });
});

describe('refused at the proxy', () => {
  const rows: readonly (readonly [title: string, lines: () => string[], expected: RegExp])[] = [
    [
      'a CONNECT with another Host',
      () => [`CONNECT localhost:${securePort} HTTP/1.1`, 'Host: x:1', ''],
      /^HTTP\/1\.1 400 .*names another host/s,
    ],
    [
      'no proof at all',
      () => [`CONNECT localhost:${securePort} HTTP/1.0`, ''],
      /^HTTP\/1\.1 407 .*proxy-authenticate: Basic realm="sallyport"/is,
    ],
    [
      'a forged token',
      () => [`CONNECT localhost:${securePort} HTTP/1.0`, 'Proxy-Authorization: Bearer a.b.c', ''],
      /^HTTP\/1\.1 407 /,
    ],
    [
      'a password that is none',
      () => [`CONNECT localhost:${securePort} HTTP/1.0`, `Proxy-Authorization: Basic ${btoa('a:b:c')}`, ''],
      /^HTTP\/1\.1 407 /,
    ],
    [
      'two tokens',
      () => [
        `CONNECT localhost:${securePort} HTTP/1.0`,
        ...Array<string>(2).fill(`Proxy-Authorization: Bearer ${token}`),
        '',
      ],
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a host that is no target',
      () => [
        'CONNECT evil.test:443 HTTP/1.1',
        'Host: evil.test:443',
        `Proxy-Authorization: Bearer ${token}`,
        '',
      ],
      /^HTTP\/1\.1 403 .*does not lead to evil\.test:443.*passthrough/s,
    ],
    [
      'a target that no rule opens, in the same words',
      () => [
        'CONNECT closed.acme.test:443 HTTP/1.1',
        'Host: closed.acme.test:443',
        `Proxy-Authorization: Bearer ${token}`,
        '',
      ],
      /^HTTP\/1\.1 403 .*does not lead to closed\.acme\.test:443/s,
    ],
    [
      'an address by another name',
      () => [`CONNECT 2130706433:${securePort + 1} HTTP/1.0`, `Proxy-Authorization: Bearer ${token}`, ''],
      /^HTTP\/1\.1 403 /,
    ],
    [
      'a path for an authority',
      () => ['CONNECT /t/billing HTTP/1.0', `Proxy-Authorization: Bearer ${token}`, ''],
      /^HTTP\/1\.1 400 /,
    ],
    [
      'origin form',
      () => [
        'GET /t/billing/v1/a HTTP/1.1',
        'Host: localhost',
        `Proxy-Authorization: Bearer ${token}`,
        'Connection: close',
        '',
      ],
      /^HTTP\/1\.1 400 .*this port is a proxy/s,
    ],
    [
      'an absolute form with another Host',
      () => [
        `GET http://127.0.0.1:${plain.port}/v1/a HTTP/1.1`,
        'Host: evil.test',
        `Proxy-Authorization: Bearer ${token}`,
        'Connection: close',
        '',
      ],
      /^HTTP\/1\.1 400 .*names another host/s,
    ],
    [
      'a user in the address',
      () => [
        `GET http://evil@127.0.0.1:${plain.port}/v1/a HTTP/1.1`,
        'Host: x',
        `Proxy-Authorization: Bearer ${token}`,
        'Connection: close',
        '',
      ],
      /^HTTP\/1\.1 400 /,
    ],
    [
      'an absolute form to nowhere, without a token',
      () => ['GET http://evil.test/v1/a HTTP/1.1', 'Host: evil.test', 'Connection: close', ''],
      /^HTTP\/1\.1 407 /,
    ],
    [
      'an absolute form to nowhere',
      () => [
        'GET http://evil.test/v1/a HTTP/1.1',
        'Host: evil.test',
        `Proxy-Authorization: Bearer ${token}`,
        'Connection: close',
        '',
      ],
      /^HTTP\/1\.1 403 /,
    ],
    [
      'the token as Authorization',
      () => [
        `GET http://127.0.0.1:${plain.port}/v1/a HTTP/1.1`,
        `Host: 127.0.0.1:${plain.port}`,
        `Authorization: Bearer ${token}`,
        'Connection: close',
        '',
      ],
      /^HTTP\/1\.1 407 /,
    ],
  ];
  for (const [title, lines, expected] of rows) {
    test(title, async () => {
      const before = plain.arrived.length + asked.length;
      assert.match(await raw(lines()), expected);
      assert.equal(plain.arrived.length + asked.length, before);
    });
  }

  test('a host that is passed through for others is no host, and no longer one for whom it was', async () => {
    const authority = `127.0.0.1:${outside.port}`;
    const lines = (proof: string): string[] => [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      `Proxy-Authorization: Bearer ${proof}`,
      '',
    ];
    const stranger = await gateway.token({ subject: 'stranger', groups: ['others'] });
    assert.match(await raw(lines(stranger)), /^HTTP\/1\.1 403 .*does not lead to/s);
    const before = readFileSync(gateway.configFile, 'utf8');
    const whole = raw(lines(token));
    const tunnelled = () => gateway.gateway.live.list().some(({ target }) => target.name === authority);
    await until('the tunnel', tunnelled);
    gateway.rewrite(
      before.replace('passthrough: [{ who: { groups: [crews] }', 'passthrough: [{ who: { groups: [others] }'),
    );
    await until('its end', () => !tunnelled());
    await whole;
    gateway.rewrite(before);
    await until('the first rules again', async () => {
      const loaded = (await gateway.events()).filter(({ type }) => type === 'config.loaded');
      return loaded.length >= 2;
    });
  });

  test('a ticket for some targets leads through nothing else', async () => {
    const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
    const { ticket } = await createClient({ url, token, fetch }).exchange({ targets: ['billing'] });
    for (const authority of [`127.0.0.1:${outside.port}`, `127.0.0.1:${plain.port}`]) {
      const refused = await raw([
        `CONNECT ${authority} HTTP/1.0`,
        `Proxy-Authorization: Bearer ${ticket}`,
        '',
      ]);
      assert.match(refused, /^HTTP\/1\.1 403 .*does not lead to/s);
    }
  });
});

// THREATS 29
describe('refused in a tunnel', () => {
  const at = (): string => `localhost:${securePort}`;
  const head = (...more: string[]): string[] => [
    'GET /base/v1/a HTTP/1.1',
    `Host: ${at()}`,
    'Connection: close',
    ...more,
    '',
  ];

  test('that it works with nothing wrong', async () => {
    assert.match(await tunnelled(at(), 'localhost', head()), /^HTTP\/1\.1 200 /);
  });

  const rows: readonly (readonly [
    title: string,
    servername: string | undefined,
    lines: () => string[],
    expected: RegExp,
  ])[] = [
    ['another name in the handshake', 'evil.test', head, /^$/],
    ['no TLS where the target has it', undefined, head, /^HTTP\/1\.1 403 /],
    [
      'another Host',
      'localhost',
      () => head().map((line) => line.replace(/^Host: .*/, 'Host: evil.test')),
      /^HTTP\/1\.1 400 .*another host/s,
    ],
    ['two Hosts', 'localhost', () => head(`Host: ${at()}`), /^HTTP\/1\.1 400 /],
    [
      'absolute form',
      'localhost',
      () => ['GET https://evil.test/base/v1/a HTTP/1.1', ...head().slice(1)],
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a tunnel in the tunnel',
      'localhost',
      () => ['CONNECT evil.test:443 HTTP/1.1', ...head().slice(1)],
      /^HTTP\/1\.1 400 .*one host/s,
    ],
    [
      'both lengths',
      'localhost',
      () => head('Content-Length: 5', 'Transfer-Encoding: chunked'),
      /^HTTP\/1\.1 400 /,
    ],
    ['two lengths', 'localhost', () => head('Content-Length: 5', 'Content-Length: 6'), /^HTTP\/1\.1 400 /],
    [
      'an encoding that is none',
      'localhost',
      () => head('Transfer-Encoding: chunked, identity'),
      /^HTTP\/1\.1 400 /,
    ],
    ['a folded field', 'localhost', () => head('X-A: 1', ' Transfer-Encoding: chunked'), /^HTTP\/1\.1 400 /],
    [
      'a path outside the target',
      'localhost',
      () => ['GET /other HTTP/1.1', ...head().slice(1)],
      /^HTTP\/1\.1 403 /,
    ],
    [
      'dots out of the target',
      'localhost',
      () => ['GET /base/../other HTTP/1.1', ...head().slice(1)],
      /^HTTP\/1\.1 400 /,
    ],
  ];
  for (const [title, servername, lines, expected] of rows) {
    test(title, async () => {
      const before = asked.length;
      assert.match(await tunnelled(at(), servername, lines()), expected);
      assert.equal(asked.length, before);
    });
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FakeGateway, listen, people, startMs } from '../../test/fixtures/fake-gateway.ts';
import { SallyportError, errorCodes } from '../core/errors.ts';
import type { StampedEvent } from '../core/event.ts';
import { statusOf } from '../core/http-status.ts';

async function served(t: TestContext, gateway: FakeGateway) {
  const { url, close } = await listen(gateway);
  t.after(close);
  return (path: string, init: RequestInit & { who?: string } = {}) => {
    const { who = 'sam', ...rest } = init;
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${who}`);
    return fetch(`${url}${path}`, { ...rest, headers });
  };
}

const asJson = { 'content-type': 'application/json' };

test('healthz, readyz and metrics', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  gateway.isReady = false;
  assert.equal((await ask('/healthz')).status, 200);
  const early = await ask('/readyz');
  assert.deepEqual([early.status, await early.json()], [503, { status: 'starting' }]);
  gateway.isReady = true;
  assert.equal((await ask('/readyz')).status, 200);
  const metrics = await ask('/metrics');
  assert.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(await metrics.text(), 'up 1\n');
});

test('a bad token fills no log', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  assert.equal((await ask('/api/v1/me', { who: 'nobody' })).status, 401);
  assert.deepEqual(gateway.errors, []);
});

for (const [path, status] of [
  ['/healthz', 200],
  ['/api/v1/me', 200],
  ['/api/v1/openapi.json', 200],
  ['/api/v1/sessions/session-1/events', 200],
  ['/api/v1/sessions/none', 404],
  ['/nothing', 404],
  ['/api/v1/', 404],
  ['/api/v1/%2e%2e/%2e%2e/me', 404],
] as const) {
  test(`${path} carries the security headers, and lets no other origin in`, async (t) => {
    const ask = await served(t, new FakeGateway());
    const response = await ask(path, { headers: { origin: 'https://evil.test' } });
    assert.equal(response.status, status);
    const expected = {
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(response.headers.get(name), value);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    await response.body?.cancel();
  });
}

const authorizations: readonly [header: string, status: number][] = [
  ['Bearer sam', 200],
  ['bearer  sam', 200],
  ['', 401],
  ['Bearer', 401],
  ['Bearer  ', 401],
  ['Basic c2FtOg==', 401],
  ['Bearer sam anna', 401],
  ['Bearer forged', 401],
  ['Bearer sam, Bearer anna', 401],
];

for (const [authorization, status] of authorizations) {
  test(`Authorization: ${authorization || '(none)'} → ${status}`, async (t) => {
    const ask = await served(t, new FakeGateway());
    const response = await ask('/api/v1/me', { headers: { authorization } });
    assert.equal(response.status, status);
    const scheme = status === 401 ? 'Bearer realm="sallyport"' : null;
    assert.equal(response.headers.get('www-authenticate'), scheme);
    await response.body?.cancel();
  });
}

test('a token that does not hold is noted, without the token', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  await (await ask('/api/v1/me', { who: 'forged.token' })).body?.cancel();
  const refused = {
    type: 'identity.refused',
    protocol: 'api',
    client: '127.0.0.1',
    target: 'sallyport',
    reason: 'this token does not hold',
  };
  assert.deepEqual(gateway.journal, [refused]);
});

test('who is revoked is shut out of the API too', async (t) => {
  const gateway = new FakeGateway();
  const { kind, groups, issuer } = people.sam;
  const by = { subject: 'x', kind, groups, issuer };
  gateway.revoked.push({ subject: 'sam', issuer: null, atMs: startMs, by });
  const response = await (await served(t, gateway))('/api/v1/me');
  assert.equal(response.status, 403);
  assert.match(await response.text(), /"code":"revoked"/);
});

const bodies: readonly [what: string, init: RequestInit, status: number, code: string][] = [
  ['no type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 400, 'protocol'],
  [
    'a form',
    { body: 'subject=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    400,
    'protocol',
  ],
  ['no JSON', { body: '{"subject":', headers: asJson }, 400, 'protocol'],
  ['nothing', { headers: asJson }, 400, 'protocol'],
  ['no UTF-8', { body: Buffer.from('{"subject":"\xff"}', 'latin1'), headers: asJson }, 400, 'protocol'],
  ['too much', { body: `{"subject":"${'x'.repeat(1024 * 1024)}"}`, headers: asJson }, 413, 'too_large'],
];

for (const [what, init, status, code] of bodies) {
  test(`a body of ${what} is refused`, async (t) => {
    const gateway = new FakeGateway();
    const ask = await served(t, gateway);
    const response = await ask('/api/v1/revocations', { method: 'POST', ...init });
    assert.equal(response.status, status);
    assert.match(await response.text(), new RegExp(`"code":"${code}"`));
    assert.deepEqual([gateway.revoked, gateway.journal], [[], []]);
  });
}

test('a body that does not say how long it is, is cut off all the same', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  async function* endless(): AsyncIterable<Uint8Array> {
    for (let sent = 0; sent < 64; sent++) yield Buffer.alloc(64 * 1024, 0x20);
  }
  const body = ReadableStream.from(endless());
  const init = { method: 'POST', headers: asJson, body, duplex: 'half' } as const;
  assert.equal((await ask('/api/v1/revocations', init)).status, 413);
});

test('a body of one megabyte less a little is taken', async (t) => {
  const ask = await served(t, new FakeGateway());
  const body = JSON.stringify({ target: 'orders', text: ' '.repeat(1024 * 1024 - 100) });
  const response = await ask('/api/v1/explain', { method: 'POST', headers: asJson, body });
  assert.equal(response.status, 200);
});

test('every code has its status, and its body names code, sentence, hint and detail', async (t) => {
  const gateway = new FakeGateway();
  const ask = await served(t, gateway);
  for (const code of errorCodes) {
    const detail = { rules: ['a rule'], position: 3 };
    gateway.explanation = new SallyportError(code, `about ${code}`, { hint: 'do this', detail });
    const body = JSON.stringify({ target: 'orders', text: 'x' });
    const response = await ask('/api/v1/explain', { method: 'POST', headers: asJson, body });
    assert.equal(response.status, statusOf[code]);
    assert.deepEqual(await response.json(), {
      error: { code, message: `about ${code}`, hint: 'do this', detail },
    });
  }
});

test('a fault of the gateway’s own is told to its log, and not to the client', async (t) => {
  const gateway = new FakeGateway();
  gateway.sessions = new Proxy(gateway.sessions, {
    get: () => {
      throw new Error('secret of the store');
    },
  });
  const response = await (await served(t, gateway))('/api/v1/sessions');
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
  assert.match(String(gateway.errors[0]), /secret of the store/);
});

test('what is no HTTP request to any address is refused', async (t) => {
  const { url, close } = await listen(new FakeGateway());
  t.after(close);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end('GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 400 /);
});

/** A recording that goes on as the test says. */
class Tape {
  readonly #waiting: ((event: StampedEvent | undefined) => void)[] = [];
  readonly #ready: StampedEvent[] = [];
  readonly aborted = Promise.withResolvers<void>();
  follow: boolean | undefined;

  push(type: 'session.killed' | 'session.closed'): void {
    const stamp = { seq: 1, time: '2026-11-23T10:00:00.000Z', session: 'session-1' };
    const { subject, issuer, kind, groups } = people.sam;
    const event: StampedEvent =
      type === 'session.closed'
        ? { ...stamp, type, reason: 'client', commands: 0, rows: 0 }
        : { ...stamp, type, by: { subject, issuer, kind, groups } };
    const next = this.#waiting.shift();
    if (next === undefined) this.#ready.push(event);
    else next(event);
  }

  read: FakeGateway['read'] = ({ follow, signal }) => {
    this.follow = follow;
    signal.addEventListener('abort', () => {
      this.aborted.resolve();
      for (const next of this.#waiting.splice(0)) next(undefined);
    });
    return this.#events(signal);
  };

  async *#events(signal: AbortSignal): AsyncIterable<StampedEvent> {
    while (!signal.aborted) {
      const event =
        this.#ready.shift() ??
        (await new Promise<StampedEvent | undefined>((resolve) => this.#waiting.push(resolve)));
      if (event === undefined) return;
      yield event;
    }
  }
}

const following = '/api/v1/sessions/session-1/events?follow=true';

function typesIn(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
}

test('a live session is followed until it ends', async (t) => {
  const gateway = new FakeGateway();
  const tape = new Tape();
  gateway.read = tape.read;
  const response = await (await served(t, gateway))(following);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
  tape.push('session.killed');
  tape.push('session.closed');
  assert.deepEqual(typesIn(await response.text()), ['session.killed', 'session.closed']);
  await tape.aborted.promise;
  assert.equal(tape.follow, true);
});

test('a session that has ended is read and not followed', async (t) => {
  const gateway = new FakeGateway();
  let followed: boolean | undefined;
  const { read } = gateway;
  gateway.read = (of) => {
    followed = of.follow;
    return read(of);
  };
  const response = await (await served(t, gateway))('/api/v1/sessions/session-0/events?follow=true');
  assert.equal(typesIn(await response.text()).length, 2);
  assert.equal(followed, false);
});

test('who leaves a stream ends the reading behind it', async (t) => {
  const gateway = new FakeGateway();
  const tape = new Tape();
  gateway.read = tape.read;
  const leave = new AbortController();
  const response = await (await served(t, gateway))(following, { signal: leave.signal });
  tape.push('session.killed');
  await response.body?.getReader().read();
  leave.abort();
  await tape.aborted.promise;
});

test('a HEAD opens no recording', async (t) => {
  const gateway = new FakeGateway();
  let pulled = false;
  const { read } = gateway;
  gateway.read = async function* (of) {
    pulled = true;
    yield* read(of);
  };
  const response = await (await served(t, gateway))(following, { method: 'HEAD' });
  assert.deepEqual([response.status, pulled], [200, false]);
});

const ends: readonly [why: string, make: (gateway: FakeGateway) => void][] = [
  ['its reader is revoked', (gateway) => void gateway.revoked.push(revocationOf('sam'))],
  ['its reader’s proof expires', (gateway) => void (gateway.nowMs = people.sam.expiresAtMs)],
];

for (const [why, make] of ends) {
  test(`a stream breaks off when ${why}`, async (t) => {
    const gateway = new FakeGateway();
    const tape = new Tape();
    gateway.read = tape.read;
    const response = await (await served(t, gateway))(following);
    tape.push('session.killed');
    const reader = response.body!.getReader();
    await reader.read();
    gateway.nowMs += 2_000;
    make(gateway);
    tape.push('session.killed');
    await assert.rejects(reader.read());
    await tape.aborted.promise;
  });
}

function revocationOf(subject: string) {
  const { issuer, kind, groups } = people.anna;
  return { subject, issuer: null, atMs: startMs, by: { subject: 'anna', issuer, kind, groups } };
}

test('what is no request is answered with the same headers', async (t) => {
  const { url, close } = await listen(new FakeGateway());
  t.after(close);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end('GET /api/v1/me HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n');
  const answer = (await socket.setEncoding('utf8').toArray()).join('');
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /content-security-policy: default-src 'none'/);
  assert.match(answer, /x-content-type-options: nosniff/);
});

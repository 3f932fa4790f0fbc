import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'undici';

import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { until } from '../fixtures/until.ts';
import { startWebSocketApi } from '../fixtures/websocket-api.ts';
import type { WebSocketApi } from '../fixtures/websocket-api.ts';

// What budgets leave of the answers of HTTP targets.

let api: Server;
let sockets: WebSocketApi;
let gateway: TestGateway;

before(async () => {
  const part = 'x'.repeat(10_000);
  api = createServer((request, response) => {
    if (request.url === '/short') return void response.end(JSON.stringify({ text: 'y'.repeat(60_000) }));
    if (request.url === '/packed') {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
      return void response.end(gzipSync(part.repeat(100)));
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    let left = 2000;
    const more = (): void => {
      if (--left === 0) response.end();
      else if (response.write(part)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await once(api.listen(0, '127.0.0.1'), 'listening');
  sockets = await startWebSocketApi((message, visit) => {
    if (message.kind === 'text') visit.send('text', 'z'.repeat(Number(message.data)));
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  api: { http: { url: "http://127.0.0.1:${(api.address() as AddressInfo).port}" } }
  plain: { http: { url: "http://127.0.0.1:${(api.address() as AddressInfo).port}" } }
  chat: { http: { url: "http://127.0.0.1:${sockets.port}" } }
detect: [{ find: [email], mask: redact, targets: [api] }]
rules:
  - { name: all, who: { groups: [crews] }, targets: ["*"], allow: [read, write] }
budgets:
  - { name: little, who: { groups: [crews] }, targets: [api, plain, chat], per: session, bytes: 200000 }
  - { name: rows, who: { groups: [crews] }, targets: [api, plain, chat], per: session, rows: 1 }
`);
});
after(async () => {
  await gateway?.stop();
  await sockets?.stop();
  api?.close();
  api?.closeAllConnections();
});

async function asker(subject: string): Promise<(path: string) => Promise<Response>> {
  const authorization = `Bearer ${await gateway.token({ subject })}`;
  return (path) =>
    fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/${path}`, { headers: { authorization } });
}

async function codeOf(response: Response): Promise<unknown> {
  assert.equal(response.status, 429);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  assert.equal(error.message, 'Sallyport: budget "little" is spent: 200000 bytes a session');
  return error.code;
}

/** What the record says of the last answer. */
async function lastResult() {
  const event = (await gateway.events()).findLast(({ type }) => type === 'result');
  return event?.type === 'result' ? event : undefined;
}

describe('a budget of bytes over HTTP', () => {
  test('counts answers, rows of which there are none, and refuses what is more', async () => {
    const ask = await asker('short');
    for (let i = 0; i < 3; i++) assert.equal((await ask('api/short')).status, 200);
    assert.equal(await codeOf(await ask('api/short')), 'limit_budget');
    await until('the record', async () => (await lastResult())?.error === 'limit_budget');
    assert.partialDeepStrictEqual(await lastResult(), {
      bytes: 0,
      because: 'Sallyport: budget "little" is spent: 200000 bytes a session',
    });
  });

  test('cuts an answer that has begun', async () => {
    const ask = await asker('long');
    const answer = ask('plain/long').then(async (response) => (await response.text()).length);
    await answer.then(
      (length) => assert.fail(`an answer of ${length} bytes`),
      () => undefined,
    );
    await until('the record', async () => (await lastResult())?.error === 'limit_budget');
    assert.ok(((await lastResult())?.bytes ?? Infinity) <= 200_000);
  });

  test('is not got round by packing', async () => {
    const ask = await asker('packed');
    assert.equal(await codeOf(await ask('api/packed')), 'limit_budget');
  });

  test('ends a WebSocket before the message that is too much', async () => {
    const authorization = `Bearer ${await gateway.token({ subject: 'talker' })}`;
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.gateway.ports.targets}/t/chat/x`, {
      headers: { authorization },
    });
    const heard: number[] = [];
    socket.addEventListener('message', ({ data }) => heard.push(String(data).length));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    for (const length of [150_000, 40_000, 20_000]) socket.send(String(length));
    const [{ code, reason }] = (await closed) as [{ code: number; reason: string }];
    assert.deepEqual([code, reason], [1008, 'Sallyport: budget "little" is spent: 200000 bytes a session']);
    assert.deepEqual(heard, [150_000, 40_000]);
    await until('the record', async () => (await lastResult())?.error === 'limit_budget');
  });
});

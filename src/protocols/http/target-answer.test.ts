import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { Pool } from 'undici';
import { askedFor, wholeBytesMax, type TargetAnswer } from './target-answer.ts';

/** Asks a server that answers as told. */
async function ask(
  t: TestContext,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  gone = new AbortController(),
  body: Readable | null = null,
): Promise<TargetAnswer> {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(async () => {
    await pool.destroy();
    server.closeAllConnections();
    server.close();
  });
  return askedFor(pool, { path: '/', method: body === null ? 'GET' : 'POST', body }, gone.signal);
}

test('a short answer comes as a whole, with its trailers', async (t) => {
  const { statusCode, headers, body } = await ask(t, (_request, response) => {
    response.writeHead(201, { 'content-length': 6, 'x-a': ['b', 'c'] }).write('abc');
    setImmediate(() => response.end('def'));
  });
  assert.deepEqual([statusCode, headers['x-a'], String(body)], [201, ['b', 'c'], 'abcdef']);
});

test('one without a length, or with a large one, as it comes', async (t) => {
  for (const length of [undefined, wholeBytesMax + 1]) {
    const answer = await ask(t, (_request, response) => {
      response.writeHead(200, length === undefined ? {} : { 'content-length': length });
      response.addTrailers({ 'x-sum': '1' });
      response.end('a'.repeat(wholeBytesMax + 1));
    });
    assert.ok(answer.body instanceof Readable);
    let bytes = 0;
    for await (const chunk of answer.body) bytes += (chunk as Buffer).length;
    assert.equal(bytes, wholeBytesMax + 1);
    assert.deepEqual({ ...answer.trailers() }, length === undefined ? { 'x-sum': '1' } : {});
  }
});

test('what is taken back before its answer, or within it, ends with the reason', async (t) => {
  const reason = new Error('taken back');
  const before = new AbortController();
  before.abort(reason);
  await assert.rejects(
    ask(t, (_request, response) => void response.end('x'), before),
    reason,
  );
  const within = new AbortController();
  const asking = ask(
    t,
    (_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('abc');
      setImmediate(() => within.abort(reason));
    },
    within,
  );
  await assert.rejects(asking, reason);
  const late = new AbortController();
  const { body } = await ask(
    t,
    (_request, response) => void response.end('abc'.repeat(10)).flushHeaders(),
    late,
  );
  assert.equal(String(body), 'abc'.repeat(10));
  late.abort(reason);
});

test('what waits for its client can be taken back when all of it has come', async (t) => {
  const gone = new AbortController();
  const reason = new Error('taken back');
  const { body } = await ask(t, (_request, response) => void response.writeHead(200).end('abc'), gone);
  assert.ok(body instanceof Readable);
  await once(body, 'readable');
  gone.abort(reason);
  await assert.rejects(async () => {
    for await (const _ of body);
  }, reason);
});

test('an answer that is taken back while nobody reads it disturbs nobody', async (t) => {
  const gone = new AbortController();
  const { body } = await ask(t, (_request, response) => void response.writeHead(200).write('abc'), gone);
  assert.ok(body instanceof Readable);
  gone.abort(new Error('taken back'));
  await new Promise((resolve) => body.once('close', resolve));
});

test('an answer that breaks off is an error', async (t) => {
  const cut = ask(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('abc');
    setImmediate(() => response.destroy());
  });
  await assert.rejects(cut);
});

test('a request whose body fails is an error', async (t) => {
  const failing = new Readable({ read: () => undefined });
  failing.push('abc');
  const serve = (request: IncomingMessage): void => {
    request.on('error', () => undefined).once('data', () => failing.destroy(new Error('the body failed')));
  };
  await assert.rejects(ask(t, serve, new AbortController(), failing), /the body failed/);
});

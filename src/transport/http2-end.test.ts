import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { http2End, type Http2End, type Http2Limits } from './http2-end.ts';
import type { WebRequest, WebResponse } from './web-message.ts';

const limits: Http2Limits = {
  headersMs: 60_000,
  keepAliveMs: 60_000,
  restMs: 60_000,
  headerBytesMax: 16_384,
};

/** A client of a server that answers as told, over TCP without TLS. */
async function connected(
  t: TestContext,
  change: Partial<Http2Limits>,
  handle: (request: WebRequest, response: WebResponse) => void,
): Promise<{ client: ClientHttp2Session; end: Http2End }> {
  const end = http2End({ ...limits, ...change }, handle);
  const server = createServer((socket) => end.serve(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => {
    client.destroy();
    server.close();
  });
  return { client, end };
}

const hello = (_request: WebRequest, response: WebResponse): void => {
  response.writeHead(200, []).end('hello');
};

async function textOf(client: ClientHttp2Session): Promise<string> {
  const stream = client.request({ ':path': '/' });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test('a connection on which nothing is asked ends, however often it is pinged', async (t) => {
  const { client } = await connected(t, { headersMs: 50 }, hello);
  const closed = once(client, 'close');
  const ping = (): void => {
    if (client.destroyed) return;
    client.ping((error) => {
      if (error === null) setImmediate(ping);
    });
  };
  ping();
  await closed;
});

test('so does one on which nothing more is asked', async (t) => {
  const { client } = await connected(t, { keepAliveMs: 50 }, hello);
  const closed = once(client, 'close');
  assert.equal(await textOf(client), 'hello');
  await closed;
});

test('a request under way is answered before its connection ends', async (t) => {
  let answer: (() => void) | undefined;
  const { client, end } = await connected(t, { headersMs: 50, keepAliveMs: 50 }, (request, response) => {
    answer = () => hello(request, response);
    end.drain();
  });
  const goneAway = once(client, 'goaway');
  const text = textOf(client);
  await goneAway;
  answer?.();
  assert.equal(await text, 'hello');
});

test('fields have the authority as their host, and no pseudo-header fields', async (t) => {
  const { client } = await connected(t, {}, ({ rawHeaders, url, method }, response) => {
    response.writeHead(200, []).end(JSON.stringify([method, url, rawHeaders]));
  });
  const [method, url, fields] = JSON.parse(await textOf(client)) as [string, string, string[]];
  assert.deepEqual([method, url, fields[0]], ['GET', '/', 'host']);
  assert.ok(fields.every((text) => !text.startsWith(':')));
});

test('what is asked with a body that nobody reads is answered, and its rest refused', async (t) => {
  const { client } = await connected(t, { restMs: 200 }, hello);
  const stream = client.request({ ':path': '/', ':method': 'POST' });
  const closed = once(stream, 'close');
  stream.write(Buffer.alloc(200_000));
  let text = '';
  stream.on('data', (chunk) => (text += String(chunk)));
  await closed;
  assert.equal(text, 'hello');
  assert.equal(stream.rstCode, 0);
});

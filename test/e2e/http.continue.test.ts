import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';

let api: HttpApi;
let gateway: TestGateway;
let token: string;

before(async () => {
  api = await startHttpApi((_request, response) => void response.end('ok'));
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets: { notes: { http: { url: "http://127.0.0.1:${api.port}" } } }
rules:
  - { name: write, who: { groups: [crews] }, targets: [notes], allow: [write.POST], resources: ["/v1/*"] }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

/** A client that sends its body when it is asked for it, and not before. */
async function ask(path: string, proof: string, body: Buffer): Promise<{ status: number; asked: boolean }> {
  const { targets: port } = gateway.gateway.ports;
  const headers = { authorization: `Bearer ${proof}`, expect: '100-continue', 'content-length': body.length };
  const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers });
  let asked = false;
  asking.on('continue', () => {
    asked = true;
    asking.end(body);
  });
  asking.flushHeaders();
  const [response] = await once(asking, 'response');
  response.resume();
  asking.destroy();
  return { status: response.statusCode, asked };
}

describe('a body that waits to be asked for', () => {
  const rows: readonly (readonly [
    title: string,
    path: string,
    token: () => string,
    bytes: number,
    status: number,
  ])[] = [
    ['comes where the request may go on', '/t/notes/v1/a', () => token, 10, 200],
    ['comes, a long one too', '/t/notes/v1/a', () => token, 3_000_000, 200],
    ['is not asked for where rules refuse whatever it is', '/t/notes/v2/a', () => token, 10, 403],
    ['is not asked for from whom nobody knows', '/t/notes/v1/a', () => 'a.b.c', 10, 401],
  ];
  for (const [title, path, proof, bytes, status] of rows) {
    test(title, async () => {
      const arrived = api.arrived.length;
      assert.deepEqual(await ask(path, proof(), Buffer.alloc(bytes, 'x')), { status, asked: status === 200 });
      assert.equal(api.arrived.length - arrived, status === 200 ? 1 : 0);
      if (status === 200) assert.equal(api.arrived.at(-1)?.body.length, bytes);
    });
  }
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { until } from '../fixtures/until.ts';

const customer = "{ content: { application/json: { schema: { $ref: '#/components/schemas/Customer' } } } }";
const described = `openapi: 3.1.0
paths:
  /v1/customers/{id}:
    get: { operationId: getCustomer, responses: { 200: ${customer} } }
    delete: { operationId: dropCustomer }
  /v1/customers/mine:
    get: { operationId: getMine, responses: { 200: ${customer} } }
  /v1/refunds:
    post: { operationId: refund }
components:
  schemas:
    Customer: { properties: { email: { type: string }, friends: { items: { $ref: '#/components/schemas/Friend' } } } }
    Friend: { properties: { email: { type: string } } }
`;

let api: HttpApi;
let gateway: TestGateway;
let token: string;

before(async () => {
  api = await startHttpApi((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"email":"ann@acme.test","friends":[{"email":"bob@acme.test"}]}');
  });
  gateway = await startTestGateway(
    `
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets: { shop: { http: { url: "http://127.0.0.1:${api.port}", openapi: ./shop.yaml } } }
sensitive: { shop: { "schema:Customer#/email": redact, "schema:Friend#/email": redact } }
rules:
  - { name: read, who: { any: true }, targets: [shop], allow: [read], resources: ["op:getCustomer"] }
  - { name: no refunds, targets: [shop], deny: [write], resources: ["op:refund"], because: "Refunds are for people." }
`,
    { beside: { 'shop.yaml': described } },
  );
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

async function get(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/shop${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, text: await response.text() };
}

test('an operation is open by its name, and what its schemas have is hidden', async () => {
  const { text } = await get('/v1/customers/7');
  assert.equal(text, '{"email":"[redacted]","friends":[{"email":"[redacted]"}]}');
});

test('it opens no other one, however alike', async () => {
  for (const [path, method] of [
    ['/v1/customers/mine', 'GET'],
    ['/v1/customers/Mine', 'GET'],
    ['/v1/customers/7', 'DELETE'],
    ['/v1/customers/7/more', 'GET'],
    ['/v1/refunds', 'POST'],
  ] as const) {
    const before = api.arrived.length;
    assert.equal((await get(path, method)).status, 403, path);
    assert.equal(api.arrived.length, before);
  }
  assert.match((await get('/v1/refunds', 'POST')).text, /Refunds are for people/);
});

test('a change of the file is seen, and a bad one is refused', async () => {
  writeFileSync(
    join(gateway.dir, 'shop.yaml'),
    described.replace('operationId: getMine', 'operationId: getCustomer'),
  );
  await until('the refusal', async () =>
    (await gateway.events()).some(({ type }) => type === 'config.refused'),
  );
  assert.equal((await get('/v1/customers/mine')).status, 403);
  assert.equal((await get('/v1/customers/7')).status, 200);
  const swapped = described
    .replace('getCustomer', 'x')
    .replace('getMine', 'getCustomer')
    .replace('x,', 'getMine,');
  writeFileSync(join(gateway.dir, 'shop.yaml'), swapped);
  await until('the new name', async () => (await get('/v1/customers/mine')).status === 200);
  assert.equal((await get('/v1/customers/7')).status, 403);
});

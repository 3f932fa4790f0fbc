import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';

const ann = { id: 7, phone: '+49 30 1234567', email: 'ann@acme.test', note: '' };

let api: HttpApi;
let gateway: TestGateway;
let token: string;
let phone: string;
let email: string;
let arrivedBefore: number;

before(async () => {
  api = await startHttpApi(({ url, method, body }, response) => {
    const parameter = new URL(url, 'http://api').searchParams.get('phone') ?? url.split('/').at(-1) ?? '';
    response.writeHead(200, { 'content-type': 'application/json', 'x-found': parameter });
    const found = url.startsWith('/v1/search') ? [ann] : ann;
    const why = `asked for ${parameter}`;
    response.end(JSON.stringify(method === 'PATCH' ? changed(body.toString()) : { found, why }));
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  billing: { http: { url: "http://127.0.0.1:${api.port}" }, credential: {} }
  other: { http: { url: "http://127.0.0.1:${api.port}" }, credential: {} }
sensitive:
  billing:
    GET /v1/customers/{id}#/found/phone: { mask: token, label: customer_phone }
    GET /v1/customers/{id}#/found/email: token
    GET /v1/search#/found/*/phone: { mask: token, label: customer_phone }
    GET /v1/search#?phone: { mask: token, label: customer_phone }
    GET /v1/by-phone/{phone}#{phone}: { mask: token, label: customer_phone }
    GET /v1/by-phone/{phone}#/found/phone: { mask: token, label: customer_phone }
    GET /v1/by-email/{email}#{email}: { mask: token, label: customer_email }
    GET /v1/names/{name}#/found/email: { mask: token, label: customer_email }
    PATCH /v1/customers/{id}#/phone: { mask: token, label: customer_phone }
  other:
    GET /v1/search#?phone: { mask: token, label: customer_phone }
rules:
  - { name: crews work, who: { groups: [crews] }, targets: ["*"], allow: [read, write.PATCH] }
  - { name: not ann, targets: [billing], deny: [read], resources: ["/v1/by-email/ann@*"] }
`);
  token = await gateway.token();
  const seen = (await (await ask('/v1/customers/7')).json()) as { found: typeof ann };
  ({ phone, email } = seen.found);
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

beforeEach(() => (arrivedBefore = api.arrived.length));

/** In JSON or as a form. */
function changed(body: string): object {
  return {
    ...ann,
    ...(body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))),
  };
}

function ask(path: string, init: RequestInit = {}, target = 'billing'): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/${target}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(init.headers as Record<string, string>),
    },
  });
}

const patch = (body: unknown): RequestInit => ({ method: 'PATCH', body: JSON.stringify(body) });
const form = (body: string): RequestInit => ({
  method: 'PATCH',
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const stars = '*'.repeat(ann.phone.length);

describe('a token that goes back', () => {
  test('finds by a parameter of the query, and is the same token in what is found', async () => {
    const response = await ask(`/v1/search?x=1&phone=${phone}`);
    assert.equal(api.arrived.at(-1)?.url, '/v1/search?x=1&phone=%2B49%2030%201234567');
    assert.equal(response.headers.get('x-found'), stars);
    const found = [{ ...ann, phone }];
    assert.deepEqual(await response.json(), { found, why: `asked for ${stars}` });
  });

  test('finds by a segment of the path', async () => {
    const response = await ask(`/v1/by-phone/${phone}`);
    assert.equal(api.arrived.at(-1)?.url, '/v1/by-phone/%2B49%2030%201234567');
    const { found } = (await response.json()) as { found: typeof ann };
    assert.equal(found.phone, phone);
  });

  test('goes into a body, whose answer has it again', async () => {
    const response = await ask('/v1/customers/7', patch({ note: 'x', phone }));
    assert.equal(api.arrived.at(-1)?.body.toString(), `{"note":"x","phone":"${ann.phone}"}`);
    assert.deepEqual(await response.json(), { ...ann, note: 'x', phone });
  });

  test('goes into a form', async () => {
    const response = await ask('/v1/customers/7', form(`note=x+y&phone=${phone}&%7e=`));
    assert.equal(api.arrived.at(-1)?.body.toString(), 'note=x+y&phone=%2B49+30+1234567&%7e=');
    assert.equal(((await response.json()) as { phone: string }).phone, phone);
  });

  test('is on record as the token that it was', async () => {
    await (await ask(`/v1/search?phone=${phone}`)).text();
    const text = JSON.stringify(await gateway.events());
    assert.ok(text.includes(`GET /v1/search?phone=${phone}`));
    assert.ok(!text.includes(ann.phone) && !text.includes(encodeURIComponent(ann.phone)));
  });
});

describe('refused, and nothing is sent', () => {
  const rows: readonly (readonly [title: string, ask: () => Promise<Response>])[] = [
    ['in a place that is not declared', () => ask('/v1/customers/7', patch({ note: phone }))],
    ['within a longer text', () => ask('/v1/customers/7', patch({ note: `call ${phone} now` }))],
    ['as a key', () => ask('/v1/customers/7', patch({ [phone]: 1 }))],
    ['one of another label', () => ask('/v1/customers/7', patch({ phone: email }))],
    ['one that was cut', () => ask(`/v1/search?phone=${phone.slice(0, -3)}`)],
    ['one that was changed', () => ask(`/v1/search?phone=${phone.slice(0, -2)}AA`)],
    ['two in one parameter', () => ask(`/v1/search?phone=${phone},${phone}`)],
    ['in another parameter', () => ask(`/v1/search?q=${phone}`)],
    ['in another segment', () => ask(`/v1/customers/${phone}`)],
    ['on another route', () => ask(`/v1/others?phone=${phone}`)],
    ['in a header field', () => ask('/v1/customers/7', { headers: { 'x-note': phone } })],
    ['in another field of a form', () => ask('/v1/customers/7', form(`note=${phone}`))],
    ['in escapes in a form', () => ask('/v1/customers/7', form(`note=%74${phone.slice(1)}`))],
    ['in a body that is no JSON', () => ask('/v1/customers/7', { method: 'PATCH', body: `phone=${phone}` })],
  ];
  for (const [title, asking] of rows) {
    test(title, async () => {
      const response = await asking();
      const { error } = (await response.json()) as { error: { code: string } };
      assert.deepEqual([response.status, error.code], [403, 'denied']);
      assert.equal(api.arrived.length, arrivedBefore);
    });
  }

  test('where the value makes a path that a rule denies', async () => {
    const seen = (await (await ask('/v1/names/ann')).json()) as { found: typeof ann };
    const response = await ask(`/v1/by-email/${seen.found.email}`);
    const { error } = (await response.json()) as { error: { message: string } };
    assert.equal(response.status, 403);
    assert.match(error.message, /would be another request/);
    assert.equal(api.arrived.length, arrivedBefore + 1);
  });
});

test('tokens of others are texts', async () => {
  const strange = 'tok_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  await (await ask(`/v1/search?phone=${strange}`)).text();
  await (await ask(`/v1/search?phone=${phone}`, {}, 'other')).text();
  assert.deepEqual(
    api.arrived.slice(arrivedBefore).map(({ url }) => url),
    [`/v1/search?phone=${strange}`, `/v1/search?phone=${phone}`],
  );
});

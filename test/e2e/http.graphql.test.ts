import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { buildSchema, graphql } from 'graphql';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { until } from '../fixtures/until.ts';

const planted = 'ann.planted@acme.test';
const sdl = `
type Query { customer(id: ID): Customer, customers: [Customer], orders: [Order], secretPlans: String }
type Mutation { rename(id: ID, name: String): Customer, refund(id: ID): Customer }
type Customer { id: ID, name: String, email: String, friends: [[Customer]], card: Card }
type Card { pan: String }
type Order { id: ID, by: Customer }
`;

let api: HttpApi;
let gateway: TestGateway;
let token: string;

const card = { pan: 'pan of ann' };
const ann = {
  id: 7,
  name: 'Ann',
  email: planted,
  card,
  friends: [[{ id: 8, name: 'Bob', email: planted, card }]],
};
const root = {
  customer: ann,
  customers: [ann, ann],
  orders: [{ id: 1, by: ann }],
  secretPlans: 'none',
  rename: ann,
  refund: ann,
};

before(async () => {
  const schema = buildSchema(sdl);
  const run = async (operation: unknown): Promise<object> => {
    const { query, operationName, variables } = operation as Readonly<Record<string, string>>;
    const values = variables as unknown as Readonly<Record<string, unknown>>;
    return graphql({
      schema,
      rootValue: root,
      source: query ?? '{ customers { email } }',
      operationName: operationName ?? null,
      variableValues: values ?? {},
    });
  };
  api = await startHttpApi(async ({ method, url, body }, response) => {
    const parameters = Object.fromEntries(new URL(url, 'http://x').searchParams);
    const asked: unknown = method === 'POST' ? JSON.parse(body.toString()) : parameters;
    const answer = Array.isArray(asked) ? await Promise.all(asked.map(run)) : await run(asked);
    response.writeHead(200, { 'content-type': 'application/graphql-response+json' });
    const more = Array.isArray(answer) ? answer : { ...answer, extensions: { trace: planted } };
    response.end(JSON.stringify(more));
  });
  gateway = await startTestGateway(
    `
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  shop: { http: { url: "http://127.0.0.1:${api.port}", graphql: { path: /graphql, schema: ./shop.graphql } } }
  bare: { http: { url: "http://127.0.0.1:${api.port}", graphql: { path: /graphql } } }
sensitive:
  shop: { "gql:Customer.email": redact, "gql:Card.pan": hash }
  bare: { "gql:Query.customer*.email": redact, "gql:*.card": redact }
rules:
  - name: all of bare
    who: { any: true }
    targets: [bare]
    allow: [read, write]
  - name: crews ask
    who: { groups: [crews] }
    targets: [shop]
    allow: [read]
    resources: [/graphql, "gql:Query.customer", "gql:Query.customers", "gql:Query.orders", "gql:Query.__schema"]
  - name: crews rename
    who: { groups: [crews] }
    targets: [shop]
    allow: [write.POST, write.mutation]
    resources: [/graphql, "gql:Mutation.rename"]
  - { name: no order ids, targets: [shop], deny: [read], resources: ["gql:Query.orders.id"], because: "Ids are for people." }
`,
    { beside: { 'shop.graphql': sdl } },
  );
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

interface Answered {
  readonly status: number;
  readonly text: string;
}

function ask(target: string, query: string, more: object = {}): Promise<Answered> {
  return send(target, { query, ...more });
}

async function send(
  target: string,
  body: unknown,
  path = '/graphql',
  init: RequestInit = {},
): Promise<Answered> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/${target}${path}`, {
    method: 'POST',
    ...(init.method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
  });
  return { status: response.status, text: await response.text() };
}

describe('what rules say of fields', () => {
  const rows: readonly (readonly [query: string, status: number])[] = [
    ['{ customer(id: 7) { name } }', 200],
    ['query A { customers { __typename id card { pan } } }', 200],
    ['{ __schema { types { name } } }', 200],
    ['{ __type(name: "Customer") { name } }', 403],
    ['{ secretPlans }', 403],
    ['{ customer { name } secretPlans }', 403],
    ['{ customer: secretPlans }', 403],
    ['{ ...F } fragment F on Query { customer { name } x: secretPlans }', 403],
    ['{ orders { by { id } } }', 200],
    ['{ orders { id } }', 403],
    ['{ orders { x: id } }', 403],
    ['{ orders { ... on Order { ...F } } } fragment F on Order { x: id }', 403],
    ['mutation { rename(id: 7, name: "x") { name } }', 200],
    ['mutation { refund(id: 7) { name } }', 403],
    ['mutation { rename(id: 7) { name } refund(id: 7) { name } }', 403],
    ['mutation { rename: refund(id: 7) { name } }', 403],
    ['subscription { customer { name } }', 403],
    ['{ customer { ... @defer { name } } }', 403],
  ];
  for (const [query, status] of rows) {
    test(query, async () => {
      const before = api.arrived.length;
      const answered = await ask('shop', query);
      assert.equal(answered.status, status, answered.text);
      assert.equal(api.arrived.length - before, status === 200 ? 1 : 0);
    });
  }

  test('a refusal names the field and the reason', async () => {
    assert.match((await ask('shop', '{ orders { id } }')).text, /no order ids.*Ids are for people/s);
  });

  test('the operation that is meant counts', async () => {
    const text = 'query A { customer { name } } query B { secretPlans }';
    assert.equal((await ask('shop', text, { operationName: 'A' })).status, 200);
    assert.equal((await ask('shop', text, { operationName: 'B' })).status, 403);
    assert.equal((await ask('shop', text)).status, 403);
  });

  test('a batch does what each of it does', async () => {
    const good = { query: '{ customer { name } }' };
    assert.equal((await send('shop', [good, good])).status, 200);
    assert.equal((await send('shop', [good, { query: '{ secretPlans }' }])).status, 403);
  });

  test('what nobody can tell is opaque, and is refused', async () => {
    const before = api.arrived.length;
    const refused = [
      await send('shop', { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
      await send('shop', { id: 'stored' }),
      await send('shop', '{"query":"{ customer { name } }","query":"{ secretPlans }"}'),
      await send('shop', 'query={secretPlans}', '/graphql', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      await send('shop', '', '/graphql?query={secretPlans}', { method: 'GET' }),
      await send('shop', { query: '{ customer { name } }' }, '/graphql?query={secretPlans}'),
      await send('shop', { query: '{ customer { name } }' }, '/GraphQL'),
      await send('shop', { query: `{ customer { name } } #${'x'.repeat(1_100_000)}` }),
    ];
    assert.deepEqual(
      refused.map(({ status }) => status),
      refused.map(() => 403),
    );
    assert.equal(api.arrived.length, before);
  });
});

describe('what is hidden stays so, by whatever alias it is asked for', () => {
  const queries: readonly string[] = [
    '{ customer { email } }',
    '{ a: customer { b: email } }',
    '{ customer { name: email } }',
    '{ customer { x: email, email: name } }',
    '{ customers { email e2: email } }',
    '{ ...F } fragment F on Query { customers { ...G } } fragment G on Customer { z: email }',
    '{ customers { ... on Customer { ... { y: email } } } }',
    'query($i: Boolean = true) { customer { email @include(if: $i) } }',
    '{ customer { __proto__: email, constructor: email, data: email } }',
  ];
  for (const query of [...queries, '{ customer { friends { q: email } } }', '{ orders { by { email } } }']) {
    test(`${query}, by its type`, async () => {
      const { status, text } = await ask('shop', query);
      assert.equal(status, 200, text);
      assert.match(text, /redacted/);
      assert.ok(!text.includes(planted), text);
    });
  }
  for (const query of queries) {
    test(`${query}, by its path`, async () => {
      const { text } = await ask('bare', query);
      assert.match(text, /redacted/);
      assert.ok(!text.includes(planted), text);
    });
  }

  test('in batches, and by GET', async () => {
    const batch = await send('shop', [
      { query: '{ orders { id: by { id } } }' },
      { query: '{ x: customer { y: email } }' },
    ]);
    assert.match(batch.text, /"y":"\[redacted\]"/);
    const query = encodeURIComponent('{ x: customers { y: email } }');
    const got = await send('shop', '', `/graphql?query=${query}`, { method: 'GET' });
    assert.match(got.text, /"y":"\[redacted\]"/);
    assert.ok(!(batch.text + got.text).includes(planted));
  });

  test('a whole object, by a path with stars', async () => {
    const { text } = await ask('bare', '{ customer { name c: card { pan } } }');
    assert.match(text, /"name":"Ann","c":"\[redacted\]"/);
  });

  test('a persisted query is refused although opaque ones are allowed, as nobody could find it', async () => {
    gateway.rewrite(
      `${readFileSync(gateway.configFile, 'utf8')}  - { name: opaque too, who: { any: true }, targets: [shop, bare], allow: [opaque] }\n`,
    );
    const { text } = await until('the new rule', async () => {
      const answered = await send('bare', { id: 'stored' });
      return answered.text.includes('undisclosable') && answered;
    });
    assert.match(text, /nobody can tell what this GraphQL request asks for: it has no query|id may name/);
    assert.ok(!text.includes(planted));
  });
});

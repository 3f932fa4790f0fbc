import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { until } from '../fixtures/until.ts';

const lead = {
  subject: 'kim',
  issuer: 'sallyport',
  kind: 'human',
  groups: ['leads'],
  claims: {},
  expiresAtMs: Date.now() + 3_600_000,
} as const;

let api: HttpApi;
let gateway: TestGateway;
let token: string;
let arrivedBefore = 0;

before(async () => {
  api = await startHttpApi(({ url, body }, response) => {
    if (url === '/v1/broken') return void response.destroy();
    const long = url === '/v1/long' ? 'x'.repeat(100_000) : undefined;
    response.writeHead(201, { 'content-type': 'application/json', location: '/v1/refunds/9', 'x-page': '1' });
    const email = 'ann@acme.test';
    response.end(JSON.stringify({ n: api.arrived.length, email, got: body.length, long }));
  });
  gateway = await startTestGateway(config(''));
  token = await gateway.token();
});

function config(more: string): string {
  return `
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  billing: { http: { url: "http://127.0.0.1:${api.port}" }, credential: {} }
  nowhere: { http: { url: "http://127.0.0.1:1" }, credential: {} }
sensitive: { billing: { "/v1/refunds#/email": email } }
rules:
  - { name: crews write, who: { groups: [crews] }, targets: ["*"], allow: [read, write] }
  - name: payouts wait
    who: { groups: [crews] }
    targets: [billing]
    hold: [write]
    resources: [/v1/payouts]
    approvers: { groups: [leads] }
${more}`;
}

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

beforeEach(() => (arrivedBefore = api.arrived.length));

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly token?: string;
  readonly target?: string;
  readonly account?: string;
}

function send(
  key: string,
  {
    path = '/v1/refunds',
    method = 'POST',
    body = '{"amount":5}',
    token: own = token,
    target = 'billing',
    account,
  }: Sent = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/${target}${path}`, {
    method,
    ...(method === 'GET' ? {} : { body }),
    headers: {
      authorization: `Bearer ${own}`,
      'content-type': 'application/json',
      'idempotency-key': key,
      ...(account === undefined ? {} : { 'x-account': account }),
    },
  });
}

async function refusal(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return `${response.status} ${error.code}: ${error.message.replace('Sallyport: ', '')}`;
}

const arrivals = (): number => api.arrived.length - arrivedBefore;

describe('the same request with the same key', () => {
  test('goes out once, and is answered as it was then', async () => {
    const first = await send('k-1');
    const seen = await first.text();
    const second = await send('k-1');
    assert.equal(await second.text(), seen);
    assert.match(seen, /"email":"a\*\*\*@\*\*\*\.test"/);
    assert.deepEqual([first.status, second.status, arrivals()], [201, 201, 1]);
    assert.equal(second.headers.get('location'), '/t/billing/v1/refunds/9');
    assert.equal(second.headers.get('x-page'), '1');
    assert.deepEqual(
      [first, second].map(({ headers }) => headers.get('sallyport-repeated')),
      [null, 'true'],
    );
    assert.equal(api.arrived.at(-1)?.headers['idempotency-key'], 'k-1');
  });

  test('goes out once of many at a time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => send('k-2')));
    assert.equal(arrivals(), 1);
    assert.ok(all.every(({ status }) => status === 201 || status === 409));
    await Promise.all(all.map((each) => each.text()));
  });

  test('is refused where what was answered is not kept', async () => {
    const { length } = await (await send('k-3', { path: '/v1/long' })).text();
    assert.ok(length > 100_000);
    const why = 'this request went out before; its answer did not come, or was not kept';
    assert.equal(await refusal(await send('k-3', { path: '/v1/long' })), `409 conflict: ${why}`);
    assert.equal(arrivals(), 1);
  });

  test('is refused where nobody knows what became of it', async () => {
    assert.equal((await send('k-4', { path: '/v1/broken' })).status, 502);
    assert.equal((await send('k-4', { path: '/v1/broken' })).status, 409);
    assert.equal(arrivals(), 1);
  });

  test('goes out where it never did', async () => {
    for (let time = 0; time < 2; time++) {
      assert.equal((await send('k-5', { target: 'nowhere' })).status, 502);
    }
  });

  test('goes out twice where it only reads', async () => {
    for (let time = 0; time < 2; time++) await (await send('k-6', { method: 'GET' })).text();
    assert.equal(arrivals(), 2);
  });

  test('is on record as refused, with what it was', async () => {
    await (await send('k-7', { body: '{"amount":77}' })).text();
    await (await send('k-7', { body: '{"amount":77}' })).text();
    const events = await gateway.events();
    const refused = events.findLast((event) => event.type === 'command.refused');
    assert.ok(refused?.type === 'command.refused');
    assert.deepEqual(refused.parameters, ['{"amount":77}']);
    assert.equal(refused.because, 'Sallyport: this request went out before, and was answered');
  });
});

describe('with a key that is known', () => {
  const rows: readonly (readonly [title: string, sent: Sent])[] = [
    ['another body is refused', { body: '{"amount":6}' }],
    ['another path is refused', { path: '/v1/others' }],
    ['another query is refused', { path: '/v1/refunds?x=1' }],
    ['another method is refused', { method: 'PUT' }],
    ['another header field is refused', { account: '8' }],
  ];
  for (const [title, sent] of rows) {
    test(title, async () => {
      await (await send(`known ${title}`.replaceAll(' ', '-'))).text();
      const why = 'another request was sent with this Idempotency-Key, or one too large to be compared';
      const again = await send(`known ${title}`.replaceAll(' ', '-'), sent);
      assert.equal(await refusal(again), `409 conflict: ${why}`);
      assert.equal(arrivals(), 1);
    });
  }

  test('a body that streams goes out once, and no more', async () => {
    const body = 'x'.repeat(2 * 1024 * 1024);
    assert.equal((await send('k-8', { body })).status, 201);
    assert.equal((await send('k-8', { body })).status, 409);
    assert.equal(arrivals(), 1);
  });

  test('somebody else is somebody else', async () => {
    const other = await gateway.token({ subject: 'agent-8' });
    await (await send('k-9')).text();
    await (await send('k-9', { token: other })).text();
    assert.equal(arrivals(), 2);
  });
});

test('what cannot be a key is refused', async () => {
  for (const key of ['a b', 'x'.repeat(256), '']) {
    assert.equal(await refusal(await send(key)), '400 protocol: this cannot be an Idempotency-Key');
  }
  assert.equal(arrivals(), 0);
});

test('a held request is held once, and runs once', async () => {
  const { approvals } = gateway.gateway;
  const pending = () => approvals.list({ status: 'pending' });
  const waiting = send('k-10', { path: '/v1/payouts' });
  await until('it to be held', async () => (await pending()).length === 1);
  const why = 'a request with this Idempotency-Key is under way, or waits for people';
  assert.equal(await refusal(await send('k-10', { path: '/v1/payouts' })), `409 conflict: ${why}`);
  const [held] = await pending();
  assert.ok(held);
  await approvals.decide({ approvalId: held.id, by: lead, decision: 'approve' });
  const seen = await (await waiting).text();
  const again = await send('k-10', { path: '/v1/payouts' });
  assert.deepEqual([again.status, await again.text(), arrivals()], [201, seen, 1]);
  assert.equal((await pending()).length, 0);
});

test('an answer of before is given again after a restart, and only under the rules of now', async () => {
  const masked = await (await send('k-11')).text();
  gateway = await gateway.restart();
  token = await gateway.token();
  assert.equal(await (await send('k-11')).text(), masked);
  gateway.rewrite(
    config(
      '  - { name: all is seen, who: { any: true }, targets: [billing], allow: [write], reveal: ["/v1/refunds#/email"] }',
    ),
  );
  const events = async () => (await gateway.events()).filter(({ type }) => type === 'config.loaded');
  await until('the other rules', async () => (await events()).length > 0);
  const why = 'this request went out before, and was answered';
  assert.equal(await refusal(await send('k-11')), `409 conflict: ${why}`);
  gateway.rewrite(config('  - { name: stop, targets: [billing], deny: [write] }'));
  await until('the stricter rules', async () => (await events()).length > 1);
  assert.match(await refusal(await send('k-11')), /^403 denied/);
  assert.equal(arrivals(), 1);
});

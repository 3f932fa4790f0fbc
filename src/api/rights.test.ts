import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeGateway, people, startMs } from '../../test/fixtures/fake-gateway.ts';
import type { Person } from '../../test/fixtures/fake-gateway.ts';
import { createApi } from './server.ts';

type Who = Person | 'nobody' | 'forger';
const columns: readonly Who[] = ['nobody', 'forger', 'stray', 'crew', 'anna', 'rita', 'sam'];

const decision = { decision: 'approve' };
const asCrew = { target: 'orders', text: 'SELECT 1', as: { subject: 'crew-7', kind: 'agent' } };
const asking = { target: 'orders', rule: 'crews repair orders', because: 'ticket 4711' };
const asShown = { name: 'lookup', digest: 'b'.repeat(64) };
const asBefore = { name: 'lookup', digest: 'a'.repeat(64) };
const ofOthers = '/sessions?subject=crew-7';

/** Who gets which status. `session-1` and `hold-1` are crew's; anna may decide, rita reads, sam reads and writes. */
const rows: readonly [request: string, body: unknown, statuses: readonly number[]][] = [
  //                                             nobody forger stray crew anna rita sam
  ['GET /healthz', undefined, /*               */ [200, 200, 200, 200, 200, 200, 200]],
  ['GET /readyz', undefined, /*                */ [200, 200, 200, 200, 200, 200, 200]],
  ['GET /ca.pem', undefined, /*                */ [200, 200, 200, 200, 200, 200, 200]],
  ['GET /metrics', undefined, /*               */ [200, 200, 200, 200, 200, 200, 200]],
  ['GET /api/v1/openapi.json', undefined, /*   */ [200, 200, 200, 200, 200, 200, 200]],
  ['GET /api/v1/me', undefined, /*             */ [401, 401, 200, 200, 200, 200, 200]],
  ['GET /api/v1/targets', undefined, /*        */ [401, 401, 200, 200, 200, 200, 200]],
  ['GET /api/v1/sessions', undefined, /*       */ [401, 401, 200, 200, 200, 200, 200]],
  [`GET /api/v1${ofOthers}`, undefined, /*     */ [401, 401, 403, 200, 403, 200, 200]],
  ['GET /api/v1/sessions/session-1', undefined, [401, 401, 404, 200, 404, 200, 200]],
  ['GET /api/v1/sessions/session-0', undefined, [401, 401, 404, 404, 404, 200, 200]],
  ['GET /api/v1/sessions/none', undefined, /*  */ [401, 401, 404, 404, 404, 404, 404]],
  ['GET /api/v1/sessions/session-1/events', undefined, [401, 401, 404, 200, 404, 200, 200]],
  ['GET /api/v1/sessions/session-0/events', undefined, [401, 401, 404, 404, 404, 200, 200]],
  ['DELETE /api/v1/sessions/session-1', undefined, [401, 401, 403, 403, 403, 403, 200]],
  ['DELETE /api/v1/sessions/session-0', undefined, [401, 401, 403, 403, 403, 403, 409]],
  ['DELETE /api/v1/sessions/none', undefined, /**/ [401, 401, 403, 403, 403, 403, 404]],
  ['GET /api/v1/targets/crm/tools', undefined, [401, 401, 403, 403, 403, 200, 200]],
  ['GET /api/v1/targets/orders/tools', undefined, [401, 401, 403, 403, 403, 404, 404]],
  ['POST /api/v1/targets/crm/tools', asShown, /**/ [401, 401, 403, 403, 403, 403, 200]],
  ['POST /api/v1/targets/crm/tools', asBefore, /**/ [401, 401, 403, 403, 403, 403, 409]],
  ['GET /api/v1/activity', undefined, /*       */ [401, 401, 403, 403, 403, 200, 200]],
  ['POST /api/v1/tickets', { targets: ['orders'] }, [401, 401, 403, 403, 403, 403, 403]],
  ['GET /api/v1/approvals', undefined, /*      */ [401, 401, 200, 200, 200, 200, 200]],
  ['GET /api/v1/approvals/hold-1', undefined, /**/ [401, 401, 404, 200, 200, 200, 200]],
  ['POST /api/v1/approvals/hold-1', decision, /**/ [401, 401, 404, 403, 200, 403, 403]],
  ['POST /api/v1/approvals/none', decision, /* */ [401, 401, 404, 404, 404, 404, 404]],
  ['GET /api/v1/requests', undefined, /*       */ [401, 401, 200, 200, 200, 200, 200]],
  ['POST /api/v1/requests', asking, /*         */ [401, 401, 404, 200, 404, 404, 404]],
  ['POST /api/v1/requests', { ...asking, target: 'x' }, [401, 401, 404, 404, 404, 404, 404]],
  ['GET /api/v1/requests/request-1', undefined, [401, 401, 404, 200, 200, 200, 200]],
  ['GET /api/v1/requests/none', undefined, /*  */ [401, 401, 404, 404, 404, 404, 404]],
  ['POST /api/v1/requests/request-1', decision, [401, 401, 404, 403, 200, 403, 403]],
  ['DELETE /api/v1/requests/request-1', undefined, [401, 401, 404, 200, 403, 404, 200]],
  ['GET /api/v1/revocations', undefined, /*    */ [401, 401, 403, 403, 403, 200, 200]],
  ['POST /api/v1/revocations', { subject: 'x' }, [401, 401, 403, 403, 403, 403, 200]],
  ['DELETE /api/v1/revocations/gone', undefined, [401, 401, 403, 403, 403, 403, 200]],
  ['DELETE /api/v1/revocations/none', undefined, [401, 401, 403, 403, 403, 403, 404]],
  ['POST /api/v1/explain', { target: 'orders', text: 'SELECT 1' }, [401, 401, 404, 200, 404, 200, 200]],
  ['POST /api/v1/explain', asCrew, /*          */ [401, 401, 403, 403, 403, 200, 200]],
  ['GET /api/v1/policy', undefined, /*         */ [401, 401, 403, 403, 403, 200, 200]],
  ['GET /api/v1/policy/matrix', undefined, /*  */ [401, 401, 403, 403, 403, 200, 200]],
  ['POST /api/v1/policy/simulate', { config: 'x' }, [401, 401, 403, 403, 403, 200, 200]],
  ['GET /api/v1/audit/checkpoint', undefined, /**/ [401, 401, 403, 403, 403, 200, 200]],
  ['GET /api/v1/audit/verification', undefined, [401, 401, 403, 403, 403, 200, 200]],
  ['POST /api/v1/audit/verification', {}, /*   */ [401, 401, 403, 403, 403, 200, 200]],
  ['GET /api/v1/events', undefined, /*         */ [401, 401, 200, 200, 200, 200, 200]],
  ['GET /api/v1/events?subject=anna', undefined, [401, 401, 403, 403, 200, 200, 200]],
  ['GET /api/v1/stream?follow=false', undefined, [401, 401, 403, 403, 403, 200, 200]],
  ['DELETE /api/v1/audit/index', undefined, /* */ [401, 401, 403, 403, 403, 403, 200]],
  ['GET /api/v1/nothing', undefined, /*        */ [404, 404, 404, 404, 404, 404, 404]],
  ['GET /', undefined, /*                      */ [404, 404, 404, 404, 404, 404, 404]],
];

function ask(gateway: FakeGateway, line: string, who: Who, body?: unknown): Promise<Response> {
  const [method = '', path = ''] = line.split(' ');
  const request = new Request(`http://gateway.test${path}`, {
    method,
    headers: {
      ...(who === 'nobody' ? {} : { authorization: `Bearer ${who}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return Promise.resolve(createApi(gateway.parts).fetch(request));
}

function gatewayWithOneGone(): FakeGateway {
  const gateway = new FakeGateway();
  const { subject, issuer, kind, groups } = people.sam;
  const by = { subject, issuer, kind, groups };
  gateway.revoked.push({ subject: 'gone', issuer: null, atMs: startMs, by });
  return gateway;
}

for (const [line, body, statuses] of rows) {
  test(`${line} ${body === undefined ? '' : JSON.stringify(body)}: ${statuses.join(' ')}`, async () => {
    const got = await Promise.all(
      columns.map(async (who) => (await ask(gatewayWithOneGone(), line, who, body)).status),
    );
    assert.deepEqual(
      Object.fromEntries(columns.map((who, at) => [who, got[at]])),
      Object.fromEntries(columns.map((who, at) => [who, statuses[at]])),
    );
  });
}

test('without rights a list holds what is one’s own, with them everything', async () => {
  const expected: Readonly<Record<Person, readonly string[]>> = {
    stray: [],
    anna: [],
    crew: ['session-1'],
    rita: ['session-1', 'session-0'],
    sam: ['session-1', 'session-0'],
  };
  for (const [who, ids] of Object.entries(expected) as [Person, readonly string[]][]) {
    const { sessions } = Object(await (await ask(new FakeGateway(), 'GET /api/v1/sessions', who)).json()) as {
      sessions: { id: string }[];
    };
    assert.deepEqual(
      sessions.map(({ id }) => id),
      ids,
      who,
    );
  }
});

test('holds are listed to whom they concern', async () => {
  const seen = async (who: Person) => {
    const response = await ask(new FakeGateway(), 'GET /api/v1/approvals', who);
    return (Object(await response.json()) as { approvals: unknown[] }).approvals.length;
  };
  assert.deepEqual(
    {
      stray: await seen('stray'),
      crew: await seen('crew'),
      anna: await seen('anna'),
      rita: await seen('rita'),
    },
    { stray: 0, crew: 1, anna: 1, rita: 1 },
  );
});

test('who acts for a person does not see what that person did alone', async () => {
  const gateway = new FakeGateway();
  const acting = { ...people.crew, actor: people.stray };
  const parts = { ...gateway.parts, verifier: { verify: async () => acting } };
  const api = createApi(parts);
  const get = (path: string) =>
    api.fetch(
      new Request(`http://gateway.test/api/v1${path}`, { headers: { authorization: 'Bearer crew' } }),
    );
  assert.deepEqual(await (await get('/sessions')).json(), { sessions: [] });
  assert.equal((await get('/sessions/session-1')).status, 404);
  assert.equal((await get('/sessions/session-1/events')).status, 404);
});

test('a held right is refused with a reason, as nobody waits here', async () => {
  const response = await ask(new FakeGateway(), 'DELETE /api/v1/sessions/session-1', 'rita');
  assert.equal(response.status, 403);
  assert.match(await response.text(), /cannot be held/);
});

test('a refusal names the right, the rule that would give it, and what was asked', async () => {
  const response = await ask(new FakeGateway(), 'DELETE /api/v1/sessions/session-1', 'crew');
  const { error } = Object(await response.json()) as { error: Record<string, string> };
  assert.equal(error['code'], 'denied');
  assert.match(error['message'] ?? '', /no rule lets crew-7 do write\.kill sessions on sallyport/);
  assert.match(error['hint'] ?? '', /targets: \[sallyport\] and allow: \[write\]/);
});

test('me says what the rules let one do', async () => {
  const rights = async (who: Person) =>
    (Object(await (await ask(new FakeGateway(), 'GET /api/v1/me', who)).json()) as { rights: string[] })
      .rights;
  assert.deepEqual(await rights('crew'), []);
  assert.deepEqual(
    (await rights('rita')).filter((right) => !right.startsWith('read.')),
    [],
  );
  assert.ok((await rights('sam')).includes('write.kill'));
});

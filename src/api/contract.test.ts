import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeGateway, people, startMs } from '../../test/fixtures/fake-gateway.ts';
import { openApi } from './contract/openapi.ts';
import type { Route } from './contract/route.ts';
import { apiBase, routes } from './contract/routes.ts';
import type { RouteName } from './contract/routes.ts';
import { createApi } from './server.ts';

interface Sample {
  readonly path: string;
  readonly body?: unknown;
}

/** A good request for each route, as security sends it. */
const samples: Readonly<Record<RouteName, Sample>> = {
  me: { path: '/me' },
  listTargets: { path: '/targets' },
  listSessions: { path: '/sessions?state=live&target=orders&limit=10' },
  activity: { path: '/activity?hours=2' },
  getSession: { path: '/sessions/session-1' },
  sessionEvents: { path: '/sessions/session-1/events' },
  killSession: { path: '/sessions/session-1' },
  listApprovals: { path: '/approvals?state=pending' },
  getApproval: { path: '/approvals/hold-1' },
  decideApproval: { path: '/approvals/hold-1', body: { decision: 'approve', because: 'fine' } },
  listAgents: { path: '/agents?kind=all&subject=crew-7&limit=10' },
  listTickets: { path: '/tickets?limit=10' },
  issueTicket: { path: '/tickets', body: { targets: ['orders'], lifetimeMs: 60_000 } },
  endTicket: { path: '/tickets/ticket-1' },
  listRequests: { path: '/requests?state=pending' },
  openRequest: { path: '/requests', body: { target: 'orders', rule: 'crews repair orders', because: 'x' } },
  getRequest: { path: '/requests/request-1' },
  decideRequest: { path: '/requests/request-1', body: { decision: 'deny', because: 'not now' } },
  endRequest: { path: '/requests/request-1' },
  listLogins: { path: '/logins' },
  endLogin: { path: '/logins/login-secret' },
  endLogins: { path: '/logins' },
  listTools: { path: '/targets/crm/tools' },
  acceptTool: { path: '/targets/crm/tools', body: { name: 'lookup', digest: 'b'.repeat(64) } },
  listRevocations: { path: '/revocations' },
  revoke: { path: '/revocations', body: { subject: 'crew-7', because: 'went mad' } },
  restore: { path: `/revocations/${encodeURIComponent('system:a/b%2Fç d')}` },
  explain: { path: '/explain', body: { target: 'orders', text: 'SELECT 1' } },
  policy: { path: '/policy' },
  matrix: { path: '/policy/matrix?limit=5' },
  simulate: {
    path: '/policy/simulate',
    body: { config: 'rules: []', since: '2026-11-23T09:00:00Z', limit: 5 },
  },
  checkpoint: { path: '/audit/checkpoint' },
  verification: { path: '/audit/verification' },
  verify: { path: '/audit/verification', body: {} },
  searchEvents: { path: '/events?subject=crew-7&verdict=allow&since=2026-11-23T09:00:00Z&after=9&limit=10' },
  streamEvents: { path: '/stream?after=0&follow=false' },
  reindex: { path: '/audit/index' },
};

/** Who sends it, where that is not security. */
const callers: { readonly [name in RouteName]?: string } = {
  decideApproval: 'anna',
  decideRequest: 'anna',
  openRequest: 'crew',
};

/** Where it takes a login by browser. */
const proofs: { readonly [name in RouteName]?: Readonly<Record<string, string>> } = {
  issueTicket: {
    cookie: '__Host-sallyport=secret',
    'sallyport-csrf': 'csrf-secret',
    'sec-fetch-site': 'same-origin',
  },
};

function gatewayFor(name: RouteName): FakeGateway {
  const gateway = new FakeGateway();
  gateway.signIn.signIn('secret', people.sam, startMs);
  const by = { subject: 'sam', issuer: 'https://login.test/', kind: 'human', groups: [] } as const;
  if (name === 'restore' || name === 'listRevocations') {
    gateway.revoked.push({ subject: 'system:a/b%2Fç d', issuer: null, atMs: startMs, by });
  }
  return gateway;
}

function request(name: RouteName, more: { path?: string; body?: unknown } = {}): Request {
  const route: Route = routes[name];
  const { path, body } = { ...samples[name], ...more };
  return new Request(`http://gateway.test${apiBase}${path}`, {
    method: route.method,
    headers: {
      ...(proofs[name] ?? { authorization: `Bearer ${callers[name] ?? 'sam'}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

for (const name of Object.keys(samples) as RouteName[]) {
  const route: Route = routes[name];

  test(`${route.method} ${route.path} answers what the contract says`, async () => {
    const response = await createApi(gatewayFor(name).parts).fetch(request(name));
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const bodies = route.stream === true ? text.trimEnd().split('\n') : [text];
    for (const body of bodies) {
      const value: unknown = JSON.parse(body);
      assert.deepEqual(route.response.parse(value), value, 'nothing beside the contract');
    }
  });

  test(`${route.method} ${route.path} refuses a parameter it does not know`, async () => {
    const { path } = samples[name];
    const odd = request(name, { path: `${path}${path.includes('?') ? '&' : '?'}sudo=1` });
    const response = await createApi(gatewayFor(name).parts).fetch(odd);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /"code":"protocol".*sudo/);
  });

  if (route.method === 'POST') {
    test(`${route.method} ${route.path} refuses a body that does not fit`, async () => {
      const api = createApi(gatewayFor(name).parts);
      const good = Object(samples[name].body);
      const empty = Object.keys(good).length > 0 ? [{}] : [];
      for (const body of [[], 'x', 7, { ...good, sudo: true }, ...empty]) {
        assert.equal((await api.fetch(request(name, { body }))).status, 400, JSON.stringify(body));
      }
    });
  }
}

test('the OpenAPI document is served and tells of every route', async () => {
  const response = await createApi(new FakeGateway().parts).fetch(
    new Request(`http://gateway.test${apiBase}/openapi.json`),
  );
  const document: unknown = await response.json();
  assert.deepEqual(document, JSON.parse(JSON.stringify(openApi('0.0.0'))));
  const told = Object.entries(Object(document).paths).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const expected = Object.values<Route>(routes).map(
    ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
  );
  assert.deepEqual(told.sort(), expected.sort());
  assert.equal(Object(document).openapi, '3.1.0');
});

test('times are ISO 8601, and a live session shows its live counters', async () => {
  const gateway = new FakeGateway();
  gateway.session.commands = 3;
  gateway.session.rows = 41;
  const response = await createApi(gateway.parts).fetch(request('getSession'));
  const body = routes.getSession.response.parse(await response.json());
  assert.equal(body.openedAt, '2026-11-23T09:59:00.000Z');
  assert.deepEqual([body.commands, body.rows, body.closedAt], [3, 41, null]);
});

test('a handler that answers beside the contract fails instead of telling', async () => {
  const gateway = new FakeGateway();
  gateway.sessions = [{ ...gateway.sessions[0]!, openedAtMs: 1e15 * 9 }];
  const response = await createApi(gateway.parts).fetch(request('getSession'));
  assert.equal(response.status, 500);
  assert.equal(gateway.errors.length, 1);
  assert.doesNotMatch(await response.text(), /crew-7|Invalid/);
});

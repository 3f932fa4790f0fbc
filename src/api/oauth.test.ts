import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeGateway, startMs } from '../../test/fixtures/fake-gateway.ts';
import { SallyportError } from '../core/errors.ts';
import type { TicketRequest } from '../core/tickets.ts';
import { createApi } from './server.ts';

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';
const good = { grant_type: grant, subject_token: 'a.b.c', subject_token_type: jwt };

interface Sent {
  readonly form: readonly (readonly [string, string])[];
  readonly type?: string;
}

async function post(gateway: FakeGateway, { form, type = 'application/x-www-form-urlencoded' }: Sent) {
  const response = await createApi(gateway.parts).fetch(
    new Request('http://gateway.test/oauth/token', {
      method: 'POST',
      headers: { 'content-type': type },
      body: new URLSearchParams(form.map(([name, value]) => [name, value])).toString(),
    }),
  );
  const body = (await response.json()) as Record<string, unknown>;
  return { response, body };
}

function changed(
  change: Readonly<Record<string, string | undefined>>,
): readonly (readonly [string, string])[] {
  return Object.entries({ ...good, ...change }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
}

/** What the gateway is asked for. */
async function asked(form: Sent['form']): Promise<TicketRequest> {
  const gateway = new FakeGateway();
  let seen: TicketRequest | undefined;
  gateway.exchange = async (request) => {
    seen = request;
    return { id: 't', secret: 'spt_t', expiresAtMs: startMs };
  };
  const { response, body } = await post(gateway, { form });
  assert.equal(response.status, 200, JSON.stringify(body));
  assert.ok(seen !== undefined);
  return seen;
}

test('a token becomes a ticket, in the words of RFC 8693', async () => {
  const { response, body } = await post(new FakeGateway(), { form: changed({}) });
  assert.equal(response.status, 200);
  assert.deepEqual(body, {
    access_token: 'spt_secret',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 60,
  });
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('pragma'), 'no-cache');
});

describe('what a form asks for', () => {
  test('a token alone', async () => {
    assert.deepEqual(await asked(changed({})), { subjectToken: 'a.b.c', client: '' });
  });

  test('everything', async () => {
    const form = [
      ...changed({
        actor_token: 'd.e.f',
        actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        lifetime: '600',
        purpose: 'repair',
        task: 'T-1',
        client_id: 'anything',
      }),
      ['target', 'orders'],
      ['audience', 'billing'],
      ['rules', 'crews read, with a comma'],
      ['rules', 'crews write'],
    ] as const;
    assert.deepEqual(await asked(form), {
      subjectToken: 'a.b.c',
      client: '',
      actorToken: 'd.e.f',
      targets: ['orders', 'billing'],
      rules: ['crews read, with a comma', 'crews write'],
      lifetimeMs: 600_000,
      purpose: 'repair',
      task: 'T-1',
    });
  });
});

describe('what is refused', () => {
  const rows: readonly [title: string, form: Sent['form'], error: string, says: RegExp][] = [
    ['another grant', changed({ grant_type: 'password' }), 'invalid_request', /grant_type must be/],
    ['no grant', changed({ grant_type: undefined }), 'invalid_request', /grant_type/],
    ['no token', changed({ subject_token: undefined }), 'invalid_request', /subject_token is missing/],
    ['an empty token', changed({ subject_token: '' }), 'invalid_request', /subject_token is missing/],
    [
      'no type',
      changed({ subject_token_type: undefined }),
      'invalid_request',
      /subject_token_type is missing/,
    ],
    [
      'SAML',
      changed({ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }),
      'invalid_request',
      /must be one of/,
    ],
    [
      'an actor without a type',
      changed({ actor_token: 'd' }),
      'invalid_request',
      /actor_token_type is missing/,
    ],
    [
      'a type without an actor',
      changed({ actor_token_type: jwt }),
      'invalid_request',
      /actor_token is missing/,
    ],
    [
      'a refresh token',
      changed({ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
      'invalid_request',
      /requested_token_type/,
    ],
    ['a scope', changed({ scope: 'orders' }), 'invalid_scope', /no scopes here/],
    [
      'a misspelt parameter, which would have narrowed',
      changed({ targets: 'orders' }),
      'invalid_request',
      /unknown parameter targets/,
    ],
    [
      'a parameter that is no name',
      changed({ 'eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0': '' }),
      'invalid_request',
      /unknown parameter/,
    ],
    ['two tokens', [...changed({}), ['subject_token', 'x']], 'invalid_request', /given twice/],
    [
      'two lifetimes',
      [...changed({ lifetime: '60' }), ['lifetime', '6000']],
      'invalid_request',
      /given twice/,
    ],
    ['a lifetime of words', changed({ lifetime: '1h' }), 'invalid_request', /number of seconds/],
    ['no lifetime', changed({ lifetime: '0' }), 'invalid_request', /number of seconds/],
    ['an empty target', changed({ target: '' }), 'invalid_request', /none of them empty/],
    [
      'too many rules',
      [...changed({}), ...Array.from({ length: 51 }, (_, n) => ['rules', `r${n}`] as const)],
      'invalid_request',
      /1 to 50/,
    ],
  ];
  for (const [title, form, error, says] of rows) {
    test(title, async () => {
      const gateway = new FakeGateway();
      gateway.exchange = () => assert.fail('it was asked for');
      const { response, body } = await post(gateway, { form });
      assert.deepEqual([response.status, body['error']], [400, error]);
      assert.match(String(body['error_description']), says);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.doesNotMatch(JSON.stringify(body), /eyJ/);
    });
  }

  test('JSON', async () => {
    const { response } = await post(new FakeGateway(), { form: changed({}), type: 'application/json' });
    assert.equal(response.status, 400);
  });

  test('a form of a megabyte', async () => {
    const form = changed({ subject_token: 'x'.repeat(1 << 20) });
    assert.equal((await post(new FakeGateway(), { form })).response.status, 400);
  });
});

describe('what the exchange refuses', () => {
  const rows: readonly [ConstructorParameters<typeof SallyportError>[0], number, string][] = [
    ['unauthenticated', 400, 'invalid_request'],
    ['revoked', 400, 'invalid_request'],
    ['unknown_target', 400, 'invalid_target'],
    ['denied', 400, 'invalid_scope'],
    ['limit_requests', 429, 'temporarily_unavailable'],
    ['journal_unavailable', 503, 'temporarily_unavailable'],
    ['internal', 500, 'server_error'],
  ];
  for (const [code, status, error] of rows) {
    test(code, async () => {
      const gateway = new FakeGateway();
      gateway.exchange = async () => {
        throw new SallyportError(code, 'Sallyport: "ü\\no"');
      };
      const { response, body } = await post(gateway, { form: changed({}) });
      assert.deepEqual([response.status, body], [status, { error, error_description: "Sallyport: '??no'" }]);
      const refused = gateway.journal.filter(({ type }) => type === 'identity.refused');
      assert.equal(refused.length, code === 'unauthenticated' || code === 'revoked' ? 1 : 0);
    });
  }
});

test('one address asks so often and no more, and again after a while', async () => {
  const gateway = new FakeGateway();
  const api = createApi(gateway.parts);
  const ask = async () =>
    (
      await api.fetch(
        new Request('http://gateway.test/oauth/token', {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(good),
        }),
      )
    ).status;
  for (let count = 0; count < 100; count++) assert.equal(await ask(), 200);
  assert.equal(await ask(), 429);
  gateway.nowMs -= 60_000;
  assert.equal(await ask(), 429, 'a clock that was set back gives nothing');
  gateway.nowMs += 100;
  assert.equal(await ask(), 200);
});

test('there is metadata of it (RFC 8414), and nothing but POST', async () => {
  const api = createApi(new FakeGateway().parts);
  const found = await api.fetch(new Request('http://gateway.test/.well-known/oauth-authorization-server'));
  assert.deepEqual(await found.json(), {
    issuer: 'https://gateway.test',
    token_endpoint: 'https://gateway.test/oauth/token',
    response_types_supported: [],
    grant_types_supported: [grant],
    token_endpoint_auth_methods_supported: ['none'],
  });
  assert.equal((await api.fetch(new Request('http://gateway.test/oauth/token'))).status, 404);
});

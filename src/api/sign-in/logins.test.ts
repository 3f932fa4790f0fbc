import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  FakeGateway,
  fromArray,
  listen,
  people,
  startMs,
  ticket,
} from '../../../test/fixtures/fake-gateway.ts';
import type { StampedEvent } from '../../core/event.ts';
import { ownPath } from './own-path.ts';

const secret = 's'.repeat(43);
const cookie = `__Host-sallyport=${secret}`;
const csrf = { 'sallyport-csrf': `csrf-${secret}` };
const here = { 'sec-fetch-site': 'same-origin' };

async function stage(t: TestContext) {
  const gateway = new FakeGateway();
  gateway.signIn.signIn(secret, people.sam, startMs);
  const { url, close } = await listen(gateway);
  t.after(close);
  const ask = async (line: string, headers: Readonly<Record<string, string>> = {}, body?: string) => {
    const [method = '', path = ''] = line.split(' ');
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { gateway, ask };
}

test('a login is a proof of identity, and tells its pages what to send along', async (t) => {
  const { ask } = await stage(t);
  const { status, text } = await ask('GET /api/v1/me', { cookie });
  assert.equal(status, 200);
  const { subject, csrf: token } = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual([subject, token], ['sam', `csrf-${secret}`]);
  const byToken = await ask('GET /api/v1/me', { authorization: 'Bearer sam' });
  assert.doesNotMatch(byToken.text, /csrf/);
});

test('what is no login, or was one, is no proof, and the record is not filled with it', async (t) => {
  const { ask, gateway } = await stage(t);
  for (const wrong of ['x', '', 's'.repeat(42), people.sam.subject]) {
    const { status } = await ask('GET /api/v1/me', { cookie: `__Host-sallyport=${wrong}` });
    assert.equal(status, 401, wrong);
  }
  assert.equal((await ask('GET /api/v1/me', { cookie: `sallyport=${secret}` })).status, 401, 'another name');
  assert.deepEqual(gateway.journal, []);
});

test('a token that comes with a cookie decides alone', async (t) => {
  const { ask } = await stage(t);
  assert.equal((await ask('GET /api/v1/me', { cookie, authorization: 'Bearer forged' })).status, 401);
  assert.match((await ask('GET /api/v1/me', { cookie, authorization: 'Bearer anna' })).text, /"anna"/);
});

const reading: readonly [site: string | undefined, status: number][] = [
  [undefined, 200],
  ['none', 200],
  ['same-origin', 200],
  ['same-site', 403],
  ['cross-site', 403],
];

for (const [site, status] of reading)
  test(`reading with a cookie, Sec-Fetch-Site ${site ?? 'absent'}: ${status}`, async (t) => {
    const { ask } = await stage(t);
    const headers = { cookie, ...(site === undefined ? {} : { 'sec-fetch-site': site }) };
    assert.equal((await ask('GET /api/v1/sessions', headers)).status, status);
  });

const changing: readonly [what: string, headers: Readonly<Record<string, string>>, status: number][] = [
  ['token and own page', { ...csrf, ...here }, 200],
  ['token and address bar', { ...csrf, 'sec-fetch-site': 'none' }, 200],
  ['own page without the token', here, 403],
  ['own page with another token', { ...here, 'sallyport-csrf': 'x' }, 403],
  ['own page with the secret for a token', { ...here, 'sallyport-csrf': secret }, 403],
  ['token and a page elsewhere', { ...csrf, 'sec-fetch-site': 'cross-site' }, 403],
  ['token and a page of the same site', { ...csrf, 'sec-fetch-site': 'same-site' }, 403],
  ['token and no word from where', csrf, 403],
];

for (const [what, headers, status] of changing)
  test(`changing with a cookie, ${what}: ${status}`, async (t) => {
    const { ask, gateway } = await stage(t);
    const answer = await ask('DELETE /api/v1/sessions/session-1', { cookie, ...headers });
    assert.equal(answer.status, status);
    assert.equal(gateway.session.ended.aborted, status === 200);
    if (status === 200) return;
    assert.deepEqual(
      gateway.journal.map(({ type }) => type),
      ['identity.refused'],
    );
  });

test('who is shut out is so with a login, too', async (t) => {
  const { ask, gateway } = await stage(t);
  gateway.revoked.push({ subject: 'sam', issuer: null, atMs: startMs, by: people.anna });
  assert.equal((await ask('GET /api/v1/me', { cookie })).status, 403);
});

test('revoking ends logins, so that they do not come back with whoever is let in again', async (t) => {
  const { ask, gateway } = await stage(t);
  gateway.signIn.signIn('annas', people.anna, startMs);
  const headers = { cookie, ...csrf, ...here, 'content-type': 'application/json' };
  assert.equal((await ask('POST /api/v1/revocations', headers, '{"subject":"anna"}')).status, 200);
  assert.deepEqual(gateway.signIn.ended, [['login-annas', 'revoked']]);
});

test('a stream ends with the login that it was asked for with', async (t) => {
  const { ask, gateway } = await stage(t);
  const [first, second]: [StampedEvent, StampedEvent] = [
    { seq: 1, time: '2026-11-23T10:00:00.000Z', type: 'gateway.stopped' },
    { seq: 2, time: '2026-11-23T10:00:05.000Z', type: 'gateway.stopped' },
  ];
  gateway.read = async function* () {
    yield first;
    gateway.signIn.kept.clear();
    gateway.nowMs += 1_000;
    yield second;
  };
  await assert.rejects(ask('GET /api/v1/sessions/session-1/events', { cookie }));
  gateway.read = () => fromArray([first, second]);
});

test('one sees and ends one’s own logins, and nobody else’s', async (t) => {
  const { ask, gateway } = await stage(t);
  gateway.signIn.signIn('annas', people.anna, startMs);
  gateway.signIn.signIn('phone', people.sam, startMs);
  const { logins } = JSON.parse((await ask('GET /api/v1/logins', { cookie })).text) as {
    logins: { id: string; current: boolean }[];
  };
  assert.deepEqual(
    logins.map(({ id, current }) => [id, current]),
    [
      [`login-${secret}`, true],
      ['login-phone', false],
    ],
  );
  const headers = { cookie, ...csrf, ...here };
  assert.equal((await ask('DELETE /api/v1/logins/login-annas', headers)).status, 404);
  assert.equal((await ask('DELETE /api/v1/logins/login-phone', headers)).status, 200);
  assert.deepEqual(gateway.signIn.ended, [['login-phone', 'signed_out']]);
});

test('signing out everywhere takes all logins, and the tickets one has oneself', async (t) => {
  const { ask, gateway } = await stage(t);
  gateway.signIn.signIn('phone', people.sam, startMs);
  gateway.tickets = [
    ticket({ id: 'mine', identity: { ...people.sam, ticket: 'mine' } }),
    ticket({ id: 'agents', identity: { ...people.sam, ticket: 'agents', actor: people.crew } }),
    ticket({ id: 'annas', identity: { ...people.anna, ticket: 'annas' } }),
  ];
  const { text } = await ask('DELETE /api/v1/logins', { cookie, ...csrf, ...here });
  assert.deepEqual(JSON.parse(text), { logins: 2, tickets: 1, sessions: 0 });
  assert.deepEqual([gateway.signIn.kept.size, gateway.tickets.map(({ id }) => id)], [0, ['agents', 'annas']]);
  assert.deepEqual(gateway.journal.at(-1), {
    type: 'ticket.ended',
    ticket: 'mine',
    by: { subject: 'sam', issuer: 'https://login.test/', kind: 'human', groups: ['security'] },
  });
});

test('signing out by form needs the token, and the page it stands on', async (t) => {
  const { ask, gateway } = await stage(t);
  const form = { 'content-type': 'application/x-www-form-urlencoded', cookie };
  assert.equal((await ask('POST /logout', { ...form, ...here }, 'csrf=x')).status, 403);
  const cross = { ...form, 'sec-fetch-site': 'cross-site' };
  assert.equal((await ask('POST /logout', cross, `csrf=csrf-${secret}`)).status, 403);
  assert.equal(gateway.signIn.kept.size, 1);
  const out = await ask('POST /logout', { ...form, ...here }, `csrf=csrf-${secret}`);
  assert.deepEqual([out.status, out.headers.get('location')], [303, '/login/out']);
  assert.match(
    out.headers.getSetCookie().join(),
    /^__Host-sallyport=;.*Max-Age=0;.*Path=\/;.*HttpOnly;.*Secure/,
  );
  assert.deepEqual(gateway.signIn.ended, [[`login-${secret}`, 'signed_out']]);
});

const paths: readonly [given: string | undefined, own: string][] = [
  ['/', '/'],
  ['/console?a=b#c', '/console?a=b#c'],
  [
    '/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1',
    '/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1',
  ],
  ['/a/../b', '/b'],
  [undefined, '/login'],
  ['', '/login'],
  ['//evil.test', '/login'],
  ['/\\evil.test', '/login'],
  ['\\\\evil.test', '/login'],
  ['https://evil.test', '/login'],
  ['javascript:alert(1)', '/login'],
  ['evil.test', '/login'],
  ['/\t/evil.test', '/login'],
  ['/a\r\nset-cookie: b', '/login'],
  [' //evil.test', '/login'],
  ['/.//evil.test', '/login'],
  [`/${'a'.repeat(1_500)}`, '/login'],
];

for (const [given, own] of paths)
  test(`return_to ${JSON.stringify(given)?.slice(0, 60)} leads to ${own.slice(0, 40)}`, () => {
    assert.equal(ownPath(given), own);
  });

test('where nobody signs in with a browser, the pages say so and run nothing', async (t) => {
  const { ask } = await stage(t);
  for (const line of ['GET /login?again=1', 'GET /login/callback?state=a', 'GET /login/saml/metadata']) {
    const { status, text, headers } = await ask(line);
    assert.equal(status, 404, line);
    assert.match(text, /identity\.login/);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /script|unsafe/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(text, /<script|\son\w+=|style=/);
  }
});

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { Browser, formOf } from '../fixtures/browser.ts';
import type { Page } from '../fixtures/browser.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { consoleClient, decline, enterName, startSignInProvider } from '../fixtures/sign-in-provider.ts';
import type { SignInProvider } from '../fixtures/sign-in-provider.ts';
import { until } from '../fixtures/until.ts';

const flowName = '__Host-sallyport-flow-';

/** A gateway whose people sign in with a real provider; `security` may do everything on the gateway itself. */
async function stage(t: TestContext, login = '') {
  let gateway: TestGateway | undefined;
  const baseUrl = () => `https://127.0.0.1:${gateway?.gateway.ports.http ?? 0}`;
  const provider = await startSignInProvider({ baseUrl, claims: { groups: ['security'] } });
  const config = configFor(provider, login);
  gateway = await startTestGateway(config);
  const browsers: Browser[] = [];
  t.after(async () => {
    for (const browser of browsers) await browser.close();
    await gateway.stop();
    await provider.stop();
  });
  const newBrowser = (): Browser => {
    const browser = new Browser(join(gateway.dataDir, 'ca.pem'));
    browsers.push(browser);
    return browser;
  };
  const url = baseUrl();
  const signIn = async (name: string, path = '/login', browser = newBrowser()) => {
    const page = await enterName(browser, await browser.go(`${url}${path}`), name);
    return { browser, page };
  };
  return { gateway, provider, url, newBrowser, signIn, config };
}

function configFor({ issuer }: Pick<SignInProvider, 'issuer'>, login = '', more = ''): string {
  return `
listen: { host: 127.0.0.1, http: 0 }
identity:
  local: true
  login: { oidc: { issuer: "${issuer}", client_id: ${consoleClient.id}, client_secret: ${consoleClient.secret} }${login} }
rules:
  - { name: security watches, who: { groups: [security] }, targets: [sallyport], allow: [read, write] }
${more}`;
}

async function me(
  browser: Browser,
  url: string,
): Promise<{ status: number; subject?: string; csrf: string }> {
  const page = await browser.go(`${url}/api/v1/me`, { from: `${url}/login` });
  return { status: page.status, ...(JSON.parse(page.text) as { subject: string; csrf: string }) };
}

function cookieOf(browser: Browser, url: string): string {
  return browser.cookies(url).get('__Host-sallyport')?.value ?? '';
}

const types = async (gateway: TestGateway) => (await gateway.events()).map(({ type }) => type);

test('somebody signs in, is known to the API, and signs out', async (t) => {
  const { gateway, url, signIn, provider } = await stage(t);
  const { browser, page } = await signIn('anna');
  assert.equal(page.url.href, `${url}/login`);
  assert.match(page.text, /You are signed in/);
  assert.match(page.text, /TestBrowser/);
  assert.equal((await me(browser, url)).subject, 'anna');
  assert.deepEqual([...browser.cookies(url).keys()], ['__Host-sallyport'], 'nothing is left of the sign-in');

  const { action, fields } = formOf(page);
  const asked = await browser.go(action, { method: 'POST', form: fields, from: page.url.href });
  assert.equal(asked.url.origin, provider.issuer, 'the provider asks whether to end its own session, too');
  const confirm = formOf(asked);
  const form = { ...confirm.fields, logout: 'yes' };
  const out = await browser.go(confirm.action, { method: 'POST', form, from: asked.url.href });
  assert.equal(out.url.href, `${url}/login/out`);
  assert.match(out.text, /You are signed out/);
  assert.equal((await me(browser, url)).status, 401);
  const told = (await gateway.events()).filter(({ type }) => type.startsWith('login.'));
  const identity = { subject: 'anna', issuer: provider.issuer, kind: 'human', groups: ['security'] };
  assert.deepEqual(
    told.map(({ seq: _seq, time: _time, ...event }) => ({ ...event, login: 'one' })),
    [
      { type: 'login.opened', login: 'one', identity, via: 'oidc', client: '127.0.0.1' },
      { type: 'login.ended', login: 'one', identity, reason: 'signed_out' },
    ],
  );
});

test('the cookies are as they should be', async (t) => {
  const { url, newBrowser } = await stage(t);
  const browser = newBrowser();
  const begun = await browser.go(`${url}/login`, { stay: true });
  const [flow] = begun.headers.getSetCookie();
  assert.match(
    flow ?? '',
    /^__Host-sallyport-flow-[\w-]{22}=[\w-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  await enterName(browser, await browser.go(begun.headers.get('location') ?? ''), 'anna');
  const { attributes, value } = browser.cookies(url).get('__Host-sallyport') ?? assert.fail('no login');
  assert.match(value, /^[\w-]{43}$/);
  assert.deepEqual(
    [...attributes].filter(([name]) => name !== 'max-age'),
    [
      ['path', '/'],
      ['httponly', ''],
      ['secure', ''],
      ['samesite', 'Lax'],
    ],
  );
  const seconds = Number(attributes.get('max-age'));
  assert.ok(seconds > 43_000 && seconds <= 43_200);
});

test('back to where one came from, on the gateway alone', async (t) => {
  const { url, signIn } = await stage(t);
  const path = '/login?return_to=%2Fapi%2Fv1%2Fme';
  const { page } = await signIn('anna', path);
  assert.equal(page.url.href, `${url}/api/v1/me`);
  const elsewhere = await signIn('anna', '/login?return_to=https%3A%2F%2Fevil.test');
  assert.equal(elsewhere.page.url.href, `${url}/login`);
});

test('whoever comes plainly, or by another name, begins at the address that the provider knows', async (t) => {
  const { url, newBrowser, provider } = await stage(t);
  for (const address of [url.replace('https:', 'http:'), url.replace('127.0.0.1', 'localhost')]) {
    const browser = newBrowser();
    const page = await browser.go(`${address}/login?return_to=%2Fhealthz`);
    assert.equal(page.url.origin, provider.issuer);
    assert.deepEqual(browser.cookies(address).size, 0);
    assert.equal((await enterName(browser, page, 'anna')).url.href, `${url}/healthz`);
  }
});

test('answers are taken no faster than people sign in', async (t) => {
  const { url, newBrowser } = await stage(t);
  const browser = newBrowser();
  const statuses: number[] = [];
  for (let n = 0; n < 40; n++) statuses.push((await browser.go(`${url}/login/callback?state=a`)).status);
  assert.ok(statuses.includes(401) && statuses.includes(429));
});

test('a browser has few sign-ins under way, whoever begins them', async (t) => {
  const { url, newBrowser, signIn } = await stage(t);
  const browser = newBrowser();
  const counts: number[] = [];
  for (let n = 0; n < 6; n++) {
    await browser.go(`${url}/login`, { stay: true, from: 'https://evil.test' });
    counts.push(browser.cookies(url).size);
  }
  assert.deepEqual(counts, [1, 2, 3, 4, 1, 2]);
  assert.equal((await signIn('anna', '/login', browser)).page.status, 200);
});

test('every sign-in has a new secret, and ends the login that the browser had', async (t) => {
  const { gateway, url, signIn } = await stage(t);
  const { browser } = await signIn('anna');
  const first = cookieOf(browser, url);
  // The provider still knows the browser: it asks nothing.
  browser.plant(url, '__Host-sallyport', 'planted');
  await browser.go(`${url}/login`);
  const second = cookieOf(browser, url);
  assert.ok(second !== first && second !== 'planted');
  browser.plant(url, '__Host-sallyport', first);
  assert.equal(
    (await me(browser, url)).subject,
    'anna',
    'a secret that was not there is no reason to end another',
  );
  const { browser: again } = await signIn('anna');
  const mine = cookieOf(again, url);
  const begun = await again.go(`${url}/login?again=1`, { stay: true, headers: { cookie: '' } });
  await again.go(begun.headers.get('location') ?? '');
  assert.notEqual(cookieOf(again, url), mine);
  again.plant(url, '__Host-sallyport', mine);
  assert.equal((await me(again, url)).status, 401, 'the old one is gone');
  assert.ok((await types(gateway)).includes('login.ended'));
});

test('an answer that another browser began signs nobody in', async (t) => {
  const { gateway, url, newBrowser } = await stage(t);
  const [mallory, victim] = [newBrowser(), newBrowser()];
  const begun = await mallory.go(`${url}/login`);
  const back = await enterName(mallory, begun, 'mallory').then(() =>
    mallory.visited.find((one) => one.includes('/login/callback?')),
  );
  const page = await victim.go(back ?? '', { from: 'https://evil.test' });
  assert.equal(page.status, 401);
  assert.match(page.text, /not begun in this browser/);
  assert.equal(victim.cookies(url).size, 0);
  await until('the record of it', async () =>
    (await gateway.events()).some((event) => event.type === 'identity.refused' && event.protocol === 'login'),
  );
});

test('the answer counts once: back and reload sign nobody in', async (t) => {
  const { url, newBrowser } = await stage(t);
  const browser = newBrowser();
  const begun = await browser.go(`${url}/login`);
  const [name = '', flow] = [...browser.cookies(url)].find(([one]) => one.startsWith(flowName)) ?? [];
  await enterName(browser, begun, 'anna');
  const back = browser.visited.find((one) => one.includes('/login/callback?')) ?? '';
  assert.match((await browser.go(back)).text, /not begun in this browser/);
  browser.plant(url, name, flow?.value ?? '');
  assert.match((await browser.go(back)).text, /it was used, or is too old/);
});

test('whoever says no at the provider, or whose provider is away, is told so', async (t) => {
  const { url, newBrowser, provider } = await stage(t);
  const browser = newBrowser();
  const no = await decline(browser, await browser.go(`${url}/login`));
  assert.equal(no.status, 401);
  assert.match(no.text, /refused at the provider/);
  await provider.stop();
  const { status } = await newBrowser().go(`${url}/login/callback?state=a&code=b`);
  assert.equal(status, 401);
});

test('pages hold no script and let nothing in', async (t) => {
  const { signIn } = await stage(t);
  const { page } = await signIn('<b>anna</b>');
  assert.match(page.text, /&lt;b&gt;anna/);
  assert.doesNotMatch(page.text, /<script|\son\w+=|style=|<b>anna/);
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(
    policy,
    /^default-src 'none'; style-src 'self'; form-action 'self' http:\/\/127\.0\.0\.1:\d+; base-uri 'none'; frame-ancestors 'none'$/,
  );
  assert.equal(page.headers.get('cache-control'), 'no-store');
});

test('revoking ends a login at once, and it does not come back', async (t) => {
  const { gateway, url, signIn } = await stage(t);
  const { browser: anna } = await signIn('anna');
  const { browser: sam } = await signIn('sam');
  const { csrf } = await me(sam, url);
  const headers = { 'sallyport-csrf': csrf };
  const ask = (method: string, path: string, json?: unknown) =>
    sam.go(`${url}/api/v1${path}`, {
      method,
      headers,
      from: `${url}/`,
      ...(json === undefined ? {} : { json }),
    });
  assert.equal((await ask('POST', '/revocations', { subject: 'anna' })).status, 200);
  assert.equal((await me(anna, url)).status, 401);
  assert.equal((await anna.go(`${url}/login`)).status, 403, 'nor may they sign in again');
  assert.equal((await ask('DELETE', '/revocations/anna')).status, 200);
  assert.equal((await me(anna, url)).status, 401);
  const told = (await gateway.events()).filter(({ type }) => type === 'login.ended');
  assert.ok(told.some((event) => event.type === 'login.ended' && event.reason === 'revoked'));
});

test('logins end with the provider that they came from', async (t) => {
  const { gateway, url, signIn, provider, config } = await stage(t);
  const { browser } = await signIn('anna');
  assert.equal((await me(browser, url)).subject, 'anna');
  gateway.rewrite(config.replace(provider.issuer, 'https://elsewhere.test'));
  await until('the new configuration counts', async () => (await me(browser, url)).status === 401);
});

test('THREATS 42: the key of sign-ins is made on first start, and private', async (t) => {
  const [one, two] = [await stage(t), await stage(t)];
  const keys = [one, two].map(({ gateway }) => join(gateway.dataDir, 'login-key'));
  for (const key of keys) assert.equal(statSync(key).mode & 0o777, 0o600);
  const [a, b] = keys.map((key) => readFileSync(key, 'utf8'));
  assert.notEqual(a, b);
});

// Command lines.

test('what command lines are told of the gateway (RFC 8414)', async (t) => {
  const { url, newBrowser } = await stage(t);
  const { text } = await newBrowser().go(`${url}/.well-known/oauth-authorization-server`);
  assert.deepEqual(JSON.parse(text), {
    issuer: url,
    token_endpoint: `${url}/oauth/token`,
    authorization_endpoint: `${url}/oauth/authorize`,
    device_authorization_endpoint: `${url}/oauth/device_authorization`,
    response_types_supported: ['code'],
    grant_types_supported: [
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'authorization_code',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: ['none'],
  });
});

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');
const redirectUri = 'http://127.0.0.1:1/callback';
const authorize = {
  client_id: 'sallyport-cli',
  response_type: 'code',
  code_challenge_method: 'S256',
  redirect_uri: redirectUri,
  code_challenge: challenge,
  state: 'state-of-the-cli',
  agent: 'laptop',
};
const authorizePath = (change: Readonly<Record<string, string>> = {}) =>
  `/oauth/authorize?${new URLSearchParams({ ...authorize, ...change }).toString()}`;

function post(browser: Browser, url: string, form: Readonly<Record<string, string>>): Promise<Page> {
  return browser.go(`${url}/oauth/token`, { method: 'POST', form, from: 'https://no.browser' });
}

/** What a person's click leads to, without going there: nobody listens. */
async function allowed(browser: Browser, page: Page, decision: string): Promise<URL> {
  const { action, fields } = formOf(page);
  const form = { ...fields, decision };
  const answer = await browser.go(action, { method: 'POST', form, from: page.url.href, stay: true });
  return new URL(answer.headers.get('location') ?? '', page.url);
}

test('a command line on this machine gets a ticket after a click', async (t) => {
  const { gateway, url, signIn } = await stage(t);
  const { browser, page } = await signIn('anna', authorizePath());
  assert.match(page.text, /Let a command line act as you\?/);
  assert.match(page.text, /laptop/);
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /form-action 'self' http:\/\/127\.0\.0\.1:1;/,
  );
  const back = await allowed(browser, page, 'allow');
  assert.equal(`${back.origin}${back.pathname}`, redirectUri);
  assert.deepEqual([back.searchParams.get('state'), back.searchParams.get('iss')], [authorize.state, url]);
  const code = back.searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    client_id: 'sallyport-cli',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
  };
  const { access_token: ticket, expires_in: seconds } = JSON.parse((await post(browser, url, form)).text) as {
    access_token: string;
    expires_in: number;
  };
  assert.ok(seconds > 43_000 && seconds <= 43_200);
  const headers = { authorization: `Bearer ${ticket}` };
  const known = await browser.go(`${url}/api/v1/me`, { headers });
  assert.match(known.text, /"subject":"anna"/);
  assert.equal((await post(browser, url, form)).status, 400, 'once');
  assert.ok((await types(gateway)).includes('ticket.issued'));

  const { csrf } = await me(browser, url);
  const everywhere = { csrf, everywhere: '1' };
  await browser.go(`${url}/logout`, { method: 'POST', form: everywhere, from: `${url}/login` });
  assert.equal((await browser.go(`${url}/api/v1/me`, { headers })).status, 401, 'signed out everywhere');
});

test('whoever refuses gives nothing away', async (t) => {
  const { signIn } = await stage(t);
  const { browser, page } = await signIn('anna', authorizePath());
  const back = await allowed(browser, page, 'refuse');
  assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('code')], ['access_denied', null]);
});

const badRequests: readonly (readonly [what: string, change: Readonly<Record<string, string>>])[] = [
  ['another address', { redirect_uri: 'https://evil.test/callback' }],
  ['another machine', { redirect_uri: 'http://10.0.0.1:80/callback' }],
  ['a name of this machine', { redirect_uri: 'http://localhost:80/callback' }],
  ['a name that begins as an address', { redirect_uri: 'http://127.0.0.1.evil.test:80/callback' }],
  ['credentials in the address', { redirect_uri: 'http://127.0.0.1:80@evil.test:80/callback' }],
  ['another path', { redirect_uri: 'http://127.0.0.1:80/other' }],
  ['no PKCE', { code_challenge: '' }],
  ['plain PKCE', { code_challenge_method: 'plain' }],
  ['another client', { client_id: 'evil' }],
  ['an implicit grant', { response_type: 'token' }],
  ['no state', { state: '' }],
];

test('a request to act as somebody is refused on the page, and sent nowhere', async (t) => {
  const { url, signIn } = await stage(t);
  const { browser } = await signIn('anna');
  for (const [what, change] of badRequests) {
    const page = await browser.go(`${url}${authorizePath(change)}`);
    assert.equal(page.status, 400, what);
    assert.equal(page.url.origin, url, what);
  }
});

test('a page elsewhere cannot click for anybody', async (t) => {
  const { url, signIn } = await stage(t);
  const { browser, page } = await signIn('anna', authorizePath());
  const { fields } = formOf(page);
  const form = { ...fields, decision: 'allow' };
  const at = { method: 'POST', stay: true } as const;
  const forged = await browser.go(`${url}/oauth/authorize`, { ...at, form, from: 'https://evil.test' });
  assert.equal(forged.status, 401, 'the cookie stays away');
  const guessed = { ...form, csrf: 'x'.repeat(43) };
  assert.equal(
    (await browser.go(`${url}/oauth/authorize`, { ...at, form: guessed, from: `${url}/` })).status,
    403,
  );
});

test('a device: shown where it asks from, allowed by typing its code', async (t) => {
  const { url, signIn, newBrowser } = await stage(t);
  const device = newBrowser();
  const asked = { client_id: 'sallyport-cli', agent: 'build\u202e-7' };
  const begun = await device.go(`${url}/oauth/device_authorization`, { method: 'POST', form: asked });
  const { device_code: code, user_code: typed, ...rest } = JSON.parse(begun.text) as Record<string, string>;
  assert.deepEqual(rest, { verification_uri: `${url}/login/device`, expires_in: 600, interval: 5 });
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: 'sallyport-cli',
    device_code: code ?? '',
  };
  const pending = await post(device, url, form);
  assert.deepEqual(
    [pending.status, (JSON.parse(pending.text) as { error: string }).error],
    [400, 'authorization_pending'],
  );

  const { browser, page } = await signIn('anna', `/login/device?user_code=${typed ?? ''}`);
  assert.equal(page.url.pathname, '/login/device');
  assert.doesNotMatch(page.text, new RegExp(typed ?? '-'), 'no link types the code');
  const ask = (at: Page, more: Readonly<Record<string, string>>) => {
    const { action, fields } = formOf(at);
    return browser.go(action, { method: 'POST', form: { ...fields, ...more }, from: at.url.href });
  };
  assert.equal((await ask(page, { user_code: 'BBBB-BBBB' })).status, 404);
  const shown = await ask(page, { user_code: (typed ?? '').toLowerCase() });
  assert.match(shown.text, /127\.0\.0\.1/);
  assert.match(shown.text, /build\\u\{202e\}-7/);
  assert.match((await ask(shown, { decision: 'allow' })).text, /goes on by itself/);
  const given = await post(device, url, form);
  const { access_token: ticket } = JSON.parse(given.text) as { access_token: string };
  const known = await device.go(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${ticket}` } });
  assert.match(known.text, /"subject":"anna"/);
});

test('codes cannot be tried out', async (t) => {
  const { url, signIn } = await stage(t);
  const { browser, page } = await signIn('anna', '/login/device');
  const { fields } = formOf(page);
  const statuses: number[] = [];
  for (let guess = 0; guess < 7; guess++) {
    const form = { ...fields, user_code: 'BBBB-BBBB' };
    statuses.push(
      (await browser.go(`${url}/login/device`, { method: 'POST', form, from: page.url.href })).status,
    );
  }
  assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429, 429]);
});

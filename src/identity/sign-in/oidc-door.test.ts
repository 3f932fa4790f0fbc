import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Browser } from '../../../test/fixtures/browser.ts';
import {
  consoleClient,
  decline,
  enterName,
  otherClient,
  startSignInProvider,
} from '../../../test/fixtures/sign-in-provider.ts';
import type { ProviderOptions } from '../../../test/fixtures/sign-in-provider.ts';
import type { OidcLoginSpec } from '../../core/login.ts';
import { Flows, flowMsMax } from './flows.ts';
import { OidcDoor } from './oidc-door.ts';

/** The gateway is played by this test: no request to it is ever made, only the address is read. */
const baseUrl = 'http://127.0.0.1:1';

async function stage(
  t: TestContext,
  it: { spec?: Partial<OidcLoginSpec>; provider?: Partial<ProviderOptions> } = {},
) {
  const provider = await startSignInProvider({ baseUrl: () => baseUrl, ...it.provider });
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-oidc-'));
  const browser = new Browser();
  t.after(async () => {
    await provider.stop();
    await browser.close();
    rmSync(dataDir, { recursive: true });
  });
  const clock = { nowMs: Date.now(), now: () => clock.nowMs };
  const flows = await Flows.open({ dataDir, clock });
  const spec: OidcLoginSpec = {
    via: 'oidc',
    issuer: provider.issuer,
    clientId: consoleClient.id,
    clientSecret: consoleClient.secret,
    scopes: ['openid', 'profile', 'email'],
    kind: 'human',
    claims: {},
    groups: [],
    idleMs: 1,
    lifetimeMs: 3_600_000,
    ...it.spec,
  };
  const door = new OidcDoor({
    spec,
    flows,
    clock,
    baseUrl: () => baseUrl,
    resolveSecret: async (text) => text,
  });
  /** Up to the address that the provider sends the browser back to. */
  const signIn = async (name: string, at = door) => {
    const begun = await at.begin('/somewhere');
    const page = await browser.go(begun.url);
    const url = await landing(browser, () => enterName(browser, page, name));
    return { begun, url };
  };
  return { provider, door, spec, flows, clock, browser, signIn };
}

/** Nobody listens at the gateway's address here: the last address asked is what would come to it. */
async function landing(browser: Browser, walk: () => Promise<unknown>): Promise<URL> {
  await assert.rejects(walk());
  return new URL(browser.visited.at(-1) ?? '');
}

const refused = (message: RegExp) => ({ code: 'unauthenticated', message });

test('somebody signs in, and is who their claims say', async (t) => {
  const { door, signIn, provider, clock } = await stage(t, { spec: { groups: ['staff'] } });
  const { begun, url } = await signIn('anna');
  const { identity, returnTo } = await door.finish({ kind: 'address', url }, begun.sealed);
  assert.equal(returnTo, '/somewhere');
  const { claims, ...rest } = identity;
  assert.deepEqual(rest, {
    subject: 'anna',
    issuer: provider.issuer,
    kind: 'human',
    groups: ['staff', 'dba'],
    expiresAtMs: clock.nowMs + 3_600_000,
  });
  assert.equal(claims['email'], 'anna@acme.test');
});

test('what it asks the provider for', async (t) => {
  const { door } = await stage(t);
  const { searchParams } = new URL((await door.begin('/')).url);
  const { state, nonce, code_challenge: challenge, ...rest } = Object.fromEntries(searchParams);
  assert.deepEqual(rest, {
    client_id: 'console',
    redirect_uri: `${baseUrl}/login/callback`,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
  });
  assert.match(state ?? '', /^[\w-]{22}$/);
  assert.match(nonce ?? '', /^[\w-]{43}$/);
  assert.match(challenge ?? '', /^[\w-]{43}$/);
});

test('claims that the ID token lacks come from the user info', async (t) => {
  const { door, signIn } = await stage(t, {
    spec: { claims: { subject: 'email' } },
    provider: { inUserInfo: true },
  });
  const { begun, url } = await signIn('anna');
  const { identity } = await door.finish({ kind: 'address', url }, begun.sealed);
  assert.deepEqual([identity.subject, identity.groups], ['anna@acme.test', ['dba']]);
});

test('the claims are read as those of tokens are: an address that was not verified names nobody', async (t) => {
  const { door, signIn } = await stage(t, {
    spec: { claims: { subject: 'email' } },
    provider: { claims: { email_verified: false } },
  });
  const { begun, url } = await signIn('anna');
  await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), refused(/a claim/));
});

test('a code that comes again is refused', async (t) => {
  const { door, signIn } = await stage(t);
  const { begun, url } = await signIn('anna');
  await door.finish({ kind: 'address', url }, begun.sealed);
  await assert.rejects(
    door.finish({ kind: 'address', url }, begun.sealed),
    refused(/it was used, or is too/),
  );
});

test('an answer is taken from the browser that asked, and from no other', async (t) => {
  const { door, signIn } = await stage(t);
  const theirs = await signIn('mallory');
  const mine = await door.begin('/');
  const answer = { kind: 'address', url: theirs.url } as const;
  await assert.rejects(door.finish(answer, mine.sealed), refused(/not begun in this browser/));
  await assert.rejects(door.finish(answer, ''), refused(/not begun in this browser/));
  await assert.rejects(door.finish(answer, `${theirs.begun.sealed}A`), refused(/not begun in this browser/));
});

const changed: readonly [what: string, change: (url: URL) => void, message: RegExp][] = [
  ['a wrong state', ({ searchParams }) => searchParams.set('state', 'x'.repeat(22)), /not begun in this/],
  ['no state', ({ searchParams }) => searchParams.delete('state'), /not begun in this browser/],
  [
    'another code',
    ({ searchParams }) => searchParams.set('code', 'made-up'),
    /does not take this answer back/,
  ],
  ['no code', ({ searchParams }) => searchParams.delete('code'), /does not hold/],
  ['another issuer', ({ searchParams }) => searchParams.set('iss', 'https://evil.test'), /does not hold/],
  ['no issuer', ({ searchParams }) => searchParams.delete('iss'), /does not hold/],
  ['two issuers', ({ searchParams }) => searchParams.append('iss', 'https://evil.test'), /does not hold/],
  ['two codes', ({ searchParams }) => searchParams.append('code', 'x'), /does not hold/],
];

for (const [what, change, message] of changed)
  test(`${what} in the answer is refused`, async (t) => {
    const { door, signIn } = await stage(t);
    const { begun, url } = await signIn('anna');
    change(url);
    await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), refused(message));
  });

test('a nonce that is not the one asked with is refused', async (t) => {
  const { door, flows, clock, signIn } = await stage(t);
  const { begun, url } = await signIn('anna');
  const flow = flows.unseal(begun.sealed, { state: begun.state, issuer: door.spec.issuer });
  for (const nonce of ['another', undefined]) {
    const { nonce: _nonce, ...rest } = flow;
    const sealed = flows.seal({ ...rest, ...(nonce === undefined ? {} : { nonce }), beganAtMs: clock.nowMs });
    const finished = door.finish({ kind: 'address', url }, sealed);
    await assert.rejects(finished, nonce === undefined ? refused(/another kind/) : refused(/does not/));
  }
});

test('an ID token without a nonce is refused', async (t) => {
  const { door, browser } = await stage(t);
  const begun = await door.begin('/');
  const asked = new URL(begun.url);
  asked.searchParams.delete('nonce');
  const page = await browser.go(asked);
  const url = await landing(browser, () => enterName(browser, page, 'anna'));
  await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), refused(/does not hold/));
});

test('without the verifier that it was asked with, a code is worth nothing', async (t) => {
  const { door, flows, signIn } = await stage(t);
  const { begun, url } = await signIn('anna');
  const flow = flows.unseal(begun.sealed, { state: begun.state, issuer: door.spec.issuer });
  const sealed = flows.seal({ ...flow, verifier: 'v'.repeat(43) });
  await assert.rejects(door.finish({ kind: 'address', url }, sealed), refused(/does not take this answer/));
});

test('what was made for another client is refused', async (t) => {
  const { spec, flows, clock, signIn, door } = await stage(t);
  const it = { flows, clock, baseUrl: () => baseUrl, resolveSecret: async (text: string) => text };
  const others = { ...spec, clientId: otherClient.id, clientSecret: otherClient.secret };
  const other = new OidcDoor({ spec: others, ...it });
  const { begun, url } = await signIn('anna', other);
  await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), refused(/does not take this/));
});

test('an ID token with a signature that does not hold is refused, though it came over a trusted connection', async (t) => {
  const { door, signIn, provider } = await stage(t);
  const good = await signIn('anna');
  await door.finish({ kind: 'address', url: good.url }, good.begun.sealed);
  await provider.stop();
  await provider.start(true);
  const { begun, url } = await signIn('anna');
  await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), refused(/does not hold/));
});

test('whoever says no at the provider is not signed in', async (t) => {
  const { door, browser } = await stage(t);
  const begun = await door.begin('/');
  const page = await browser.go(begun.url);
  const url = await landing(browser, () => decline(browser, page));
  assert.equal(url.searchParams.get('error'), 'access_denied');
  await assert.rejects(
    door.finish({ kind: 'address', url }, begun.sealed),
    refused(/refused at the provider/),
  );
});

test('a wrong secret of the client is told from a bad answer in the log alone', async (t) => {
  const { door, signIn } = await stage(t, { spec: { clientSecret: 'wrong' } });
  const { begun, url } = await signIn('anna');
  await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), (error: Error) => {
    assert.match(String(error.cause), /invalid_client|ResponseBodyError|WWWAuth/);
    return true;
  });
});

test('a sign-in that lasts too long, or comes before it began, is refused', async (t) => {
  const { door, clock, signIn } = await stage(t);
  const { begun, url } = await signIn('anna');
  const startMs = clock.nowMs;
  for (const nowMs of [startMs + flowMsMax, startMs - 1]) {
    clock.nowMs = nowMs;
    await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), refused(/took too long/));
  }
});

test('a provider that is away is said to be away, and asked again', async (t) => {
  const { door, provider } = await stage(t);
  await provider.stop();
  const away = { code: 'upstream_unavailable', message: /cannot be reached/ };
  await assert.rejects(door.begin('/'), away);
  await provider.start();
  await door.begin('/');
  await provider.stop();
  const begun = await door.begin('/');
  const url = new URL(`${baseUrl}/login/callback?code=a&state=${begun.state}&iss=${provider.issuer}`);
  await assert.rejects(door.finish({ kind: 'address', url }, begun.sealed), away);
});

test('a provider that calls itself otherwise is not taken', async (t) => {
  const { spec, flows, clock } = await stage(t);
  const it = { flows, clock, baseUrl: () => baseUrl, resolveSecret: async (text: string) => text };
  const renamed = new OidcDoor({ spec: { ...spec, issuer: `${spec.issuer}/` }, ...it });
  await assert.rejects(renamed.begin('/'), { code: 'upstream_unavailable' });
});

test('signing out goes by way of the provider', async (t) => {
  const { door, provider } = await stage(t);
  const url = new URL((await door.farewell(`${baseUrl}/login/out`)) ?? '');
  assert.equal(url.origin, provider.issuer);
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    client_id: 'console',
    post_logout_redirect_uri: `${baseUrl}/login/out`,
  });
});

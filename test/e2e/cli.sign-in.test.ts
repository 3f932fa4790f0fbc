import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import type { Io } from '../../src/cli/io.ts';
import { Browser, formOf } from '../fixtures/browser.ts';
import type { Page } from '../fixtures/browser.ts';
import { sallyport } from '../fixtures/fake-terminal.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { until } from '../fixtures/until.ts';
import { consoleClient, enterName, startSignInProvider } from '../fixtures/sign-in-provider.ts';

/** A person at a terminal and a browser, and a gateway where they sign in. */
async function stage(t: TestContext) {
  let gateway: TestGateway | undefined;
  const baseUrl = () => `https://127.0.0.1:${gateway?.gateway.ports.http ?? 0}`;
  const provider = await startSignInProvider({ baseUrl });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, http: 0 }
identity:
  login: { oidc: { issuer: "${provider.issuer}", client_id: ${consoleClient.id}, client_secret: ${consoleClient.secret} } }
rules:
  - { name: all watch, who: { groups: [dba] }, targets: [sallyport], allow: [read] }
`);
  const home = mkdtempSync(join(tmpdir(), 'sallyport-home-'));
  const ca = join(gateway.dataDir, 'ca.pem');
  const browser = new Browser(ca);
  t.after(async () => {
    await browser.close();
    await gateway.stop();
    await provider.stop();
    rmSync(home, { recursive: true });
  });
  const url = baseUrl();
  const file = join(home, 'sallyport', 'logins.json');
  const env = { XDG_CONFIG_HOME: home };
  const run = (args: readonly string[], io: Partial<Io> = {}) =>
    sallyport(args, { env, io: { now: () => Date.now(), ...io } });
  const click = (page: Page, decision: string) => {
    const { action, fields } = formOf(page);
    const form = { ...fields, decision };
    return browser.go(action, { method: 'POST', form, from: page.url.href });
  };
  /** What a person does with the page that the command line opens; where that ends comes to `ended`. */
  const ended: Page[] = [];
  const person = (decision: string, before: (page: URL) => Promise<void> = async () => {}) => ({
    open: async (address: string) => {
      const walk = async () => {
        await before(new URL(address));
        const page = await enterName(browser, await browser.go(address), 'anna');
        ended.push(await click(page, decision));
      };
      void walk();
      return true;
    },
  });
  return { gateway, url, ca, run, person, click, browser, file, ended, home };
}

test('login, whoami and the other commands, logout', async (t) => {
  const { url, ca, run, person, file, ended } = await stage(t);
  const signedIn = await run(['login', '--url', url, '--ca', ca], person('allow'));
  assert.equal(signedIn.code, 0, signedIn.stderr);
  assert.match(signedIn.stdout, new RegExp(`^signed in at ${url} as anna until 20`));
  const { text } = await until('the page to be read', () => ended[0]);
  assert.equal(text, 'Done. You may close this page.\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { token } = Object.values(
    (JSON.parse(readFileSync(file, 'utf8')) as { gateways: Record<string, { token: string }> }).gateways,
  )[0] ?? { token: '' };
  assert.match(token, /^spt_/);
  assert.ok(!`${signedIn.stdout}${signedIn.stderr}`.includes(token));

  const who = await run(['whoami']);
  assert.match(
    who.stdout,
    /^human anna \(http:\/\/127\.0\.0\.1:\d+\)\ngroups: dba\nrights on the gateway: read\./,
  );
  assert.equal((await run(['sessions'])).code, 0);

  const out = await run(['logout']);
  assert.equal(out.stdout, `signed out at ${url}\n`);
  const after = await run(['whoami']);
  assert.deepEqual([after.code, after.stdout], [2, '']);
  assert.match(after.stderr, /no token.*\nhint: Sign in \(sallyport login\)/);
  const used = await run(['whoami', '--url', url, '--token', token]);
  assert.match(used.stderr, /ticket/, 'the ticket itself is over');
  assert.equal((await run(['logout', '--url', url])).code, 2);
});

test('logout --everywhere ends the browser’s login, too', async (t) => {
  const { url, ca, run, person, browser } = await stage(t);
  await run(['login', '--url', url, '--ca', ca], person('allow'));
  const me = () => browser.go(`${url}/api/v1/me`, { from: `${url}/` });
  assert.equal((await me()).status, 200);
  assert.equal((await run(['logout', '--everywhere'])).code, 0);
  assert.equal((await me()).status, 401);
});

test('whoever refuses in the browser is told so, and nothing is kept', async (t) => {
  const { url, ca, run, person } = await stage(t);
  const { code, stderr } = await run(['login', '--url', url, '--ca', ca], person('refuse'));
  assert.equal(code, 1);
  assert.match(stderr, /error: signing in was refused in the browser\nhint: Begin again/);
  assert.equal((await run(['whoami', '--url', url])).code, 2);
});

test('answers that belong to no sign-in of this command line are turned away', async (t) => {
  const { url, ca, run, person } = await stage(t);
  const statuses: number[] = [];
  const stray = async (page: URL) => {
    const callback = page.searchParams.get('redirect_uri') ?? '';
    for (const query of ['', '?code=a&state=b', `?code=a&iss=${url}`])
      statuses.push((await fetch(`${callback}${query}`)).status);
  };
  const { code } = await run(['login', '--url', url, '--ca', ca], person('allow', stray));
  assert.deepEqual([code, statuses], [0, [400, 400, 400]]);
});

test('an answer of another gateway is refused (RFC 9207)', async (t) => {
  const { url, ca, run } = await stage(t);
  const open = async (address: string) => {
    const { searchParams } = new URL(address);
    const answer = new URL(searchParams.get('redirect_uri') ?? '');
    answer.search = `?code=a&state=${searchParams.get('state') ?? ''}&iss=https://evil.test`;
    await fetch(answer);
    return true;
  };
  const { code, stderr } = await run(['login', '--url', url, '--ca', ca], { open });
  assert.equal(code, 1);
  assert.match(stderr, /another gateway has answered/);
});

test('where no browser opens, the address is shown, and what to do instead', async (t) => {
  const { url, ca, run } = await stage(t);
  const open = async (address: string) => {
    const { searchParams } = new URL(address);
    const answer = new URL(searchParams.get('redirect_uri') ?? '');
    const state = searchParams.get('state') ?? '';
    answer.search = new URLSearchParams({ error: 'access_denied', state, iss: url }).toString();
    void fetch(answer);
    return false;
  };
  const { stderr } = await run(['login', '--url', url, '--ca', ca], { open });
  assert.match(
    stderr,
    /Open in a browser on this machine:\n {2}https:.*\nNo browser here: sallyport login --device\n/,
  );
});

test('without a browser: the code is shown, and typed elsewhere', async (t) => {
  const { url, ca, run, browser, click } = await stage(t);
  let shown = '';
  let waits = 0;
  const stderr = { write: (text: string) => void (shown += text) };
  const wait = async (): Promise<void> => {
    if (++waits !== 2) return;
    const [, code = ''] = /\n {2}([A-Z]{4}-[A-Z]{4})\n/.exec(shown) ?? [];
    const page = await enterName(browser, await browser.go(`${url}/login/device`), 'anna');
    const { action, fields } = formOf(page);
    const form = { ...fields, user_code: code };
    await click(await browser.go(action, { method: 'POST', form, from: page.url.href }), 'allow');
  };
  const { code } = await run(['login', '--device', '--url', url, '--ca', ca], { stderr, wait });
  assert.equal(code, 0, shown);
  assert.match(shown, new RegExp(`Open ${url}/login/device in any browser`));
  assert.equal(waits, 2);
  assert.match((await run(['whoami'])).stdout, /human anna/);
});

test('what is kept for one gateway goes to no other', async (t) => {
  const { url, ca, run, person } = await stage(t);
  await run(['login', '--url', url, '--ca', ca], person('allow'));
  for (const other of [
    'https://127.0.0.1:1',
    'https://localhost:8443',
    url.replace('127.0.0.1', '127.0.0.2'),
  ]) {
    const { code, stderr } = await run(['whoami', '--url', other]);
    assert.deepEqual([code, /no token/.test(stderr)], [2, true], other);
  }
});

test('what is kept is refused where others could read or change it, or when it is over', async (t) => {
  const { url, ca, run, person, file } = await stage(t);
  await run(['login', '--url', url, '--ca', ca], person('allow'));
  const late = await run(['whoami'], { now: () => Date.now() + 13 * 3_600_000 });
  assert.match(late.stderr, /your sign-in at .* is over\nhint: Sign in again/);
  for (const mode of [0o604, 0o640, 0o620]) {
    chmodSync(file, mode);
    const { code, stderr } = await run(['whoami']);
    assert.deepEqual([code, /is open to others\nhint: .*chmod 600/.test(stderr)], [2, true]);
  }
  chmodSync(file, 0o600);
  writeFileSync(file, '{"gateways": 1}');
  assert.match((await run(['whoami'])).stderr, /cannot be read\nhint: Remove it/);
});

test('a gateway that does not answer, or where nobody signs in', async (t) => {
  const { gateway, url, ca, run, browser } = await stage(t);
  const away = await run(['login', '--url', 'https://127.0.0.1:1']);
  assert.match(away.stderr, /^error: no gateway answers at https:\/\/127\.0\.0\.1:1/);
  assert.equal(away.code, 1);
  gateway.rewrite('listen: { host: 127.0.0.1, http: 0 }\nidentity: { local: true }\n');
  await until('the new configuration counts', async () => (await browser.go(`${url}/login`)).status === 404);
  const browserless = await run(['login', '--url', url, '--ca', ca]);
  assert.match(browserless.stderr, /^error: nobody signs in with a browser at https/);
  const none = await run(['login', '--device', '--url', url, '--ca', ca]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /nobody signs in here with a browser/);
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { Browser } from '../fixtures/browser.ts';
import { requestIn } from '../fixtures/saml-provider.ts';
import { setSamlStage } from '../fixtures/saml-stage.ts';
import { until } from '../fixtures/until.ts';

async function stage(t: TestContext) {
  const { gateway, url, form } = await setSamlStage();
  const browsers: Browser[] = [];
  t.after(async () => {
    for (const browser of browsers) await browser.close();
    await gateway.stop();
  });
  const newBrowser = () => {
    const browser = new Browser(join(gateway.dataDir, 'ca.pem'));
    browsers.push(browser);
    return browser;
  };
  const begin = async (browser: Browser, path = '/login') => {
    const { headers } = await browser.go(`${url}${path}`, { stay: true });
    return { ...requestIn(headers.get('location') ?? ''), cookies: headers.getSetCookie() };
  };
  const post = (browser: Browser, fields: Record<string, string>) =>
    browser.go(`${url}/login/saml`, { method: 'POST', form: fields, from: 'https://idp.test' });
  return { gateway, url, newBrowser, begin, form, post };
}

test('somebody signs in by SAML: asked by redirect, answered by a form of another site', async (t) => {
  const { gateway, url, newBrowser, begin, form, post } = await stage(t);
  const browser = newBrowser();
  const request = await begin(browser, '/login?return_to=%2Fapi%2Fv1%2Fme');
  assert.match(request.cookies[0] ?? '', /; HttpOnly; Secure; SameSite=None$/, 'or it would not come along');
  const page = await post(browser, form(request));
  assert.equal(page.url.href, `${url}/api/v1/me`);
  assert.match(page.text, /"subject":"anna@acme.test","issuer":"https:\/\/idp\.test\/metadata"/);
  assert.match(page.text, /read\.sessions/, 'rules see issuer and groups');
  assert.deepEqual([...browser.cookies(url).keys()], ['__Host-sallyport']);
  assert.equal(browser.cookies(url).get('__Host-sallyport')?.attributes.get('samesite'), 'Lax');
  const opened = (await gateway.events()).find(({ type }) => type === 'login.opened');
  assert.ok(opened?.type === 'login.opened' && opened.via === 'saml');
});

test('THREATS 40: an answer counts once, over restarts of the gateway too, and in no other browser', async (t) => {
  const { gateway, url, newBrowser, begin, form, post } = await stage(t);
  const [anna, mallory] = [newBrowser(), newBrowser()];
  const request = await begin(anna);
  const kept = [...anna.cookies(url)];
  const fields = form(request);
  assert.equal((await post(mallory, fields)).status, 401);
  assert.equal((await post(anna, fields)).url.href, `${url}/login`);
  for (const [name, { value }] of kept) mallory.plant(url, name, value);
  const again = await post(mallory, fields);
  assert.deepEqual([again.status, /was used before/.test(again.text)], [401, true]);
  await until('the record of it', async () =>
    (await gateway.events()).some(
      (event) => event.type === 'identity.refused' && /was used before/.test(event.reason),
    ),
  );
});

test('an answer that nobody asked for, or for another recipient, signs nobody in', async (t) => {
  const { url, newBrowser, begin, form, post } = await stage(t);
  const browser = newBrowser();
  assert.equal((await post(browser, form({ id: '_1', relayState: '' }))).status, 401);
  const request = await begin(browser);
  const page = await post(browser, form(request, { recipient: 'https://other.test/login/saml' }));
  assert.deepEqual([page.status, /not made for this gateway/.test(page.text)], [401, true]);
  assert.equal(browser.cookies(url).has('__Host-sallyport'), false);
});

test('metadata for the provider; and no way in that is not configured', async (t) => {
  const { url, newBrowser } = await stage(t);
  const browser = newBrowser();
  const { text, headers } = await browser.go(`${url}/login/saml/metadata`);
  assert.equal(headers.get('content-type'), 'application/samlmetadata+xml');
  assert.match(text, new RegExp(`Location="${url}/login/saml"`));
  assert.equal((await browser.go(`${url}/login/callback?code=a&state=b`)).status, 401);
});

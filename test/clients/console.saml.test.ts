import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { builtConsole } from '../../scripts/console.ts';
import { startChromium } from '../fixtures/chromium.ts';
import { requestIn } from '../fixtures/saml-provider.ts';
import { setSamlStage } from '../fixtures/saml-stage.ts';
import type { SamlStage } from '../fixtures/saml-stage.ts';

/** The provider's page: a form that posts a signed answer to the gateway, from another site. */
function pageOf({ url, form }: SamlStage, location: string): string {
  const { SAMLResponse: answer, RelayState: state } = form(requestIn(location));
  return `<!doctype html><title>Provider</title>
    <form method="post" action="${url}/login/saml">
      <input type="hidden" name="SAMLResponse" value="${answer}">
      <input type="hidden" name="RelayState" value="${state}">
      <button>Go on as anna</button>
    </form>`;
}

test('somebody signs in by SAML and lands on the page that they wanted', async (t) => {
  let stage: SamlStage | undefined;
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(stage && pageOf(stage, `http://idp.test${request.url}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // By name: to the browser that is another site than 127.0.0.1.
  const idp = `http://localhost:${(server.address() as AddressInfo).port}`;
  stage = await setSamlStage(`${idp}/sso`, { consoleDir: await builtConsole() });
  const { gateway, url } = stage;
  const chromium = await startChromium();
  t.after(async () => {
    await chromium.close();
    await gateway.stop();
    await new Promise((resolve) => server.close(resolve));
  });
  const { page, complaints } = await chromium.open([url, idp]);
  await page.goto(`${url}/approvals`);
  await page.getByRole('button', { name: 'Go on as anna' }).click();
  await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
  await page.getByText('anna@acme.test').waitFor();
  assert.equal(new URL(page.url()).pathname, '/approvals');
  assert.deepEqual(complaints, []);
});

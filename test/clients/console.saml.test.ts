import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { builtConsole } from '../../scripts/console.ts';
import { startChromium } from '../fixtures/chromium.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import {
  assertionXml,
  encoded,
  newId,
  requestIn,
  responseXml,
  samlProvider,
} from '../fixtures/saml-provider.ts';
import type { Said } from '../fixtures/saml-provider.ts';

const entityId = 'https://idp.test/metadata';

/** The provider's page: a form that posts a signed answer to the gateway, from another site. */
function pageOf(gatewayUrl: string, location: string, sign: (said: Said) => string): string {
  const { id, relayState } = requestIn(location);
  const answer = encoded(
    sign({
      issuer: entityId,
      nameId: 'anna@acme.test',
      nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      attributes: { groups: ['leads'] },
      recipient: `${gatewayUrl}/login/saml`,
      audience: 'https://sp.test',
      inResponseTo: id,
      responseTo: id,
      notBeforeMs: Date.now() - 1_000,
      notOnOrAfterMs: Date.now() + 300_000,
      sessionEndsMs: undefined,
      method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
      status: 'Success',
      assertionId: newId(),
      responseId: newId(),
    }),
  );
  return `<!doctype html><title>Provider</title>
    <form method="post" action="${gatewayUrl}/login/saml">
      <input type="hidden" name="SAMLResponse" value="${answer}">
      <input type="hidden" name="RelayState" value="${relayState}">
      <button>Go on as anna</button>
    </form>`;
}

test('somebody signs in by SAML and lands on the page that they wanted', async (t) => {
  const provider = samlProvider(entityId);
  let gatewayUrl = '';
  const sign = (said: Said) => responseXml(said, provider.sign(assertionXml(said), said.assertionId));
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(pageOf(gatewayUrl, `http://idp.test${request.url}`, sign));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // By name: to the browser that is another site than 127.0.0.1.
  const idp = `http://localhost:${(server.address() as AddressInfo).port}`;
  const config = `
listen: { host: 127.0.0.1, http: 0 }
identity:
  login: { saml: { entry_point: "${idp}/sso", idp_issuer: "${entityId}", idp_cert: idp.pem, audience: "https://sp.test" } }
rules:
  - { name: leads watch, who: { issuer: "${entityId}", groups: [leads] }, targets: [sallyport], allow: [read] }
`;
  const gateway = await startTestGateway(config, { consoleDir: await builtConsole() });
  provider.writeCertificate(join(gateway.dir, 'idp.pem'));
  gatewayUrl = `https://127.0.0.1:${gateway.gateway.ports.http ?? 0}`;
  const chromium = await startChromium();
  t.after(async () => {
    await chromium.close();
    await gateway.stop();
    await new Promise((resolve) => server.close(resolve));
  });
  const { page, complaints } = await chromium.open([gatewayUrl, idp]);
  await page.goto(`${gatewayUrl}/approvals`);
  await page.getByRole('button', { name: 'Go on as anna' }).click();
  await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
  await page.getByText('anna@acme.test').waitFor();
  assert.equal(new URL(page.url()).pathname, '/approvals');
  assert.deepEqual(complaints, []);
});

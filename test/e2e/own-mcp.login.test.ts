import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { client as registered, startProvider, type TestProvider } from '../fixtures/oidc-provider.ts';
import { ownEndpoint } from '../fixtures/own-mcp.ts';

let provider: TestProvider;
let gateway: TestGateway;

before(async () => {
  provider = await startProvider('first');
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { issuers: [{ issuer: "${provider.issuer}", audience: sallyport, kind: agent }] }
targets: { shop: { http: { url: "http://127.0.0.1:1" } } }
rules:
  - { name: crews look, who: { groups: [crews] }, targets: [shop], allow: [read] }
`);
});

after(async () => {
  await gateway?.stop();
  await provider?.stop();
});

test('a client that has no token finds out where to get one, and lists its targets with it', async () => {
  const authProvider = new ClientCredentialsProvider({
    clientId: registered.id,
    clientSecret: registered.secret,
    expectedIssuer: provider.issuer,
  });
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(ownEndpoint(gateway), { authProvider });
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  const { content } = await client.callTool({ name: 'list_targets' });
  assert.match(JSON.stringify(content), /shop \(http, open\): read/);
  await client.close();
});

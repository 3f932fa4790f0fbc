import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { endpoint } from '../fixtures/mcp-clients.ts';
import { startLegacyServer, type TestMcpServer } from '../fixtures/mcp-servers.ts';
import { client as registered, startProvider, type TestProvider } from '../fixtures/oidc-provider.ts';

let provider: TestProvider;
let server: TestMcpServer;
let gateway: TestGateway;

before(async () => {
  [provider, server] = await Promise.all([startProvider('first'), startLegacyServer()]);
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { issuers: [{ issuer: "${provider.issuer}", audience: sallyport, kind: agent }] }
targets: { shop: { mcp: { url: "${server.url}" } } }
rules:
  - { name: crews look, who: { groups: [crews] }, targets: [shop], allow: [read] }
`);
});

after(async () => {
  await gateway?.stop();
  await Promise.all([provider?.stop(), server?.stop()]);
});

test('a client that has no token finds out where to get one, and gets it', async () => {
  const authProvider = new ClientCredentialsProvider({
    clientId: registered.id,
    clientSecret: registered.secret,
    expectedIssuer: provider.issuer,
  });
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(endpoint(gateway, 'shop'), { authProvider });
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  const { tools } = await client.listTools();
  assert.ok(tools.some(({ name }) => name === 'lookup'));
  await client.close();
  const opened = (await gateway.events()).find((event) => event.type === 'session.opened');
  assert.equal(opened?.type === 'session.opened' && opened.identity.subject, registered.id);
});

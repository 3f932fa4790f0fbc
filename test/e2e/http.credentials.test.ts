import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';
import { ownCa } from '../fixtures/own-ca.ts';
import { until } from '../fixtures/until.ts';

let folder: string;
let issuer: HttpApi;
let api: HttpApi;
let secured: Server;
let gateway: TestGateway;
let token: string;
let fingerprint: string;
const shown: (string | undefined)[] = [];
let isDown = false;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-credentials-'));
  issuer = await startHttpApi((_, response) => {
    response.writeHead(isDown ? 503 : 200, { 'content-type': 'application/json' });
    const access_token = `access-${issuer.arrived.length}`;
    response.end(JSON.stringify({ access_token, token_type: 'bearer', expires_in: 3600 }));
  });
  api = await startHttpApi(({ url, headers: { authorization, cookie } }, response) => {
    response.writeHead(url === '/expired' ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ authorization, cookie }));
  });
  const server = ownCa(folder, ['localhost']);
  const own = ownCa(mkdtempSync(join(folder, 'own-')), ['gateway']);
  fingerprint = new X509Certificate(own.cert).fingerprint256;
  writeFileSync(join(folder, 'own.pem'), own.cert);
  writeFileSync(join(folder, 'own-key.pem'), own.key);
  const options = { cert: server.cert, key: server.key, requestCert: true, rejectUnauthorized: false };
  secured = createServer(options, ({ socket }, response) => {
    if (socket instanceof TLSSocket) shown.push(socket.getPeerCertificate().fingerprint256);
    response.end('ok');
  });
  await new Promise<void>((resolve) => secured.listen(0, 'localhost', resolve));
  process.env['HTTP_OAUTH_SECRET'] = 'a secret of oauth';
  const plain = `http: { url: "http://127.0.0.1:${api.port}" }`;
  const safe = `http: { url: "https://localhost:${(secured.address() as AddressInfo).port}", ca: "${server.caFile}" }`;
  const oauth = `token_url: "http://127.0.0.1:${issuer.port}/token", client_id: me, client_secret: "\${env:HTTP_OAUTH_SECRET}"`;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0 }
data: ./data
identity: { local: true }
targets:
  oauth: { ${plain}, credential: { oauth: { ${oauth} } } }
  other: { ${plain}, credential: { oauth: { ${oauth}, scope: other } } }
  cookie: { ${plain}, credential: { headers: { Cookie: "session=\${env:HTTP_OAUTH_SECRET}" } } }
  mtls: { ${safe}, credential: { certificate: { cert: "${folder}/own.pem", key: "${folder}/own-key.pem" } } }
  unread: { ${safe}, credential: { certificate: { cert: ${folder}/none.pem, key: ${folder}/none.pem } } }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: ["*"], allow: [read] }
`);
  token = await gateway.token();
});

after(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await api?.stop();
  secured?.closeAllConnections();
  await new Promise((done) => secured.close(done));
  rmSync(folder, { recursive: true });
});

function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.gateway.ports.targets}/t/${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
}

test('an access token is fetched once, and not to be seen', async () => {
  const [one, two] = await Promise.all([ask('oauth/a'), ask('oauth/b')]);
  assert.deepEqual(await one.json(), { authorization: `Bearer ${'*'.repeat('access-1'.length)}` });
  assert.equal(two.status, 200);
  assert.equal(issuer.arrived.length, 1);
  assert.deepEqual(
    api.arrived.map(({ headers }) => headers.authorization),
    ['Bearer access-1', 'Bearer access-1'],
  );
});

test('one that the target does not take is fetched anew for the next request', async () => {
  assert.equal((await ask('oauth/expired')).status, 401);
  await (await ask('oauth/a')).text();
  assert.equal(api.arrived.at(-1)?.headers.authorization, 'Bearer access-2');
});

test('where there is none, nothing is sent, and the record says so', async () => {
  isDown = true;
  const before = api.arrived.length;
  const response = await ask('other/a');
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  assert.deepEqual([response.status, error.code], [503, 'credential_unavailable']);
  assert.equal(api.arrived.length, before);
  const isTold = async (): Promise<boolean> =>
    (await gateway.events()).some((it) => it.type === 'result' && it.error === 'credential_unavailable');
  await until('the result on record', isTold);
});

test('a cookie of the gateway stands in place of the own ones of a client', async () => {
  const response = await ask('cookie/a', { cookie: 'session=mine' });
  assert.equal(api.arrived.at(-1)?.headers.cookie, 'session=a secret of oauth');
  assert.ok(!(await response.text()).includes('secret of oauth'));
});

test('the gateway shows its certificate', async () => {
  const response = await ask('mtls/a');
  assert.equal(await response.text(), 'ok');
  assert.deepEqual(shown, [fingerprint]);
});

test('a certificate that cannot be read is no reason to go without one', async () => {
  const response = await ask('unread/a');
  const { error } = (await response.json()) as { error: { code: string } };
  assert.deepEqual([response.status, error.code], [503, 'credential_unavailable']);
  assert.equal(shown.length, 1);
});

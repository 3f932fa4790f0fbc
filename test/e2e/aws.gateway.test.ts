import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AwsClient, keyPairOf, ticketFor } from '../fixtures/aws-client.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi } from '../fixtures/http-api.ts';
import type { HttpApi } from '../fixtures/http-api.ts';

const secret = 'upstream-secret-access-key-0123456789abc';
let api: HttpApi;
let gateway: TestGateway;
let client: AwsClient;

before(async () => {
  process.env['AWS_TEST_SECRET'] = secret;
  api = await startHttpApi(({ headers }, response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ by: headers['authorization'], said: secret, mail: 'ann@acme.test' }));
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  cloud:
    aws: { regions: [us-east-1], account: "123456789012", endpoint: "http://127.0.0.1:${api.port}" }
    credential: { keys: { access_key_id: AKIAUPSTREAM, secret_access_key: "\${env:AWS_TEST_SECRET}" } }
detect: [{ find: [email], mask: redact }]
rules:
  - { name: crews read, who: { groups: [crews] }, targets: [cloud], allow: [read] }
`);
  const port = gateway.gateway.ports.targets ?? 0;
  client = new AwsClient(port, keyPairOf(await ticketFor(gateway, await gateway.token(), 'cloud')));
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

test('a request is signed again, with keys that its client never sees', async () => {
  const { status, body } = await client.send({
    method: 'POST',
    path: '/',
    service: 'dynamodb',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
    body: JSON.stringify({ TableName: 'users', Key: { id: { S: '7' } } }),
  });
  assert.equal(status, 200, body);
  assert.match(body, /Credential=AKIAUPSTREAM\/\d{8}\/us-east-1\/dynamodb\/aws4_request/);
  assert.ok(!body.includes(secret));
  assert.ok(!body.includes('ann@acme.test'));
});

test('a restart does not forget which signatures were used, be they dated ahead', async () => {
  const get = { method: 'GET', path: '/reports/q3.csv', service: 's3' };
  for (const aheadMs of [-60_000, 120_000]) {
    const headers = await client.sign({ ...get, signedAt: new Date(Date.now() + aheadMs) });
    assert.equal((await client.deliver(get, headers)).status, 200);
    gateway = await gateway.restart();
    client = new AwsClient(gateway.gateway.ports.targets ?? 0, client.keys);
    const before = api.arrived.length;
    const { status, body } = await client.deliver(get, headers);
    assert.equal(status, 503, body);
    assert.match(body, /was taken already/);
    assert.equal(api.arrived.length, before);
  }
  assert.equal((await client.send(get)).status, 200);
});

test('what no rule allows is refused in the words of the service', async () => {
  const { status, body } = await client.send({
    method: 'POST',
    path: '/',
    service: 'iam',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: 'Action=CreateRole&Version=2010-05-08&RoleName=boss',
  });
  assert.equal(status, 403);
  assert.match(
    body,
    /<Code>AccessDenied<\/Code><Message>Sallyport: no rule allows access.iam:CreateRole arn:aws:iam::123456789012:role\/boss on cloud/,
  );
});

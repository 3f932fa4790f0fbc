import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AwsClient, keyPairOf, ticketFor, type AwsRequest } from '../fixtures/aws-client.ts';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type Arrived, type HttpApi } from '../fixtures/http-api.ts';

// The keys of a role, assumed for what is asked and no more.

const secret = 'gateway-secret-access-key-0123456789abcd';
let aws: HttpApi;
let gateway: TestGateway;
let client: AwsClient;
let assumed = 0;
let livesMs = 3_600_000;
let isRefusing = false;

before(async () => {
  process.env['AWS_KEYS_SECRET'] = secret;
  aws = await startHttpApi((request, response) => {
    if (!isSts(request)) return void response.writeHead(200, { 'content-type': 'text/xml' }).end('<ok/>');
    if (isRefusing) return void response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    assumed += 1;
    return void response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${assumed}</AccessKeyId>` +
          `<SecretAccessKey>role-secret-${assumed}</SecretAccessKey><SessionToken>role-token-${assumed}</SessionToken>` +
          `<Expiration>${new Date(Date.now() + livesMs).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      );
  });
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  cloud:
    aws: { regions: [us-east-1], endpoint: "http://127.0.0.1:${aws.port}" }
    credential:
      assume_role: arn:aws:iam::123456789012:role/crew
      from: { access_key_id: AKIAGATEWAY, secret_access_key: "\${env:AWS_KEYS_SECRET}" }
      external_id: acme
rules:
  - { name: reports, who: { any: true }, targets: [cloud], allow: [read, write], resources: ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"] }
  - { name: roles, who: { any: true }, targets: [cloud], allow: [read, access], resources: ["arn:aws:iam::123456789012:*"] }
  - { name: tables, who: { any: true }, targets: [cloud], allow: [read], resources: ["arn:aws:dynamodb:*:123456789012:table/users"] }
`);
  client = await newClient();
});

after(async () => {
  await gateway?.stop();
  await aws?.stop();
});

function isSts({ headers }: Arrived): boolean {
  return headers['authorization']?.includes('/sts/') === true;
}

async function newClient(): Promise<AwsClient> {
  const token = await gateway.token({ subject: 'crew 7/ä' });
  return new AwsClient(
    gateway.gateway.ports.targets ?? 0,
    keyPairOf(await ticketFor(gateway, token, 'cloud')),
  );
}

async function sent(it: Partial<AwsRequest>): Promise<Arrived> {
  const { status, body } = await client.send({ method: 'GET', path: '/reports/a', service: 's3', ...it });
  assert.equal(status, 200, body);
  const last = aws.arrived.at(-1);
  assert.ok(last !== undefined);
  return last;
}

/** The form of the last call of STS. */
function asked(): URLSearchParams {
  const last = aws.arrived.findLast(isSts);
  return new URLSearchParams(last?.body.toString());
}

test('a role is assumed for an action, on what the rules open, in the name of the identity', async () => {
  const { headers } = await sent({});
  assert.match(headers['authorization'] ?? '', /Credential=ASIA1\//);
  assert.equal(headers['x-amz-security-token'], 'role-token-1');
  const form = asked();
  assert.equal(form.get('RoleArn'), 'arn:aws:iam::123456789012:role/crew');
  assert.equal(form.get('ExternalId'), 'acme');
  assert.match(form.get('RoleSessionName') ?? '', /^crew-7--@s_[0-9a-f]{20}$/);
  const [statement] = (JSON.parse(form.get('Policy') ?? '') as { Statement: object[] }).Statement;
  assert.deepEqual(statement, {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: ['arn:aws:s3:::reports/*'],
  });
});

test('the same need does not ask again, another one does', async () => {
  const before = assumed;
  await sent({ path: '/reports/b' });
  assert.equal(assumed, before);
  await sent({ method: 'PUT', body: 'x' });
  assert.equal(assumed, before + 1);
});

test('policies of other services name actions, and resources where IAM names them alike', async () => {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.GetItem',
  };
  await sent({ method: 'POST', path: '/', service: 'dynamodb', headers, body: '{"TableName":"users"}' });
  const [table] = (JSON.parse(asked().get('Policy') ?? '') as { Statement: object[] }).Statement;
  const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table/users';
  assert.deepEqual(table, { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: [arn, `${arn}/index/*`] });
  await sent({
    method: 'POST',
    path: '/',
    service: 'iam',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=GetRole&Version=2010-05-08&RoleName=a',
  });
  const [role] = (JSON.parse(asked().get('Policy') ?? '') as { Statement: object[] }).Statement;
  assert.deepEqual(role, { Effect: 'Allow', Action: 'iam:GetRole', Resource: ['*'] });
});

test('keys that are about to end are renewed', async () => {
  client = await newClient();
  livesMs = 60_000;
  const before = assumed;
  await sent({});
  await sent({ path: '/reports/b' });
  livesMs = 3_600_000;
  assert.equal(assumed, before + 2);
});

test('without keys nothing goes out, and no reason of STS reaches the client', async () => {
  client = await newClient();
  isRefusing = true;
  const before = aws.arrived.filter((each) => !isSts(each)).length;
  const { status, body } = await client.send({ method: 'GET', path: '/reports/a', service: 's3' });
  isRefusing = false;
  assert.equal(status, 503);
  assert.match(body, /no keys for cloud can be had/);
  assert.equal(aws.arrived.filter((each) => !isSts(each)).length, before);
});

test('no key is in the record', async () => {
  const record = JSON.stringify(await gateway.events());
  for (const text of [secret, 'role-secret', 'role-token']) assert.ok(!record.includes(text), text);
});

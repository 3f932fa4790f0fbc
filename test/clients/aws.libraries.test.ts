import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { AwsClient } from '../fixtures/aws-client.ts';
import { ran, startAwsStage, type AwsStage } from '../fixtures/aws-stage.ts';
import { installed } from './drivers/roster.ts';
import { python } from './python.ts';

// AWS's own libraries through the gateway, against moto: what today's SDKs sign and send by default.

let stage: AwsStage;
let env: NodeJS.ProcessEnv;

before(async () => {
  stage = await startAwsStage(`
sensitive:
  cloud: { "arn:aws:dynamodb:*:*:table/users#/email": email, "arn:aws:dynamodb:*:*:table/users#/age": redact }
rules:
  - { name: crews work, who: { groups: [crews] }, targets: [cloud], allow: [read, write] }
  - { name: buckets and queues, who: { groups: [crews] }, targets: [cloud], allow: [schema], resources: ["arn:aws:s3:*", "arn:aws:sqs:*", "arn:aws:sns:*"] }
  - { name: setting up, who: { groups: [setup] }, targets: [cloud], allow: [schema, write] }
`);
  const keys = await stage.keys({ subject: 'setup', groups: ['setup'] });
  const client = new AwsClient(stage.gateway.gateway.ports.targets ?? 0, keys);
  const said = async (name: string, body: object): Promise<void> => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${name}`,
    };
    const it = { method: 'POST', path: '/', service: 'dynamodb', headers, body: JSON.stringify(body) };
    const { status, body: answer } = await client.send(it);
    assert.equal(status, 200, answer);
  };
  await said('CreateTable', {
    TableName: 'users',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  const item = {
    id: { S: '7' },
    email: { S: 'ann.planted@acme.test' },
    age: { N: '42' },
    city: { S: 'Ulm' },
  };
  await said('PutItem', { TableName: 'users', Item: item });
  env = { ...stage.environment(await stage.keys()), SALLYPORT_TEST_DRIVERS: installed };
});

after(() => stage?.stop());

async function found(program: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await ran(program, args, env);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A script on the Node that has AWS's library. */
async function inNode(script: string): Promise<Record<string, unknown>> {
  return found(join(installed, 'node/node'), [resolve(import.meta.dirname, `drivers/node/${script}`)]);
}

test('the library for JavaScript, at S3', async () => {
  const { refused, ...rest } = await inNode('s3.mjs');
  assert.deepEqual(rest, {
    short: 'short',
    long: true,
    parts: 10_485_760,
    keys: ["a b/ü+(1)!'*.txt", 'long', 'parts'],
    deleted: 2,
    same: 5,
  });
  assert.match(String(refused), /^AccessDenied: Sallyport: no rule allows access.s3:PutBucketPolicy/);
});

test('the library for JavaScript, at DynamoDB', async () => {
  const { refusedTable, items } = await inNode('dynamodb.mjs');
  assert.match(String(refusedTable), /AccessDenied.*schema.dynamodb:DeleteTable/);
  assert.deepEqual(items, [
    { id: { S: '7' }, email: { S: 'a***@***.test' }, age: { NULL: true }, city: { S: 'Ulm' } },
  ]);
});

test('boto3', async () => {
  const said = await found(python.program, [resolve(import.meta.dirname, 'check_boto3.py')]);
  const { refused, refusedTable, refusedCbor, refusedEc2, refusedRest, refusedXml, items, ...rest } = said;
  assert.deepEqual(rest, {
    short: 'short',
    long: true,
    range: 'long',
    keys: ["a b/ü+(1)!'*.txt", 'long'],
    deleted: 1,
    signed: 12_000_000,
    same: 3,
    message: 'hello',
    topic: 'arn:aws:sns:us-east-1:123456789012:python',
  });
  assert.match(String(refused), /^AccessDenied: Sallyport: no rule allows access.s3:PutBucketPolicy/);
  assert.match(String(refusedTable), /AccessDenied.*schema.dynamodb:DeleteTable/);
  assert.match(String(refusedCbor), /AccessDenied.*schema.cloudwatch:DeleteAlarms/);
  assert.match(String(refusedEc2), /AccessDenied.*schema.ec2:RunInstances/);
  assert.match(String(refusedRest), /AccessDenied.*execute.lambda:InvokeFunction/);
  assert.match(String(refusedXml), /AccessDenied.*opaque.cloudfront:unknown/);
  assert.deepEqual(items, [{ id: '7', email: 'a***@***.test', age: null, city: 'Ulm' }]);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Identity } from '../../src/core/identity.ts';
import { fromPip, ran, startAwsStage, type AwsStage, type Ended } from '../fixtures/aws-stage.ts';
import { until } from '../fixtures/until.ts';

// The aws command line through the gateway, against moto.

const sue: Identity = {
  subject: 'sue',
  issuer: 'https://login.test/',
  kind: 'human',
  groups: ['security'],
  claims: {},
  expiresAtMs: Number.POSITIVE_INFINITY,
};

let stage: AwsStage;
let env: NodeJS.ProcessEnv;

before(async () => {
  stage = await startAwsStage(`
sensitive:
  cloud:
    "arn:aws:dynamodb:*:*:table/users#/email": email
    "arn:aws:dynamodb:*:*:table/users#/profile/phone": redact
    "ssm:GetParameter#/Parameter/Value": redact
rules:
  - { name: crews work, who: { groups: [crews] }, targets: [cloud], allow: [read, write] }
  - { name: tables and queues, who: { groups: [crews] }, targets: [cloud], allow: [schema], resources: ["arn:aws:dynamodb:*", "arn:aws:sqs:*"] }
  - { name: buckets with a nod, who: { groups: [crews] }, targets: [cloud], hold: [schema.s3:CreateBucket], approvers: { groups: [security] }, wait: 10m }
  - { name: roles with a nod, who: { groups: [crews] }, targets: [cloud], hold: [access.iam:CreateRole], approvers: { groups: [security] }, wait: 10m }
  - { name: nothing of the payroll, targets: [cloud], deny: [read, write], resources: ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"] }
`);
  env = stage.environment(await stage.keys());
  await held(['s3', 'mb', 's3://reports']);
});

after(() => stage?.stop());

async function aws(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return ran(fromPip('aws'), args, { ...env, ...more }, stage.gateway.dir);
}

async function good(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await aws(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Approves whatever the command is held for. */
async function held(args: readonly string[], approve = true): Promise<Ended> {
  const running = aws(args);
  const { approvals } = stage.gateway.gateway;
  const waiting = await until('a hold', async () => {
    const [first] = await approvals.list({ status: 'pending' });
    return first;
  });
  await approvals.decide({
    approvalId: waiting.id,
    by: sue,
    ...(approve ? { decision: 'approve' } : { decision: 'deny', because: 'not today' }),
  });
  return running;
}

describe('S3', () => {
  const file = (): string => join(stage.gateway.dir, 'file');

  test('a bucket is made once somebody agrees, and not where they do not', async () => {
    assert.match(await good(['s3', 'ls']), /reports/);
    const { code, stderr } = await held(['s3', 'mb', 's3://others'], false);
    assert.notEqual(code, 0);
    assert.match(stderr, /Sallyport: sue denied this command: not today/);
    assert.doesNotMatch(await good(['s3', 'ls']), /others/);
  });

  test('an object up and down, and in a list', async () => {
    writeFileSync(file(), 'a,b\n1,2\n');
    await good(['s3', 'cp', file(), 's3://reports/2026/q 3+ü.csv']);
    assert.match(await good(['s3', 'ls', 's3://reports/2026/']), /8 q 3\+ü\.csv/);
    assert.equal(await good(['s3', 'cp', 's3://reports/2026/q 3+ü.csv', '-']), 'a,b\n1,2\n');
  });

  test('a large object in parts, up, copied and down', async () => {
    const bytes = randomBytes(20_000_000);
    writeFileSync(file(), bytes);
    await good(['s3', 'cp', '--no-progress', file(), 's3://reports/large']);
    await good(['s3', 'cp', '--no-progress', 's3://reports/large', 's3://reports/larger']);
    await good(['s3', 'cp', '--no-progress', 's3://reports/larger', `${file()}.down`]);
    assert.ok(readFileSync(`${file()}.down`).equals(bytes));
    await good(['s3', 'rm', '--recursive', 's3://reports/']);
    assert.equal(await good(['s3', 'ls', 's3://reports/']).catch(() => ''), '');
  });

  test('a bucket that a rule denies', async () => {
    writeFileSync(file(), 'x');
    const { code, stderr } = await aws(['s3', 'cp', file(), 's3://payroll/x']);
    assert.notEqual(code, 0);
    assert.match(stderr, /AccessDenied.*rule "nothing of the payroll" refuses it/s);
  });

  test('a presigned URL is not taken', async () => {
    const url = (await good(['s3', 'presign', 's3://reports/large'])).trim();
    assert.ok(url.startsWith(stage.endpoint));
    const { code, stdout } = await ran('curl', ['--silent', '--cacert', stage.caFile, url], env);
    assert.equal(code, 0);
    assert.match(stdout, /presigned URLs are not taken/);
  });
});

describe('IAM and STS', () => {
  const role = ['iam', 'create-role', '--role-name', 'reader', '--assume-role-policy-document', '{}'];

  test('a role is made once somebody agrees', async () => {
    const { code, stdout, stderr } = await held(role);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /arn:aws:iam::123456789012:role\/reader/);
    assert.match(await good(['iam', 'list-roles']), /reader/);
  });

  test('what no rule allows says so', async () => {
    const { code, stderr } = await aws(['iam', 'delete-role', '--role-name', 'reader']);
    assert.notEqual(code, 0);
    assert.match(
      stderr,
      /no rule allows access\.iam:DeleteRole arn:aws:iam::123456789012:role\/reader on cloud/,
    );
  });

  test('who one is to AWS may be asked, keys may not be had', async () => {
    assert.match(await good(['sts', 'get-caller-identity']), /123456789012/);
    const { code, stderr } = await aws(['sts', 'get-session-token']);
    assert.notEqual(code, 0);
    assert.match(stderr, /access\.sts:GetSessionToken/);
  });
});

describe('DynamoDB', () => {
  const table = ['--table-name', 'users'];
  const person = {
    id: { S: '7' },
    email: { S: 'ann.planted@acme.test' },
    profile: { M: { phone: { N: '5550100' }, city: { S: 'Ulm' } } },
  };

  before(async () => {
    await good([
      'dynamodb',
      'create-table',
      ...table,
      '--attribute-definitions',
      'AttributeName=id,AttributeType=S',
      '--key-schema',
      'AttributeName=id,KeyType=HASH',
      '--billing-mode',
      'PAY_PER_REQUEST',
    ]);
    await good(['dynamodb', 'put-item', ...table, '--item', JSON.stringify(person)]);
  });

  const key = ['--key', JSON.stringify({ id: { S: '7' } })];
  const reads: readonly (readonly [title: string, args: readonly string[]])[] = [
    ['GetItem', ['get-item', ...table, ...key]],
    ['Scan', ['scan', ...table]],
    [
      'Query',
      [
        'query',
        ...table,
        '--key-condition-expression',
        'id = :i',
        '--expression-attribute-values',
        '{":i":{"S":"7"}}',
      ],
    ],
    ['a projection', ['scan', ...table, '--projection-expression', 'email, profile']],
    [
      'BatchGetItem',
      ['batch-get-item', '--request-items', JSON.stringify({ users: { Keys: [{ id: { S: '7' } }] } })],
    ],
    [
      'TransactGetItems',
      [
        'transact-get-items',
        '--transact-items',
        JSON.stringify([{ Get: { TableName: 'users', Key: { id: { S: '7' } } } }]),
      ],
    ],
    [
      'what an update gives back',
      [
        'update-item',
        ...table,
        ...key,
        '--update-expression',
        'SET seen = :s',
        '--expression-attribute-values',
        '{":s":{"S":"x"}}',
        '--return-values',
        'ALL_NEW',
      ],
    ],
  ];
  for (const [title, args] of reads) {
    test(`${title} shows no hidden attribute`, async () => {
      const out = await good(['dynamodb', ...args]);
      assert.doesNotMatch(out, /ann\.planted|5550100/);
      assert.match(out, /a\*\*\*@\*\*\*\.test/);
      assert.match(out, /Ulm/);
    });
  }

  test('a filter that would tell of it is refused', async () => {
    const { code, stderr } = await aws([
      'dynamodb',
      'scan',
      ...table,
      '--filter-expression',
      'begins_with(email, :p)',
      '--expression-attribute-values',
      '{":p":{"S":"a"}}',
    ]);
    assert.notEqual(code, 0);
    assert.match(stderr, /email is hidden from you/);
  });

  test('no value that was hidden is on record', async () => {
    const results = (await stage.gateway.events()).filter(({ type }) => type === 'result');
    assert.ok(results.length > 0);
    assert.doesNotMatch(JSON.stringify(results), /ann\.planted|5550100/);
  });
});

test('a place of any other answer', async () => {
  await good(['ssm', 'put-parameter', '--name', '/db/password', '--value', 'hunter2', '--type', 'String']);
  const out = await good(['ssm', 'get-parameter', '--name', '/db/password']);
  assert.doesNotMatch(out, /hunter2/);
  assert.match(out, /\/db\/password/);
});

test('a queue', async () => {
  const queue = ['sqs', '--endpoint-url', stage.endpoint];
  const made = JSON.parse(await good([...queue, 'create-queue', '--queue-name', 'jobs'])) as {
    QueueUrl: string;
  };
  const url = ['--queue-url', made.QueueUrl];
  await good([
    ...queue,
    'send-message',
    ...url,
    '--message-body',
    'arn:aws:iam::123456789012:role/x is no role here',
  ]);
  assert.match(await good([...queue, 'receive-message', ...url]), /is no role here/);
});

test('another region than the target has', async () => {
  const { code, stderr } = await aws(['s3', 'ls'], {
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
  });
  assert.notEqual(code, 0);
  assert.match(stderr, /cloud is not for eu-west-1/);
});

test('the command line fetches tickets by itself', async () => {
  const program = join(import.meta.dirname, '../../src/main.ts');
  const url = `http://127.0.0.1:${stage.gateway.gateway.ports.http}`;
  const config = join(stage.gateway.dir, 'aws-config');
  writeFileSync(
    config,
    [
      '[profile cloud]',
      'region = us-east-1',
      `endpoint_url = ${stage.endpoint}`,
      `ca_bundle = ${stage.caFile}`,
      `credential_process = ${process.execPath} ${program} aws-credentials --target cloud --url ${url}`,
    ].join('\n'),
  );
  const { code, stdout, stderr } = await ran(
    fromPip('aws'),
    ['--profile', 'cloud', 'sts', 'get-caller-identity'],
    {
      PATH: process.env['PATH'],
      HOME: stage.gateway.dir,
      AWS_CONFIG_FILE: config,
      SALLYPORT_TOKEN: await stage.gateway.token(),
    },
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /123456789012/);
});

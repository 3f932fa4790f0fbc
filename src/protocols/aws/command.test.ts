import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeEffect } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import { awsRequestTarget } from '../../wire/aws/target.ts';
import type { AwsAsked } from './asked.ts';
import { commandOf, commandOfText } from './command.ts';
import { operationOf } from './operation.ts';

const at = { region: 'us-east-1', account: '123456789012' };

function asked(method: string, url: string, fields: Readonly<Record<string, string>> = {}): AwsAsked {
  const target = awsRequestTarget(url);
  if ('problem' in target) throw new Error(target.problem);
  return { method, target, fields: new Map(Object.entries(fields)), client: '', isSecure: true };
}

async function effectsOf(it: AwsAsked, service: string, body?: string): Promise<string[]> {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const operation = await operationOf(it, bytes, { service, region: at.region });
  const { command } = await commandOf(it, operation, bytes, at);
  return command.effects.map(describeEffect);
}

describe('what a request to S3 does', () => {
  const object = 'arn:aws:s3:::reports/a/b';
  const rows: readonly (readonly [
    line: string,
    fields: Record<string, string>,
    effects: readonly string[],
  ])[] = [
    ['GET /', {}, ['read.s3:ListAllMyBuckets arn:aws:s3:::']],
    ['GET /reports?list-type=2&prefix=a', {}, ['read.s3:ListBucket arn:aws:s3:::reports']],
    ['HEAD /reports', {}, ['read.s3:ListBucket arn:aws:s3:::reports']],
    ['PUT /reports', {}, ['schema.s3:CreateBucket arn:aws:s3:::reports']],
    ['DELETE /reports', {}, ['schema.s3:DeleteBucket arn:aws:s3:::reports']],
    ['PUT /reports?policy', {}, ['access.s3:PutBucketPolicy arn:aws:s3:::reports']],
    ['PUT /reports?lifecycle=', {}, ['schema.s3:PutLifecycleConfiguration arn:aws:s3:::reports']],
    ['DELETE /reports?encryption', {}, ['schema.s3:PutEncryptionConfiguration arn:aws:s3:::reports']],
    ['GET /reports/a/b', {}, [`read.s3:GetObject ${object}`]],
    ['GET /reports/a/b?versionId=1', {}, [`read.s3:GetObjectVersion ${object}`]],
    ['GET /reports/a/b?x-id=DeleteObject', {}, [`read.s3:GetObject ${object}`]],
    ['GET /reports/a/b?tagging', {}, [`read.s3:GetObjectTagging ${object}`]],
    ['PUT /reports/a/b', {}, [`write.s3:PutObject ${object}`]],
    ['DELETE /reports/a/b', {}, [`write.s3:DeleteObject ${object}`]],
    ['DELETE /reports/a/b?versionId=1', {}, [`write.s3:DeleteObjectVersion ${object}`]],
    ['PUT /reports/a/b?acl', {}, [`access.s3:PutObjectAcl ${object}`]],
    ['POST /reports/a/b?uploads', {}, [`write.s3:PutObject ${object}`]],
    ['DELETE /reports/a/b?uploadId=u', {}, [`write.s3:AbortMultipartUpload ${object}`]],
    [
      'PUT /reports/a/b',
      { 'x-amz-acl': 'public-read', 'x-amz-tagging': 'a=b' },
      [
        `write.s3:PutObject ${object}`,
        `access.s3:PutObjectAcl ${object}`,
        `write.s3:PutObjectTagging ${object}`,
      ],
    ],
    [
      'PUT /reports/a/b',
      { 'x-amz-copy-source': '/others/c%20d?versionId=v' },
      [`write.s3:PutObject ${object}`, 'read.s3:GetObjectVersion arn:aws:s3:::others/c d'],
    ],
    [
      'DELETE /reports/a/b',
      { 'x-amz-bypass-governance-retention': 'true' },
      [`write.s3:DeleteObject ${object}`, `access.s3:BypassGovernanceRetention ${object}`],
    ],
    ['PUT /reports/a/b', { 'x-amz-rename-source': '/x/y' }, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['GET /reports/a/b', { 'x-amz-copy-source': '/x/y' }, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['POST /reports', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['GET /reports?session', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['GET /arn%3Aaws%3As3%3Aus-east-1%3A1%3Aaccesspoint', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['GET /any-abc123-s3alias/a', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['GET /any-abc123--ol-s3/a', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
    ['GET /abc123.mrap/a', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
    [
      'PUT /reports/a',
      { 'x-amz-copy-source': '/any-abc123-s3alias/b' },
      ['opaque.s3:unknown arn:aws:s3:::*'],
    ],
    ['GET /reports?prefix=a&prefix=b', {}, ['opaque.s3:unknown arn:aws:s3:::*']],
  ];
  for (const [line, fields, effects] of rows) {
    test(`${line} ${Object.keys(fields).join(' ')}`, async () => {
      const [method = '', url = ''] = line.split(' ');
      assert.deepEqual(await effectsOf(asked(method, url, fields), 's3'), effects);
    });
  }

  const bodies: readonly (readonly [line: string, body: string, effects: readonly string[]])[] = [
    [
      'PUT /reports',
      '<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>',
      ['schema.s3:CreateBucket arn:aws:s3:::reports'],
    ],
    [
      'PUT /reports',
      '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
      ['opaque.s3:unknown arn:aws:s3:::*'],
    ],
    [
      'PUT /reports',
      '<CreateBucketConfiguration><LocationConstraint>&#101;u-west-1</LocationConstraint></CreateBucketConfiguration>',
      ['opaque.s3:unknown arn:aws:s3:::*'],
    ],
    [
      'PUT /reports?replication',
      '<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/copy</Role></ReplicationConfiguration>',
      [
        'schema.s3:PutReplicationConfiguration arn:aws:s3:::reports',
        'access.iam:PassRole arn:aws:iam::123456789012:role/copy',
      ],
    ],
    [
      'PUT /reports?replication',
      '<ReplicationConfiguration><Role><![CDATA[arn:aws:iam::123456789012:role/copy]]></Role></ReplicationConfiguration>',
      [
        'schema.s3:PutReplicationConfiguration arn:aws:s3:::reports',
        'access.iam:PassRole arn:aws:iam::*:role/*',
      ],
    ],
    [
      'POST /reports/a?restore',
      '<RestoreRequest><Days>1</Days></RestoreRequest>',
      ['write.s3:RestoreObject arn:aws:s3:::reports/a'],
    ],
    [
      'POST /reports/a?restore',
      '<RestoreRequest><Type>SELECT</Type><OutputLocation><S3><BucketName>b</BucketName></S3></OutputLocation></RestoreRequest>',
      ['opaque.s3:unknown arn:aws:s3:::*'],
    ],
  ];
  for (const [line, body, effects] of bodies) {
    test(`${line} ${body}`, async () => {
      const [method = '', url = ''] = line.split(' ');
      assert.deepEqual(await effectsOf(asked(method, url), 's3', body), effects);
    });
  }

  test('a body that nobody has read makes a bucket anywhere', async () => {
    const it = asked('PUT', '/reports', { 'content-length': '2000000' });
    assert.deepEqual(await effectsOf(it, 's3'), ['opaque.s3:unknown arn:aws:s3:::*']);
  });

  test('DeleteObjects deletes each of them', async () => {
    const xml =
      '<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a &amp; b</Key></Object>' +
      '<Object><Key>c</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>';
    assert.deepEqual(await effectsOf(asked('POST', '/reports?delete'), 's3', xml), [
      'write.s3:DeleteObject arn:aws:s3:::reports/a & b',
      'write.s3:DeleteObjectVersion arn:aws:s3:::reports/c',
    ]);
  });
});

describe('what a request to another service does', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const target = (name: string): Record<string, string> => ({
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': name,
  });
  const arn = (service: string, resource: string, region = 'us-east-1'): string =>
    `arn:aws:${service}:${region}:123456789012:${resource}`;
  const rows: readonly (readonly [
    title: string,
    service: string,
    fields: Record<string, string>,
    body: string,
    effects: readonly string[],
  ])[] = [
    [
      'a role',
      'iam',
      form,
      'Action=CreateRole&RoleName=r',
      [`access.iam:CreateRole ${arn('iam', 'role/r', '')}`],
    ],
    [
      'a policy of a role',
      'iam',
      form,
      'Action=AttachRolePolicy&RoleName=r&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess',
      [
        `access.iam:AttachRolePolicy ${arn('iam', 'role/r', '')}`,
        'access.iam:AttachRolePolicy arn:aws:iam::aws:policy/AdministratorAccess',
      ],
    ],
    [
      'who one is',
      'sts',
      form,
      'Action=GetCallerIdentity',
      [`read.sts:GetCallerIdentity ${arn('sts', '*', '')}`],
    ],
    [
      'keys of another role',
      'sts',
      form,
      'Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr',
      [`access.sts:AssumeRole ${arn('iam', 'role/r', '')}`],
    ],
    [
      'machines',
      'ec2',
      form,
      'Action=DescribeInstances&Filter.1.Name=a',
      [`read.ec2:DescribeInstances ${arn('ec2', '')}`],
    ],
    [
      'machines that end',
      'ec2',
      form,
      'Action=TerminateInstances&InstanceId.1=i-1&InstanceId.2=i-2',
      [
        `schema.ec2:TerminateInstances ${arn('ec2', 'instance/i-1')}`,
        `schema.ec2:TerminateInstances ${arn('ec2', 'instance/i-2')}`,
      ],
    ],
    [
      'a machine that is more than itself',
      'ec2',
      form,
      'Action=RunInstances&ImageId=ami-1&LaunchTemplateId=lt-1&IamInstanceProfile.Name=admin',
      [
        `schema.ec2:RunInstances ${arn('ec2', 'image/ami-1')}`,
        `schema.ec2:RunInstances ${arn('ec2', '*')}`,
        `access.iam:PassRole ${arn('iam', 'instance-profile/admin', '')}`,
      ],
    ],
    [
      'a queue by its URL',
      'sqs',
      target('AmazonSQS.SendMessage'),
      '{"QueueUrl":"https://sqs.us-east-1.amazonaws.com/210987654321/jobs","MessageBody":"arn:aws:iam::123456789012:role/r"}',
      ['write.sqs:SendMessage arn:aws:sqs:us-east-1:210987654321:jobs'],
    ],
    [
      'a secret',
      'secretsmanager',
      target('secretsmanager.GetSecretValue'),
      '{"SecretId":"db"}',
      [`access.secretsmanager:GetSecretValue ${arn('secretsmanager', 'secret:db')}`],
    ],
    [
      'a version of a parameter',
      'ssm',
      target('AmazonSSM.GetParameters'),
      '{"Names":["/db/password:1","plain:label","arn:aws:ssm:us-east-1:123456789012:parameter/a/b:2"]}',
      [
        `read.ssm:GetParameters ${arn('ssm', 'parameter/db/password')}`,
        `read.ssm:GetParameters ${arn('ssm', 'parameter/plain')}`,
        `read.ssm:GetParameters ${arn('ssm', 'parameter/a/b')}`,
      ],
    ],
    [
      'a shell',
      'ssm',
      target('AmazonSSM.StartSession'),
      '{"Target":"i-1"}',
      [`execute.ssm:StartSession ${arn('ssm', '*')}`],
    ],
    [
      'an action in other letters',
      'ssm',
      target('AmazonSSM.getparameter'),
      '{"Name":"a"}',
      [`opaque.ssm:getparameter ${arn('ssm', 'parameter/a')}`, `opaque.ssm:getparameter ${arn('ssm', '*')}`],
    ],
    [
      'an action that is not known',
      'ssm',
      target('AmazonSSM.GetEverything'),
      '{}',
      [`opaque.ssm:GetEverything ${arn('ssm', '*')}`],
    ],
    ['a service that is not known', 'mars', {}, '', [`opaque.mars:unknown ${arn('mars', '*')}`]],
    [
      'a task with roles',
      'ecs',
      target('AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition'),
      '{"family":"f","taskRoleArn":"arn:aws:iam::123456789012:role/t"}',
      [
        `write.ecs:RegisterTaskDefinition ${arn('ecs', '*')}`,
        'access.iam:PassRole arn:aws:iam::123456789012:role/t',
      ],
    ],
    [
      'writes in many tables',
      'dynamodb',
      target('DynamoDB_20120810.TransactWriteItems'),
      '{"TransactItems":[{"Put":{"TableName":"a"}},{"ConditionCheck":{"TableName":"b"}}]}',
      [
        `write.dynamodb:PutItem ${arn('dynamodb', 'table/a')}`,
        `read.dynamodb:ConditionCheckItem ${arn('dynamodb', 'table/b')}`,
      ],
    ],
  ];
  for (const [title, service, fields, body, effects] of rows) {
    test(title, async () => {
      assert.deepEqual(await effectsOf(asked('POST', '/', fields), service, body), effects);
    });
  }

  test('a function, by its path', async () => {
    const path = '/2015-03-31/functions/resize%3Aprod/invocations';
    assert.deepEqual(await effectsOf(asked('POST', path), 'lambda', '{"FunctionName":"other"}'), [
      `execute.lambda:InvokeFunction ${arn('lambda', 'function:resize')}`,
      `execute.lambda:InvokeFunction ${arn('lambda', 'function:resize:prod')}`,
    ]);
  });
});

test('a function whose version stands in the query', async () => {
  const path = '/2015-03-31/functions/resize/invocations?Qualifier=prod';
  assert.deepEqual(await effectsOf(asked('POST', path), 'lambda', ''), [
    'execute.lambda:InvokeFunction arn:aws:lambda:us-east-1:123456789012:function:resize',
    'execute.lambda:InvokeFunction arn:aws:lambda:us-east-1:123456789012:function:resize:prod',
  ]);
});

describe('a parameter that stands in two places names nothing that can be told', () => {
  const layers = '/2018-10-31/layers?find=LayerVersion';
  const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:layer:${name}:1`;
  const rows: readonly (readonly [line: string, body: string | undefined])[] = [
    [`GET ${layers}&Arn=${encodeURIComponent(arn('secret'))}`, JSON.stringify({ Arn: arn('open') })],
    ['GET /2015-03-31/event-source-mappings?FunctionName=secret', '{"FunctionName":"open"}'],
    ['GET /2015-03-31/event-source-mappings?FunctionName=secret&FunctionName=open', undefined],
  ];
  for (const [line, body] of rows) {
    test(`${line} ${body ?? ''}`, async () => {
      const [method = '', url = ''] = line.split(' ');
      await assert.rejects(effectsOf(asked(method, url), 'lambda', body), /came twice|has no body/);
    });
  }

  test('a list may be long', async () => {
    const tags = `/2017-03-31/tags/${encodeURIComponent('arn:aws:lambda:us-east-1:123456789012:function:open')}`;
    assert.deepEqual(await effectsOf(asked('DELETE', `${tags}?tagKeys=a&tagKeys=b`), 'lambda'), [
      'write.lambda:UntagResource arn:aws:lambda:us-east-1:123456789012:function:open',
    ]);
  });
});

describe('what AWS ignores narrows nothing', () => {
  const json = { 'content-type': 'application/x-amz-json-1.1' };
  const rows: readonly (readonly [
    title: string,
    it: AwsAsked,
    service: string,
    body: string | undefined,
    effects: readonly string[],
  ])[] = [
    [
      'a function beside a list of all',
      asked('GET', '/2015-03-31/functions?FunctionName=open'),
      'lambda',
      undefined,
      [
        'read.lambda:ListFunctions arn:aws:lambda:us-east-1:123456789012:function:open',
        'read.lambda:ListFunctions arn:aws:lambda:us-east-1:123456789012:',
      ],
    ],
    [
      'a secret beside a list of others',
      asked('POST', '/', { ...json, 'x-amz-target': 'secretsmanager.BatchGetSecretValue' }),
      'secretsmanager',
      '{"SecretIdList":["hidden"],"SecretId":"open"}',
      [
        'access.secretsmanager:BatchGetSecretValue arn:aws:secretsmanager:us-east-1:123456789012:secret:open',
        'access.secretsmanager:BatchGetSecretValue arn:aws:secretsmanager:us-east-1:123456789012:*',
      ],
    ],
    [
      'a key beside what another one has encrypted',
      asked('POST', '/', { ...json, 'x-amz-target': 'TrentService.Decrypt' }),
      'kms',
      '{"CiphertextBlob":"AA==","KeyArn":"arn:aws:kms:us-east-1:123456789012:key/open"}',
      ['write.kms:Decrypt arn:aws:kms:us-east-1:123456789012:*'],
    ],
    [
      'a parameter beside a path of others',
      asked('POST', '/', { ...json, 'x-amz-target': 'AmazonSSM.GetParametersByPath' }),
      'ssm',
      '{"Path":"/hidden","Name":"open"}',
      [
        'read.ssm:GetParametersByPath arn:aws:ssm:us-east-1:123456789012:*',
        'read.ssm:GetParametersByPath arn:aws:ssm:us-east-1:123456789012:parameter/open',
      ],
    ],
  ];
  for (const [title, it, service, body, effects] of rows) {
    test(title, async () => assert.deepEqual(await effectsOf(it, service, body), effects));
  }

  const named: readonly (readonly [
    title: string,
    service: string,
    target: string,
    body: object,
    effects: readonly string[],
  ])[] = [
    [
      'a bus beside entries that name others',
      'events',
      'AWSEvents.PutEvents',
      { EventBusName: 'open', Entries: [{ EventBusName: 'hidden' }] },
      ['write.events:PutEvents event-bus/open', 'write.events:PutEvents *'],
    ],
    [
      'an instance beside the secret that is meant',
      'secretsmanager',
      'secretsmanager.DescribeSecret',
      { SecretId: 'hidden', InstanceArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:open' },
      [
        'read.secretsmanager:DescribeSecret secret:hidden',
        'read.secretsmanager:DescribeSecret secret:open',
        'read.secretsmanager:DescribeSecret *',
      ],
    ],
    [
      'a table in other letters',
      'dynamodb',
      'DynamoDB_20120810.DescribeTable',
      { tableName: 'arn:aws:dynamodb:us-east-1:123456789012:table/open' },
      ['read.dynamodb:DescribeTable table/open', 'read.dynamodb:DescribeTable *'],
    ],
    [
      'a document that has a name as parameters have',
      'ssm',
      'AmazonSSM.CreateAssociation',
      { Name: 'AWS-RunShellScript', Targets: [{ Key: 'InstanceIds', Values: ['*'] }] },
      ['execute.ssm:CreateAssociation parameter/AWS-RunShellScript', 'execute.ssm:CreateAssociation *'],
    ],
    [
      'an ARN of another service',
      'sqs',
      'AmazonSQS.StartMessageMoveTask',
      { SourceArn: 'arn:aws:sns:us-east-1:123456789012:open' },
      [
        'write.sqs:StartMessageMoveTask arn:aws:sns:us-east-1:123456789012:open',
        'write.sqs:StartMessageMoveTask *',
      ],
    ],
  ];
  for (const [title, service, target, body, effects] of named) {
    test(title, async () => {
      const it = asked('POST', '/', { ...json, 'x-amz-target': target });
      const found = await effectsOf(it, service, JSON.stringify(body));
      assert.deepEqual(
        found.map((each) => each.replace(`arn:aws:${service}:us-east-1:123456789012:`, '')),
        effects,
      );
    });
  }

  test('a machine in a form that is of another operation', async () => {
    const it = asked('POST', '/', { 'content-type': 'application/x-www-form-urlencoded' });
    const arn = (name: string): string => `arn:aws:ec2:us-east-1:123456789012:${name}`;
    assert.deepEqual(await effectsOf(it, 'ec2', 'Action=DeleteVolume&InstanceId.1=i-1&VolumeId=vol-1'), [
      `schema.ec2:DeleteVolume ${arn('instance/i-1')}`,
      `schema.ec2:DeleteVolume ${arn('volume/vol-1')}`,
      `schema.ec2:DeleteVolume ${arn('*')}`,
    ]);
  });

  test('a function in the body whose place is the query', async () => {
    const it = asked('POST', '/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aa');
    const effects = await effectsOf(it, 'lambda', '{"FunctionName":"open"}');
    assert.ok(
      effects.includes('write.lambda:TagResource arn:aws:lambda:us-east-1:123456789012:*'),
      `${effects}`,
    );
  });

  test('a body where there is none', async () => {
    const it = asked('GET', '/2015-03-31/event-source-mappings');
    await assert.rejects(effectsOf(it, 'lambda', '{"FunctionName":"open"}'), /GET has no body/);
  });
});

describe('what a request to a path does', () => {
  const arn = 'arn:aws:eks:us-east-1:123456789012';
  const role = 'arn:aws:iam::123456789012:role/r';
  const rows: readonly (readonly [
    line: string,
    service: string,
    body: object | undefined,
    effects: readonly string[],
  ])[] = [
    ['GET /clusters', 'eks', undefined, [`read.eks:ListClusters ${arn}:`]],
    ['GET /clusters/prod', 'eks', undefined, [`read.eks:DescribeCluster ${arn}:*`]],
    [
      'POST /clusters/prod/access-entries',
      'eks',
      { principalArn: role },
      [`access.eks:CreateAccessEntry ${arn}:*`, `access.iam:PassRole ${role}`],
    ],
    ['PATCH /clusters/prod', 'eks', undefined, ['opaque.eks:unknown arn:aws:eks:us-east-1:123456789012:*']],
    [
      'POST /v1/submitjob',
      'batch',
      { jobName: 'a', jobQueue: 'q', jobDefinition: 'd' },
      ['execute.batch:SubmitJob arn:aws:batch:us-east-1:123456789012:*'],
    ],
    [
      'POST /Execute',
      'rds-data',
      { sql: 'select 1' },
      ['execute.rds-data:ExecuteStatement arn:aws:rds-data:us-east-1:123456789012:*'],
    ],
    [
      'POST /schedules/s',
      'scheduler',
      { Target: { Arn: 'a', RoleArn: role } },
      [
        'schema.scheduler:CreateSchedule arn:aws:scheduler:us-east-1:123456789012:*',
        `access.iam:PassRole ${role}`,
      ],
    ],
    [
      'POST /v2/email/outbound-emails',
      'ses',
      { FromEmailAddress: 'a@acme.test' },
      ['write.ses:SendEmail arn:aws:ses:us-east-1:123456789012:*'],
    ],
    [
      'GET /2013-04-01/hostedzone/Z1/rrset',
      'route53',
      undefined,
      ['read.route53:ListResourceRecordSets arn:aws:route53:us-east-1:123456789012:*'],
    ],
    [
      'GET /foundation-models',
      'bedrock',
      undefined,
      ['read.bedrock:ListFoundationModels arn:aws:bedrock:us-east-1:123456789012:'],
    ],
  ];
  for (const [line, service, body, effects] of rows) {
    test(`${service} ${line}`, async () => {
      const [method = '', url = ''] = line.split(' ');
      assert.deepEqual(await effectsOf(asked(method, url), service, body && JSON.stringify(body)), effects);
    });
  }

  test('a model, by itself and by a profile of several regions', async () => {
    const of = async (id: string): Promise<string[]> =>
      effectsOf(asked('POST', `/model/${id}/invoke`), 'bedrock', '{}');
    assert.deepEqual(await of('anthropic.claude'), [
      'execute.bedrock:InvokeModel arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude',
    ]);
    assert.deepEqual(await of('eu.anthropic.claude'), [
      'execute.bedrock:InvokeModel arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude',
      'execute.bedrock:InvokeModel arn:aws:bedrock:*::foundation-model/anthropic.claude',
    ]);
  });

  test('XML is not looked into, and so about anything', async () => {
    const it = asked('POST', '/2013-04-01/hostedzone/Z1/rrset/');
    assert.deepEqual(await effectsOf(it, 'route53', '<ChangeResourceRecordSetsRequest/>'), [
      'write.route53:ChangeResourceRecordSets arn:aws:route53:us-east-1:123456789012:*',
    ]);
  });

  test('a service with several hosts is asked at the one that has it', async () => {
    const hostAt = async (method: string, url: string): Promise<string> =>
      (await operationOf(asked(method, url), undefined, { service: 'bedrock', region: 'us-east-1' })).host;
    assert.equal(await hostAt('GET', '/foundation-models'), 'bedrock.us-east-1.amazonaws.com');
    assert.equal(await hostAt('GET', '/async-invoke'), 'bedrock-runtime.us-east-1.amazonaws.com');
  });
});

describe('an action in words', () => {
  test('is what rules are asked about', async () => {
    const { effects } = await commandOfText('s3:GetObject arn:aws:s3:::reports/*');
    assert.deepEqual(effects.map(describeEffect), ['read.s3:GetObject arn:aws:s3:::reports/*']);
  });

  for (const text of ['', 's3:GetObject', 'GET /reports', 's3:GetObject reports', 'drop table users']) {
    test(`is not ${text === '' ? 'nothing' : text}`, async () => {
      await assert.rejects(
        commandOfText(text),
        (error) => error instanceof SallyportError && error.code === 'syntax',
      );
    });
  }
});

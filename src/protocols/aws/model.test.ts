import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceNamed } from './catalog.ts';
import { operationAt, operationNamed } from './model.ts';
import { models } from './models/all.ts';

describe('the operation at a path', () => {
  const rows: readonly (readonly [service: string, line: string, name: string | undefined])[] = [
    ['lambda', 'GET /2015-03-31/functions', 'ListFunctions'],
    ['lambda', 'GET /2015-03-31/functions/', 'ListFunctions'],
    ['lambda', 'GET /2015-03-31/functions/resize', 'GetFunction'],
    ['lambda', 'GET /2018-10-31/layers', 'ListLayers'],
    ['lambda', 'GET /2018-10-31/layers?find=LayerVersion', 'GetLayerVersionByArn'],
    ['lambda', 'GET /2018-10-31/layers?find=other', 'ListLayers'],
    // What is written out goes before a label.
    ['eks', 'GET /addons/supported-versions', 'DescribeAddonVersions'],
    ['lambda', 'POST /2015-03-31/functions/resize', undefined],
    ['lambda', 'GET /2015-03-31/functions/resize/more/and/more', undefined],
    ['lambda', 'GET /2015-03-31/Functions', undefined],
    ['dynamodb', 'GET /', undefined],
    ['mars', 'GET /', undefined],
    ['__proto__', 'GET /', undefined],
  ];
  for (const [service, line, name] of rows) {
    test(`${service} ${line}`, async () => {
      const [method = '', url = ''] = line.split(' ');
      const { pathname, searchParams } = new URL(url, 'http://aws.test');
      const found = await operationAt(service, method, pathname.split('/').slice(1), [...searchParams]);
      assert.equal(found?.model.name, name);
    });
  }

  test('has what stands for its labels', async () => {
    const segments = ['2015-03-31', 'functions', 'resize', 'aliases', 'prod'];
    const found = await operationAt('lambda', 'GET', segments, []);
    assert.deepEqual(found?.labels, [
      ['FunctionName', 'resize'],
      ['Name', 'prod'],
    ]);
  });
});

test('an operation has the parameters that could name a resource, where they stand', async () => {
  const members = async (service: string, name: string): Promise<readonly string[]> => [
    ...((await operationNamed(service, name))?.members ?? []),
  ];
  assert.deepEqual(await members('sqs', 'SendMessage'), ['QueueUrl']);
  assert.deepEqual(await members('events', 'PutEvents'), ['EndpointId']);
  assert.deepEqual(await members('ec2', 'TerminateInstances'), ['InstanceId']);
  assert.deepEqual(await members('sqs', 'sendMessage'), []);
  const found = await operationAt('lambda', 'GET', ['2015-03-31', 'event-source-mappings'], []);
  assert.deepEqual([...(found?.model.members ?? [])], ['?EventSourceArn', '?FunctionName']);
});

test('a body that is a function’s own is not looked into', async () => {
  const segments = ['2015-03-31', 'functions', 'f', 'invocations'];
  assert.equal((await operationAt('lambda', 'POST', segments, []))?.model.isOpen, true);
});

for (const [service, text] of Object.entries(models)) {
  test(`${service} is a service, and its table is in order`, async () => {
    assert.ok(serviceNamed(service) !== undefined);
    for (const line of (await text()).split('\n').filter((each) => each !== '')) {
      assert.match(
        line,
        /^(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE) \/\S* )?[A-Z]\w+(?: (?:\*|[@?]?[\w.:-]+))*$/,
      );
    }
  });
}

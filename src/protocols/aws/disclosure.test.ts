import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaskPlan } from '../../core/mask.ts';
import { disclosure } from './disclosure.ts';

const plan: MaskPlan = {
  hidden: new Map([['arn:aws:dynamodb:*:*:table/users#/email', 'redact']]),
  detect: [],
};
const users = 'arn:aws:dynamodb:us-east-1:123456789012:table/users';

const rows: readonly [title: string, name: string, parameters: object, tells: boolean][] = [
  ['a read', 'GetItem', { TableName: 'users', Key: { id: { S: '1' } } }, false],
  ['a projection', 'Scan', { ProjectionExpression: 'email' }, false],
  ['a filter on another attribute', 'Scan', { FilterExpression: 'begins_with(city, :c)' }, false],
  ['a filter with a prefix', 'Scan', { FilterExpression: 'begins_with(email, :p)' }, true],
  [
    'a filter under another name',
    'Scan',
    { FilterExpression: 'begins_with(#e, :p)', ExpressionAttributeNames: { '#e': 'email' } },
    true,
  ],
  ['a value that is called so', 'Scan', { FilterExpression: 'city = :email' }, false],
  ['equality', 'Query', { KeyConditionExpression: 'email = :e' }, false],
  ['equality, the other way round', 'Query', { KeyConditionExpression: ':e = email' }, false],
  ['equality and more', 'Query', { FilterExpression: 'email = :e OR email > :f' }, true],
  ['its length', 'Scan', { FilterExpression: 'size(email) = :n' }, true],
  ['a range', 'Query', { KeyConditionExpression: 'id = :i AND email BETWEEN :a AND :b' }, true],
  ['a part of it', 'Scan', { FilterExpression: 'contains(email.domain, :p)' }, true],
  ['to write it', 'UpdateItem', { UpdateExpression: 'SET email = :e' }, false],
  ['to copy it', 'UpdateItem', { UpdateExpression: 'SET nick = email' }, true],
  [
    'to copy it if there is none',
    'UpdateItem',
    { UpdateExpression: 'SET nick = if_not_exists(email, :e)' },
    true,
  ],
  ['an older filter', 'Scan', { ScanFilter: { email: { ComparisonOperator: 'BEGINS_WITH' } } }, true],
  ['an older condition', 'PutItem', { Expected: { email: { Exists: true } } }, true],
  ['a page that begins at a guess', 'Query', { ExclusiveStartKey: { email: { S: 'm' } } }, true],
  ['a page that begins elsewhere', 'Query', { ExclusiveStartKey: { id: { S: '1' } } }, false],
  [
    'a condition deep in a transaction',
    'TransactWriteItems',
    { TransactItems: [{ ConditionCheck: { TableName: 'users', ConditionExpression: 'email < :e' } }] },
    true,
  ],
  ['a copy of the table', 'RestoreTableToPointInTime', { SourceTableName: 'users' }, true],
  ['what is new to us', 'SearchVectors', { TableName: 'users' }, true],
  ['an export of it', 'ExportTableToPointInTime', { TableArn: users }, true],
];

for (const [title, name, parameters, tells] of rows) {
  test(`a hidden attribute: ${title} ${tells ? 'would tell of it' : 'tells nothing'}`, () => {
    const operation = {
      service: 'dynamodb',
      name,
      parameters: new Map(Object.entries(parameters)),
      host: '',
      hasStrays: false,
      form: 'json',
    } as const;
    const why = disclosure(plan, { operation, resources: [users], actions: [`dynamodb:${name}`] });
    assert.equal(why !== undefined, tells, why ?? 'nothing');
  });
}

test('statements of PartiQL are refused where something is hidden, and elsewhere are not', () => {
  const operation = {
    service: 'dynamodb',
    name: 'ExecuteStatement',
    parameters: new Map([['Statement', 'SELECT * FROM users']]),
    host: '',
    hasStrays: false,
    form: 'json',
  } as const;
  const actions = ['dynamodb:PartiQLSelect'];
  const everywhere = ['arn:aws:dynamodb:us-east-1:123456789012:table/*'];
  const orders = ['arn:aws:dynamodb:us-east-1:123456789012:table/orders'];
  assert.match(disclosure(plan, { operation, resources: everywhere, actions }) ?? '', /PartiQL/);
  assert.equal(disclosure(plan, { operation, resources: orders, actions }), undefined);
});

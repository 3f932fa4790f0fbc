import assert from 'node:assert/strict';
import { test } from 'node:test';
import { touched } from './masks.ts';

const sensitive = new Map([
  ['arn:aws:dynamodb:*:*:table/users#/email', 'redact'],
  ['ssm:GetParameter#/Parameter/Value', 'redact'],
] as const);
const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table';

const rows: readonly [action: string, resource: string, found: readonly string[]][] = [
  ['dynamodb:Scan', `${arn}/users`, ['arn:aws:dynamodb:*:*:table/users#/email']],
  ['dynamodb:PartiQLSelect', `${arn}/*`, ['arn:aws:dynamodb:*:*:table/users#/email']],
  ['dynamodb:Scan', `${arn}/orders`, []],
  [
    'ssm:GetParameter',
    'arn:aws:ssm:us-east-1:123456789012:parameter/a',
    ['ssm:GetParameter#/Parameter/Value'],
  ],
  ['ssm:PutParameter', 'arn:aws:ssm:us-east-1:123456789012:parameter/a', []],
];

for (const [action, resource, found] of rows) {
  test(`what is sensitive in ${action} ${resource}`, () => {
    assert.deepEqual(touched(sensitive, [{ kind: 'read', action, resource }]), found);
  });
}

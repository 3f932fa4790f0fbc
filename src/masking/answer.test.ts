import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MaskName, MaskPlan } from '../core/mask.ts';
import { AnswerMasks } from './answer.ts';
import { compileDetectors } from './detect.ts';
import { MaskKeys } from './keys.ts';

const keys = new MaskKeys(Buffer.alloc(32), 'billing');
const plan: MaskPlan = {
  hidden: new Map<string, MaskName>([
    ['GET /v1/customers/{id}#/email', 'email'],
    ['/v1/customers#/*/email', 'email'],
    ['/v1/customers/{id}#/a~1b/c~0d', 'redact'],
  ]),
  detect: [{ find: ['payment_card'], mask: 'last4' }],
};

const masks = new AnswerMasks(keys);

function seen(method: string, path: string, body: string): string {
  const { json } = masks.of(plan, { method, path }, compileDetectors(plan.detect, keys));
  const bytes = Buffer.from(body);
  return (json?.clean(bytes)?.value ?? bytes).toString();
}

describe('an answer in JSON', () => {
  const rows: readonly (readonly [asked: string, path: string, body: string, seen: string])[] = [
    ['GET', '/v1/customers/7', '{"email":"bob@acme.test","id":7}', '{"email":"b***@***.test","id":7}'],
    ['GET', '/V1/customers/7/', '{"email":"bob@acme.test"}', '{"email":"b***@***.test"}'],
    ['HEAD', '/v1/customers/7', '{"email":"bob@acme.test"}', '{"email":"b***@***.test"}'],
    ['POST', '/v1/customers/7', '{"email":"bob@acme.test"}', '{"email":"bob@acme.test"}'],
    ['PATCH', '/v1/customers/7', '{"a/b":{"c~d":1,"e":2}}', '{"a/b":{"c~d":"[redacted]","e":2}}'],
    ['GET', '/v1/customers', '[{"email":"bob@acme.test"}]', '[{"email":"b***@***.test"}]'],
    ['GET', '/v1/customers', '[{"\\u0065mail":"bob@acme.test"}]', '[{"\\u0065mail":"b***@***.test"}]'],
    [
      'GET',
      '/v1/customers/7',
      '{"email":"a@b.c","email":"bob@acme.test"}',
      '{"email":"[redacted]","email":"b***@***.test"}',
    ],
    ['GET', '/v1/orders', '{"pan":"4111111111111111"}', '{"pan":"************1111"}'],
    ['GET', '/v1/customers/7', '{"email":"bob@acme.test"', '"[redacted]"'],
  ];
  for (const [method, path, body, expected] of rows) {
    test(`${method} ${path} ${body}`, () => {
      assert.equal(seen(method, path, body), expected);
    });
  }

  test('nothing is looked for where nothing is hidden', () => {
    const mask = masks.of({ hidden: plan.hidden, detect: [] }, { method: 'GET', path: '/v2' }, undefined);
    assert.deepEqual(mask, { json: undefined, places: undefined, text: undefined, wantsJson: false });
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutPathValues } from './without-path-values.ts';

const rows: readonly [text: string, shown: string | undefined][] = [
  ['POST /v1/customers/42/orders', 'POST /v1/customers/*/orders'],
  ['GET /users/anna@acme.test?key=planted&a=1', 'GET /users/*?…'],
  ['GET /users/%61nna#planted', 'GET /users/*?…'],
  ['DELETE /tokens/c2VjcmV0LXRva2Vu', 'DELETE /tokens/*'],
  ['GET /', 'GET /'],
  ['GET /health-checks/', 'GET /health-checks/'],
  ['PUT https://api.test/a/b;p=planted/c', 'PUT https://api.test/a/*/c'],
  ['write.POST /customers/42', 'write.POST /customers/*'],
  ['write.update public.users', undefined],
  ["SELECT /* planted */ 'planted'", undefined],
  ["SELECT /'planted'", 'SELECT /*'],
  ['*', undefined],
];
for (const [text, shown] of rows) {
  test(`${text} is told as ${shown}`, () => assert.equal(withoutPathValues(text), shown));
}

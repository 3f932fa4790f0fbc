import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isRoute, matchesRoute, parseRoute, touchesRoute } from './route.ts';

const rows: readonly (readonly [
  route: string,
  method: string,
  path: string,
  matches: boolean,
  touches: boolean,
])[] = [
  ['GET /v1/customers/{id}', 'GET', '/v1/customers/42', true, true],
  ['GET /v1/customers/{id}', 'HEAD', '/v1/customers/42', true, true],
  ['GET /v1/customers/{id}', 'POST', '/v1/customers/42', false, false],
  ['GET /v1/customers/{id}', 'WEBSOCKET', '/v1/customers/42', false, true],
  ['POST /v1/customers/{id}', 'WEBSOCKET', '/v1/customers/42', false, false],
  ['WEBSOCKET /v1/customers/{id}', 'WEBSOCKET', '/v1/customers/42', true, true],
  ['HEAD /v1/customers/{id}', 'GET', '/v1/customers/42', false, false],
  ['GET /v1/customers/{id}', 'GET', '/v1/customers', false, false],
  ['GET /v1/customers/{id}', 'GET', '/v1/customers/', false, false],
  ['GET /v1/customers/{id}', 'GET', '/v1/customers/42/cards', false, false],
  ['GET /v1/customers/{id}', 'GET', '/v1/customers/42/', false, true],
  ['/v1/customers', 'DELETE', '/v1/customers', true, true],
  ['/v1/customers', 'GET', '/v1/Customers', false, true],
  ['/v1/customers', 'GET', '/V1/customers.', false, true],
  ['/v1/customers', 'GET', '/v1/customers%20', false, true],
  ['/v1/customers/', 'GET', '/v1/customers', false, true],
  ['/V1/Customers/', 'GET', '/v1/customers', false, true],
  ['/v1/*', 'GET', '/v1/customers/42', true, true],
  ['/v1/*', 'GET', '/v1/', true, true],
  ['/v1/*', 'GET', '/v1', false, true],
  ['/v1/*', 'GET', '/v2/customers', false, false],
  ['/*', 'GET', '/', true, true],
  ['/*', 'GET', '/anything/at/all', true, true],
  ['/', 'GET', '/', true, true],
  ['/', 'GET', '/a', false, false],
  ['/v1/*/cards', 'GET', '/v1/42/cards', true, true],
  ['/v1/*/cards', 'GET', '/v1/4/2/cards', false, false],
  ['/files/*.json', 'GET', '/files/a.json', true, true],
  ['/files/*.json', 'GET', '/files/a.jsonx', false, false],
  ['/a/{b}/c', 'GET', '/a//c', false, false],
  ['GET /a/{b} but /a/mine /a/ours', 'GET', '/a/7', true, true],
  ['GET /a/{b} but /a/mine /a/ours', 'GET', '/a/mine', false, true],
  ['GET /a/{b} but /a/mine /a/ours', 'GET', '/a/Ours', false, true],
  ['/a/* but /a/b/*', 'GET', '/a/b/c', false, true],
];

describe('routes', () => {
  for (const [route, method, path, matches, touches] of rows) {
    test(`${route} and ${method} ${path}`, () => {
      assert.equal(matchesRoute(parseRoute(route), { method, path }), matches);
      assert.equal(touchesRoute(parseRoute(route), { method, path }), touches);
    });
  }

  for (const wrong of [
    'v1',
    'get /v1',
    'GET v1',
    '/v1?x=1',
    '/v1#/x',
    '/a b',
    '/v1/{id}x',
    '/v1/{',
    '/a//b',
    '/a but b',
    '/a but ',
    '',
  ]) {
    test(`"${wrong}" is none`, () => {
      assert.throws(() => parseRoute(wrong), TypeError);
    });
  }

  test('is told from names', () => {
    assert.deepEqual(['/a', 'GET /a', 'public.a', 'GET', '"/a"', 'op:x', '*'].map(isRoute), [
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

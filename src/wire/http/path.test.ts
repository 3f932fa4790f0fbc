import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestPath } from './path.ts';

// THREATS 31
describe('the path of a request', () => {
  const good: readonly (readonly [target: string, path: string, query: string])[] = [
    ['/', '/', ''],
    ['/v1/customers/42', '/v1/customers/42', ''],
    ['/v1/customers/?page=2&q=%2e%2e/', '/v1/customers/', '?page=2&q=%2e%2e/'],
    ['/%76%31/%7Ebob', '/v1/~bob', ''],
    ['/a%c3%a9', '/a%C3%A9', ''],
    ['/a%20b', '/a%20b', ''],
    ['/root%40x/keys%3Adelete%28%29', '/root@x/keys:delete()', ''],
    ['/a{b}|"%7b', '/a%7Bb%7D%7C%22%7B', ''],
    ['/a+b%2bc', '/a+b%2Bc', ''],
    ['/a...b/.well-known', '/a...b/.well-known', ''],
    ['/100%25', '/100%25', ''],
    ['/a?b?c', '/a', '?b?c'],
    ['/a?', '/a', '?'],
  ];
  for (const [target, path, query] of good) {
    test(target, () => {
      assert.deepEqual(requestPath(target), { path, query });
    });
  }

  const bad: readonly string[] = [
    '',
    'a',
    '*',
    'http://other/a',
    '/a/../b',
    '/a/..',
    '/./a',
    '/a/%2e%2e/b',
    '/a/%2E./b',
    '/a/.%2e',
    '//a',
    '/a//b',
    '/a%2fb',
    '/a%2F..%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a;b=c',
    '/a%3bb',
    '/a%00',
    '/a%0d%0ab',
    '/a%7f',
    '/%252e%252e/a',
    '/%252fa',
    '/%25252e',
    '/a%2',
    '/a%zz',
    '/a#b',
    '/a b',
    '/é',
    '/a?x=1&_method=DELETE',
    '/a?_METHOD=DELETE',
    '/a?%5fmethod=DELETE',
    '/a?b c',
  ];
  for (const target of bad) {
    test(`refused: ${target}`, () => {
      assert.ok('problem' in requestPath(target));
    });
  }
});

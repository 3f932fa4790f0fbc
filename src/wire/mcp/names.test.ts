import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeceptive, isPlainName, lookAlikes, uriProblem } from './names.ts';

test('names that look alike', () => {
  const names = [
    'login',
    '1ogin',
    'Log1n',
    'turn',
    'tum',
    'save',
    'saw',
    'get_user',
    'get-user',
    'get_users',
  ];
  assert.deepEqual([...lookAlikes(names)].toSorted(), ['1ogin', 'Log1n', 'login', 'tum', 'turn']);
});

test('names that nobody could tell from others', () => {
  for (const name of ['', 'a b', 'tööl', 'dr\u043ep', 'pay\u200b', 'x'.repeat(129)])
    assert.ok(!isPlainName(name), name);
  for (const name of ['lookup', 'a.b/c-d_e', 'x'.repeat(128)]) assert.ok(isPlainName(name), name);
});

test('texts that deceive', () => {
  for (const text of ['a\u200bb', 'a\u202eb', 'a\u{e0041}b', 'a\u2066b']) assert.ok(isDeceptive(text), text);
  for (const text of ['plain', 'größer', '读取文件', '❤️ and 👩‍💻']) assert.ok(!isDeceptive(text), text);
});

describe('addresses of resources', () => {
  for (const uri of [
    'file:///a/b.txt',
    'crm://customers/7?x=1#y',
    'test://template/{id}/data',
    'a:b',
    'file:///a%20b',
  ]) {
    test(`plain: ${uri}`, () => assert.equal(uriProblem(uri), undefined));
  }
  for (const uri of [
    'nothing',
    'File:///a',
    'crm://Host/a',
    'file:///a/../b',
    'file:///a/./b',
    'file:///..',
    'file:///a\\b',
    'file:///a%2fb',
    'file:///%2e%2e/b',
    'file:///%252e',
    'file:///%61',
    'file:///a b',
    'file:///ä',
    `a:${'x'.repeat(2_050)}`,
  ]) {
    test(`not plain: ${uri.slice(0, 40)}`, () => assert.ok(uriProblem(uri)));
  }
});

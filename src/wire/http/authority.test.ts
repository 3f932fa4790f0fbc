import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAuthority } from './authority.ts';

describe('an authority', () => {
  const good: readonly (readonly [text: string, usual: number | undefined, spelling: string])[] = [
    ['api.acme.dev:8443', undefined, 'api.acme.dev:8443'],
    ['API.Acme.dev', 443, 'api.acme.dev:443'],
    ['127.0.0.1:80', undefined, '127.0.0.1:80'],
    ['0x7f.1:80', undefined, '127.0.0.1:80'],
    ['[::1]:443', undefined, '[::1]:443'],
    ['[0:0:0:0:0:0:0:1]', 443, '[::1]:443'],
  ];
  for (const [text, usual, spelling] of good) {
    test(text, () => assert.equal(readAuthority(text, usual)?.text, spelling));
  }

  const bad: readonly string[] = [
    '',
    ':443',
    'a:',
    'a:0',
    'a:65536',
    'a:443:443',
    'user@a:443',
    'a/b:443',
    'a b:443',
    'a.:443',
    '-a:443',
    '[::1:443',
    '[zz]:443',
    'http://a:443',
    'a:443\r\nx: y',
    'a%2e:443',
    'é:443',
    '999.1.1.1:443',
  ];
  for (const text of bad) {
    test(`refused: ${JSON.stringify(text)}`, () => assert.equal(readAuthority(text), undefined));
  }

  test('without a port where none is usual', () => assert.equal(readAuthority('a'), undefined));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passesThrough, passthroughPattern } from './passthrough.ts';

const rows: readonly (readonly [pattern: string, authority: string, passes: boolean])[] = [
  ['api.acme.dev', 'api.acme.dev:443', true],
  ['API.acme.dev', 'api.acme.dev:443', true],
  ['api.acme.dev', 'api.acme.dev:8443', false],
  ['api.acme.dev:8443', 'api.acme.dev:8443', true],
  ['api.acme.dev', 'xapi.acme.dev:443', false],
  ['api.acme.dev', 'api.acme.dev.evil.test:443', false],
  ['*.acme.dev', 'api.acme.dev:443', true],
  ['*.acme.dev', 'a.b.acme.dev:443', true],
  ['*.acme.dev', 'acme.dev:443', false],
  ['*.acme.dev', 'evilacme.dev:443', false],
  ['10.0.0.7', '10.0.0.7:443', true],
  ['[::1]:8443', '[::1]:8443', true],
];
for (const [pattern, authority, passes] of rows) {
  test(`${pattern} ${passes ? 'lets' : 'does not let'} ${authority} through`, () => {
    assert.match(pattern, passthroughPattern);
    assert.equal(passesThrough([pattern], authority), passes);
  });
}

test('what is no host cannot be written', () => {
  for (const text of [
    '*',
    '*.',
    'a*.acme.dev',
    'https://acme.dev',
    'acme.dev/x',
    'acme.dev.',
    'acme.dev:',
    '',
  ]) {
    assert.doesNotMatch(text, passthroughPattern, text);
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpTarget } from '../../core/target.ts';
import { isServed, targetAt } from './by-address.ts';

function target(name: string, url: string): HttpTarget {
  return {
    protocol: 'http',
    name,
    labels: {},
    sensitive: new Map(),
    detect: [],
    address: { url, networks: [], uninspected: 'pass' },
    credential: { kind: 'http', headers: {}, query: {} },
    valueLabels: new Map(),
  };
}

const targets = [
  target('billing', 'https://api.internal/billing'),
  target('refunds', 'https://api.internal/billing/v1/refunds'),
  target('again', 'https://api.internal/billing'),
  target('plain', 'http://api.internal:8080'),
  target('wiki', 'https://WIKI.internal:443'),
];

describe('the target at an address', () => {
  const rows: readonly (readonly [
    isSecure: boolean,
    authority: string,
    path: string,
    found: string | undefined,
  ])[] = [
    [true, 'api.internal:443', '/billing/v1/customers', 'billing /v1/customers'],
    [true, 'api.internal:443', '/billing', 'billing /'],
    [true, 'api.internal:443', '/billing/', 'billing /'],
    [true, 'api.internal:443', '/billing/v1/refunds/7', 'refunds /7'],
    [true, 'api.internal:443', '/billing/v1/refunds2', 'billing /v1/refunds2'],
    [true, 'api.internal:443', '/billings', undefined],
    [true, 'api.internal:443', '/', undefined],
    [false, 'api.internal:443', '/billing', undefined],
    [true, 'api.internal:8443', '/billing', undefined],
    [false, 'api.internal:8080', '/any', 'plain /any'],
    [true, 'wiki.internal:443', '/', 'wiki /'],
    [true, 'evil.test:443', '/', undefined],
  ];
  for (const [isSecure, authority, path, expected] of rows) {
    test(`${isSecure ? 'https' : 'http'}://${authority}${path}`, () => {
      const found = targetAt(targets, { isSecure, authority }, path);
      assert.equal(found && `${found.name} ${found.path}`, expected);
    });
  }
});

test('a host is served where a target that is open is behind it', () => {
  assert.ok(isServed(targets, 'api.internal:443', () => true));
  assert.ok(!isServed(targets, 'api.internal:443', ({ name }) => name === 'wiki'));
  assert.ok(!isServed(targets, 'api.internal:444', () => true));
});

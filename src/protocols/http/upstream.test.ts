import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guardedLookup } from './upstream.ts';

// An address is what it is looked up as, so it stands for what a name leads to at that moment.
function ledTo(host: string, networks: readonly string[], address: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  guardedLookup(host, networks)(address, {}, (error, found) =>
    resolve(error === null ? String(found) : error.message),
  );
  return promise;
}

describe('THREATS 32: where a target leads, at whatever moment it is asked', () => {
  const refused = /leads to addresses that the target does not name/;
  const rows: readonly (readonly [
    host: string,
    networks: readonly string[],
    address: string,
    led: RegExp,
  ])[] = [
    ['api.acme.dev', [], '93.184.216.34', /^93\.184\.216\.34$/],
    ['api.acme.dev', [], '127.0.0.1', refused],
    ['api.acme.dev', [], '169.254.169.254', refused],
    ['api.acme.dev', ['10.0.0.0/8'], '10.1.2.3', /^10\.1\.2\.3$/],
    ['api.acme.dev', ['10.0.0.0/8'], '192.168.1.1', refused],
    ['api.acme.dev', [], '::1', refused],
    ['127.0.0.1', [], '127.0.0.1', /^127\.0\.0\.1$/],
    ['[::1]', [], '::1', /^::1$/],
    ['localhost', [], '127.0.0.1', /^127\.0\.0\.1$/],
  ];
  for (const [host, networks, address, led] of rows) {
    test(`${host} that leads to ${address}, with [${networks.join(', ')}]`, async () => {
      assert.match(await ledTo(host, networks, address), led);
    });
  }
});

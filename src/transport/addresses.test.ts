import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayConnectTo, ranges } from './addresses.ts';

// THREATS 32
const rows: readonly (readonly [address: string, named: readonly string[], may: boolean])[] = [
  ['93.184.216.34', [], true],
  ['2606:2800:220:1::1', [], true],
  ['127.0.0.1', [], false],
  ['127.8.8.8', [], false],
  ['10.1.2.3', [], false],
  ['10.1.2.3', ['10.0.0.0/8'], true],
  ['10.1.2.3', ['10.2.0.0/16'], false],
  ['169.254.169.254', ['10.0.0.0/8'], false],
  ['172.31.0.1', [], false],
  ['192.168.1.1', [], false],
  ['100.100.100.200', [], false],
  ['0.0.0.0', [], false],
  ['::1', [], false],
  ['::', [], false],
  ['fd00:ec2::254', [], false],
  ['fd00::1', ['fd00::/8'], true],
  ['fe80::1', [], false],
  ['::ffff:127.0.0.1', [], false],
  ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
  ['::ffff:7f00:1', [], false],
  ['64:ff9b::a9fe:a9fe', [], false],
  ['2002:7f00:1::', [], false],
];
for (const [address, named, may] of rows) {
  test(`${address} with [${named.join(', ')}]`, () => {
    assert.equal(mayConnectTo(address, ranges(named)), may);
  });
}

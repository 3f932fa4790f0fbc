import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendType } from './backend.ts';
import { FrontendType } from './frontend.ts';
import { backendBytesMax, frontendBytesMax, largeBytesMax } from './limits.ts';

test('every type that exists has a limit, and no other', () => {
  for (const [types, limit] of [
    [FrontendType, frontendBytesMax(1_000_000)],
    [BackendType, backendBytesMax()],
  ] as const) {
    const known = new Set<number>(Object.values(types));
    for (let type = 0; type < 256; type++) {
      assert.equal(limit(type) > 0, known.has(type), `type ${type}`);
    }
  }
});

const limits: readonly (readonly [string, number, number])[] = [
  ['Query: the gateway’s own', frontendBytesMax(1_000_000)(FrontendType.Query), 1_000_000],
  ['Query: never over PostgreSQL’s', frontendBytesMax(Infinity)(FrontendType.Query), largeBytesMax],
  ['CopyData from a client', frontendBytesMax(10)(FrontendType.CopyData), largeBytesMax],
  ['Sync', frontendBytesMax(1_000_000)(FrontendType.Sync), 10_000],
  ['password', frontendBytesMax(1_000_000)(FrontendType.Password), 65_535],
  ['DataRow', backendBytesMax()(BackendType.DataRow), largeBytesMax],
  ['ReadyForQuery', backendBytesMax()(BackendType.ReadyForQuery), 30_000],
];

for (const [name, actual, expected] of limits) {
  test(name, () => assert.equal(actual, expected));
}

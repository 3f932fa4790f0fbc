import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { likeness } from './likeness.ts';

const rows: readonly [protocol: string, text: string, like: string][] = [
  [
    'postgres',
    "SELECT * FROM users WHERE name = 'Ada' AND id = 7",
    "SELECT * FROM users WHERE name = '' AND id = 0",
  ],
  ['postgres', 'SELECT *\n  FROM users\n WHERE id = $1', 'SELECT * FROM users WHERE id = $1'],
  ['postgres', `SELECT '${'x'.repeat(20_000)}'`, `SELECT '${'x'.repeat(392)}…`],
  ['http', 'GET /v1/customers/7', 'GET /v1/customers/…'],
  ['http', 'GET /v2/users/5b1f0c3a/cards?full=1&q=a%20b', 'GET /v2/users/…/cards?full=…&q=…'],
  ['http', 'DELETE /v1/orders', 'DELETE /v1/orders'],
  ['mcp', 'tools/call add_2', 'tools/call add_2'],
];

describe('what commands have in common', () => {
  for (const [protocol, text, like] of rows) {
    test(like.slice(0, 60), () => assert.equal(likeness(text, protocol), like));
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeEffects } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import { commandOfText } from './command.ts';

describe('a request as a text', () => {
  const rows: readonly (readonly [text: string, effect: string, shown: string])[] = [
    ['GET /v1/customers/7?full=1', 'read.GET /v1/customers/7', 'GET /v1/customers/7?full=1'],
    [' DELETE  /v1/%75sers ', 'write.DELETE /v1/users', 'DELETE /v1/users'],
    ['OPTIONS /', 'session.OPTIONS /', 'OPTIONS /'],
    ['WEBSOCKET /live', 'write.WEBSOCKET /live', 'WEBSOCKET /live'],
  ];
  for (const [text, effect, shown] of rows) {
    test(text, () => {
      const command = commandOfText(text);
      assert.deepEqual([describeEffects(command.effects), command.text], [[effect], shown]);
    });
  }

  for (const text of [
    '',
    'SELECT 1',
    'GET',
    'GET v1',
    'get /v1',
    'PURGE /v1',
    'GET /a/../b',
    'GET /a b',
    'GET //a',
  ]) {
    test(`none: ${text}`, () => {
      assert.throws(
        () => commandOfText(text),
        (error) => error instanceof SallyportError && error.code === 'syntax',
      );
    });
  }
});

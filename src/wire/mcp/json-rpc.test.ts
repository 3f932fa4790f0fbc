import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonical, depthMax } from './exact-json.ts';
import { batchMax, messageText, readFromClient, readFromServer, RpcFault } from './json-rpc.ts';

const one = (text: string): unknown => readFromClient(Buffer.from(text)).messages[0];
const method = '"jsonrpc":"2.0","method":"a/b"';

describe('what a client sends', () => {
  const taken: readonly (readonly [text: string, message: unknown])[] = [
    [`{"id":1,${method}}`, { kind: 'request', id: 1, method: 'a/b', params: {} }],
    [
      `{"id":"1",${method},"params":{"x":[1.5,"y"]}}`,
      { kind: 'request', id: '1', method: 'a/b', params: { x: [1.5, 'y'] } },
    ],
    [`{${method}}`, { kind: 'notification', method: 'a/b', params: {} }],
    ['{"jsonrpc":"2.0","id":1,"result":{}}', { kind: 'response', id: 1, outcome: { result: {} } }],
    [
      '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}',
      { kind: 'response', id: 1, outcome: { error: { code: 1, message: 'x' } } },
    ],
  ];
  for (const [text, message] of taken) test(text, () => assert.deepEqual(one(text), message));

  const refused: readonly (readonly [text: string, why: RegExp])[] = [
    ['', /no JSON/],
    ['{', /no JSON/],
    ['1', /a message is an object/],
    ['[]', /1 to 50 messages/],
    [
      `[${Array.from({ length: batchMax + 1 }, (_, id) => `{"id":${id},${method}}`).join()}]`,
      /1 to 50 messages/,
    ],
    ['{"id":1,"method":"a"}', /jsonrpc must be/],
    [`{"id":1.5,${method}}`, /an id is an integer/],
    [`{"id":null,${method}}`, /an id is an integer/],
    [`{"id":"${'x'.repeat(257)}",${method}}`, /an id is an integer/],
    [`{"id":1,${method},"result":{}}`, /not both/],
    [`{"id":1,${method},"params":[]}`, /params must be an object/],
    ['{"jsonrpc":"2.0","id":1,"method":"a b"}', /cannot be a method/],
    ['{"jsonrpc":"2.0","id":1}', /either result or error/],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"y"}}', /a code and a message/],
    [`{"id":1,${method},"params":{"x":${'['.repeat(depthMax)}${']'.repeat(depthMax)}}}`, /nested more than/],
    [`{"id":1,${method},"params":{"x":12345678901234567890}}`, /not exact/],
    [`{"id":1,${method},"params":{"a":{"K":1,"\u212a":2}}}`, /differ in letters alone/],
  ];
  for (const [text, why] of refused) {
    test(`refused: ${text.slice(0, 60)}`, () => {
      assert.throws(
        () => one(text),
        (error) => error instanceof RpcFault && why.test(error.message),
      );
    });
  }

  test('bytes that are no UTF-8', () => {
    assert.throws(() => readFromClient(Buffer.from([0x22, 0xff, 0x22])), RpcFault);
  });
});

test('what a server sends keeps its digits, and loses what nobody knows', () => {
  const [message] = readFromServer(
    '{"jsonrpc":"2.0","id":1,"x":1,"result":{"id":12345678901234567890,"price":1.10}}',
  );
  assert.ok(message);
  assert.equal(
    messageText(message),
    '{"jsonrpc":"2.0","id":1,"result":{"id":12345678901234567890,"price":1.10}}',
  );
});

test('equal values have one spelling', () => {
  assert.equal(canonical({ b: [{ d: 1, c: 2 }], a: 'x' }), '{"a":"x","b":[{"c":2,"d":1}]}');
});

test('whatever comes is a message or a fault', () => {
  const some = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((text) => `{"jsonrpc":"2.0","id":1,"method":"a","params":${text}}`),
  );
  fc.assert(
    fc.property(some, (text) => {
      for (const read of [() => readFromClient(Buffer.from(text)), () => readFromServer(text)]) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof RpcFault, String(error));
        }
      }
    }),
  );
});

test('a message that was read is read again as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (params) => {
      const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'a', params });
      try {
        const [message] = readFromClient(Buffer.from(text)).messages;
        assert.ok(message);
        assert.deepEqual(one(messageText(message)), message);
      } catch (error) {
        assert.ok(error instanceof RpcFault, String(error));
      }
    }),
  );
});

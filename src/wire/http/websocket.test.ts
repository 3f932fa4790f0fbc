import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  acceptFor,
  closePayload,
  isWebSocketKey,
  WebSocketFault,
  webSocketFrame,
  WebSocketReader,
} from './websocket.ts';
import type { WebSocketMessage } from './websocket.ts';

const bytesMax = 100_000;
const key = Buffer.from([1, 2, 3, 4]);

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

function read(bytes: Buffer, isMasked = false, cut = bytes.length): WebSocketMessage[] {
  const reader = new WebSocketReader({ isMasked, bytesMax });
  const found: WebSocketMessage[] = [];
  for (let at = 0; at < bytes.length; at += cut) found.push(...reader.push(bytes.subarray(at, at + cut)));
  return found;
}

// RFC 6455 §5.7 has these.
describe('frames', () => {
  const hello = { kind: 'text', data: Buffer.from('Hello') } as const;
  const rows: readonly (readonly [
    title: string,
    bytes: string,
    isMasked: boolean,
    messages: readonly WebSocketMessage[],
  ])[] = [
    ['a text', '81 05 48656c6c6f', false, [hello]],
    ['a masked text', '81 85 37fa213d 7f9f4d5158', true, [hello]],
    ['a text in two parts', '01 03 48656c 80 02 6c6f', false, [hello]],
    ['a ping', '89 05 48656c6c6f', false, [{ kind: 'ping', data: Buffer.from('Hello') }]],
    [
      'a ping amid a text',
      '01 03 48656c 89 00 80 02 6c6f',
      false,
      [{ kind: 'ping', data: Buffer.alloc(0) }, hello],
    ],
    ['a close', '88 00', false, [{ kind: 'close', code: undefined, reason: '' }]],
    ['a close with a code', '88 04 03e8 6f6b', false, [{ kind: 'close', code: 1000, reason: 'ok' }]],
    ['a character cut in two', '01 01 c3 80 01 a9', false, [{ kind: 'text', data: Buffer.from('é') }]],
    ['half a frame', '81 05 4865', false, []],
  ];
  for (const [title, bytes, isMasked, messages] of rows) {
    test(title, () => {
      assert.deepEqual(read(hex(bytes), isMasked), messages);
      assert.deepEqual(read(hex(bytes), isMasked, 1), messages, 'byte by byte');
    });
  }

  test('what is written is read, in any pieces', () => {
    const message = fc.record({
      kind: fc.constantFrom('text', 'binary'),
      text: fc.string({ unit: 'grapheme' }),
      times: fc.constantFrom(1, 20, 3000),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 70_000 }),
        (all, isMasked, cut) => {
          const messages = all.map(({ kind, text, times }): WebSocketMessage => ({
            kind: kind === 'text' ? 'text' : 'binary',
            data: Buffer.from(text.repeat(times)).subarray(0, kind === 'text' ? undefined : 70_000),
          }));
          const fitting = messages.filter((one) => 'data' in one && one.data.length <= bytesMax);
          const bytes = fitting.map((one) =>
            one.kind === 'close'
              ? Buffer.alloc(0)
              : webSocketFrame(one.kind, one.data, isMasked ? key : undefined),
          );
          assert.deepEqual(read(Buffer.concat(bytes), isMasked, cut), fitting);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('random bytes are read or refused, and no other error comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isMasked) => {
        try {
          read(Buffer.from(bytes), isMasked, 7);
        } catch (error) {
          assert.ok(error instanceof WebSocketFault);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('refused', () => {
  const rows: readonly (readonly [title: string, bytes: string, isMasked: boolean, code: number])[] = [
    ['a server that masks', '81 85 37fa213d 7f9f4d5158', false, 1002],
    ['a client that does not', '81 05 48656c6c6f', true, 1002],
    ['a compressed message', 'c1 01 00', false, 1002],
    ['an unknown opcode', '83 00', false, 1002],
    ['an unknown control opcode', '8b 00', false, 1002],
    ['a continuation of nothing', '80 01 61', false, 1002],
    ['a message amid a message', '01 01 61 81 01 62', false, 1002],
    ['a ping in two parts', '09 00', false, 1002],
    ['a ping that is long', '89 7e 007e', false, 1002],
    ['a length of 16 bits that needs 7', '81 7e 0005', false, 1002],
    ['a length of 64 bits that needs 16', '81 7f 0000000000000005', false, 1002],
    ['a length with the highest bit', '82 7f 8000000000000000', false, 1002],
    ['a message over the limit', '82 7f 00000000000186a1', false, 1009],
    ['no UTF-8', '81 02 c328', false, 1007],
    ['a close of one byte', '88 01 03', false, 1002],
    ['a close with a code that is none', '88 02 03ed', false, 1002],
    ['a close whose reason is no UTF-8', '88 04 03e8 c328', false, 1007],
  ];
  for (const [title, bytes, isMasked, code] of rows) {
    test(title, () => {
      assert.throws(() => read(hex(bytes), isMasked), { name: 'WebSocketFault', code });
    });
  }

  test('a message that grows over the limit part by part', () => {
    const part = Buffer.concat([hex('00 7e ffff'), Buffer.alloc(65_535)]);
    part[0] = 0x02;
    const more = Buffer.from(part);
    more[0] = 0x00;
    assert.throws(() => read(Buffer.concat([part, more])), { code: 1009 });
  });
});

test('the handshake of RFC 6455 §1.3', () => {
  assert.equal(acceptFor('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  assert.ok(isWebSocketKey('dGhlIHNhbXBsZSBub25jZQ=='));
  for (const text of ['', 'x', 'dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25jZQ==, x'])
    assert.ok(!isWebSocketKey(text));
});

test('a long reason is cut between two characters', () => {
  const payload = closePayload(1008, 'é'.repeat(100));
  assert.equal(payload.length, 124);
  assert.equal(payload.subarray(2).toString(), 'é'.repeat(61));
});

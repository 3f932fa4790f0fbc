import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  eventCharsMax,
  EventStreamFault,
  EventStreamReader,
  eventText,
  type StreamEvent,
} from './event-stream.ts';

function read(bytes: Uint8Array, cut = bytes.length): StreamEvent[] {
  const reader = new EventStreamReader();
  const found: StreamEvent[] = [];
  for (let at = 0; at < bytes.length; at += cut) found.push(...reader.push(bytes.subarray(at, at + cut)));
  return found;
}

const plain = { id: undefined, event: undefined, retryMs: undefined };

// HTML §9.2.6
describe('events', () => {
  const rows: readonly (readonly [what: string, stream: string, events: readonly StreamEvent[]])[] = [
    ['one', 'data: x\n\n', [{ ...plain, data: 'x' }]],
    ['without a space', 'data:x\n\n', [{ ...plain, data: 'x' }]],
    ['of several lines', 'data: x\ndata\ndata: y\n\n', [{ ...plain, data: 'x\n\ny' }]],
    [
      'with all fields',
      'id: 7\nevent: e\nretry: 500\ndata: x\n\n',
      [{ id: '7', event: 'e', retryMs: 500, data: 'x' }],
    ],
    ['without data', 'id: 7\n\n', []],
    ['with empty data', 'id: 7\ndata: \n\n', [{ ...plain, id: '7', data: '' }]],
    ['after a comment', ': hello\n\ndata: x\n\n', [{ ...plain, data: 'x' }]],
    [
      'ended by CR',
      'data: x\r\rdata: y\r\r',
      [
        { ...plain, data: 'x' },
        { ...plain, data: 'y' },
      ],
    ],
    [
      'ended by CR and LF',
      'data: x\r\n\r\ndata: y\r\n\r\n',
      [
        { ...plain, data: 'x' },
        { ...plain, data: 'y' },
      ],
    ],
    ['after a byte order mark', '\ufeffdata: x\n\n', [{ ...plain, data: 'x' }]],
    ['not ended', 'data: x\n', []],
  ];
  for (const [what, stream, events] of rows) {
    test(what, () => {
      const bytes = Buffer.from(stream);
      for (const cut of [bytes.length, 1, 2, 3]) assert.deepEqual(read(bytes, cut), events, `cut ${cut}`);
    });
  }
});

test('one that is too long is a fault', () => {
  const reader = new EventStreamReader();
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  assert.throws(() => {
    for (let bytes = 0; bytes <= eventCharsMax; bytes += chunk.length) reader.push(chunk);
  }, EventStreamFault);
  const lines = new EventStreamReader();
  const line = Buffer.from(`data: ${'x'.repeat(1024 * 1024)}\n`);
  assert.throws(() => {
    for (let bytes = 0; bytes <= eventCharsMax; bytes += line.length) lines.push(line);
  }, EventStreamFault);
});

test('a long stream of short ones is none', () => {
  const reader = new EventStreamReader();
  const chunk = Buffer.from(`data: ${'x'.repeat(100_000)}\n\n`);
  let count = 0;
  for (let bytes = 0; bytes <= 2 * eventCharsMax; bytes += chunk.length) count += reader.push(chunk).length;
  assert.ok(count > 300);
});

test('what was written is read as it was, in whatever chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 20 }), (values, cut) => {
      const texts = values.map((value) => JSON.stringify(value));
      const bytes = Buffer.from(texts.map((text) => eventText(text, { id: 'a' })).join(''));
      assert.deepEqual(
        read(bytes, cut).map(({ data }) => data),
        texts,
      );
    }),
  );
});

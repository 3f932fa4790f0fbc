import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WireError } from '../bytes.ts';
import * as login from './backend-login.ts';
import * as backend from './backend.ts';
import { FrameSplitter, StartupSplitter } from './frames.ts';
import type { FrameSink } from './frames.ts';
import * as frontend from './frontend.ts';

/** A stream cut into chunks at arbitrary places, empty chunks among them. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b);
  const starts = [0, ...sorted];
  return starts.map((start, index) => stream.subarray(start, sorted[index] ?? stream.length));
}

const places = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 12 });

/** One message with a body of any size, now and then one long enough to be streamed. */
const message = fc
  .record({
    type: fc.constantFrom(0x44, 0x51, 0x64),
    size: fc.oneof(
      { weight: 8, arbitrary: fc.nat({ max: 40 }) },
      { weight: 1, arbitrary: fc.nat({ max: 80_000 }) },
    ),
    fill: fc.nat({ max: 255 }),
  })
  .map(({ type, size, fill }) => {
    const bytes = Buffer.alloc(5 + size, fill);
    bytes[0] = type;
    bytes.writeInt32BE(4 + size, 1);
    return bytes;
  });

/** What a sink was given: each message's bytes, whether they came whole or in pieces. */
class Seen implements FrameSink {
  readonly messages: Buffer[] = [];
  readonly #pauseEvery: number;
  #pieces: Buffer[] = [];

  constructor(pauseEvery = 0) {
    this.#pauseEvery = pauseEvery;
  }

  frame(type: number, buffer: Buffer, start: number, end: number): false | void {
    assert.equal(this.#pieces.length, 0, 'a message inside another');
    assert.equal(type, buffer[start]);
    this.messages.push(Buffer.from(buffer.subarray(start, end)));
    if (this.#pauseEvery > 0 && this.messages.length % this.#pauseEvery === 0) return false;
  }

  piece(type: number, bytes: Buffer, first: boolean, last: boolean): void {
    assert.equal(first, this.#pieces.length === 0);
    if (first) assert.ok(bytes.length >= 5 && bytes[0] === type);
    this.#pieces.push(Buffer.from(bytes));
    if (!last) return;
    this.messages.push(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }
}

function splitter(streaming: boolean): FrameSplitter {
  return new FrameSplitter({
    side: 'upstream',
    bytesMax: () => 100_000,
    streamed: (type) => streaming && type === 0x44,
  });
}

test('the same messages whatever the chunking, streamed or not, paused or not', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 12 }),
      places,
      fc.boolean(),
      fc.nat({ max: 3 }),
      (messages, cuts, streaming, pauseEvery) => {
        const frames = splitter(streaming);
        const seen = new Seen(pauseEvery);
        for (const chunk of cut(Buffer.concat(messages), cuts)) {
          const reused = Buffer.from(chunk);
          frames.push(reused, seen);
          reused.fill(0xee);
          if (chunk.length % 2 === 0) frames.resume(seen);
        }
        while (frames.paused) frames.resume(seen);
        assert.deepEqual(seen.messages, messages);
        assert.equal(frames.bufferedBytes, 0);
      },
    ),
    { numRuns: 300 },
  );
});

test('any bytes: the same messages and the same end, whatever the chunking, and only WireError', () => {
  const run = (chunks: readonly Buffer[]): { messages: Buffer[]; error: string | undefined } => {
    const frames = splitter(false);
    const seen = new Seen();
    try {
      for (const chunk of chunks) frames.push(chunk, seen);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { messages: seen.messages, error: error.message };
    }
    return { messages: seen.messages, error: undefined };
  };
  // Small lengths, so that many a stream is one of several messages before it breaks.
  const bytes = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 12 }), fc.nat({ max: 255 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(bytes, places, (input, cuts) => {
      const stream = Buffer.from(input);
      assert.deepEqual(run(cut(stream, cuts)), run([stream]));
    }),
    { numRuns: 1000 },
  );
});

test('startup packets: the same whatever the chunking, and only WireError', () => {
  const run = (chunks: readonly Buffer[]): Buffer | string | undefined => {
    const startup = new StartupSplitter();
    try {
      for (const chunk of chunks) {
        const split = startup.push(chunk);
        if (split !== undefined) return split.packet;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return error.message;
    }
    return undefined;
  };
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 60 }), places, (length, body, cuts) => {
      const stream = Buffer.concat([Buffer.from([0, 0, 0, length]), body]);
      assert.deepEqual(run(cut(stream, cuts)), run([stream]));
    }),
  );
});

type Decode = (buffer: Buffer, start: number, end: number) => unknown;
const F = frontend.FrontendType;
const B = backend.BackendType;
const visited: Decode = (buffer, start, end) => {
  const fields: (string | null)[] = [];
  backend.forEachField(buffer, start, end, (_index, valueStart, valueLength) => {
    assert.ok(valueStart >= start + 7 && valueStart + Math.max(0, valueLength) <= end);
    fields.push(valueLength === -1 ? null : buffer.toString('hex', valueStart, valueStart + valueLength));
  });
  return fields;
};

const decoders: readonly (readonly [string, number, 'client' | 'upstream', Decode])[] = [
  ['Query', F.Query, 'client', frontend.decodeQuery],
  ['Parse', F.Parse, 'client', frontend.decodeParse],
  ['Bind', F.Bind, 'client', frontend.decodeBind],
  ['Describe', F.Describe, 'client', frontend.decodeDescribe],
  ['Close', F.Close, 'client', frontend.decodeClose],
  ['Execute', F.Execute, 'client', frontend.decodeExecute],
  ['FunctionCall', F.FunctionCall, 'client', frontend.decodeFunctionCall],
  ['PasswordMessage', F.Password, 'client', frontend.decodePassword],
  ['SASLInitialResponse', F.Password, 'client', frontend.decodeSASLInitialResponse],
  ['SASLResponse', F.Password, 'client', frontend.decodeSASLResponse],
  ['CopyFail', F.CopyFail, 'client', frontend.decodeCopyFail],
  ['Authentication', B.Authentication, 'upstream', login.decodeAuthentication],
  ['ParameterStatus', B.ParameterStatus, 'upstream', backend.decodeParameterStatus],
  ['BackendKeyData', B.BackendKeyData, 'upstream', login.decodeBackendKeyData],
  ['ReadyForQuery', B.ReadyForQuery, 'upstream', backend.decodeReadyForQuery],
  ['RowDescription', B.RowDescription, 'upstream', backend.decodeRowDescription],
  ['ParameterDescription', B.ParameterDescription, 'upstream', backend.decodeParameterDescription],
  ['DataRow', B.DataRow, 'upstream', visited],
  ['CommandComplete', B.CommandComplete, 'upstream', backend.decodeCommandComplete],
  ['ErrorResponse', B.ErrorResponse, 'upstream', backend.decodeErrorFields],
  ['NoticeResponse', B.NoticeResponse, 'upstream', backend.decodeErrorFields],
  ['NotificationResponse', B.NotificationResponse, 'upstream', backend.decodeNotification],
  ['CopyOutResponse', B.CopyOutResponse, 'upstream', backend.decodeCopyResponse],
  ['NegotiateProtocolVersion', B.NegotiateProtocolVersion, 'upstream', login.decodeNegotiateProtocolVersion],
];

/** Bodies near what decoders look for: small counts and lengths, -1, letters, NULs, and anything. */
const body = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '00',
        '0000',
        '0001',
        '0002',
        '00000000',
        '00000001',
        '00000003',
        'ffffffff',
        'fffffffe',
      ),
      fc.constantFrom('53', '50', '49', '6100', '616200', '0000000a', '00030000', '7fffffff', '80000000'),
      fc.nat({ max: 255 }).map((byte) => byte.toString(16).padStart(2, '0')),
    ),
    { maxLength: 24 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'hex'));

/** What a decoder says of a message that lies between other bytes. */
function outcome(decode: Decode, type: number, bytes: Buffer, around: number, side: string): unknown {
  const header = Buffer.alloc(5, type);
  header.writeInt32BE(4 + bytes.length, 1);
  const buffer = Buffer.concat([Buffer.alloc(7, around), header, bytes, Buffer.alloc(300, around)]);
  try {
    return decode(buffer, 7, 12 + bytes.length);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    assert.equal(error.side, side);
    return error.message;
  }
}

for (const [name, type, side, decode] of decoders) {
  test(`${name}: only WireError, and nothing outside the message is read`, () => {
    fc.assert(
      fc.property(body, (bytes) => {
        // Read past either end, and the two answers would differ.
        assert.deepEqual(outcome(decode, type, bytes, 0x00, side), outcome(decode, type, bytes, 0x61, side));
      }),
      { numRuns: 500 },
    );
  });
}

test('StartupMessage and CancelRequest: only WireError', () => {
  const code = fc.constantFrom('00030000', '00030002', '00020000', '04d2162e', '04d2162f', '04d21630');
  fc.assert(
    fc.property(code, body, (hex, bytes) => {
      const packet = Buffer.concat([Buffer.alloc(4), Buffer.from(hex, 'hex'), bytes]);
      packet.writeInt32BE(packet.length);
      try {
        frontend.decodeStartup(packet);
      } catch (error) {
        assert.ok(error instanceof WireError && error.side === 'client');
      }
    }),
    { numRuns: 1000 },
  );
});

test('any Bind that can be written is read back', () => {
  const values = fc.array(fc.option(fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes))), {
    maxLength: 20,
  });
  const name = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  const format = fc.constantFrom(0 as const, 1 as const);
  fc.assert(
    fc.property(
      name,
      name,
      values,
      format,
      fc.array(format),
      (portal, statement, parameters, one, resultFormats) => {
        const bind = { portal, statement, parameterFormats: [one], parameters, resultFormats };
        const encoded = frontend.encodeBind(bind);
        assert.deepEqual(frontend.decodeBind(encoded, 0, encoded.length), bind);
      },
    ),
  );
});

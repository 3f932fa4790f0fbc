import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeDataRow } from './backend.ts';
import { FrameSplitter, StartupSplitter, wholeBytesMax } from './frames.ts';
import type { FrameSink } from './frames.ts';
import { encodeQuery, encodeSSLRequest, encodeStartup, encodeSync } from './frontend.ts';

const query = 0x51;
const dataRow = 0x44;

function splitter(bytesMax = 1000): FrameSplitter {
  return new FrameSplitter({ side: 'client', bytesMax: () => bytesMax });
}

/** Copies of the messages a splitter gives, as hex or text. */
function collector(pauseAfter = Infinity): FrameSink & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    frame(type, buffer, start, end) {
      assert.equal(type, buffer[start]);
      seen.push(buffer.toString('latin1', start, end));
      return seen.length % pauseAfter === 0 ? false : undefined;
    },
  };
}

function text(...messages: readonly Buffer[]): string[] {
  return messages.map((message) => message.toString('latin1'));
}

const messages = [encodeQuery('select 1'), encodeSync(), encodeQuery('select 2'), encodeSync()];
const stream = Buffer.concat(messages);

test('the same messages wherever the stream is cut in two', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const sink = collector();
    const frames = splitter();
    frames.push(stream.subarray(0, cut), sink);
    frames.push(stream.subarray(cut), sink);
    assert.deepEqual(sink.seen, text(...messages));
    assert.equal(frames.bufferedBytes, 0);
  }
});

test('byte by byte, out of one chunk that is used again', () => {
  const sink = collector();
  const frames = splitter();
  const chunk = Buffer.alloc(1);
  for (const byte of stream) {
    chunk[0] = byte;
    frames.push(chunk, sink);
  }
  assert.deepEqual(sink.seen, text(...messages));
});

test('a whole chunk is given without a copy', () => {
  let given: Buffer | undefined;
  splitter().push(stream, { frame: (_type, buffer) => void (given = buffer) });
  assert.equal(given, stream);
});

const lengths: readonly (readonly [string, number, 'malformed' | 'too_large'])[] = [
  ['0', 0, 'malformed'],
  ['1', 1, 'malformed'],
  ['2', 2, 'malformed'],
  ['3', 3, 'malformed'],
  ['-1', -1, 'malformed'],
  ['2^31', -0x80000000, 'malformed'],
  ['over the limit', 1001, 'too_large'],
  ['2^31 - 1', 0x7fffffff, 'too_large'],
];

for (const [name, length, reason] of lengths) {
  for (const cut of [0, 1, 4, 5]) {
    test(`length ${name} is refused, cut at ${cut}`, () => {
      const header = Buffer.alloc(5, query);
      header.writeInt32BE(length, 1);
      const frames = splitter();
      const sink = collector();
      const expected = { name: 'WireError', side: 'client', reason };
      assert.throws(() => {
        frames.push(header.subarray(0, cut), sink);
        frames.push(header.subarray(cut), sink);
      }, expected);
      assert.deepEqual(sink.seen, []);
    });
  }
}

test('a type without a limit does not exist', () => {
  assert.throws(() => splitter(0).push(encodeSync(), collector()), {
    name: 'WireError',
    message: 'a message of an unknown type',
  });
});

test('a length at the limit is taken', () => {
  const sink = collector();
  const message = encodeQuery('x'.repeat(995));
  splitter(1000).push(message, sink);
  assert.deepEqual(sink.seen, text(message));
});

test('after an error nothing more is taken', () => {
  const frames = splitter();
  const failing: FrameSink = {
    frame() {
      throw new RangeError('the sink’s own');
    },
  };
  assert.throws(() => frames.push(stream, failing), RangeError);
  const sink = collector();
  assert.throws(() => frames.push(stream, sink), { name: 'WireError' });
  assert.deepEqual(sink.seen, []);
});

test('the sink cannot push into the splitter that calls it', () => {
  const frames = splitter();
  assert.throws(() => frames.push(stream, { frame: () => frames.push(stream, collector()) }), {
    name: 'WireError',
  });
});

test('memory grows with what came, not with what was announced', () => {
  const frames = splitter(0x3ffffffe);
  const header = Buffer.alloc(5, query);
  header.writeInt32BE(0x3ffffffe, 1);
  const before = process.memoryUsage().arrayBuffers;
  frames.push(header, collector());
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  assert.equal(frames.bufferedBytes, 5);
});

test('paused after a message, the rest waits for resume', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const sink = collector(1);
    const frames = splitter();
    frames.push(stream.subarray(0, cut), sink);
    frames.push(stream.subarray(cut), sink);
    assert.deepEqual(sink.seen, text(...messages.slice(0, 1)));
    assert.equal(frames.paused, true);
    assert.equal(frames.bufferedBytes, stream.length - (messages[0]?.length ?? 0));
    for (let number = 2; number <= messages.length; number++) {
      frames.resume(sink);
      assert.deepEqual(sink.seen, text(...messages.slice(0, number)));
    }
    assert.equal(frames.bufferedBytes, 0);
    frames.resume(sink);
    assert.equal(frames.paused, false);
    frames.push(encodeSync(), sink);
    assert.equal(sink.seen.length, messages.length + 1);
  }
});

test('resume without a pause does nothing', () => {
  const sink = collector();
  const frames = splitter();
  frames.push(stream.subarray(0, 7), sink);
  frames.resume(sink);
  frames.push(stream.subarray(7), sink);
  assert.deepEqual(sink.seen, text(...messages));
});

interface Piece {
  readonly bytes: Buffer;
  readonly first: boolean;
  readonly last: boolean;
}

/** Pieces and whole messages in the order they came. */
function pieceCollector(): FrameSink & { readonly pieces: Piece[]; readonly frames: string[] } {
  const pieces: Piece[] = [];
  const frames: string[] = [];
  return {
    pieces,
    frames,
    frame(_type, buffer, start, end) {
      frames.push(buffer.toString('latin1', start, end));
    },
    piece(type, bytes, first, last) {
      assert.equal(type, dataRow);
      pieces.push({ bytes: Buffer.from(bytes), first, last });
    },
  };
}

function rowSplitter(): FrameSplitter {
  return new FrameSplitter({
    side: 'upstream',
    bytesMax: () => 0x3ffffffe,
    streamed: (type) => type === dataRow,
  });
}

const hugeRow = encodeDataRow([Buffer.alloc(300_000, 'x')]);
const smallRow = encodeDataRow([Buffer.from('y')]);

test('a huge row comes in pieces, its neighbours whole, and nothing is kept', () => {
  const rows = Buffer.concat([smallRow, hugeRow, smallRow]);
  for (const chunkBytes of [3, 5, 1000, 65_536, 299_999]) {
    const sink = pieceCollector();
    const frames = rowSplitter();
    for (let at = 0; at < rows.length; at += chunkBytes) {
      frames.push(rows.subarray(at, at + chunkBytes), sink);
      assert.ok(frames.bufferedBytes < smallRow.length);
    }
    assert.deepEqual(sink.frames, text(smallRow, smallRow));
    assert.deepEqual(Buffer.concat(sink.pieces.map(({ bytes }) => bytes)), hugeRow);
    assert.ok((sink.pieces[0]?.bytes.length ?? 0) >= 5);
    const flags = sink.pieces.map(({ first, last }) => `${first} ${last}`);
    const middle = Array.from({ length: flags.length - 2 }, () => 'false false');
    assert.deepEqual(flags, ['true false', ...middle, 'false true']);
  }
});

test('a huge row that lies whole in its chunk comes whole', () => {
  const sink = pieceCollector();
  rowSplitter().push(hugeRow, sink);
  assert.deepEqual(sink.frames, text(hugeRow));
  assert.equal(sink.pieces.length, 0);
});

test('a row of 64 KiB is kept, one byte more is streamed', () => {
  const atLimit = encodeDataRow([Buffer.alloc(wholeBytesMax - 11)]);
  assert.equal(atLimit.length, wholeBytesMax);
  const over = encodeDataRow([Buffer.alloc(wholeBytesMax - 10)]);
  for (const [row, kept] of [
    [atLimit, 100],
    [over, 0],
  ] as const) {
    const sink = pieceCollector();
    const frames = rowSplitter();
    frames.push(row.subarray(0, 100), sink);
    assert.equal(frames.bufferedBytes, kept);
  }
});

test('without a place for pieces a huge row is kept whole', () => {
  const sink = collector();
  const frames = rowSplitter();
  frames.push(hugeRow.subarray(0, 100_000), sink);
  assert.equal(frames.bufferedBytes, 100_000);
  frames.push(hugeRow.subarray(100_000), sink);
  assert.deepEqual(sink.seen, text(hugeRow));
});

test('a huge row behind a pause comes in pieces once resumed', () => {
  const frames = rowSplitter();
  const pausing = collector(1);
  frames.push(Buffer.concat([smallRow, hugeRow.subarray(0, 100_000)]), pausing);
  const sink = pieceCollector();
  frames.resume(sink);
  assert.equal(frames.bufferedBytes, 0);
  frames.push(hugeRow.subarray(100_000), sink);
  assert.deepEqual(Buffer.concat(sink.pieces.map(({ bytes }) => bytes)), hugeRow);
});

test('startup packets one after another, wherever cut', () => {
  const ssl = encodeSSLRequest();
  const startup = encodeStartup([['user', 'anna']]);
  const bytes = Buffer.concat([ssl, startup, Buffer.from('rest')]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const packets: Buffer[] = [];
    const packetSplitter = new StartupSplitter();
    let rest = Buffer.alloc(0);
    for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      rest = Buffer.concat([rest, chunk]);
      while (packets.length < 2) {
        const split = packetSplitter.push(rest);
        rest = Buffer.from(split?.rest ?? '');
        if (split === undefined) break;
        packets.push(split.packet);
      }
    }
    assert.deepEqual(packets, [ssl, startup]);
    assert.equal(rest.toString(), 'rest');
    assert.equal(packetSplitter.bufferedBytes, 0);
  }
});

for (const length of [-1, 0, 3, 4, 7, 10_005, 0x16030100]) {
  test(`a startup packet of length ${length} is refused`, () => {
    const packet = Buffer.alloc(20);
    packet.writeInt32BE(length);
    assert.throws(() => new StartupSplitter().push(packet), { name: 'WireError', side: 'client' });
  });
}

test('the largest startup packet is taken', () => {
  const packet = Buffer.alloc(10_004);
  packet.writeInt32BE(10_004);
  assert.equal(new StartupSplitter().push(packet)?.packet.length, 10_004);
});

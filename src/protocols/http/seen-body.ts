import { SallyportError } from '../../core/errors.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { EchoFilter } from '../../masking/echo.ts';
import { JsonStream } from '../../masking/json-stream.ts';
import { JsonWindows } from '../../masking/json-windows.ts';
import { TextWindows } from '../../masking/text-windows.ts';
import type { BodyKind } from '../../wire/http/media-type.ts';

/** What the client saw of an answer, for the record. */
export interface Seen {
  bytes: number;
  masked: number;
  /** Its beginning, up to so many bytes. */
  readonly first: Buffer[];
  readonly firstBytesMax: number;
}

interface Passing {
  readonly mask: AnswerMask;
  readonly echo: EchoFilter;
  readonly seen: Seen;
}

/** A longer body is looked into as it comes. */
const shortBytesMax = 1024 * 1024;
/** Of a line, which is looked into as a whole. */
const lineBytesMax = 16 * 1024 * 1024;

/** A body as the client may see it. */
export async function* seenBody(
  source: AsyncIterable<Buffer>,
  kind: BodyKind,
  passing: Passing,
): AsyncGenerator<Buffer, void> {
  const { echo, seen } = passing;
  const push = echo.stream();
  for await (const chunk of masked(source, kind, passing)) yield* told(push(chunk), seen);
  yield* told(push(undefined), seen);
}

function* told(chunk: Buffer, seen: Seen): Generator<Buffer> {
  if (chunk.length === 0) return;
  const kept = seen.first.reduce((sum, { length }) => sum + length, 0);
  if (kept < seen.firstBytesMax) seen.first.push(chunk.subarray(0, seen.firstBytesMax - kept));
  seen.bytes += chunk.length;
  yield chunk;
}

function masked(source: AsyncIterable<Buffer>, kind: BodyKind, passing: Passing): AsyncIterable<Buffer> {
  switch (kind) {
    case 'json':
      return shortOrLong(source, (document) => cleanJson(document, passing), longJson(passing));
    case 'text':
      return shortOrLong(source, (text) => cleanText(text, passing), longText(passing));
    case 'json-lines':
      return pieces(source, newline, (line) => cleanJson(line, passing));
    case 'events':
      return pieces(source, newline, (line) => cleanEventLine(line, passing));
    case 'other':
      return source;
  }
}

/** What is too long to be kept, as it comes: `push` gives what may be shown so far, `end` the last of it. */
interface Long {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** A body that is short is looked into as a whole. */
async function* shortOrLong(
  source: AsyncIterable<Buffer>,
  clean: (body: Buffer) => Buffer,
  long: () => Long,
): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let passing: Long | undefined;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (passing !== undefined) {
      yield passing.push(chunk);
      continue;
    }
    chunks.push(chunk);
    if (bytes <= shortBytesMax) continue;
    passing = long();
    yield passing.push(Buffer.concat(chunks));
  }
  if (passing !== undefined) yield passing.end();
  else if (bytes > 0) yield clean(Buffer.concat(chunks));
}

function longJson({ mask, seen }: Passing): () => Long {
  return () => {
    const out = new Collected();
    const windows = mask.text && new JsonWindows(mask.text, (bytes) => out.add(bytes));
    const stream = new JsonStream(mask.places, (bytes, isMasked) => {
      if (windows === undefined) out.add(bytes);
      else windows.push(bytes, isMasked);
    });
    return {
      push(chunk) {
        stream.push(chunk);
        return out.take();
      },
      end() {
        stream.end();
        windows?.end();
        seen.masked += stream.masked + (windows?.found ?? 0);
        return out.take();
      },
    };
  };
}

function longText({ mask, seen }: Passing): () => Long {
  return () => {
    const out = new Collected();
    const windows = mask.text && new TextWindows(mask.text, (bytes) => out.add(Buffer.from(bytes)));
    return {
      push(chunk) {
        if (windows === undefined) return chunk;
        windows.push(chunk);
        return out.take();
      },
      end() {
        windows?.end();
        seen.masked += windows?.found ?? 0;
        return out.take();
      },
    };
  };
}

/** What was given out, until it is taken. */
class Collected {
  #parts: Buffer[] = [];

  add(bytes: Buffer): void {
    this.#parts.push(bytes);
  }

  take(): Buffer {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    return bytes;
  }
}

const newline = 0x0a;

/** Piece by piece, each as soon as it has ended; the end itself stays. */
async function* pieces(
  source: AsyncIterable<Buffer>,
  end: number,
  clean: (piece: Buffer) => Buffer,
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, from)) {
      const piece = Buffer.concat([...rest, chunk.subarray(from, at)]);
      [rest, restBytes, from] = [[], 0, at + 1];
      yield Buffer.concat([clean(piece), chunk.subarray(at, at + 1)]);
    }
    if (from === chunk.length) continue;
    rest.push(Buffer.from(chunk.subarray(from)));
    restBytes += chunk.length - from;
    if (restBytes > lineBytesMax) throw tooLarge();
  }
  if (restBytes > 0) yield clean(Buffer.concat(rest));
}

function cleanJson(document: Buffer, { mask, seen }: Passing): Buffer {
  if (document.every((byte) => byte <= 0x20)) return document;
  const found = mask.json?.clean(document);
  seen.masked += found?.count ?? 0;
  return found === undefined ? document : (found.value ?? Buffer.alloc(0));
}

function cleanText(text: Buffer, { mask, seen }: Passing): Buffer {
  if (mask.text === undefined || !mask.text.mayContain(text, 0, text.length)) return text;
  const cleaned = mask.text.apply(text.toString('latin1'), 'latin1');
  seen.masked += cleaned.found;
  return cleaned.found === 0 ? text : Buffer.from(cleaned.text, 'latin1');
}

/**
 * A line of an event stream (HTML §9.2). Data that is JSON is so on each line of it; where it is spread over lines, what
 * cannot be read as JSON goes, if anything is hidden in it.
 */
function cleanEventLine(line: Buffer, passing: Passing): Buffer {
  const data = /^data: ?/.exec(line.toString('latin1', 0, 6))?.[0];
  if (data === undefined) return cleanText(line, passing);
  const value = line.subarray(data.length);
  const clean =
    passing.mask.wantsJson || /^\s*[[{"]/.test(value.toString('latin1', 0, 64)) ? cleanJson : cleanText;
  return Buffer.concat([line.subarray(0, data.length), clean(value, passing)]);
}

function tooLarge(): SallyportError {
  return new SallyportError('too_large', `Sallyport: a line may have ${lineBytesMax} bytes`, {
    hint: 'Ask for less at a time: a page, a filter, fewer fields.',
  });
}

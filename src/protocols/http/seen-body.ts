import { SallyportError } from '../../core/errors.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { EchoFilter } from '../../masking/echo.ts';
import { changedForm } from '../../masking/form-fields.ts';
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

/** What a body passes through. */
export interface Passing {
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
  for await (const chunk of masked(source, kind, passing)) {
    const shown = push(chunk);
    if (tell(shown, seen)) yield shown;
  }
  const last = push(undefined);
  if (tell(last, seen)) yield last;
}

/** The same of one that is there as a whole, and is looked into as one. */
export function seenWhole(body: Buffer, kind: BodyKind, passing: Passing): Buffer {
  const cleaned = cleanWhole(body, kind, passing);
  const { echo, seen } = passing;
  // What is covered is covered in place, and the target's own bytes are nobody else's.
  const shown = echo.isIdle ? cleaned : Buffer.from(cleaned);
  echo.body(shown);
  tell(shown, seen);
  return shown;
}

function cleanWhole(body: Buffer, kind: BodyKind, passing: Passing): Buffer {
  switch (kind) {
    case 'json':
      return cleanJson(body, passing);
    case 'text':
      return cleanText(body, passing);
    case 'form':
      return cleanForm(body, passing);
    case 'other':
      return body;
    case 'json-lines':
    case 'events':
      throw new TypeError('lines are looked into one by one');
  }
}

/** Whether there is anything to show. */
function tell(chunk: Buffer, seen: Seen): boolean {
  if (chunk.length === 0) return false;
  // All that was shown before is kept, or as much as may be.
  const left = seen.firstBytesMax - seen.bytes;
  if (left > 0) seen.first.push(chunk.length <= left ? chunk : chunk.subarray(0, left));
  seen.bytes += chunk.length;
  return true;
}

function masked(source: AsyncIterable<Buffer>, kind: BodyKind, passing: Passing): AsyncIterable<Buffer> {
  switch (kind) {
    case 'json':
      return shortOrLong(source, (document) => cleanJson(document, passing), longJson(passing));
    case 'text':
      return shortOrLong(source, (text) => cleanText(text, passing), longText(passing));
    case 'json-lines':
      return pieces(source, newline, (line) => cleanJson(line, passing));
    case 'form':
      return shortOrLong(source, (form) => cleanForm(form, passing), tooLong);
    case 'events':
      return events(source, passing);
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
    const windows = mask.text && new JsonWindows(mask.text, (bytes) => out.add(Buffer.from(bytes)));
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
    let isFirst = true;
    const windows = mask.text && new TextWindows(mask.text, (bytes) => out.add(Buffer.from(bytes)));
    return {
      push(chunk) {
        if (windows === undefined) return chunk;
        if (isFirst && wideOrder(chunk) !== undefined) throw tooWide();
        isFirst = false;
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
const carriageReturn = 0x0d;

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

function cleanForm(form: Buffer, passing: Passing): Buffer {
  return changedForm(form, (field) => {
    const cleaned = cleanJson(field, passing);
    return cleaned.length === 0 ? null : cleaned;
  });
}

function tooLong(): never {
  throw new SallyportError('too_large', `Sallyport: a form may have ${shortBytesMax} bytes`, {
    hint: 'Ask for JSON, or for less at a time.',
  });
}

function cleanText(text: Buffer, { mask, seen }: Passing): Buffer {
  if (mask.text === undefined) return text;
  const order = wideOrder(text);
  if (order !== undefined) {
    const wide = mask.text.apply(wideText(text, order));
    seen.masked += wide.found;
    return wide.found === 0 ? text : wideBytes(wide.text, order);
  }
  if (!mask.text.mayContain(text, 0, text.length)) return text;
  const cleaned = mask.text.apply(text.toString('latin1'), 'latin1');
  seen.masked += cleaned.found;
  return cleaned.found === 0 ? text : Buffer.from(cleaned.text, 'latin1');
}

type WideOrder = 'little' | 'big';

/** Tables are often exported in UTF-16, which no field says: by the mark that it begins with (RFC 2781 §3.2). */
function wideOrder(text: Buffer): WideOrder | undefined {
  if (text[0] === 0xff && text[1] === 0xfe) return 'little';
  return text[0] === 0xfe && text[1] === 0xff ? 'big' : undefined;
}

function wideText(text: Buffer, order: WideOrder): string {
  const whole = Buffer.from(text.subarray(0, text.length - (text.length % 2)));
  return (order === 'little' ? whole : whole.swap16()).toString('utf16le');
}

function wideBytes(text: string, order: WideOrder): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return order === 'little' ? bytes : bytes.swap16();
}

/**
 * An event stream (HTML §9.2), event by event: its data is what stands on all of its data lines together. Lines may end
 * with CR alone.
 */
async function* events(source: AsyncIterable<Buffer>, passing: Passing): AsyncGenerator<Buffer> {
  let data: Buffer[] = [];
  let dataBytes = 0;
  const take = (): Buffer => {
    const cleaned = cleanData(data, passing);
    [data, dataBytes] = [[], 0];
    return cleaned;
  };
  for await (const line of eventLines(source)) {
    const field = dataField.exec(line.toString('latin1', 0, 7))?.[0];
    if (field === undefined) {
      yield Buffer.concat([...(line.length === 0 ? [take()] : []), cleanText(line, passing), lineEnd]);
      continue;
    }
    const value = line.subarray(field.length);
    data.push(value);
    dataBytes += value.length;
    if (dataBytes > lineBytesMax) throw tooLarge();
  }
  yield take();
}

const dataField = /^data(?:: ?|$)/;
const lineEnd = Buffer.from('\n');
const byteOrderMark = Buffer.from('\ufeff');

/** What is data of one event, in its lines. */
function cleanData(data: readonly Buffer[], passing: Passing): Buffer {
  if (data.length === 0) return Buffer.alloc(0);
  const value = Buffer.concat(data.flatMap((line, at) => (at === 0 ? [line] : [lineEnd, line])));
  const cleaned = cleanPiece(value, passing).toString('latin1');
  return Buffer.from(`data: ${cleaned.replaceAll('\n', '\ndata: ')}\n`, 'latin1');
}

/** A text that may be JSON; where something is hidden in JSON, what is none goes. */
export function cleanPiece(text: Buffer, passing: Passing): Buffer {
  const isJson = passing.mask.wantsJson || /^\s*[[{"]/.test(text.toString('latin1', 0, 64));
  return (isJson ? cleanJson : cleanText)(text, passing);
}

/** Without their ends, which are CR, LF or both, and without the mark at the beginning of the first. */
async function* eventLines(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let isFirst = true;
  let afterReturn = false;
  const whole = (last: Buffer): Buffer => {
    const line = Buffer.concat([...rest, last]);
    const isMarked = isFirst && line.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    [rest, restBytes, isFirst] = [[], 0, false];
    return isMarked ? line.subarray(byteOrderMark.length) : line;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      const isSecond = afterReturn && byte === newline;
      afterReturn = byte === carriageReturn;
      if (isSecond) from = at + 1;
      else if (byte === newline || afterReturn) {
        yield whole(chunk.subarray(from, at));
        from = at + 1;
      }
    }
    rest.push(Buffer.from(chunk.subarray(from)));
    restBytes += chunk.length - from;
    if (restBytes > lineBytesMax) throw tooLarge();
  }
  if (restBytes > 0) yield whole(Buffer.alloc(0));
}

function tooWide(): SallyportError {
  return new SallyportError('too_large', `Sallyport: a text in UTF-16 may have ${shortBytesMax} bytes`, {
    hint: 'Ask for UTF-8, or for less at a time.',
  });
}

function tooLarge(): SallyportError {
  return new SallyportError('too_large', `Sallyport: a line may have ${lineBytesMax} bytes`, {
    hint: 'Ask for less at a time: a page, a filter, fewer fields.',
  });
}

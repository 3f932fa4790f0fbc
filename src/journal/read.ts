import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SallyportError } from '../core/errors.ts';
import type { EventType, StampedEvent } from '../core/event.ts';
import { blockPrefix, eventPrefix, stampOf } from './chain.ts';
import { fileName, fileNumbers } from './files.ts';

export interface EventFilter {
  readonly session?: string;
  /** Only events behind this one. */
  readonly sinceSeq?: number;
  readonly types?: readonly EventType[];
  /** Not these; cheaper than leaving them out later. */
  readonly without?: readonly EventType[];
  /** Only events of this time or later, in ISO 8601 as the journal writes it. */
  readonly sinceTime?: string;
  /** Goes on with what is written later, until `signal` aborts. */
  readonly follow?: boolean;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal;
}

/** Where an event stands, so that it can be read again. */
export interface Place {
  /** The number of the file. */
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface LocatedEvent extends Place {
  readonly event: StampedEvent;
}

const chunkBytes = 1024 * 1024;
/** `seq`, `time` and `type` are within these. */
const beginningBytes = 128;
const followMs = 100;
const lineFeed = 0x0a;
const blockStart = Buffer.from(`\n${blockPrefix}`);

/**
 * Events of the journal in order. Only whole blocks are read: what a crash cut off never happened. Says nothing
 * of the chain; `verifyJournal` does.
 * @throws SallyportError `internal` where an event sought is no JSON
 */
export async function* readEvents(dir: string, filter: EventFilter = {}): AsyncIterable<StampedEvent> {
  for await (const batch of readBatches(dir, filter)) for (const { event } of batch) yield event;
}

/** The same, each with its place, and as many at once as one read of the disk brings. */
export async function* readBatches(
  dir: string,
  filter: EventFilter = {},
): AsyncIterable<readonly LocatedEvent[]> {
  const { signal, follow = false } = filter;
  let number = await firstFile(dir, filter);
  while (number !== undefined) {
    const handle = await open(join(dir, fileName(number)), 'r');
    try {
      const unread = { file: number, handle, at: 0, carry: Buffer.alloc(0), room: Buffer.alloc(0) };
      let next = await fileAfter(dir, number);
      for (;;) {
        yield* batchesOf(unread, filter);
        if (signal?.aborted === true) return;
        if (next !== undefined || !follow) break;
        await delay(followMs, undefined, signal && { signal }).catch(() => undefined);
        next = await fileAfter(dir, number);
      }
      number = next;
    } finally {
      await handle.close();
    }
  }
}

interface Unread {
  readonly file: number;
  readonly handle: FileHandle;
  at: number;
  /** Bytes behind the newest whole block. */
  carry: Buffer;
  /** What is read into, again and again: who follows reads ten times a second. */
  room: Buffer;
}

/** Up to the end that the file has now. */
async function* batchesOf(unread: Unread, filter: EventFilter): AsyncIterable<readonly LocatedEvent[]> {
  const needles = needlesOf(filter);
  for (;;) {
    if (filter.signal?.aborted === true) return;
    const wanted = Math.max(chunkBytes, unread.carry.length);
    if (unread.room.length < wanted) unread.room = Buffer.allocUnsafe(wanted);
    const chunk = unread.room;
    const { bytesRead } = await unread.handle.read(chunk, 0, chunk.length, unread.at);
    if (bytesRead === 0) return;
    unread.at += bytesRead;
    const read = chunk.subarray(0, bytesRead);
    const bytes = unread.carry.length === 0 ? read : Buffer.concat([unread.carry, read]);
    const end = wholeBlocks(bytes);
    unread.carry = Buffer.from(bytes.subarray(end));
    const base = { file: unread.file, offset: unread.at - bytes.length };
    const events = [...eventsIn(bytes.subarray(0, end), { base, needles, filter })];
    if (events.length > 0) yield events;
  }
}

/** Where the line of the newest whole block ends. */
function wholeBlocks(bytes: Buffer): number {
  const lastLine = bytes.lastIndexOf(lineFeed);
  if (lastLine < 0) return 0;
  const block = bytes.lastIndexOf(blockStart, lastLine - 1);
  return block < 0 ? 0 : bytes.indexOf(lineFeed, block + 1) + 1;
}

interface Sought {
  /** Where the bytes begin. */
  readonly base: Omit<Place, 'bytes'>;
  readonly needles: readonly Buffer[];
  readonly filter: EventFilter;
}

function* eventsIn(bytes: Buffer, { base, needles, filter }: Sought): Iterable<LocatedEvent> {
  const found = needles.map((needle) => bytes.indexOf(needle));
  for (;;) {
    const at = Math.min(...found.filter((position) => position >= 0));
    if (at === Number.POSITIVE_INFINITY) return;
    const start = at === 0 ? 0 : bytes.lastIndexOf(lineFeed, at - 1) + 1;
    const end = bytes.indexOf(lineFeed, at);
    const line = bytes.subarray(start, end);
    if (isLater(line, filter)) {
      const event = parse(line);
      const place = { file: base.file, offset: base.offset + start, bytes: end - start };
      if (passes(event, filter)) yield { event, ...place };
    }
    for (const [index, needle] of needles.entries()) {
      const position = found[index] ?? -1;
      if (position >= 0 && position < end) found[index] = bytes.indexOf(needle, end);
    }
  }
}

function parse(line: Buffer): StampedEvent {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw new SallyportError('internal', 'the journal is damaged', {
      hint: 'Run "sallyport audit verify": it says where.',
      cause,
    });
  }
}

/**
 * One of these stands in every line sought, so that the rest is never looked at. A quote inside a recorded text is
 * escaped, so no text can pass for a member.
 */
function needlesOf({ session, types }: EventFilter): readonly Buffer[] {
  if (session !== undefined) return [Buffer.from(`"session":${JSON.stringify(session)}`)];
  return types?.map((type) => Buffer.from(`"type":"${type}"`)) ?? [Buffer.from(eventPrefix)];
}

/** By what stands at the beginning of a line alone. */
function isLater(line: Buffer, { sinceSeq = 0, sinceTime = '', without = [] }: EventFilter): boolean {
  if (without.some((type) => line.subarray(0, beginningBytes).includes(`"type":"${type}",`))) return false;
  if (sinceSeq === 0 && sinceTime === '') return true;
  const stamp = stampOf(line);
  return stamp !== undefined && stamp.seq > sinceSeq && stamp.time >= sinceTime;
}

function passes(event: StampedEvent, { session, types, without }: EventFilter): boolean {
  if (types !== undefined && !types.includes(event.type)) return false;
  if (without?.includes(event.type) === true) return false;
  return session === undefined || ('session' in event && event.session === session);
}

async function fileAfter(dir: string, number: number): Promise<number | undefined> {
  return (await fileNumbers(dir)).find((other) => other > number);
}

/** The newest file that begins at or before the event sought; earlier ones need not be read. */
async function firstFile(
  dir: string,
  { sinceSeq = 0, sinceTime = '' }: EventFilter,
): Promise<number | undefined> {
  const numbers = await fileNumbers(dir);
  if (sinceSeq > 0 || sinceTime !== '') {
    for (const number of numbers.toReversed()) {
      const first = await firstStamp(dir, number);
      if (first === undefined) continue;
      // Events of the very time that a file begins with may stand at the end of the one before.
      if (first.seq <= sinceSeq + 1 || first.time < sinceTime) return number;
    }
  }
  return numbers[0];
}

/** `seq` of the oldest event that is there; undefined where there is none. */
export async function oldestSeq(dir: string): Promise<number | undefined> {
  for (const number of await fileNumbers(dir)) {
    const first = await firstStamp(dir, number);
    if (first !== undefined) return first.seq;
  }
  return undefined;
}

/** Of the first event in a file; undefined where there is none at its beginning. */
export async function firstStamp(
  dir: string,
  number: number,
): Promise<{ readonly seq: number; readonly time: string } | undefined> {
  const handle = await open(join(dir, fileName(number)), 'r');
  try {
    const bytes = Buffer.alloc(4096);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const start = bytes.subarray(0, bytesRead).indexOf(eventPrefix);
    return start < 0 ? undefined : stampOf(bytes.subarray(start));
  } finally {
    await handle.close();
  }
}

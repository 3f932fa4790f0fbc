import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SallyportError } from '../core/errors.ts';
import { blockPrefix, checkpointPrefix, parseBlock, parseCheckpoint, stampOf } from './chain.ts';
import type { ChainPoint } from './chain.ts';
import { fileName, fileNumbers } from './files.ts';

/** Bytes behind the last whole block of a file: a write that a crash cut off. */
export interface Torn {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Tail {
  readonly point: ChainPoint;
  /** Checkpoint lines behind the newest block, which the next block's hash covers. */
  readonly uncovered: string;
  /** The newest file and how many of its bytes are good. */
  readonly number: number;
  readonly length: number;
  /** Oldest first; the next block begins with an event for each. */
  readonly torn: readonly Torn[];
}

const firstWindowBytes = 64 * 1024;
const hashChunkBytes = 1024 * 1024;
const lineFeed = 0x0a;

/** Where the chain ends on disk; undefined where there is no file. Reads backwards: a start must be quick. */
export async function findTail(dir: string): Promise<Tail | undefined> {
  const numbers = await fileNumbers(dir);
  const newest = numbers.at(-1);
  if (newest === undefined) return undefined;
  const torn: Torn[] = [];
  let length: number | undefined;
  for (const number of numbers.toReversed()) {
    const end = await endOf(dir, number);
    length ??= end.length;
    if (end.torn !== undefined) torn.unshift(end.torn);
    if (end.anchor !== undefined) return { ...end.anchor, number: newest, length, torn };
  }
  throw damaged(fileName(newest));
}

type Anchor = Pick<Tail, 'point' | 'uncovered'>;
interface FileEnd {
  readonly anchor: Anchor | undefined;
  readonly length: number;
  readonly torn: Torn | undefined;
}

async function endOf(dir: string, number: number): Promise<FileEnd> {
  const file = fileName(number);
  const handle = await open(join(dir, file), 'r');
  try {
    const { size } = await handle.stat();
    const found = await lastAnchor(handle, size, file);
    const length = found?.length ?? 0;
    const torn = size === length ? undefined : { file, ...(await digest(handle, length, size)) };
    return { anchor: found?.anchor, length, torn };
  } finally {
    await handle.close();
  }
}

type Found = { readonly anchor: Anchor; readonly length: number };

async function lastAnchor(handle: FileHandle, size: number, file: string): Promise<Found | undefined> {
  for (let window = firstWindowBytes; ; window *= 8) {
    const from = Math.max(0, size - window);
    const bytes = await readRange(handle, from, size);
    const found = anchorIn(bytes, from === 0, file);
    if (found !== undefined) return { anchor: found.anchor, length: from + found.length };
    if (from === 0) return undefined;
  }
}

/** Undefined where the window shows too little. */
function anchorIn(bytes: Buffer, whole: boolean, file: string): Found | undefined {
  let end = bytes.lastIndexOf(lineFeed);
  while (end >= 0) {
    const start = lineStart(bytes, end);
    if (start === 0 && !whole) return undefined;
    const anchor = anchorAt(bytes, start, end, whole, file);
    if (anchor === 'unseen') return undefined;
    if (anchor !== undefined) return { anchor, length: end + 1 };
    end = start - 1;
  }
  return undefined;
}

function anchorAt(
  bytes: Buffer,
  start: number,
  end: number,
  whole: boolean,
  file: string,
): Anchor | 'unseen' | undefined {
  if (startsWith(bytes, start, checkpointPrefix)) {
    const line = bytes.toString('utf8', start, end);
    const checkpoint = parseCheckpoint(line);
    if (checkpoint === undefined) throw damaged(file);
    const { block, seq, hash, time } = checkpoint;
    return { point: { block, seq, hash, time }, uncovered: `${line}\n` };
  }
  if (!startsWith(bytes, start, blockPrefix)) return undefined;
  const eventStart = lineStart(bytes, start - 1);
  if (eventStart === 0 && !whole) return 'unseen';
  const block = parseBlock(bytes.toString('utf8', start, end));
  const stamp = stampOf(bytes.subarray(eventStart, start));
  if (block === undefined || stamp === undefined) throw damaged(file);
  return { point: { block: block.block, hash: block.hash, ...stamp }, uncovered: '' };
}

/** Where the line that ends before `end` begins. */
function lineStart(bytes: Buffer, end: number): number {
  return end <= 0 ? 0 : bytes.lastIndexOf(lineFeed, end - 1) + 1;
}

function startsWith(bytes: Buffer, start: number, prefix: string): boolean {
  return bytes.toString('latin1', start, start + prefix.length) === prefix;
}

async function digest(handle: FileHandle, from: number, to: number): Promise<Omit<Torn, 'file'>> {
  const hash = createHash('sha256');
  for (let at = from; at < to; at += hashChunkBytes) {
    hash.update(await readRange(handle, at, Math.min(to, at + hashChunkBytes)));
  }
  return { bytes: to - from, sha256: hash.digest('hex') };
}

async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) throw new Error('the journal became shorter while it was read');
    filled += bytesRead;
  }
  return bytes;
}

function damaged(file: string): SallyportError {
  return new SallyportError('journal_unavailable', `the end of ${file} is no journal`, {
    hint: 'Run "sallyport audit verify"; to start a new journal, move its folder aside.',
  });
}

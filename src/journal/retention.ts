import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../files/whole-file.ts';
import type { FileJournal } from './append.ts';
import { checkpointPrefix, parseCheckpoint, signatureHolds } from './chain.ts';
import type { Checkpoint } from './chain.ts';
import { fileName, fileNumbers } from './files.ts';
import { readStart, writeStart } from './start.ts';

export interface RetentionOptions {
  readonly dir: string;
  readonly journal: FileJournal;
  readonly signingKey: KeyObject;
  readonly nowMs: number;
  readonly keepMs: number;
  /** SHA-256 of the configuration that says so. */
  readonly config: string;
  /** The `seq` up to which everybody who reads the journal has what they need of it. */
  readonly takenSeq: number;
}

/** More than a checkpoint line is long. */
const lineBytesMax = 512;

/**
 * Drops the oldest files, whole: those in which every event is older than `keepMs` and is no longer needed. That
 * they go is an event, signed and on the disk, before the first of them is gone; `verifyJournal` proves the rest by it.
 * Gives back how many files went.
 * @throws SallyportError `journal_unavailable`; the file system's errors
 */
export async function dropOld(options: RetentionOptions): Promise<number> {
  const { dir } = options;
  const cleared = await finishEarlier(dir);
  const last = await lastToDrop(options);
  if (last === undefined) return cleared;
  await putOnRecord(options, last);
  await writeStart(dir, { number: last.number + 1, line: last.line });
  return cleared + (await removeBefore(dir, last.number + 1));
}

interface FileEnd {
  readonly number: number;
  readonly line: string;
  readonly checkpoint: Checkpoint;
}

/** A crash may have come between the word and the deed. */
async function finishEarlier(dir: string): Promise<number> {
  const start = await readStart(dir);
  return start === undefined || start === 'damaged' ? 0 : removeBefore(dir, start.number);
}

/** Only where a file ends in good order may the rest begin: behind a checkpoint, with nothing torn off. */
async function lastToDrop(options: RetentionOptions): Promise<FileEnd | undefined> {
  const { dir, nowMs, keepMs, takenSeq, signingKey } = options;
  const publicKey = createPublicKey(signingKey);
  const numbers = await fileNumbers(dir);
  const [first = 0] = numbers;
  let found: FileEnd | undefined;
  for (const [index, number] of numbers.slice(0, -1).entries()) {
    // A gap is for `verify` to find, and not to be dropped with the rest.
    if (number !== first + index || numbers[index + 1] !== number + 1) break;
    const end = await endOf(dir, number);
    if (end === undefined) continue;
    const { time, seq } = end.checkpoint;
    if (Date.parse(time) >= nowMs - keepMs || seq > takenSeq) break;
    if (!signatureHolds(end.checkpoint, publicKey)) break;
    found = end;
  }
  return found;
}

async function putOnRecord({ journal, keepMs, config }: RetentionOptions, last: FileEnd): Promise<void> {
  const { block, hash, seq, time } = last.checkpoint;
  journal.append({
    type: 'journal.dropped',
    file: fileName(last.number),
    block,
    hash,
    events: seq,
    until: time,
    keepMs,
    config,
  });
  await journal.commit();
  await journal.seal();
}

/** The oldest first, so that what is left never has a gap. */
async function removeBefore(dir: string, number: number): Promise<number> {
  const gone = (await fileNumbers(dir)).filter((each) => each < number);
  for (const each of gone) await unlink(join(dir, fileName(each)));
  if (gone.length > 0) await syncFolder(dir);
  return gone.length;
}

/** Undefined where the file does not end in a whole checkpoint. */
async function endOf(dir: string, number: number): Promise<FileEnd | undefined> {
  const handle = await open(join(dir, fileName(number)), 'r');
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, lineBytesMax));
    await handle.read(bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString('latin1');
    const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
    if (!line.startsWith(checkpointPrefix) || !line.endsWith('\n')) return undefined;
    const checkpoint = parseCheckpoint(line.slice(0, -1));
    return checkpoint && { number, line, checkpoint };
  } finally {
    await handle.close();
  }
}

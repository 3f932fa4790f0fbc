import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signatureHolds } from './chain.ts';
import { ChainCheck, FaultFound } from './chain-check.ts';
import type { Drop, Fault } from './chain-check.ts';
import { checkFile, liveMs, liveTries } from './check-file.ts';
import { fileName, fileNumbers } from './files.ts';
import { headName, readHead } from './head.ts';
import { readStart, startName } from './start.ts';
import type { Start } from './start.ts';
import { verifyWorkers, WorkerFault } from './verify-workers.ts';

/** Files that were dropped, as the newest event of it says. */
export interface Dropped {
  /** The newest file that is gone; all before it are too. */
  readonly file: string;
  /** Events from 1 to this `seq`. */
  readonly events: number;
  /** Time of the newest of them. */
  readonly until: string;
  /** When they were dropped, and why: what `journal.keep` said, in a configuration with this SHA-256. */
  readonly at: string;
  readonly keepMs: number;
  readonly config: string;
}

export type Verification =
  | {
      readonly intact: true;
      readonly files: number;
      readonly blocks: number;
      readonly events: number;
      readonly checkpoints: number;
      /** Blocks behind the newest checkpoint: chained, but not signed yet. */
      readonly unsigned: number;
      /** Writes that a crash cut off, each accounted for by the block behind it. */
      readonly recovered: number;
      /** Time of the newest event. */
      readonly until: string;
      /** Chains of workers that run, or that died with the gateway and are joined when it starts. Absent: none. */
      readonly workers?: number;
      /** What is gone by a signed word; absent: nothing. */
      readonly dropped?: Dropped;
    }
  | ({ readonly intact: false } & Fault);

/**
 * Reads the whole journal and says whether it is as it was written, or where it first is not. `publicKey` should
 * come from elsewhere than the journal's folder: whoever can replace everything in there can replace that too.
 * Works on a running gateway's journal.
 */
export async function verifyJournal(dir: string, publicKey: KeyObject | string): Promise<Verification> {
  const key = typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey;
  for (let tries = liveTries; ; tries--) {
    try {
      return await verify(dir, key);
    } catch (error) {
      if (!(error instanceof FaultFound)) throw error;
      // A worker may have begun or ended, or been joined further, since the journal was read.
      if (!(error instanceof WorkerFault) || tries === 0) return { intact: false, ...error.fault };
      await delay(liveMs);
    }
  }
}

async function verify(dir: string, key: KeyObject): Promise<Verification> {
  // Before the files: what it states must then be in them, however fast they grow.
  const head = await readHead(dir);
  const numbers = await fileNumbers(dir);
  const trusted = head === undefined || head === 'damaged' || !signatureHolds(head, key) ? undefined : head;
  const start = await trustedStart(dir, key);
  const check = new ChainCheck(key, trusted, start);
  const first = start?.number ?? 1;
  // What is said to be gone may still be there: a crash came between the word and the deed.
  const kept = numbers.filter((number) => number >= first);
  for (const [index, number] of kept.entries()) {
    if (number !== first + index) throw missingFile(first + index, check);
    const name = fileName(number);
    await checkFile(join(dir, name), name, check, index === kept.length - 1);
  }
  if (kept.length === 0) throw missingFile(first, check);
  check.end();
  const drop = start && check.dropOf(start.checkpoint);
  if (start !== undefined && drop?.file !== fileName(start.number - 1)) throw unsaidDrop(start);
  if (head === undefined) throw badHead('is missing');
  if (head === 'damaged') throw badHead('is damaged');
  if (trusted === undefined) throw badHead('has a signature that does not hold');
  const { point } = check;
  if (point.block < trusted.block) {
    throw new FaultFound({ ...check.place, reason: `the end was cut: block ${trusted.block} was signed` });
  }
  if (!check.headSeen) throw badHead('states a checkpoint that is not in the journal');
  const workers = await verifyWorkers(dir, key, check.workers);
  return {
    intact: true,
    files: kept.length,
    blocks: point.block,
    events: point.seq,
    checkpoints: check.checkpoints,
    unsigned: check.unsigned,
    recovered: check.recovered,
    until: point.time,
    ...(workers === 0 ? {} : { workers }),
    ...(drop === undefined ? {} : { dropped: droppedBy(drop) }),
  };
}

/** @throws FaultFound where it cannot be read, or was signed by nobody known */
async function trustedStart(dir: string, key: KeyObject): Promise<Start | undefined> {
  const start = await readStart(dir);
  if (start === undefined) return undefined;
  if (start === 'damaged') throw badStart('is damaged');
  if (!signatureHolds(start.checkpoint, key)) throw badStart('has a signature that does not hold');
  return start;
}

function droppedBy({ file, events, until, time, keepMs, config }: Drop): Dropped {
  return { file, events, until, at: time, keepMs, config };
}

function missingFile(number: number, check: ChainCheck): FaultFound {
  const file = fileName(number);
  return new FaultFound({ file, block: check.point.block + 1, lines: [0, 0], reason: 'the file is missing' });
}

function badStart(reason: string): FaultFound {
  return new FaultFound({ file: startName, block: 1, lines: [0, 0], reason: `${startName} ${reason}` });
}

/** Anybody can copy a checkpoint into `start.json` and remove files; only the gateway can sign that it did. */
function unsaidDrop({ number }: Start): FaultFound {
  const reason = `the files before ${fileName(number)} are gone, and no signed event says so`;
  return new FaultFound({ file: fileName(number - 1), block: 1, lines: [0, 0], reason });
}

function badHead(reason: string): FaultFound {
  return new FaultFound({ file: headName, block: 0, lines: [0, 0], reason: `${headName} ${reason}` });
}

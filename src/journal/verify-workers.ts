import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { signatureHolds } from './chain.ts';
import { ChainCheck, FaultFound } from './chain-check.ts';
import { checkFile } from './check-file.ts';
import { fileName, fileNumbers } from './files.ts';
import { headName, readHead } from './head.ts';
import { readStart, startName } from './start.ts';
import type { Start } from './start.ts';
import { workerNames } from './worker-folder.ts';
import { nothingJoined } from './worker-words.ts';
import type { JoinedTo, ToldWorkers } from './worker-words.ts';

/** In the chain of a worker, or in which there are. */
export class WorkerFault extends FaultFound {}

/**
 * Checks the chains of workers, of which the journal says how far they were joined; how many there are.
 * @throws WorkerFault also where a gateway that runs has changed something meanwhile
 */
export async function verifyWorkers(dir: string, key: KeyObject, told: ToldWorkers): Promise<number> {
  const names = await workerNames(dir);
  for (const name of names) {
    const joined = told.of(name);
    // Its events are all in the journal: a crash came before the folder was removed.
    if (joined === 'ended') continue;
    await asWorkerFault(name, () => verifyWorker(dir, name, key, joined));
  }
  const gone = told.running.find(([name]) => !names.includes(name));
  if (gone !== undefined) throw fault(gone[0], gone[1].block + 1, 'the folder of this worker is missing');
  return told.running.length;
}

async function verifyWorker(
  journalDir: string,
  name: string,
  key: KeyObject,
  told: JoinedTo | undefined,
): Promise<void> {
  const dir = join(journalDir, name);
  const joined = told ?? nothingJoined;
  const head = await readHead(dir);
  const trusted = head === undefined || head === 'damaged' || !signatureHolds(head, key) ? undefined : head;
  const start = await startOf(dir, name, key, joined);
  const check = new ChainCheck(key, trusted, start, joined);
  const first = start?.number ?? 1;
  const kept = (await fileNumbers(dir)).filter((number) => number >= first);
  for (const [index, number] of kept.entries()) {
    const file = `${name}/${fileName(number)}`;
    if (number !== first + index)
      throw fault(`${name}/${fileName(first + index)}`, check.point.block + 1, missing);
    await checkFile(join(dir, fileName(number)), file, check, index === kept.length - 1);
  }
  // A crash came before the first line, and before its name was on record.
  if (kept.length === 0 && told === undefined) return;
  if (kept.length === 0) throw fault(`${name}/${fileName(first)}`, joined.block + 1, missing);
  check.end();
  const { block } = check.point;
  if (told === undefined && block > 0) throw fault(name, 1, 'no event of the journal tells of this worker');
  if (block < joined.block) throw cut(check, `block ${joined.block} was joined to the journal`);
  if (trusted === undefined)
    throw fault(`${name}/${headName}`, 0, `${headName} is missing, damaged or not signed`);
  if (block < trusted.block) throw cut(check, `block ${trusted.block} was signed`);
}

const missing = 'the file is missing';

/** What stands before it was joined, so the journal proves it. */
async function startOf(
  dir: string,
  name: string,
  key: KeyObject,
  joined: JoinedTo,
): Promise<Start | undefined> {
  const start = await readStart(dir);
  if (start === undefined) return undefined;
  if (start === 'damaged' || !signatureHolds(start.checkpoint, key)) {
    throw fault(`${name}/${startName}`, 1, `${startName} is damaged or not signed`);
  }
  const { block, hash } = start.checkpoint;
  if (block > joined.block || (block === joined.block && hash !== joined.hash)) {
    throw fault(
      `${name}/${startName}`,
      joined.block + 1,
      'files are gone that were not joined to the journal',
    );
  }
  return start;
}

/** A file may go while it is read: joined as a whole, and not needed any more. */
async function asWorkerFault(name: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof FaultFound) throw new WorkerFault(error.fault);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw fault(name, 1, missing);
    throw error;
  }
}

function cut(check: ChainCheck, why: string): WorkerFault {
  return new WorkerFault({ ...check.place, reason: `the end was cut: ${why}` });
}

function fault(file: string, block: number, reason: string): WorkerFault {
  return new WorkerFault({ file, block, lines: [0, 0], reason });
}

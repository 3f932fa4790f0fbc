import type { KeyObject } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SallyportError } from '../core/errors.ts';
import { lockFile } from '../files/lock.ts';
import { FaultFound } from './chain-check.ts';
import type { Joiner } from './joiner.ts';
import { fileNumbers } from './files.ts';
import { readEvents } from './read.ts';
import { workerLockName, workerNames } from './worker-folder.ts';
import { WorkerReader } from './worker-reader.ts';
import { nothingJoined, ToldWorkers, workerWords } from './worker-words.ts';
import type { WorkerWord } from './worker-words.ts';

export interface LeftBehind {
  /** The journal's own folder. */
  readonly dir: string;
  readonly joiner: Joiner;
  readonly publicKey: KeyObject;
}

/**
 * At start: joins what workers of a gateway that died have recorded. Waits for those that do not know yet that they
 * are alone.
 * @throws SallyportError `journal_unavailable` where a chain is not what was joined, or is of no worker on record;
 *   `conflict` where a worker lives on
 */
export async function joinLeftBehind(it: LeftBehind): Promise<void> {
  const names = await workerNames(it.dir);
  if (names.length === 0) return;
  const told = await toldIn(it.dir);
  for (const name of names) {
    lockFile(join(it.dir, name, workerLockName)).release();
    await joinOne(it, name, told).catch((error: unknown) => {
      throw error instanceof FaultFound ? unusable(name, error) : error;
    });
  }
}

async function joinOne(
  { dir, joiner, publicKey }: LeftBehind,
  name: string,
  told: ToldWorkers,
): Promise<void> {
  const joined = told.of(name);
  if (joined === 'ended') return rm(join(dir, name), { recursive: true });
  if (joined === undefined) return removeEmpty(dir, name, publicKey);
  await joiner.resume(name, joined);
  return joiner.end(name, true);
}

/** A crash may have come before its name was on record; then nobody has written to it. */
async function removeEmpty(dir: string, name: string, publicKey: KeyObject): Promise<void> {
  if ((await fileNumbers(join(dir, name))).length > 0 && (await hasEvents(dir, name, publicKey))) {
    const reason = 'no event of the journal tells of this worker';
    throw new FaultFound({ file: name, block: 1, lines: [0, 0], reason });
  }
  await rm(join(dir, name), { recursive: true });
}

async function hasEvents(dir: string, name: string, publicKey: KeyObject): Promise<boolean> {
  const reader = await WorkerReader.open(dir, name, publicKey, nothingJoined);
  try {
    return (await reader.next()) !== undefined;
  } finally {
    await reader.close();
  }
}

async function toldIn(dir: string): Promise<ToldWorkers> {
  const told = new ToldWorkers();
  for await (const event of readEvents(dir, { types: workerWords })) if (isWord(event)) told.hear(event);
  return told;
}

function isWord(event: { readonly type: string }): event is WorkerWord {
  return workerWords.some((type) => type === event.type);
}

function unusable(name: string, { fault }: FaultFound): SallyportError {
  const { file, reason } = fault;
  return new SallyportError('journal_unavailable', `the journal cannot be continued: ${file}: ${reason}`, {
    hint: `Run "sallyport audit verify"; restore what is missing of ${name}, or move it aside: its events are then missing.`,
  });
}

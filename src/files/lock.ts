import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { SallyportError } from '../core/errors.ts';

export interface Lock {
  release(): void;
}

/**
 * Held by one process at a time, and let go of by the system when that process dies, however it dies. Node has no
 * call for such locks, but SQLite takes one on the file of a database in which a transaction is open.
 * @param busyMs how long to wait for a process that is just letting go, in milliseconds
 * @throws SallyportError `conflict` when another has it
 */
export function lockFile(path: string, busyMs = 5_000): Lock {
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: busyMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new SallyportError('conflict', `${path} is held by another Sallyport process`, {
      hint: 'Stop the other process, or give this one a data folder of its own.',
      cause: error,
    });
  }
  return { release: () => database.close() };
}

/** SQLITE_BUSY: another process has the file. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

/** Only where it is not there: closing a file that is there would take away the lock that this process has on it. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

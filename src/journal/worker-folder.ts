import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';

const namePattern = /^w\d{1,3}-[0-9a-f]{12}$/;

/** Beneath the journal's own folder; never the same again, so that no chain can pass for another. */
export function newWorkerName(number: number): string {
  return `w${number}-${randomBytes(6).toString('hex')}`;
}

/** Names of the folders in which workers keep, or kept, their chains. */
export async function workerNames(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => namePattern.test(name)).toSorted();
}

/** Held by the worker as long as it lives, so that nobody takes what it may still write for all. */
export const workerLockName = 'lock';

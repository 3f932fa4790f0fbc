import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile } from './whole-file.ts';
import type { FileMode } from './whole-file.ts';

/**
 * The content of a file that is made on first use. Of several processes that make it at once one wins, and all of them
 * read the winner's.
 * @throws Error where others could have read or written what they should not
 */
export async function keptFile(
  file: string,
  mode: FileMode,
  make: () => string | Promise<string>,
): Promise<string> {
  const found = await readKept(file, mode);
  if (found !== undefined) return found;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await createFile(file, mode, await make());
  const made = await readKept(file, mode);
  if (made === undefined) throw new Error(`${file} is gone again`);
  return made;
}

/** One that only this process's user may read: keys, and what they are made from. */
export function privateFile(file: string, make: () => string | Promise<string>): Promise<string> {
  return keptFile(file, 0o600, make);
}

/** The file that is checked is the one that is read: both through one handle, and never through a symbolic link. */
async function readKept(file: string, mode: FileMode): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const found = await handle.stat();
    const me = process.getuid?.();
    if (me !== undefined && found.uid !== me)
      throw new Error(`${file} belongs to another user (uid ${found.uid})`);
    // Windows has no such modes: there the folder's access list decides.
    if (me !== undefined && (found.mode & 0o077 & ~mode) !== 0)
      throw new Error(
        `${file} is open to others (mode ${(found.mode & 0o777).toString(8)}): ${remedy(file, mode)}`,
      );
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function remedy(file: string, mode: FileMode): string {
  return mode === 0o600
    ? `take it as disclosed and remove it; if nobody can have read it, chmod 600 ${file}`
    : `if nobody has changed it, chmod 644 ${file}`;
}

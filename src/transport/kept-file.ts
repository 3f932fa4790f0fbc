import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Secret: this process's user alone may read it. Public: anybody may, nobody else may write. */
export type FileMode = 0o600 | 0o644;

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
  await createWhole(file, mode, await make());
  const made = await readKept(file, mode);
  if (made === undefined) throw new Error(`${file} is gone again`);
  return made;
}

/** In one step: whoever reads meanwhile sees the old content or the new. */
export async function replaceFile(file: string, mode: FileMode, content: string): Promise<void> {
  await writeAside(file, mode, content, (draft) => rename(draft, file));
}

/** Linked into place, so that nobody else's file is overwritten. */
async function createWhole(file: string, mode: FileMode, content: string): Promise<void> {
  await writeAside(file, mode, content, async (draft) => {
    await link(draft, file).catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw error;
    });
    await unlink(draft);
  });
}

/** Nobody ever reads half a file: it gets its name when it is whole. */
async function writeAside(
  file: string,
  mode: FileMode,
  content: string,
  place: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
    await place(draft);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** The file that is checked is the one that is read: both through one handle, and never through a symbolic link. */
async function readKept(file: string, mode: FileMode): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
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

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

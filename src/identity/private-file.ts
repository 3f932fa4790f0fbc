import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The content of a file that only this process's user may read, made on first use. Of several processes that make
 * it at once one wins, and all of them read the winner's.
 * @throws Error where somebody else could have read or written it
 */
export async function privateFile(file: string, make: () => string | Promise<string>): Promise<string> {
  const found = await readPrivate(file);
  if (found !== undefined) return found;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await createWhole(file, await make());
  const made = await readPrivate(file);
  if (made === undefined) throw new Error(`${file} is gone again`);
  return made;
}

/** Written aside and then linked into place, so that nobody ever reads half of it and nobody's is overwritten. */
async function createWhole(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
    await link(draft, file);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    await handle.close();
    await unlink(draft);
  }
}

/** The file that is checked is the one that is read: both through one handle, and never through a symbolic link. */
async function readPrivate(file: string): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { mode, uid } = await handle.stat();
    const me = process.getuid?.();
    if (me !== undefined && uid !== me) throw new Error(`${file} belongs to another user (uid ${uid})`);
    // Windows has no such modes: there the folder's access list decides.
    if (me !== undefined && (mode & 0o077) !== 0)
      throw new Error(
        `${file} is open to others (mode ${(mode & 0o777).toString(8)}): take it as disclosed and remove it; if nobody can have read it, chmod 600 ${file}`,
      );
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

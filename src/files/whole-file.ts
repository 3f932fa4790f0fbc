import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Secret: this process's user alone may read it. Public: anybody may, nobody else may write. */
export type FileMode = 0o600 | 0o644;

/** Makes the file unless it is there, in one step: of several processes that do so at once, one does. */
export async function createFile(file: string, mode: FileMode, content: string): Promise<void> {
  await writeAside(file, mode, content, async (draft) => {
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(draft);
  });
  await syncFolder(dirname(file));
}

/** In one step: whoever reads meanwhile, or after a power loss, sees the old content or the new. */
export async function replaceFile(file: string, mode: FileMode, content: string): Promise<void> {
  await writeAside(file, mode, content, (draft) => rename(draft, file));
}

/** So that a new name survives a power loss too. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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

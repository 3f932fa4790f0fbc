import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SallyportError } from '../core/errors.ts';

const keyFile = 'journal-key.pem';
/** Read, write or run by anybody but the owner. */
const looseBits = 0o077;

/**
 * The Ed25519 key that signs checkpoints; made on first use, readable by this user alone.
 * @throws SallyportError `journal_unavailable` where others may read the file, or it holds no such key
 */
export async function journalKey(dataDir: string): Promise<KeyObject> {
  const path = join(dataDir, keyFile);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (!(await exists(path))) await make(dataDir, path);
  const { mode } = await stat(path);
  if ((mode & looseBits) !== 0) {
    throw new SallyportError('journal_unavailable', `${path} can be read by others`, {
      hint: `chmod 600 ${path}; if somebody may have read it, move the journal aside and let a new key be made.`,
    });
  }
  return parse(path, await readFile(path));
}

function parse(path: string, pem: Buffer): KeyObject {
  const refusal = (cause?: unknown): SallyportError =>
    new SallyportError('journal_unavailable', `${path} holds no Ed25519 private key`, { cause });
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw refusal(cause);
  }
  throw refusal();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Two processes that start at once end with one key: a link to a whole file is made by exactly one of them. */
async function make(dataDir: string, path: string): Promise<void> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const own = join(dataDir, `.${keyFile}.${randomUUID()}`);
  try {
    await writeFile(own, pem, { mode: 0o600, flag: 'wx', flush: true });
    await link(own, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncFolder(dataDir);
  } finally {
    await unlink(own).catch(() => undefined);
  }
}

/** So that a name survives a power loss too. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

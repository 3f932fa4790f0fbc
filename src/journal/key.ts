import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { SallyportError } from '../core/errors.ts';
import { privateFile } from '../files/kept-file.ts';

/**
 * The Ed25519 key that signs checkpoints; made on first use, readable by this user alone.
 * @throws SallyportError `journal_unavailable` where others may read the file, or it holds no such key
 */
export async function journalKey(dataDir: string): Promise<KeyObject> {
  const path = join(dataDir, 'journal-key.pem');
  const pem = await privateFile(path, newKey).catch((cause: unknown) => {
    throw new SallyportError('journal_unavailable', cause instanceof Error ? cause.message : `no ${path}`, {
      hint: 'A new key begins a new journal: where the key is removed, move the journal aside too.',
      cause,
    });
  });
  return parse(path, pem);
}

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function parse(path: string, pem: string): KeyObject {
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

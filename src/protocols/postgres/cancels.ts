import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { SessionKey } from '../protocol.ts';

/** Protocol 3.0's key is 4 bytes; 3.2 takes up to 256, of which 32 are as good as any. */
const keyBytes = { short: 4, long: 32 } as const;

export interface CancelKey extends SessionKey {
  readonly secretKey: Buffer;
}

interface Entry extends CancelKey {
  readonly cancel: () => void;
}

/** The keys that clients were given at login, for their CancelRequests. */
export class Cancels {
  readonly #entries = new Map<number, Entry>();

  add(length: keyof typeof keyBytes, cancel: () => void): CancelKey {
    let processId = randomInt(1, 2 ** 31 - 1);
    while (this.#entries.has(processId)) processId = randomInt(1, 2 ** 31 - 1);
    const entry = { processId, secretKey: randomBytes(keyBytes[length]), cancel };
    this.#entries.set(processId, entry);
    return entry;
  }

  remove({ processId }: CancelKey): void {
    this.#entries.delete(processId);
  }

  /** Whether the key was right; its client is told nothing either way, as PostgreSQL does. */
  request({ processId, secretKey }: SessionKey): boolean {
    const entry = this.#entries.get(processId);
    if (entry === undefined || entry.secretKey.length !== secretKey.length) return false;
    if (!timingSafeEqual(entry.secretKey, secretKey)) return false;
    entry.cancel();
    return true;
  }
}

import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Peers, SessionKey } from '../protocol.ts';

/** Protocol 3.0's key is 4 bytes; 3.2 takes up to 256, of which 32 are as good as any. */
const keyBytes = { short: 4, long: 32 } as const;

export interface CancelKey extends SessionKey {
  readonly secretKey: Buffer;
}

interface Entry extends CancelKey {
  readonly cancel: () => void;
}

/**
 * The keys that clients were given at login, for their CancelRequests. A process id says in which process its session
 * is: it leaves the number of that, divided by how many there are. So a guess troubles one other process at most.
 */
export class Cancels {
  readonly #entries = new Map<number, Entry>();
  readonly #peers: Pick<Peers, 'count' | 'number'>;

  constructor(peers: Pick<Peers, 'count' | 'number'> = { count: 1, number: 0 }) {
    this.#peers = peers;
  }

  add(length: keyof typeof keyBytes, cancel: () => void): CancelKey {
    let processId = this.#randomId();
    while (this.#entries.has(processId)) processId = this.#randomId();
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

  /** The number of the process that has the session, if any has. */
  placeOf({ processId }: SessionKey): number {
    return processId % this.#peers.count;
  }

  /** Positive, in 32 bits. */
  #randomId(): number {
    const { count, number } = this.#peers;
    return randomInt(1, Math.floor((2 ** 31 - 1) / count)) * count + number;
  }
}

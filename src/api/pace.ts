import { SallyportError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

/** Of so many clients at once something is remembered; more are forgotten together, to their advantage. */
const clientsMax = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

/** How often each client may ask: a token bucket by address. */
export class Pace {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ burst, perSecond, clock }: { burst: number; perSecond: number; clock: Clock }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** @throws SallyportError `limit_requests` */
  take(client: string): void {
    const nowMs = this.#clock.now();
    const bucket = this.#bucket(client, nowMs);
    // A clock that was stepped back gives nothing, and takes nothing.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.left = Math.min(this.#burst, bucket.left + (passedMs * this.#perSecond) / 1_000);
    bucket.atMs = nowMs;
    if (bucket.left < 1) {
      throw new SallyportError('limit_requests', 'Sallyport: too many requests from your address', {
        hint: `${this.#perSecond} a second are taken. Use a ticket for as long as it lives.`,
      });
    }
    bucket.left -= 1;
  }

  #bucket(client: string, nowMs: number): Bucket {
    let bucket = this.#buckets.get(client);
    if (bucket === undefined) {
      if (this.#buckets.size >= clientsMax) this.#buckets.clear();
      this.#buckets.set(client, (bucket = { left: this.#burst, atMs: nowMs }));
    }
    return bucket;
  }
}

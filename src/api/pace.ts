import { isIP } from 'node:net';
import { SallyportError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

/** Of so many networks something is remembered; beyond that, whoever has not asked for longest is forgotten. */
const networksMax = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

/** How often each client may ask: a token bucket by network. */
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
    const bucket = this.#bucket(networkOf(client), nowMs);
    // A clock that was stepped back gives nothing, and takes nothing.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.left = Math.min(this.#burst, bucket.left + (passedMs * this.#perSecond) / 1_000);
    bucket.atMs = nowMs;
    if (bucket.left < 1) {
      throw new SallyportError('limit_requests', 'Sallyport: too many requests from your address', {
        hint: 'Wait a moment. A token or ticket can be used for as long as it lives.',
      });
    }
    bucket.left -= 1;
  }

  #bucket(network: string, nowMs: number): Bucket {
    const bucket = this.#buckets.get(network) ?? { left: this.#burst, atMs: nowMs };
    // To the end, so that the first is the one that has rested longest.
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    const [oldest = network] = this.#buckets.keys();
    if (this.#buckets.size > networksMax) this.#buckets.delete(oldest);
    return bucket;
  }
}

/** An IPv6 network of a household or a host is a /64 (RFC 6177): its addresses are one client. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || /^::ffff:\d/i.test(address)) return address;
  const [front = ''] = address.split('::', 1);
  return [...front.split(':').slice(0, 4), '', '', '', ''].slice(0, 4).join(':');
}

import { createSecureContext, type SecureContext } from 'node:tls';
import { makeLeaf, newKeyPem } from './authority.ts';
import { ownAuthority, type OwnAuthority } from './certificates.ts';

/** Hosts are those of targets, so there are few; were there more, the oldest goes. */
const leavesMax = 1_000;
/** Long before a leaf ends it is made anew. */
const renewAfterMs = 30 * 24 * 3_600_000;

interface Leaf {
  readonly context: SecureContext;
  readonly madeAtMs: number;
}

/** Certificates by the gateway's own authority for hosts that it stands in for. Their key is in memory alone. */
export class Leaves {
  readonly #authority: OwnAuthority;
  readonly #now: () => number;
  readonly #key = newKeyPem();
  readonly #made = new Map<string, Leaf>();

  private constructor(authority: OwnAuthority, now: () => number) {
    this.#authority = authority;
    this.#now = now;
  }

  /** @throws Error as `ownAuthority` does */
  static async open(dataDir: string, now: () => number): Promise<Leaves> {
    return new Leaves(await ownAuthority(dataDir, now()), now);
  }

  /** For a name or an address, in lower case. */
  contextFor(host: string): SecureContext {
    const nowMs = this.#now();
    const known = this.#made.get(host);
    if (known !== undefined && nowMs - known.madeAtMs < renewAfterMs) return known.context;
    const { ca, caKey, notAfterMsMax } = this.#authority;
    const cert = makeLeaf({ caKey, key: this.#key, names: [host], nowMs, notAfterMsMax });
    const context = createSecureContext({ cert: cert + ca, key: this.#key, minVersion: 'TLSv1.2' });
    const [oldest] = this.#made.keys();
    if (this.#made.size >= leavesMax && oldest !== undefined) this.#made.delete(oldest);
    this.#made.set(host, { context, madeAtMs: nowMs });
    return context;
  }
}

import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { RevocationRecord, RevocationRecords } from '../core/records.ts';

/** Whom the gateway lets in no more: the store's list, kept at hand so that asking costs nothing. */
export class Revocations implements RevocationRecords {
  readonly #records: RevocationRecords;
  readonly #onChange: () => void;
  #known: readonly RevocationRecord[];

  private constructor(records: RevocationRecords, known: readonly RevocationRecord[], onChange: () => void) {
    this.#records = records;
    this.#known = known;
    this.#onChange = onChange;
  }

  /** @param onChange told of what is in the store, by which other processes go */
  static async open(
    records: RevocationRecords,
    onChange: () => void = () => undefined,
  ): Promise<Revocations> {
    return new Revocations(records, await records.list(), onChange);
  }

  /** Where another process revokes: what the store says now. */
  async refresh(): Promise<void> {
    this.#known = await this.#records.list();
  }

  /** Whether it, or anybody who acts through it, is revoked. */
  has(identity: Identity): boolean {
    return chain(identity).some((one) => this.#known.some((revocation) => matches(revocation, one)));
  }

  async add(revocation: RevocationRecord): Promise<void> {
    // In force before the store has it: a session that opens meanwhile must not slip through.
    this.#known = [...this.#known, revocation];
    await this.#records.add(revocation);
    this.#onChange();
  }

  async remove(subject: string, issuer: string | null): Promise<boolean> {
    const found = await this.#records.remove(subject, issuer);
    this.#known = await this.#records.list();
    this.#onChange();
    return found;
  }

  async list(): Promise<readonly RevocationRecord[]> {
    return this.#known;
  }
}

function matches(revocation: RevocationRecord, identity: Identity): boolean {
  if (revocation.subject !== identity.subject) return false;
  return revocation.issuer === null || revocation.issuer === identity.issuer;
}

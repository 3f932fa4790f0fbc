import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { RevocationRecord, RevocationRecords } from '../core/records.ts';

/** Whom the gateway lets in no more: the store's list, kept at hand so that asking costs nothing. */
export class Revocations implements RevocationRecords {
  readonly #records: RevocationRecords;
  #known: readonly RevocationRecord[];

  private constructor(records: RevocationRecords, known: readonly RevocationRecord[]) {
    this.#records = records;
    this.#known = known;
  }

  static async open(records: RevocationRecords): Promise<Revocations> {
    return new Revocations(records, await records.list());
  }

  /** Whether it, or anybody who acts through it, is revoked. */
  has(identity: Identity): boolean {
    return chain(identity).some((one) => this.#known.some((revocation) => matches(revocation, one)));
  }

  async add(revocation: RevocationRecord): Promise<void> {
    // In force before the store has it: a session that opens meanwhile must not slip through.
    this.#known = [...this.#known, revocation];
    await this.#records.add(revocation);
  }

  async remove(subject: string, issuer: string | null): Promise<boolean> {
    const found = await this.#records.remove(subject, issuer);
    this.#known = await this.#records.list();
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

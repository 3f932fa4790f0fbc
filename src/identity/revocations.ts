import type { EventIdentity } from '../core/event.ts';
import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { Clock, Journal } from '../core/ports.ts';
import type { RevocationRecord, RevocationRecords } from '../core/records.ts';

export interface RevocationParts {
  readonly records: RevocationRecords;
  readonly journal: Journal;
  readonly live: LiveSessions;
  readonly clock: Clock;
}

/** Whom the gateway lets in no more, until somebody restores them. */
export class Revocations {
  readonly #parts: RevocationParts;
  #known: readonly RevocationRecord[];

  private constructor(parts: RevocationParts, known: readonly RevocationRecord[]) {
    this.#parts = parts;
    this.#known = known;
  }

  static async open(parts: RevocationParts): Promise<Revocations> {
    return new Revocations(parts, await parts.records.list());
  }

  list(): readonly RevocationRecord[] {
    return this.#known;
  }

  /** Whether it, or anybody who acts through it, is revoked. */
  has(identity: Identity): boolean {
    return chain(identity).some((one) => this.#known.some((revocation) => matches(revocation, one)));
  }

  /**
   * From now on refused, and every live session of theirs ends.
   * @returns how many sessions ended
   * @throws SallyportError `journal_unavailable`; nothing has changed then
   */
  async revoke(subject: string, issuer: string | undefined, by: EventIdentity): Promise<number> {
    const { journal, records, live, clock } = this.#parts;
    journal.append({ type: 'identity.revoked', subject, ...(issuer === undefined ? {} : { issuer }), by });
    await journal.commit();
    const revocation = { subject, issuer: issuer ?? null, atMs: clock.now(), by };
    // In force before the store has it: a session that opens meanwhile must not slip through.
    this.#known = [...this.#known, revocation];
    const ended = live.revoke((identity) => matches(revocation, identity));
    await records.add(revocation);
    return ended;
  }

  /** @returns false where there was nothing to restore */
  async restore(subject: string, issuer: string | undefined, by: EventIdentity): Promise<boolean> {
    const { journal, records } = this.#parts;
    journal.append({ type: 'identity.restored', subject, by });
    await journal.commit();
    const found = await records.remove(subject, issuer ?? null);
    this.#known = await records.list();
    return found;
  }
}

function matches(revocation: RevocationRecord, identity: Identity): boolean {
  if (revocation.subject !== identity.subject) return false;
  return revocation.issuer === null || revocation.issuer === identity.issuer;
}

import { createHash, randomBytes } from 'node:crypto';
import type { Identity } from '../../core/identity.ts';
import type { Login, LoginEnd, LoginRecords, Logins, LoginSpec } from '../../core/login.ts';
import type { Clock, Journal } from '../../core/ports.ts';
import { eventIdentity } from '../../core/session.ts';

const secretBytes = 32;
const idBytes = 12;
/** How exactly it is known when a login was last used: one write in this time at most, however busy its page. */
const seenEveryMsMax = 60_000;
/** Of the time that a login may rest, where that is short. */
const seenShare = 0.1;
/** What browsers say they are is long; this much tells one from another. */
const agentCharsMax = 200;

export interface StoredLoginsOptions {
  readonly records: LoginRecords;
  readonly journal: Journal;
  readonly clock: Clock;
  /** What is configured now; absent: nobody signs in. */
  readonly spec: () => LoginSpec | undefined;
}

/** Logins in the store, so that they outlive a process; the browser alone knows their secrets. */
export class StoredLogins implements Logins {
  readonly #it: StoredLoginsOptions;

  constructor(options: StoredLoginsOptions) {
    this.#it = options;
  }

  async open({ identity, via, client, agent }: Parameters<Logins['open']>[0]) {
    const { records, journal, clock } = this.#it;
    const nowMs = clock.now();
    const login: Login = {
      id: randomBytes(idBytes).toString('base64url'),
      identity,
      csrf: randomBytes(secretBytes).toString('base64url'),
      via,
      client,
      agent: agent.slice(0, agentCharsMax),
      createdAtMs: nowMs,
      seenAtMs: nowMs,
      expiresAtMs: identity.expiresAtMs,
    };
    const secret = randomBytes(secretBytes).toString('base64url');
    journal.append({
      type: 'login.opened',
      login: login.id,
      identity: eventIdentity(identity),
      via,
      client,
    });
    await journal.commit();
    await records.removeExpired(nowMs);
    await records.add(login, hashOf(secret));
    return { login, secret };
  }

  async find(secret: string, use = true): Promise<Login | undefined> {
    const { records, clock } = this.#it;
    const login = await records.find(hashOf(secret));
    if (login === undefined) return undefined;
    const nowMs = clock.now();
    if (this.#isOver(login, nowMs)) {
      await this.end(login, 'expired');
      return undefined;
    }
    if (use && nowMs - login.seenAtMs >= this.#seenEveryMs()) await records.seen(login.id, nowMs);
    return login;
  }

  async list({ subject, issuer }: Identity): Promise<readonly Login[]> {
    const nowMs = this.#it.clock.now();
    return (await this.#it.records.list(subject, issuer)).filter((login) => !this.#isOver(login, nowMs));
  }

  async end(login: Login, reason: LoginEnd): Promise<void> {
    if (!(await this.#it.records.remove(login.id))) return;
    const { id, identity } = login;
    this.#it.journal.note({ type: 'login.ended', login: id, identity: eventIdentity(identity), reason });
    await this.#it.journal.commit();
  }

  async revoke(subject: string, issuer?: string): Promise<number> {
    const found = await this.#it.records.list(subject, issuer);
    for (const login of found) await this.end(login, 'revoked');
    return found.length;
  }

  /**
   * Too old, at rest for too long, or from a provider that is not trusted any more. A clock that was stepped back
   * behind its last use makes its rest unknown: over, too.
   */
  #isOver({ identity, via, expiresAtMs, seenAtMs, createdAtMs }: Login, nowMs: number): boolean {
    const spec = this.#it.spec();
    if (spec === undefined || spec.via !== via || spec.issuer !== identity.issuer) return true;
    const { idleMs, lifetimeMs } = spec;
    return (
      nowMs >= expiresAtMs ||
      nowMs >= createdAtMs + lifetimeMs ||
      nowMs < seenAtMs ||
      nowMs >= seenAtMs + idleMs + this.#seenEveryMs()
    );
  }

  #seenEveryMs(): number {
    return Math.min(seenEveryMsMax, (this.#it.spec()?.idleMs ?? 0) * seenShare);
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

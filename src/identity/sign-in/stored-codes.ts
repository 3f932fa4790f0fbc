import { createHash, randomBytes, randomInt } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type {
  CodeRefusal,
  DeviceCode,
  Login,
  LoginCode,
  LoginCodeRecords,
  LoginCodes,
  LoginRecords,
} from '../../core/login.ts';
import type { Clock } from '../../core/ports.ts';
import type { IssuedTicket } from '../../core/tickets.ts';

const secretBytes = 32;
/** RFC 8628 §6.1: no vowels, so that no words come about; nothing that looks like a digit. 20⁸ codes. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const userCodeChars = 8;
/** Long enough to find a phone and sign in there. */
const deviceMs = 10 * 60_000;
/** A browser goes there at once. */
const loopbackMs = 60_000;
const intervalMs = 5_000;
/** Anybody may ask for a device code, so what waits is bounded: a row each. */
const pendingMax = 1_000;
const pendingMaxPerClient = 20;
const agentCharsMax = 100;

export interface StoredCodesOptions {
  readonly records: LoginCodeRecords;
  readonly logins: Pick<LoginRecords, 'has'>;
  readonly clock: Clock;
  readonly revoked: (identity: Identity) => boolean | Promise<boolean>;
  /** @throws SallyportError `revoked`, `journal_unavailable` */
  readonly issue: (identity: Identity, client: string) => Promise<IssuedTicket>;
}

/** Codes in the store: the one who asks and the one who confirms may come to different processes. */
export class StoredCodes implements LoginCodes {
  readonly #it: StoredCodesOptions;

  constructor(options: StoredCodesOptions) {
    this.#it = options;
  }

  async openDevice({ client, agent }: Pick<LoginCode, 'client' | 'agent'>): Promise<DeviceCode> {
    const { records, clock } = this.#it;
    const nowMs = clock.now();
    await records.removeExpired(nowMs);
    const full =
      (await records.countPending(nowMs)) >= pendingMax ||
      (await records.countPending(nowMs, client)) >= pendingMaxPerClient;
    if (full) {
      throw new SallyportError('limit_requests', 'Sallyport: too many command lines wait for a sign-in', {
        hint: `Try again in ${deviceMs / 60_000} minutes.`,
      });
    }
    const deviceCode = newSecret();
    const userCode = newUserCode();
    await records.add({
      ...this.#code(deviceCode, deviceMs, { client, agent }),
      kind: 'device',
      userCode,
      state: 'pending',
    });
    return { deviceCode, userCode, lifetimeMs: deviceMs, intervalMs };
  }

  async waiting(typed: string): Promise<LoginCode | undefined> {
    const bare = typed.toUpperCase().replaceAll(/[^A-Z]/g, '');
    if (bare.length !== userCodeChars) return undefined;
    return this.#it.records.pending(spaced(bare), this.#it.clock.now());
  }

  decide({ hash }: LoginCode, state: 'confirmed' | 'denied', by: Login): Promise<boolean> {
    return this.#it.records.decide(hash, state, by);
  }

  async openLoopback(it: Parameters<LoginCodes['openLoopback']>[0]): Promise<string> {
    const { records, clock } = this.#it;
    const { challenge, redirectUri } = it;
    const { id: login, identity } = it.by;
    await records.removeExpired(clock.now());
    const code = newSecret();
    const made = this.#code(code, loopbackMs, it);
    await records.add({
      ...made,
      kind: 'loopback',
      state: 'confirmed',
      identity,
      login,
      challenge,
      redirectUri,
    });
    return code;
  }

  async redeemDevice(deviceCode: string, client: string): Promise<IssuedTicket | CodeRefusal> {
    const { records, clock } = this.#it;
    const nowMs = clock.now();
    const found = await records.poll(hashOf(deviceCode), nowMs);
    if (found === undefined || found.kind !== 'device') return 'invalid_grant';
    if (nowMs >= found.expiresAtMs) return 'expired_token';
    if (found.state === 'denied') return 'access_denied';
    if (found.state === 'pending') {
      // A second of grace for clocks and networks; the answer is the same from whoever asks too often.
      return nowMs - found.polledAtMs < intervalMs - 1_000 ? 'slow_down' : 'authorization_pending';
    }
    return this.#ticket(await records.take(found.hash), client);
  }

  async redeemLoopback(
    { code, verifier, redirectUri }: Parameters<LoginCodes['redeemLoopback']>[0],
    client: string,
  ): Promise<IssuedTicket | CodeRefusal> {
    // Taken first: a code that came with anything wrong is gone (RFC 9700 §4.5.3.2: somebody else has it).
    const found = await this.#it.records.take(hashOf(code));
    if (found === undefined || found.kind !== 'loopback') return 'invalid_grant';
    const fits =
      this.#it.clock.now() < found.expiresAtMs &&
      found.redirectUri === redirectUri &&
      found.challenge === createHash('sha256').update(verifier).digest('base64url');
    return fits ? this.#ticket(found, client) : 'invalid_grant';
  }

  async #ticket(found: LoginCode | undefined, client: string): Promise<IssuedTicket | CodeRefusal> {
    const { identity = null, login = null } = found ?? {};
    if (identity === null || this.#it.clock.now() >= identity.expiresAtMs) return 'invalid_grant';
    // Whoever has signed out since does not want anybody to go on in their name.
    if (login === null || !(await this.#it.logins.has(login))) return 'invalid_grant';
    if (await this.#it.revoked(identity)) {
      throw new SallyportError('revoked', 'Sallyport: this identity was revoked', {
        hint: 'Ask whoever watches the gateway to restore it.',
      });
    }
    return this.#it.issue(identity, client);
  }

  #code(secret: string, lifetimeMs: number, { client, agent }: Pick<LoginCode, 'client' | 'agent'>) {
    const nowMs = this.#it.clock.now();
    return {
      hash: hashOf(secret),
      userCode: null,
      challenge: null,
      redirectUri: null,
      identity: null,
      login: null,
      client,
      agent: agent.slice(0, agentCharsMax),
      createdAtMs: nowMs,
      expiresAtMs: nowMs + lifetimeMs,
      polledAtMs: 0,
    };
  }
}

function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

function newUserCode(): string {
  return spaced(
    Array.from({ length: userCodeChars }, () => letters[randomInt(letters.length)] ?? '').join(''),
  );
}

function spaced(bare: string): string {
  return `${bare.slice(0, userCodeChars / 2)}-${bare.slice(userCodeChars / 2)}`;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

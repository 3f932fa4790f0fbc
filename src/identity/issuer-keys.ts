import { createLocalJWKSet, errors } from 'jose';
import type { CryptoKey, JSONWebKeySet, JWSHeaderParameters } from 'jose';
import type { Clock } from '../core/ports.ts';
import { tokenRefused } from './token-fault.ts';

/** Where the public key for a token's header comes from. */
export interface KeySource {
  /** @throws SallyportError `unauthenticated`, or jose's own error where no key or several fit */
  keyFor(header: JWSHeaderParameters): Promise<CryptoKey>;
}

/** Older keys are fetched anew before use, so that a key the issuer withdrew stops counting. */
export const keysFreshMs = 10 * 60_000;
/** An unknown key makes the gateway ask again, but no more often than this, however many such tokens come. */
export const refetchCooldownMs = 30_000;
/** After a failed fetch. Shorter, so that a gateway started before its issuer does not stay deaf for long. */
export const retryCooldownMs = 5_000;
/**
 * How long keys go on being used while their issuer cannot be reached: an outage of a night, and no more,
 * as nobody can withdraw a key in that time.
 */
export const keysStaleMsMax = 24 * 3_600_000;

type KeyPicker = ReturnType<typeof createLocalJWKSet>;

/** The keys of one issuer, as it publishes them: cached, fetched again on rotation, kept through an outage. */
export class IssuerKeys implements KeySource {
  readonly #fetch: () => Promise<JSONWebKeySet>;
  readonly #clock: Clock;
  #pick: KeyPicker | undefined;
  #fetchedAtMs = 0;
  #notBeforeMs = 0;
  #attemptedAtMs = 0;
  #fetching: Promise<boolean> | undefined;
  #failure: unknown;

  constructor(fetch: () => Promise<JSONWebKeySet>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  async keyFor(header: JWSHeaderParameters): Promise<CryptoKey> {
    if (!this.#youngerThan(keysFreshMs)) await this.#refresh();
    try {
      return await this.#usable()(header);
    } catch (error) {
      if (!mayBeRotated(error) || !(await this.#refresh())) throw error;
      return this.#usable()(header);
    }
  }

  #usable(): KeyPicker {
    if (this.#pick !== undefined && this.#youngerThan(keysStaleMsMax)) return this.#pick;
    throw tokenRefused('issuer_unavailable', 'no keys, or none young enough', this.#failure);
  }

  /** A clock that was stepped back makes the keys' age unknown: then they count as old, and are fetched. */
  #youngerThan(ageMs: number): boolean {
    const age = this.#clock.now() - this.#fetchedAtMs;
    return this.#pick !== undefined && age >= 0 && age < ageMs;
  }

  /** One fetch at a time, whoever asks. False where none was due, or it failed; the keys then stay as they were. */
  #refresh(): Promise<boolean> {
    if (this.#fetching !== undefined) return this.#fetching;
    const now = this.#clock.now();
    if (now < this.#notBeforeMs && now >= this.#attemptedAtMs) return Promise.resolve(false);
    this.#fetching = this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<boolean> {
    const now = this.#clock.now();
    this.#attemptedAtMs = now;
    try {
      this.#pick = createLocalJWKSet(await this.#fetch());
      this.#fetchedAtMs = now;
      this.#notBeforeMs = now + refetchCooldownMs;
      this.#failure = undefined;
      return true;
    } catch (error) {
      this.#failure = error;
      this.#notBeforeMs = now + retryCooldownMs;
      return false;
    }
  }
}

function mayBeRotated(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}

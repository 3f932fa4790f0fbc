import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { IssuerSpec } from '../core/issuer.ts';
import type { Clock, Verifier } from '../core/ports.ts';
import { isErrand, type Errands } from './errands.ts';
import { fetchKeys } from './fetch-keys.ts';
import type { Fetch } from './fetch-keys.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { issuerProblem, localIssuerName } from './issuer.ts';
import type { LocalIssuer } from './local.ts';
import { verifyToken } from './oidc.ts';
import { isTicket } from './tickets.ts';
import type { Tickets } from './tickets.ts';
import { tokenRefused } from './token-fault.ts';
import { readUnverified } from './unverified-token.ts';

export interface IdentitiesOptions {
  readonly issuers: readonly IssuerSpec[];
  /** Absent: the gateway's own tokens are refused. */
  readonly local?: LocalIssuer;
  /** Whom people sign in with: their tickets count, tokens of this issuer only where it is among the others. */
  readonly signIn?: string;
  /** Absent: the gateway's own tickets are refused. */
  readonly tickets?: Pick<Tickets, 'verify'>;
  /** Absent: passes of the gateway's own tools are refused. */
  readonly errands?: Pick<Errands, 'opened'>;
  readonly clock: Clock;
  /** Absent: Node's own. */
  readonly fetch?: Fetch;
  /** Told of each failed attempt to get an issuer's keys, of which there is one in `retryCooldownMs` at most. */
  readonly onKeysFailed?: (issuer: string, error: unknown) => void;
}

/** Whose tokens count, and where the keys for them are. */
interface Trusted {
  readonly spec: IssuerSpec;
  readonly keys: IssuerKeys;
}

/** All issuers that the configuration trusts. */
export class Identities implements Verifier {
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  readonly #onKeysFailed: (issuer: string, error: unknown) => void;
  readonly #tickets: Pick<Tickets, 'verify'> | undefined;
  readonly #errands: Pick<Errands, 'opened'> | undefined;
  #local: LocalIssuer | undefined;
  #signIn: string | undefined;
  #trusted: readonly Trusted[] = [];

  /** @throws TypeError where an issuer cannot be trusted as configured */
  constructor(options: IdentitiesOptions) {
    const { tickets, errands, clock, fetch = globalThis.fetch, onKeysFailed } = options;
    this.#clock = clock;
    this.#tickets = tickets;
    this.#errands = errands;
    this.#fetch = fetch;
    this.#onKeysFailed = onKeysFailed ?? (() => undefined);
    this.update(options);
  }

  /**
   * Replaces the issuers in force, all or (where it throws) none. Keys of issuers that stay are kept.
   * @throws TypeError where an issuer cannot be trusted as configured
   */
  update({ issuers, local, signIn }: Pick<IdentitiesOptions, 'issuers' | 'local' | 'signIn'>): void {
    const problem = issuers.map(issuerProblem).find((found) => found !== undefined);
    if (problem !== undefined) throw new TypeError(problem);
    const known = new Map(this.#trusted.map(({ spec, keys }) => [keysId(spec), keys]));
    this.#trusted = issuers.map((spec) => ({ spec, keys: this.#keys(spec, known) }));
    this.#local = local;
    this.#signIn = signIn;
  }

  async verify(token: string): Promise<Identity> {
    if (isErrand(token)) return this.#verifyErrand(token);
    if (isTicket(token)) return this.#verifyTicket(token);
    const { issuer, audiences } = readUnverified(token);
    if (issuer === localIssuerName) {
      if (this.#local === undefined) throw tokenRefused('unknown_issuer', 'identity.local is off');
      return this.#local.verify(token);
    }
    const { spec, keys } = this.#choose(issuer, audiences);
    return verifyToken(token, spec, keys, this.#clock);
  }

  async #verifyErrand(pass: string): Promise<Identity> {
    if (this.#errands === undefined) throw tokenRefused('errand', 'passes are not taken here');
    const { token, identity } = this.#errands.opened(pass);
    return identity(await this.verify(token));
  }

  /** A ticket counts for as long as everybody in it comes from an issuer that is trusted now. */
  async #verifyTicket(token: string): Promise<Identity> {
    if (this.#tickets === undefined) throw tokenRefused('ticket', 'tickets are not taken here');
    const identity = await this.#tickets.verify(token);
    if (chain(identity).every(({ issuer }) => this.#trusts(issuer))) return identity;
    throw tokenRefused('unknown_issuer', 'the ticket comes from an issuer that is no longer configured');
  }

  #trusts(issuer: string): boolean {
    if (issuer === localIssuerName) return this.#local !== undefined;
    if (issuer === this.#signIn) return true;
    return this.#trusted.some(({ spec }) => spec.issuer === issuer);
  }

  /** By what the token says of itself, which `verifyToken` then proves. */
  #choose(issuer: string, audiences: readonly string[]): Trusted {
    const ofIssuer = this.#trusted.filter(({ spec }) => spec.issuer === issuer);
    if (ofIssuer.length === 0) throw tokenRefused('unknown_issuer', 'iss is not configured');
    const [one, another] = ofIssuer.filter(({ spec }) => audiences.includes(spec.audience));
    if (one === undefined) throw tokenRefused('audience', 'aud is not that of the issuer');
    // One issuer may be configured twice, as agent and as human: a token for both says neither.
    if (another !== undefined) throw tokenRefused('audience', 'aud fits several entries of the issuer');
    return one;
  }

  /** Two entries of one issuer share its keys; `known` remembers them. */
  #keys(spec: IssuerSpec, known: Map<string, IssuerKeys>): IssuerKeys {
    const id = keysId(spec);
    const keys = known.get(id) ?? new IssuerKeys(() => this.#fetchKeys(spec), this.#clock);
    known.set(id, keys);
    return keys;
  }

  async #fetchKeys(spec: IssuerSpec): ReturnType<typeof fetchKeys> {
    try {
      return await fetchKeys(spec, this.#fetch);
    } catch (error) {
      this.#onKeysFailed(spec.issuer, error);
      throw error;
    }
  }
}

function keysId({ issuer, jwksUri }: IssuerSpec): string {
  return JSON.stringify([issuer, jwksUri]);
}

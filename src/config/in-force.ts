import type { Clock, Grants, Policy } from '../core/ports.ts';
import { closedPolicy, type Closed } from '../policy/closed.ts';
import { compilePolicy } from '../policy/decide.ts';
import type { Config } from './config.ts';

/** The configuration that counts now, and the policy compiled from it. A reload replaces both at once. */
export class InForce {
  readonly #clock: Clock;
  readonly #grants: Grants | undefined;
  #config: Config;
  #policy: Policy;
  #closed: Closed | undefined;

  /** `grants` absent: dormant rules stay asleep. */
  constructor(config: Config, clock: Clock, grants?: Grants) {
    this.#clock = clock;
    this.#grants = grants;
    this.#config = config;
    this.#policy = this.#compile(config, 1);
  }

  get config(): Config {
    return this.#config;
  }

  get policy(): Policy {
    return this.#policy;
  }

  replace(config: Config): void {
    this.#config = config;
    this.#renew();
  }

  /** From the next command on none is let through, whatever configuration comes, until `reopen`. */
  close(why: Closed): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    this.#renew();
  }

  reopen(): void {
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    this.#renew();
  }

  #renew(): void {
    const policy = this.#compile(this.#config, this.#policy.version + 1);
    this.#policy = this.#closed === undefined ? policy : closedPolicy(policy, this.#closed);
  }

  #compile({ rules }: Config, version: number): Policy {
    const now = (): number => this.#clock.now();
    const grants = this.#grants;
    return compilePolicy(rules, { version, now, ...(grants === undefined ? {} : { grants }) });
  }
}

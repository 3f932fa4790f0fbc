import type { Clock, Policy } from '../core/ports.ts';
import { compilePolicy } from '../policy/decide.ts';
import type { Config } from './config.ts';

/** The configuration that counts now, and the policy compiled from it. A reload replaces both at once. */
export class InForce {
  readonly #clock: Clock;
  #config: Config;
  #policy: Policy;

  constructor(config: Config, clock: Clock) {
    this.#clock = clock;
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
    this.#policy = this.#compile(config, this.#policy.version + 1);
    this.#config = config;
  }

  #compile({ rules }: Config, version: number): Policy {
    return compilePolicy(rules, { version, now: () => this.#clock.now() });
  }
}

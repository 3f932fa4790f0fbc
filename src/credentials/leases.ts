import { SallyportError } from '../core/errors.ts';
import type { Lease, Lessor } from '../core/ports.ts';
import type { PostgresCredentialSpec, PostgresTarget } from '../core/target.ts';
import { type MintRequest, RoleMint, type RoleMintOptions } from './postgres-role.ts';
import { staticLease } from './static.ts';

export type LeasesOptions = RoleMintOptions;

/** Upstream credentials, of whichever kind the target asks for. */
export class Leases implements Lessor {
  readonly roles: RoleMint;
  readonly #options: LeasesOptions;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.roles = new RoleMint(options);
  }

  /** @throws SallyportError `credential_unavailable`; its cause never reaches a client */
  async lease(request: MintRequest): Promise<Lease> {
    try {
      return await this.#make(request.target.credential, request);
    } catch (error) {
      throw unavailable(request.target, error);
    }
  }

  /** Lets go of the administrators' connections. Leases that are still out are left to the next reaper. */
  async close(): Promise<void> {
    await this.roles.close();
  }

  #make(spec: PostgresCredentialSpec, request: MintRequest): Promise<Lease> {
    switch (spec.kind) {
      case 'static':
        return staticLease(spec, this.#options.resolveSecret);
      case 'mint':
        return this.roles.mint(spec, request);
    }
  }
}

function unavailable(target: PostgresTarget, cause: unknown): SallyportError {
  return new SallyportError(
    'credential_unavailable',
    `Sallyport: no credential for ${target.name} can be had at the moment`,
    { hint: 'Try again; if it stays so, tell whoever runs the gateway. The log says why.', cause },
  );
}

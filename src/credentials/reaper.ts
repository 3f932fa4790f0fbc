import type { Clock } from '../core/ports.ts';
import type { InstanceRecords, LeaseRecord, LeaseRecords } from '../core/records.ts';
import type { PostgresTarget } from '../core/target.ts';
import type { MintSpec } from './postgres-admin.ts';
import type { RoleMint } from './postgres-role.ts';

export interface ReaperOptions {
  readonly roles: RoleMint;
  readonly records: LeaseRecords;
  readonly instances: InstanceRecords;
  readonly clock: Clock;
  readonly instance: string;
  /** Those in force, read anew for every sweep. */
  readonly targets: () => readonly PostgresTarget[];
  readonly report: (message: string, cause: unknown) => void;
}

const everyMs = 60_000;

type MintTarget = PostgresTarget & { readonly credential: MintSpec };

/** Ends what sessions left behind at upstreams: after a crash, or when the upstream was away at their end. */
export class Reaper {
  readonly #it: ReaperOptions;
  /** Targets that were searched for roles without a lease; such come from before this process only. */
  readonly #searched = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(options: ReaperOptions) {
    this.#it = options;
  }

  /**
   * Sweeps now, in the background, and from then on every minute. To be awaited before the first lease is made:
   * until then other processes on the same store take this one for dead.
   */
  async start(): Promise<void> {
    await this.#it.instances.beat(this.#it.instance, this.#it.clock.now());
    this.#timer ??= setInterval(() => void this.sweep(), everyMs).unref();
    void this.sweep();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#sweeping;
    await this.#it.instances.remove(this.#it.instance);
  }

  /** Never throws; what fails is tried again at the next one. */
  async sweep(): Promise<void> {
    const { instances, instance, clock, report } = this.#it;
    try {
      // Also while the last sweep still waits for an upstream: other processes must not take this one for dead.
      await instances.beat(instance, clock.now());
      await (this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined)));
    } catch (error) {
      report('leftovers of sessions could not be looked up', error);
    }
  }

  async #sweep(): Promise<void> {
    const { instances, instance, clock, records, targets } = this.#it;
    const live = [...(await instances.live(clock.now())), instance];
    const leftovers = await records.leftovers(live);
    const minting = targets().filter(mints);
    await this.#explain(leftovers.filter((lease) => minting.every(({ name }) => name !== lease.target)));
    // One that is away must not keep the others waiting.
    await Promise.all(
      minting.map((target) =>
        this.#sweepTarget(
          target,
          leftovers.filter((lease) => lease.target === target.name),
        ),
      ),
    );
  }

  async #sweepTarget(target: MintTarget, leftovers: readonly LeaseRecord[]): Promise<void> {
    const { roles, report } = this.#it;
    const { credential, name } = target;
    if (leftovers.length === 0 && this.#searched.has(name)) return;
    try {
      const strays = await roles.adopt(target, credential);
      this.#searched.add(name);
      for (const lease of [...leftovers, ...strays]) await roles.drop(lease, target, credential);
    } catch (error) {
      report(`leftovers of sessions on ${name} could not be cleaned up`, error);
    }
  }

  async #explain(stranded: readonly LeaseRecord[]): Promise<void> {
    for (const { id } of stranded) {
      await this.#it.records.ending(id, 'its target is not configured to mint roles any more');
    }
  }
}

function mints(target: PostgresTarget): target is MintTarget {
  return target.credential.kind === 'mint';
}

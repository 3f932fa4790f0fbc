import type { Identity } from '../core/identity.ts';
import type { Clock, Grants } from '../core/ports.ts';
import { grantKey, termsOf } from '../core/requests.ts';
import type { RequestRecord } from '../core/requests.ts';
import type { Rule } from '../core/rule.ts';
import type { Target } from '../core/target.ts';

/** A grant that is in force. */
export type Grant = Pick<RequestRecord, 'id' | 'key' | 'target' | 'rule' | 'terms'> & {
  readonly untilMs: number;
  /** What it was asked for, as approvers were shown; absent: nothing was said, and it is for whatever. */
  readonly purpose?: string;
  readonly task?: string;
};

/** The grants in force, at hand so that asking costs nothing. What is over by the clock is never awake. */
export class LiveGrants implements Grants {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #grants = new Map<string, Grant>();
  /** Over, and not yet taken. */
  #over: Grant[] = [];
  #changes = 0;
  #nextEndMs = Number.POSITIVE_INFINITY;

  /** @param onChange told of every grant that begins or ends */
  constructor(clock: Clock, onChange: () => void = () => undefined) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get version(): number {
    this.#endDue();
    return this.#changes;
  }

  awake(identity: Identity, rule: Rule, target: Target): boolean {
    return this.of(identity, rule, target) !== undefined;
  }

  /** The grant that keeps a rule awake, the longest of several. */
  of(identity: Identity, rule: Rule, target: Target): Grant | undefined {
    this.#endDue();
    if (this.#grants.size === 0) return undefined;
    const key = grantKey(identity);
    return [...this.#grants.values()]
      .filter((grant) => grant.key === key && grant.rule === rule.name && grant.target === target.name)
      .filter((grant) => grant.terms === termsOf(rule) && isFor(grant, identity))
      .toSorted((a, b) => b.untilMs - a.untilMs)[0];
  }

  start(grant: Grant): void {
    this.#grants.set(grant.id, grant);
    this.#changed();
  }

  /** False: it is over already. */
  end(id: string): boolean {
    const grant = this.#grants.get(id);
    if (grant === undefined) return false;
    this.#grants.delete(id);
    this.#over.push(grant);
    this.#changed();
    return true;
  }

  list(): readonly Grant[] {
    this.#endDue();
    return [...this.#grants.values()];
  }

  /** What has ended since it was last asked, for whatever reason. */
  takeOver(): readonly Grant[] {
    this.#endDue();
    const over = this.#over;
    this.#over = [];
    return over;
  }

  #endDue(): void {
    if (this.#nextEndMs === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#clock.now();
    if (nowMs < this.#nextEndMs) return;
    for (const grant of this.#grants.values()) if (grant.untilMs <= nowMs) this.end(grant.id);
  }

  #changed(): void {
    this.#changes += 1;
    this.#nextEndMs = Math.min(
      Number.POSITIVE_INFINITY,
      ...[...this.#grants.values()].map(({ untilMs }) => untilMs),
    );
    this.#onChange();
  }
}

function isFor({ purpose, task }: Grant, identity: Identity): boolean {
  if (purpose !== undefined && purpose !== identity.purpose) return false;
  return task === undefined || task === identity.task;
}

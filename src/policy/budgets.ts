import type { Allowance, Budget, BudgetLeft, BudgetUnit, BudgetUse } from '../core/budget.ts';
import { budgetUnits } from '../core/budget.ts';
import type { Command } from '../core/command.ts';
import type { Effect } from '../core/effect.ts';
import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { identityKey } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { Budgets, Grants } from '../core/ports.ts';
import type { Rule } from '../core/rule.ts';
import type { Session } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import { Counter, dayMs } from './counter.ts';
import { matchesTarget, matchesWho } from './match.ts';

export interface BudgetsInForce {
  readonly budgets: readonly Budget[];
  readonly rules: readonly Rule[];
}

export interface BudgetBookParts {
  readonly grants: Grants;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A budget that is about somebody. */
interface Applicable {
  readonly budget: Budget;
  readonly key: string;
  /** Whom it is counted for: the identity, or one that acts for it. */
  readonly identity: Identity;
}

/** A budget, and where it counts now. */
interface Counted {
  readonly budget: Budget;
  readonly counter: Counter;
}

/** Counts what identities use, in memory; what is to outlive the process is asked for by `takeUses`. */
export class BudgetBook implements Budgets {
  readonly #parts: BudgetBookParts;
  readonly #counters = new Map<string, Counter>();
  #budgets: readonly { readonly budget: Budget; readonly key: string }[] = [];
  #dormant = new Map<string, Rule>();
  #applicable = new WeakMap<Identity, WeakMap<Target, readonly Applicable[]>>();

  constructor(parts: BudgetBookParts) {
    this.#parts = parts;
  }

  /** At start, and after a reload: what was counted goes on under a changed limit. */
  use({ budgets, rules }: BudgetsInForce): void {
    this.#budgets = budgets.map((budget) => ({ budget, key: keyOf(budget) }));
    this.#dormant = new Map(
      rules.filter(({ onRequest }) => onRequest !== undefined).map((rule) => [rule.name, rule]),
    );
    this.#applicable = new WeakMap();
  }

  /** What was used before this process. */
  load(uses: readonly BudgetUse[]): void {
    for (const use of uses) this.#counterOf(use).preset(use);
  }

  /** What all processes that count have kept by now, this one among them. */
  refresh(uses: readonly BudgetUse[]): void {
    for (const use of uses) this.#counterOf(use).refresh(use);
  }

  spent(session: Session, command: Command, rules: readonly string[]): SallyportError | undefined {
    const counted = this.#counted(session, command, rules);
    return counted && this.#spentOf(counted);
  }

  take(session: Session, command: Command, rules: readonly string[]): Allowance | SallyportError | undefined {
    const counted = this.#counted(session, command, rules);
    if (counted === undefined) return undefined;
    const spent = this.#spentOf(counted);
    if (spent !== undefined) return spent;
    for (const counter of countersOf(counted)) counter.add('commands', 1);
    return {
      boundsAnswer: counted.some(({ budget: { limits } }) => (limits.rows ?? limits.bytes) !== undefined),
      spend: (bytes, rows = 1) => this.#spend(counted, bytes, rows),
    };
  }

  left(identity: Identity, target?: Target): readonly BudgetLeft[] {
    const found = target === undefined ? this.#about(identity, () => true) : this.#of(identity, target);
    return found.flatMap((one) =>
      budgetUnits.flatMap((unit) => {
        const limit = one.budget.limits[unit];
        return limit === undefined ? [] : [this.#leftOf(one, unit, limit)];
      }),
    );
  }

  /** What was used since the last time, so that it can be kept. */
  takeUses(): readonly BudgetUse[] {
    const nowMs = this.#parts.now();
    const uses: BudgetUse[] = [];
    for (const [key, counter] of this.#counters) {
      const use = counter.takeUse();
      if (use !== undefined) uses.push(use);
      else if (counter.expiresAtMs <= nowMs) this.#counters.delete(key);
    }
    return uses;
  }

  /** What could not be kept, to be asked for again. */
  giveBack(uses: readonly BudgetUse[]): void {
    for (const use of uses) this.#counterOf(use).giveBack(use);
  }

  #spentOf(counted: readonly Counted[]): SallyportError | undefined {
    for (const { budget, counter } of counted) {
      const unit = budgetUnits.find((one) => counter.used(one) >= (budget.limits[one] ?? Infinity));
      if (unit !== undefined) return this.#refusal(budget, unit);
    }
    return undefined;
  }

  #spend(counted: readonly Counted[], bytes: number, rows: number): SallyportError | undefined {
    for (const { budget, counter } of counted) {
      const { limits } = budget;
      if (counter.used('rows') + rows > (limits.rows ?? Infinity)) return this.#refusal(budget, 'rows');
      if (counter.used('bytes') + bytes > (limits.bytes ?? Infinity)) return this.#refusal(budget, 'bytes');
    }
    for (const counter of countersOf(counted)) {
      counter.add('rows', rows);
      counter.add('bytes', bytes);
    }
    return undefined;
  }

  /** Undefined: nothing is counted. */
  #counted(
    { id, identity, target, ended }: Session,
    { effects }: Command,
    rules: readonly string[],
  ): readonly Counted[] | undefined {
    if (this.#budgets.length === 0 || isFree(effects)) return undefined;
    const found = this.#of(identity, target).flatMap((one) =>
      this.#periods(one, id, target, rules).map(({ period, expiresAtMs }) => {
        const { budget, key, identity: who } = one;
        const counter = this.#counterOf({ budget: key, identity: identityKey(who), period, expiresAtMs });
        if (budget.per === 'session' && counter.isNew) {
          ended.addEventListener('abort', () => this.#counters.delete(counter.key), { once: true });
        }
        return { budget, counter };
      }),
    );
    return found.length === 0 ? undefined : found;
  }

  /** In which periods it counts now. Under several grants at once it counts in each. */
  #periods({ budget, identity }: Applicable, session: string, target: Target, rules: readonly string[]) {
    if (budget.per === 'session') return [{ period: session, expiresAtMs: Infinity }];
    if (budget.per === 'day') return [dayOf(this.#parts.now())];
    return rules.flatMap((name) => {
      const rule = this.#dormant.get(name);
      const grant = rule && this.#parts.grants.of?.(identity, rule, target);
      return grant === undefined ? [] : [{ period: grant.id, expiresAtMs: grant.untilMs }];
    });
  }

  #of(identity: Identity, target: Target): readonly Applicable[] {
    let ofIdentity = this.#applicable.get(identity);
    if (ofIdentity === undefined) this.#applicable.set(identity, (ofIdentity = new WeakMap()));
    let found = ofIdentity.get(target);
    if (found === undefined) {
      found = this.#about(identity, (budget) => matchesTarget(budget.targets, target));
      ofIdentity.set(target, found);
    }
    return found;
  }

  #about(identity: Identity, there: (budget: Budget) => boolean): readonly Applicable[] {
    return chain(identity).flatMap((one) =>
      this.#budgets
        .filter(({ budget }) => there(budget) && matchesWho(budget.who, one))
        .map((it) => ({ ...it, identity: one })),
    );
  }

  #counterOf(it: Pick<BudgetUse, 'budget' | 'identity' | 'period' | 'expiresAtMs'>): Counter {
    const made = new Counter(it);
    const known = this.#counters.get(made.key);
    if (known === undefined) this.#counters.set(made.key, made);
    return known ?? made;
  }

  #leftOf({ budget, key, identity }: Applicable, unit: BudgetUnit, limit: number): BudgetLeft {
    const about = { name: budget.name, per: budget.per, unit, limit };
    if (budget.per !== 'day') return { ...about, left: null, renews: null };
    const day = dayOf(this.#parts.now());
    const counter = this.#counterOf({ budget: key, identity: identityKey(identity), ...day });
    const left = Math.max(0, limit - counter.used(unit));
    return { ...about, left, renews: new Date(day.expiresAtMs).toISOString() };
  }

  #refusal({ name, per, limits }: Budget, unit: BudgetUnit): SallyportError {
    const limit = limits[unit] ?? 0;
    const renews = per === 'day' ? new Date(dayOf(this.#parts.now()).expiresAtMs).toISOString() : null;
    return new SallyportError(
      'limit_budget',
      `Sallyport: budget "${name}" is spent: ${limit} ${unit} a ${per}`,
      {
        hint:
          renews === null
            ? `It counts anew with the next ${per}; ask whoever keeps sallyport.yaml for more.`
            : `It is renewed at ${renews}; ask whoever keeps sallyport.yaml for more.`,
        detail: { budget: { name, per, unit, limit, left: 0, renews } },
      },
    );
  }
}

/** Budgets that differ in their limits alone share one. */
function countersOf(counted: readonly Counted[]): ReadonlySet<Counter> {
  return new Set(counted.map(({ counter }) => counter));
}

/** So that a transaction can be begun and, above all, ended; FETCH, SHOW and NOTIFY carry data. */
const freeActions: ReadonlySet<string> = new Set([
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'release',
  'rollback_to',
  'set',
  'reset',
  'set_constraints',
  'close',
  'deallocate',
  'discard',
  'unlisten',
]);

function isFree(effects: readonly Effect[]): boolean {
  const free = effects.every(({ kind, action }) => kind === 'session' && freeActions.has(action));
  return free && effects.length > 0;
}

/** A day of UTC, and when it is over. */
function dayOf(nowMs: number): { readonly period: string; readonly expiresAtMs: number } {
  const day = Math.floor(nowMs / dayMs);
  return { period: new Date(day * dayMs).toISOString().slice(0, 10), expiresAtMs: (day + 1) * dayMs };
}

/** A limit may change under what was counted; whom and where it is about may not. */
function keyOf({ who, targets, per }: Budget): string {
  return JSON.stringify([who, targets, per]);
}

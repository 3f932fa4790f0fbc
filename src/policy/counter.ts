import type { BudgetUnit, BudgetUse } from '../core/budget.ts';

export const dayMs = 86_400_000;

type Place = Pick<BudgetUse, 'budget' | 'identity' | 'period' | 'expiresAtMs'>;
type Sums = Record<BudgetUnit, number>;

/** What one identity has used of one budget in one period. */
export class Counter {
  readonly key: string;
  readonly expiresAtMs: number;
  readonly #place: Place;
  readonly #used: Sums = { rows: 0, commands: 0, bytes: 0 };
  /** Of that, what nobody has kept yet. */
  readonly #unkept: Sums = { rows: 0, commands: 0, bytes: 0 };
  #changed = false;

  constructor({ budget, identity, period, expiresAtMs }: Place) {
    this.#place = { budget, identity, period, expiresAtMs };
    this.key = JSON.stringify([budget, identity, period]);
    this.expiresAtMs = expiresAtMs;
  }

  /** Nothing was counted yet. */
  get isNew(): boolean {
    return this.#used.commands === 0;
  }

  used(unit: BudgetUnit): number {
    return this.#used[unit];
  }

  add(unit: BudgetUnit, count: number): void {
    this.#used[unit] += count;
    this.#unkept[unit] += count;
    this.#changed = true;
  }

  /** What was used and kept before. */
  preset(use: Sums): void {
    for (const unit of ['rows', 'commands', 'bytes'] as const) this.#used[unit] += use[unit];
  }

  /** What all processes have kept; beside it counts what this one has not kept yet. */
  refresh(kept: Sums): void {
    for (const unit of ['rows', 'commands', 'bytes'] as const) {
      this.#used[unit] = kept[unit] + this.#unkept[unit];
    }
  }

  /** A session's ends with it, and is kept nowhere. */
  takeUse(): BudgetUse | undefined {
    if (!this.#changed || this.expiresAtMs === Infinity) return undefined;
    this.#changed = false;
    const use = { ...this.#place, ...this.#unkept };
    for (const unit of ['rows', 'commands', 'bytes'] as const) this.#unkept[unit] = 0;
    return use;
  }

  giveBack(use: Sums): void {
    for (const unit of ['rows', 'commands', 'bytes'] as const) this.#unkept[unit] += use[unit];
    this.#changed = true;
  }
}

import type { BudgetRecords, BudgetUse } from '../core/budget.ts';
import type { Clock } from '../core/ports.ts';

/** Where uses are counted. */
export interface Counting {
  load(uses: readonly BudgetUse[]): void;
  refresh(uses: readonly BudgetUse[]): void;
  takeUses(): readonly BudgetUse[];
  giveBack(uses: readonly BudgetUse[]): void;
}

/** A kill of the process forgets what was counted since. */
const everyMs = 500;
const pruneEveryMs = 3_600_000;

/** Keeps what is counted against budgets, so that a restart forgets nothing. */
export class BudgetKeeper {
  readonly #book: Counting;
  readonly #records: BudgetRecords;
  readonly #clock: Clock;
  readonly #report: (message: string, cause: unknown) => void;
  readonly #shared: boolean;
  #timer: NodeJS.Timeout | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #pruneAtMs = 0;
  #failing = false;

  constructor(it: {
    readonly book: Counting;
    readonly records: BudgetRecords;
    readonly clock: Clock;
    readonly report: (message: string, cause: unknown) => void;
    /** Other processes count too: what they have kept counts here from the next time on. */
    readonly shared?: boolean;
  }) {
    this.#book = it.book;
    this.#records = it.records;
    this.#clock = it.clock;
    this.#report = it.report;
    this.#shared = it.shared ?? false;
  }

  async start(): Promise<void> {
    this.#book.load(await this.#records.list(this.#clock.now()));
    this.#timer = setInterval(() => void this.keep(), everyMs).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.keep();
  }

  /** Never throws: what cannot be kept now is kept the next time, and counts meanwhile. */
  keep(): Promise<void> {
    this.#keeping = this.#keeping.then(() => this.#keep());
    return this.#keeping;
  }

  async #keep(): Promise<void> {
    let uses = this.#book.takeUses();
    try {
      if (uses.length > 0) await this.#records.add(uses);
      uses = [];
      const nowMs = this.#clock.now();
      if (this.#shared) this.#book.refresh(await this.#records.list(nowMs));
      if (nowMs >= this.#pruneAtMs) {
        this.#pruneAtMs = nowMs + pruneEveryMs;
        await this.#records.prune(nowMs);
      }
      this.#failing = false;
    } catch (error) {
      this.#book.giveBack(uses);
      if (!this.#failing) this.#report('what budgets have counted cannot be kept', error);
      this.#failing = true;
    }
  }
}

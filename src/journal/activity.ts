import { activityStepMs } from '../core/activity.ts';
import type { ActivityCounts, ActivityRecords, ActivityStep } from '../core/activity.ts';
import { Carrier } from '../core/carrier.ts';
import type { Event } from '../core/event.ts';
import type { Clock } from '../core/ports.ts';

/** How often what was counted goes to the store. A process that is killed loses so much of it: counts, not events. */
const flushMs = 2_000;
const keepMs = 31 * 86_400_000;

interface ActivityOptions {
  readonly records: ActivityRecords;
  readonly clock: Clock;
  readonly report: (message: string, cause: unknown) => void;
}

type Counting = { -readonly [name in keyof ActivityCounts]: number };

/** How much went on, counted from the events on their way to the journal and brought to the store in the background. */
export class Activity {
  readonly #clock: Clock;
  readonly #carrier: Carrier<ActivityStep>;
  #counting = new Map<number, Counting>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ records, clock, report }: ActivityOptions) {
    this.#clock = clock;
    this.#carrier = new Carrier({
      take: () => this.#take(),
      add: async (steps) => {
        await records.dropBefore(clock.now() - keepMs);
        await records.add(steps);
      },
      failed: (cause) => report('what went on could not be counted', cause),
    });
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), flushMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Called with every event on its way to the journal. */
  observe(event: Event): void {
    switch (event.type) {
      case 'session.opened':
        this.#now().sessions++;
        return;
      case 'command':
        this.#now().commands++;
        return;
      case 'hold.opened':
        this.#now().holds++;
        return;
      case 'command.refused':
      case 'identity.refused':
        this.#now().refusals++;
        return;
      case 'result':
        if (event.masked > 0) this.#now().masked += event.masked;
    }
  }

  /** Never throws: what could not be kept is tried again the next time. */
  flush(): Promise<void> {
    return this.#carrier.flush();
  }

  #now(): Counting {
    const nowMs = this.#clock.now();
    const atMs = nowMs - (nowMs % activityStepMs);
    const known = this.#counting.get(atMs);
    if (known !== undefined) return known;
    const none = { sessions: 0, commands: 0, holds: 0, refusals: 0, masked: 0 };
    this.#counting.set(atMs, none);
    return none;
  }

  #take(): readonly ActivityStep[] {
    const steps = [...this.#counting].map(([atMs, counts]) => ({ atMs, ...counts }));
    this.#counting = new Map();
    return steps;
  }
}

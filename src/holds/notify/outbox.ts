import { randomUUID } from 'node:crypto';
import type { ChannelSpec } from '../../core/channel.ts';
import type { Notice, NoticeRecord, NoticeRecords } from '../../core/notice.ts';
import type { Clock, Journal, Notices } from '../../core/ports.ts';
import type { Channel } from './channel.ts';
import { DeliveryFailed } from './post.ts';
import { shown } from './shown.ts';

export interface OutboxOptions {
  readonly records: NoticeRecords;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly open: (spec: ChannelSpec) => Channel;
  /** Attempts that failed, and what the store could not keep. */
  readonly report: (message: string, cause: unknown) => void;
  /** How long after the first failure the second attempt is made; it doubles from there. */
  readonly firstPauseMs?: number;
}

interface Pump {
  readonly spec: ChannelSpec;
  readonly channel: Channel;
  readonly stopped: AbortController;
  timer?: NodeJS.Timeout;
  running?: Promise<void>;
}

const firstPauseMsDefault = 2_000;
const pauseMsMax = 15 * 60_000;
/** What nobody took for so long is given up. */
const keptMs = 24 * 3_600_000;
const sweepMs = 10 * 60_000;

/**
 * Notices on their way out. Each is kept in the store until its channel has taken it, so that a restart loses none;
 * channels do not wait for each other. Whoever receives one may get it twice, with the same id.
 */
export class Outbox implements Notices {
  readonly #it: OutboxOptions;
  #pumps = new Map<string, Pump>();
  #sweeper: NodeJS.Timeout | undefined;
  readonly #adding = new Set<Promise<void>>();

  constructor(options: OutboxOptions) {
    this.#it = options;
  }

  /** The channels of the configuration in force. What waits for one that is no more is given up in its time. */
  use(specs: readonly ChannelSpec[]): void {
    const before = this.#pumps;
    this.#pumps = new Map();
    for (const spec of specs) {
      const same = before.get(spec.name);
      if (same !== undefined && JSON.stringify(keyOf(same.spec)) === JSON.stringify(keyOf(spec))) {
        before.delete(spec.name);
        this.#pumps.set(spec.name, same);
        continue;
      }
      const pump = { spec, channel: this.#it.open(spec), stopped: new AbortController() };
      this.#pumps.set(spec.name, pump);
      this.#wake(pump);
    }
    for (const gone of before.values()) stop(gone);
    this.#sweeper ??= setInterval(() => void this.#sweep(), sweepMs).unref();
    void this.#sweep();
  }

  tell(notice: Notice): void {
    const told = shown(notice);
    const pumps = [...this.#pumps.values()].filter(({ spec }) =>
      notice.channels === undefined ? spec.on.includes(notice.kind) : notice.channels.includes(spec.name),
    );
    if (pumps.length === 0) return;
    const adding = this.#add(told, pumps);
    this.#adding.add(adding);
    void adding.finally(() => this.#adding.delete(adding));
  }

  /** What is under way is broken off, and goes out again after the next start. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all(this.#adding);
    const pumps = [...this.#pumps.values()];
    for (const pump of pumps) stop(pump);
    this.#pumps.clear();
    await Promise.all(pumps.map(({ running }) => running));
  }

  async #add(notice: Notice, pumps: readonly Pump[]): Promise<void> {
    const { records, clock, report } = this.#it;
    const atMs = clock.now();
    const one = { notice, createdAtMs: atMs, nextAtMs: atMs, attempts: 0 };
    try {
      await records.add(pumps.map(({ spec }) => ({ ...one, id: randomUUID(), channel: spec.name })));
      for (const pump of pumps) this.#wake(pump);
    } catch (cause) {
      report(`a notice of ${notice.kind} ${notice.about} could not be kept`, cause);
    }
  }

  #wake(pump: Pump): void {
    clearTimeout(pump.timer);
    if (pump.stopped.signal.aborted || pump.running !== undefined) return;
    pump.running = this.#run(pump)
      .catch((cause: unknown) => {
        this.#it.report(`notices to ${pump.spec.name} wait`, cause);
        return pauseMsMax;
      })
      .then((pauseMs) => {
        delete pump.running;
        if (pauseMs === undefined || pump.stopped.signal.aborted) return;
        pump.timer = setTimeout(() => this.#wake(pump), pauseMs).unref();
      });
  }

  /** One after the other, until nothing is due; how long to the next, undefined where there is none. */
  async #run(pump: Pump): Promise<number | undefined> {
    const { records, clock } = this.#it;
    for (;;) {
      const next = await records.first(pump.spec.name);
      if (next === undefined || pump.stopped.signal.aborted) return undefined;
      const waitMs = next.nextAtMs - clock.now();
      // A clock that was set back must not silence a channel for longer than a pause.
      if (waitMs > 0) return Math.min(waitMs, pauseMsMax);
      await this.#attempt(pump, next);
    }
  }

  async #attempt({ spec, channel, stopped }: Pump, record: NoticeRecord): Promise<void> {
    const { records, journal, clock, report } = this.#it;
    const { id, notice } = record;
    const { signal } = stopped;
    try {
      await channel.send({ id, notice, signal });
    } catch (cause) {
      if (signal.aborted) return;
      report(`a notice to ${spec.name} was not taken`, cause);
      const nowMs = clock.now();
      if (nowMs - record.createdAtMs >= keptMs) return this.#giveUp(record, wordsOf(cause));
      const attempts = record.attempts + 1;
      return records.later(id, { attempts, nextAtMs: nowMs + this.#pauseMs(attempts, cause) });
    }
    journal.note({
      type: 'notice.sent',
      channel: spec.name,
      notice: id,
      kind: notice.kind,
      about: notice.about,
    });
    await records.remove(id);
  }

  #pauseMs(attempts: number, cause: unknown): number {
    const { firstPauseMs = firstPauseMsDefault } = this.#it;
    const own = Math.min(pauseMsMax, firstPauseMs * 2 ** Math.min(attempts - 1, 20));
    const asked = cause instanceof DeliveryFailed ? (cause.retryAfterMs ?? 0) : 0;
    return Math.max(own, asked);
  }

  async #giveUp({ id, channel, notice }: NoticeRecord, error: string): Promise<void> {
    const { kind, about } = notice;
    this.#it.journal.note({ type: 'notice.failed', channel, notice: id, kind, about, error });
    await this.#it.records.remove(id);
  }

  /** What waits for channels that are configured no more. */
  async #sweep(): Promise<void> {
    const { records, clock, report } = this.#it;
    try {
      const old = await records.olderThan(clock.now() - keptMs);
      const nowhere = old.filter(({ channel }) => !this.#pumps.has(channel));
      for (const record of nowhere) await this.#giveUp(record, 'the channel is configured no more');
    } catch (cause) {
      report('old notices could not be looked at', cause);
    }
  }
}

function stop({ stopped, timer }: Pump): void {
  clearTimeout(timer);
  stopped.abort();
}

/** A map is nothing to JSON. */
function keyOf({ on, way }: ChannelSpec): unknown {
  return [on, way, 'people' in way ? [...way.people] : []];
}

/** Our own words of what went wrong; another library's could tell what should not be told. */
function wordsOf(error: unknown): string {
  if (error instanceof DeliveryFailed) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[A-Z][A-Z0-9_]{1,30}$/i.test(code) ? code : 'not taken';
}

import type { CursorRecords } from '../core/cursor.ts';
import type { Journal } from '../core/ports.ts';
import type { SinkSpec } from '../core/sink.ts';
import { Follower } from './follower.ts';
import type { FollowerOptions, Source } from './follower.ts';
import { otlp } from './otlp.ts';
import type { OtlpParts } from './otlp.ts';
import { syslog } from './syslog.ts';

export interface SinksOptions extends Pick<OtlpParts, 'resolveSecret' | 'version'> {
  readonly source: Source;
  readonly cursors: CursorRecords;
  readonly journal: Journal;
  readonly report: (message: string, cause: unknown) => void;
  readonly pauseMs?: FollowerOptions['pauseMs'];
}

interface Open {
  readonly key: string;
  readonly follower: Follower;
}

/** All sinks of the configuration in force. */
export class Sinks {
  readonly #it: SinksOptions;
  #open = new Map<string, Open>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: SinksOptions) {
    this.#it = options;
  }

  /** Those that stay as they are go on undisturbed; one that comes back later goes on where it was. */
  use(specs: readonly SinkSpec[]): void {
    const before = this.#open;
    this.#open = new Map();
    for (const spec of specs) {
      const key = JSON.stringify(spec.way);
      const same = before.get(spec.name);
      if (same?.key === key) {
        before.delete(spec.name);
        this.#open.set(spec.name, same);
      } else {
        const closed = same?.follower.close();
        before.delete(spec.name);
        this.#open.set(spec.name, { key, follower: this.#follow(spec, closed) });
      }
    }
    for (const { follower } of before.values()) this.#keep(follower.close());
  }

  /** The `seq` up to which every sink has everything. */
  get takenSeq(): number {
    const taken = [...this.#open.values()].map(({ follower }) => follower.taken);
    return Math.min(Number.POSITIVE_INFINITY, ...taken);
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all([...this.#closing, ...open.map(({ follower }) => follower.close())]);
  }

  #follow({ name, way }: SinkSpec, closed: Promise<void> | undefined): Follower {
    const { source, cursors, journal, report, pauseMs, resolveSecret, version } = this.#it;
    if (closed !== undefined) this.#keep(closed);
    const onRejected = (count: number, why: string): void =>
      report(`sink ${name} rejected ${count} events`, new Error(why));
    return new Follower({
      name: `sink:${name}`,
      sink: way.kind === 'syslog' ? syslog(way) : otlp(way, { resolveSecret, version, onRejected }),
      source,
      cursors,
      onFailed: (error) => {
        report(`sink ${name} takes nothing`, error);
        journal.note({ type: 'sink.failed', sink: name, error: codeOf(error) });
      },
      onResumed: () => journal.note({ type: 'sink.resumed', sink: name }),
      ...(pauseMs === undefined ? {} : { pauseMs }),
    });
  }

  #keep(closing: Promise<void>): void {
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

/** The system's word for it, or our own sentence: never what a receiver sent. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message.slice(0, 200);
}

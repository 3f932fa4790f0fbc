import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Event } from '../core/event.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { Journal } from '../core/ports.ts';

export interface MetricsParts {
  readonly live: LiveSessions;
  /** How many holds wait for a decision. */
  readonly holdsPending: () => Promise<number>;
}

/**
 * What Prometheus is told. No label is an identity, a target's name, or anything a client could make up. Counts
 * come from the events that go to the journal, kept as plain numbers: nothing of prom-client runs per command.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commands = { allow: 0, hold: 0, refused: 0 };
  readonly #refusals = new Map<string, number>();
  #sessions = 0;
  #loginsRefused = 0;
  #rows = 0;
  #masked = 0;
  #journalFailures = 0;

  constructor({ live, holdsPending }: MetricsParts) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('sallyport_sessions', 'Sessions that are open.', () => live.size);
    this.#gauge('sallyport_holds_pending', 'Held commands that wait for people.', holdsPending);
    this.#count('sallyport_sessions_total', 'Sessions opened.', () => this.#sessions);
    this.#count('sallyport_logins_refused_total', 'Logins refused.', () => this.#loginsRefused);
    this.#count('sallyport_rows_total', 'Rows that went to clients.', () => this.#rows);
    this.#count(
      'sallyport_masked_values_total',
      'Values changed by masks and detectors.',
      () => this.#masked,
    );
    this.#count(
      'sallyport_journal_failures_total',
      'Writes to the journal that failed; commands are refused meanwhile.',
      () => this.#journalFailures,
    );
    this.#countBy('sallyport_commands_total', 'Commands by verdict.', 'verdict', () =>
      Object.entries(this.#commands),
    );
    this.#countBy('sallyport_refusals_total', 'Refused commands by code.', 'code', () => this.#refusals);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  observe(event: Event): void {
    switch (event.type) {
      case 'command':
        this.#commands[event.verdict]++;
        break;
      case 'result':
        this.#rows += event.rows;
        this.#masked += event.masked;
        break;
      case 'command.refused':
        this.#commands.refused++;
        this.#refusals.set(event.code, (this.#refusals.get(event.code) ?? 0) + 1);
        break;
      case 'session.opened':
        this.#sessions++;
        break;
      case 'identity.refused':
        this.#loginsRefused++;
        break;
      default:
    }
  }

  journalFailed(): void {
    this.#journalFailures++;
  }

  #gauge(name: string, help: string, value: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: async () => gauge.set(await value()),
    });
  }

  #count(name: string, help: string, value: () => number): void {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        counter.inc(value());
      },
    });
  }

  #countBy(name: string, help: string, label: string, values: () => Iterable<[string, number]>): void {
    const counter: Counter<string> = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        for (const [value, count] of values()) counter.inc({ [label]: value }, count);
      },
    });
  }
}

/** The same journal, with its events counted on the way. */
export function meteredJournal(journal: Journal, metrics: Metrics): Journal {
  const failed = (error: unknown): never => {
    metrics.journalFailed();
    throw error;
  };
  return {
    append(event) {
      metrics.observe(event);
      journal.append(event);
    },
    note(event) {
      metrics.observe(event);
      journal.note(event);
    },
    commit() {
      try {
        return journal.commit()?.catch(failed);
      } catch (error) {
        return failed(error);
      }
    },
    get losses() {
      return journal.losses;
    },
  };
}

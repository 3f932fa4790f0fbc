import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Event } from '../core/event.ts';

/**
 * What the gateway counts, for Prometheus. Labels come from closed lists, never from clients: no identity, no
 * target. Counts come from the events on their way to the journal and are kept as plain numbers, so that nothing
 * of prom-client runs per command.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commands = new Map([
    ['allow', 0],
    ['hold', 0],
  ]);
  readonly #refusals = new Map<string, number>();
  readonly #holds = new Map<string, number>();
  #sessions = 0;
  #rows = 0;
  #masked = 0;
  #journalFailures = 0;

  /** @param holdsPending how many held commands wait for people */
  constructor(live: () => number, holdsPending?: () => Promise<number>) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('sallyport_sessions', 'Live sessions.', live);
    if (holdsPending !== undefined) {
      this.#gauge('sallyport_holds_pending', 'Held commands that wait for people.', holdsPending);
    }
    this.#count('sallyport_sessions_total', 'Sessions opened.', () => this.#sessions);
    this.#count('sallyport_rows_total', 'Rows returned.', () => this.#rows);
    this.#count('sallyport_masked_values_total', 'Values masked.', () => this.#masked);
    this.#count(
      'sallyport_journal_failures_total',
      'Writes of the journal that failed.',
      () => this.#journalFailures,
    );
    this.#countBy(
      'sallyport_commands_total',
      'Commands that went upstream, by verdict.',
      'verdict',
      this.#commands,
    );
    this.#countBy(
      'sallyport_refusals_total',
      'Commands and logins refused, by code.',
      'code',
      this.#refusals,
    );
    this.#countBy('sallyport_holds_total', 'Holds ended, by outcome.', 'outcome', this.#holds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Called with every event on its way to the journal. */
  observe(event: Event): void {
    switch (event.type) {
      case 'command':
        return increase(this.#commands, event.verdict);
      case 'command.refused':
        return increase(this.#refusals, event.code);
      case 'identity.refused':
        return increase(this.#refusals, 'login');
      case 'hold.ended':
        return increase(this.#holds, event.outcome);
      case 'session.opened':
        this.#sessions++;
        return undefined;
      case 'result':
        this.#rows += event.rows;
        this.#masked += event.masked;
        return undefined;
      default:
        return undefined;
    }
  }

  journalFailed(): void {
    this.#journalFailures++;
  }

  #gauge(name: string, help: string, value: () => number | Promise<number>): void {
    const collect = async () => gauge.set(await value());
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect });
  }

  #count(name: string, help: string, value: () => number): void {
    const collect = () => {
      counter.reset();
      counter.inc(value());
    };
    const counter: Counter = new Counter({ name, help, registers: [this.#registry], collect });
  }

  #countBy(name: string, help: string, label: string, counts: ReadonlyMap<string, number>): void {
    const collect = () => {
      counter.reset();
      for (const [value, count] of counts) counter.inc({ [label]: value }, count);
    };
    const counter: Counter<string> = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect,
    });
  }
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

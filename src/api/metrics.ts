import type { Event } from '../core/event.ts';
import type { Readings } from './prometheus.ts';

/**
 * What the gateway counts, for Prometheus. Labels come from closed lists, never from clients: no identity, no
 * target. Counts come from the events on their way to the journal and are kept as plain numbers, so that nothing
 * of prom-client runs per command; it is loaded when somebody first asks, for it takes a tenth of the start.
 */
export class Metrics {
  /** Prometheus' text format. */
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #live: () => number;
  readonly #holdsPending: (() => Promise<number>) | undefined;
  readonly #commands = new Map([
    ['allow', 0],
    ['hold', 0],
  ]);
  readonly #refusals = new Map<string, number>();
  readonly #holds = new Map<string, number>();
  #readings: Promise<Readings> | undefined;
  #sessions = 0;
  #rows = 0;
  #masked = 0;
  #journalFailures = 0;

  /** @param holdsPending how many held commands wait for people */
  constructor(live: () => number, holdsPending?: () => Promise<number>) {
    this.#live = live;
    this.#holdsPending = holdsPending;
  }

  async metrics(): Promise<string> {
    this.#readings ??= this.#offer();
    return (await this.#readings).text();
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

  async #offer(): Promise<Readings> {
    const it = new (await import('./prometheus.ts')).Readings();
    it.gauge('sallyport_sessions', 'Live sessions.', this.#live);
    if (this.#holdsPending !== undefined) {
      it.gauge('sallyport_holds_pending', 'Held commands that wait for people.', this.#holdsPending);
    }
    it.count('sallyport_sessions_total', 'Sessions opened.', () => this.#sessions);
    it.count('sallyport_rows_total', 'Rows returned.', () => this.#rows);
    it.count('sallyport_masked_values_total', 'Values masked.', () => this.#masked);
    it.count(
      'sallyport_journal_failures_total',
      'Writes of the journal that failed.',
      () => this.#journalFailures,
    );
    it.countBy(
      'sallyport_commands_total',
      'Commands that went upstream, by verdict.',
      'verdict',
      this.#commands,
    );
    it.countBy('sallyport_refusals_total', 'Commands and logins refused, by code.', 'code', this.#refusals);
    it.countBy('sallyport_holds_total', 'Holds ended, by outcome.', 'outcome', this.#holds);
    return it;
  }
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What is read whenever Prometheus asks: the process's own figures, and those added. */
export class Readings {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  gauge(name: string, help: string, value: () => number | Promise<number>): void {
    const collect = async () => gauge.set(await value());
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect });
  }

  count(name: string, help: string, value: () => number): void {
    const collect = () => {
      counter.reset();
      counter.inc(value());
    };
    const counter: Counter = new Counter({ name, help, registers: [this.#registry], collect });
  }

  countBy(name: string, help: string, label: string, counts: ReadonlyMap<string, number>): void {
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

import type { Bus, News } from '../core/ports.ts';

/** News within one process; `elsewhere` brings them to the others. */
export class LocalBus implements Bus {
  readonly #listeners: ((news: News) => void)[] = [];
  readonly #elsewhere: ((news: News) => void) | undefined;

  constructor(elsewhere?: (news: News) => void) {
    this.#elsewhere = elsewhere;
  }

  publish(news: News): void {
    this.deliver(news);
    this.#elsewhere?.(news);
  }

  subscribe(listener: (news: News) => void): void {
    this.#listeners.push(listener);
  }

  /** What another process has published. */
  deliver(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }
}

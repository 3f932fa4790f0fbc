/** Sessions that a kill has ended are told so within this time, and logins go well again. */
const aftermathMs = 6_000;

interface Disturbance {
  readonly fromMs: number;
  toMs: number;
}

/** When something was down, by `performance.now()`: what fails then fails for a reason. */
export class Disturbances {
  readonly #all: Disturbance[] = [];
  readonly #killedMs = new Map<string, number>();

  /** From now until what comes back is called. */
  begin(): () => void {
    const disturbance: Disturbance = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    this.#all.push(disturbance);
    return () => (disturbance.toMs = performance.now() + aftermathMs);
  }

  /** Whether anything was down at some time between `fromMs` and now. */
  since(fromMs: number): boolean {
    return this.#all.some(({ toMs }) => toMs >= fromMs);
  }

  /** A session of this client is ended, by somebody who may. */
  kill(client: string): void {
    this.#killedMs.set(client, performance.now());
  }

  killedSince(client: string, fromMs: number): boolean {
    return (this.#killedMs.get(client) ?? 0) > fromMs;
  }
}

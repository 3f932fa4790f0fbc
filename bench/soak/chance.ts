import { createHash } from 'node:crypto';

/** Numbers by chance, the same ones again for the same seed (mulberry32). */
export class Chance {
  #state: number;

  /** @param name of the one who draws, so that each has a row of numbers of its own */
  constructor(seed: number, name: string) {
    this.#state = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE();
  }

  /** From 0 to below 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  from(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** Of `part` (0 to 1) of all cases. */
  maybe(part: number): boolean {
    return this.unit() < part;
  }

  one<T>(list: readonly [T, ...T[]]): T {
    return list[this.from(0, list.length - 1)] ?? list[0];
  }
}

/**
 * Bytes gathered for one write. Ranges that touch in the same buffer become one, so that a chunk in which
 * nothing changes leaves as the slice it came in, without a copy.
 */
export class Ranges {
  #done: Buffer[] = [];
  #buffer: Buffer | undefined;
  #start = 0;
  #end = 0;

  add(buffer: Buffer, start: number, end: number): void {
    if (buffer === this.#buffer && start === this.#end) {
      this.#end = end;
      return;
    }
    this.#close();
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
  }

  /** Everything added since the last call as one buffer, or undefined if there was nothing. */
  take(): Buffer | undefined {
    this.#close();
    const done = this.#done;
    if (done.length === 0) return undefined;
    this.#done = [];
    return done.length === 1 ? done[0] : Buffer.concat(done);
  }

  #close(): void {
    if (this.#buffer !== undefined && this.#end > this.#start) {
      this.#done.push(this.#buffer.subarray(this.#start, this.#end));
    }
    this.#buffer = undefined;
  }
}

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** More of what has passed need not lie about. A collection of what is young takes 1 to 2 ms, in which 16 MiB could pass. */
const litterBytesMax = 16 * 1024 * 1024;

/**
 * Counts the bytes of large messages that go through, and has what is young collected after so many. V8 alone would let
 * 64 MiB and more of their buffers lie about, for they are outside its heap. Who knows that a buffer is nobody else's can
 * give it back by `free` instead.
 */
export class Litter {
  readonly #collect: () => void;
  #bytes = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  passed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < litterBytesMax) return;
    this.#bytes = 0;
    this.#collect();
  }
}

/** The process has one heap. */
export const litter = new Litter(collectYoung);

let collector: NonNullable<typeof globalThis.gc> | undefined;

function collectYoung(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  }
  collector({ type: 'minor', execution: 'sync' });
}

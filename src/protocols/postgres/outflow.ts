import type { Writable } from 'node:stream';
import { free } from '../../transport/free.ts';
import type { Spool } from '../../transport/spool.ts';

/** What goes to the client, in order: bytes, and spools, of which no more is read than the client takes. */
export class Outflow {
  readonly #client: Writable;
  readonly #waiting: (Buffer | Spool)[] = [];
  /** Of a spool, and perhaps not yet with the kernel. */
  #writing: Buffer | undefined;

  constructor(client: Writable) {
    this.#client = client;
  }

  /** Nothing waits here. */
  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** All is with the kernel: nobody looks at what was written any more. */
  get written(): boolean {
    return this.empty && this.#client.writableLength === 0;
  }

  /** False where the client takes no more for now, as of a socket. */
  write(bytes: Buffer): boolean {
    if (this.empty) return this.#client.write(bytes);
    this.#waiting.push(bytes);
    return false;
  }

  /** Closes it when all is read. */
  spool(spool: Spool): boolean {
    this.#waiting.push(spool);
    return !this.#client.writableNeedDrain && this.flow();
  }

  /** The client takes more. False where that was not all. */
  flow(): boolean {
    this.#freeWritten();
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      const bytes = Buffer.isBuffer(head) ? head : head.read();
      if (bytes === undefined || bytes === head) this.#waiting.shift();
      if (bytes === undefined && !Buffer.isBuffer(head)) head.close();
      if (bytes === undefined) continue;
      const takesMore = this.#client.write(bytes);
      if (bytes !== head) this.#writing = bytes;
      this.#freeWritten();
      if (!takesMore) return false;
    }
    return true;
  }

  /** Nothing more will be taken. */
  close(): void {
    for (const item of this.#waiting.splice(0)) if (!Buffer.isBuffer(item)) item.close();
  }

  #freeWritten(): void {
    if (this.#writing === undefined || this.#client.writableLength > 0) return;
    free(this.#writing);
    this.#writing = undefined;
  }
}

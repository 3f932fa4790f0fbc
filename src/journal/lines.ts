import type { FileHandle } from 'node:fs/promises';

const chunkBytesMin = 1024 * 1024;
const lineFeed = 0x0a;

/** Whole lines of a file that may still be growing. */
export class LineReader {
  readonly #handle: FileHandle;
  #at = 0;
  #full = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** How far it has read. */
  get readBytes(): number {
    return this.#at;
  }

  /** Whether the last reading brought as much as one can. */
  get full(): boolean {
    return this.#full;
  }

  /** What stands behind the last line feed. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** Lines with their line feeds; undefined at the end that the file has now. */
  async next(): Promise<Buffer[] | undefined> {
    // Growing with the line keeps the copying linear, however long somebody made it.
    const chunk = Buffer.allocUnsafe(Math.max(chunkBytesMin, this.#rest.length));
    const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, this.#at);
    this.#full = bytesRead === chunk.length;
    if (bytesRead === 0) return undefined;
    this.#at += bytesRead;
    const read = chunk.subarray(0, bytesRead);
    return this.#split(this.#rest.length === 0 ? read : Buffer.concat([this.#rest, read]));
  }

  #split(bytes: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      lines.push(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    return lines;
  }
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Cipheriv, Decipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '../core/errors.ts';
import { free } from './free.ts';

export interface SpoolOptions {
  /** Of the spools alone: what is found there at the start is removed. */
  readonly dir: string;
  /** On disk, of all together. */
  readonly bytesMax?: number;
}

/** On disk, of one gateway. */
export const spoolBytesMax = 4 * 1024 * 1024 * 1024;
/** Of each, before it goes to the disk. */
const memoryBytesMax = 4 * 1024 * 1024;
const blockBytes = 64 * 1024;

/** Places for answers that cannot go on before they have come whole, and are too large for the memory. */
export class Spools {
  readonly dir: string;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor({ dir, bytesMax = spoolBytesMax }: SpoolOptions) {
    this.dir = dir;
    this.#bytesMax = bytesMax;
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  open(): Spool {
    return new Spool(this);
  }

  /** @throws SallyportError `too_large` where there is no room for so much more */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) throw noRoom(this.#bytesMax);
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Bytes that wait: written to its end, then read once. Past 4 MiB they lie in a file without a name, encrypted. */
export class Spool {
  /** Written so far. */
  bytes = 0;
  readonly #spools: Spools;
  #blocks: Buffer[] = [];
  #block: Buffer = Buffer.alloc(0);
  #blockEnd = 0;
  #file: SpoolFile | undefined;
  /** Bytes that were not known when their place was written. */
  readonly #later: { readonly at: number; readonly bytes: Buffer }[] = [];
  #readBytes = 0;
  /** Of the disk. */
  #taken = 0;

  /** `Spools.open` makes it. */
  constructor(spools: Spools) {
    this.#spools = spools;
  }

  /** @throws SallyportError `too_large` where neither memory nor disk has room */
  write(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#blockEnd === this.#block.length) this.#nextBlock();
      const length = bytes.copy(this.#block, this.#blockEnd, at);
      at += length;
      this.#blockEnd += length;
    }
    this.bytes += bytes.length;
  }

  /** Room for an Int32, which the call of what it returns fills, before the reading begins. */
  reserveInt32(): (value: number) => void {
    const at = this.bytes;
    this.write(Buffer.alloc(4));
    return (value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(value);
      this.#later.push({ at, bytes });
    };
  }

  /** The next bytes, which are the caller's; undefined behind the last. */
  read(): Buffer | undefined {
    const block = this.#file?.read() ?? this.#blocks.shift() ?? this.#lastBlock();
    if (block === undefined) return undefined;
    for (const { at, bytes } of this.#later) {
      for (const [index, byte] of bytes.entries()) {
        const place = at + index - this.#readBytes;
        if (place >= 0 && place < block.length) block[place] = byte;
      }
    }
    this.#readBytes += block.length;
    return block;
  }

  /** Lets go of all of it, read or not. */
  close(): void {
    this.#blocks = [];
    this.#blockEnd = 0;
    this.#block = Buffer.alloc(0);
    this.#file?.close();
    this.#file = undefined;
    this.#spools.giveBack(this.#taken);
    this.#taken = 0;
  }

  #nextBlock(): void {
    if (this.#blockEnd > 0) this.#put(this.#block);
    // What went to the disk can be written over.
    if (this.#file === undefined || this.#block.length === 0)
      this.#block = Buffer.allocUnsafeSlow(blockBytes);
    this.#blockEnd = 0;
  }

  #put(block: Buffer): void {
    this.#blocks.push(block);
    if (this.#file === undefined && this.#blocks.length * blockBytes <= memoryBytesMax) return;
    const bytes = this.#blocks.length * blockBytes;
    this.#spools.take(bytes);
    this.#taken += bytes;
    try {
      this.#file ??= new SpoolFile(this.#spools.dir);
      for (const waiting of this.#blocks.splice(0)) this.#file.write(waiting);
    } catch (cause) {
      throw failed(cause);
    }
  }

  #lastBlock(): Buffer | undefined {
    if (this.#blockEnd === 0) return undefined;
    const last = this.#block.subarray(0, this.#blockEnd);
    this.#blockEnd = 0;
    return last;
  }
}

/** The key is in memory alone: whoever finds the disk's blocks afterwards reads nothing. */
class SpoolFile {
  bytes = 0;
  readonly #file: number;
  readonly #cipher: Cipheriv;
  readonly #decipher: Decipheriv;
  #readBytes = 0;
  readonly #block = Buffer.allocUnsafeSlow(blockBytes);

  constructor(dir: string) {
    const path = join(dir, randomBytes(16).toString('hex'));
    this.#file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    const key = randomBytes(32);
    const counter = Buffer.alloc(16);
    this.#cipher = createCipheriv('aes-256-ctr', key, counter);
    this.#decipher = createDecipheriv('aes-256-ctr', key, counter);
  }

  write(block: Buffer): void {
    const bytes = this.#cipher.update(block);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    this.bytes += bytes.length;
    free(bytes);
  }

  read(): Buffer | undefined {
    const length = Math.min(blockBytes, this.bytes - this.#readBytes);
    if (length === 0) return undefined;
    const bytes = this.#block.subarray(0, length);
    for (let at = 0; at < length;) {
      const got = readSync(this.#file, bytes, at, length - at, this.#readBytes + at);
      if (got === 0) throw new Error('a spool ended early');
      at += got;
    }
    this.#readBytes += length;
    return this.#decipher.update(bytes);
  }

  close(): void {
    closeSync(this.#file);
  }
}

const hint =
  'Select the masked columns before the large ones, or the large ones in parts (substring), or copy them.';

function noRoom(bytesMax: number): SallyportError {
  return new SallyportError(
    'too_large',
    `Sallyport: rows that wait to be masked take all of the ${Math.round(bytesMax / 1024 / 1024)} MiB of disk that there are for them`,
    { hint },
  );
}

function failed(cause: unknown): SallyportError {
  return new SallyportError('too_large', 'Sallyport: the disk takes no row that waits to be masked', {
    hint,
    cause,
  });
}

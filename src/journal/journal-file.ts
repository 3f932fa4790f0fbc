import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from '../files/whole-file.ts';
import { fileName } from './files.ts';

const dataSync = promisify(fdatasync);

/** The two calls that tests let fail. */
export interface Disk {
  /** Bytes written, as `fs.writeSync`. */
  write(fd: number, bytes: Buffer, offset: number, length: number): number;
  sync(fd: number): Promise<void>;
}

export const realDisk: Disk = { write: writeSync, sync: dataSync };

/** `gone`: removed or cut by somebody. `foreign`: somebody else wrote to it. */
export type Condition = 'sound' | 'gone' | 'foreign';

/** One file of the journal, open at its end. */
export class JournalFile {
  readonly number: number;
  readonly #path: string;
  readonly #disk: Disk;
  #fd: number;
  #length: number;
  /** How many bytes a failed write may have left behind the good ones; undefined: none failed. */
  #attempted: number | undefined;
  #folderSynced = false;
  readonly #syncing = new Set<Promise<void>>();

  private constructor(dir: string, number: number, length: number, fd: number, disk: Disk) {
    this.#path = join(dir, fileName(number));
    this.number = number;
    this.#length = length;
    this.#fd = fd;
    this.#disk = disk;
  }

  /** @throws the system's error; EEXIST where the file is there already */
  static create(dir: string, number: number, disk: Disk): JournalFile {
    return new JournalFile(dir, number, 0, openSync(join(dir, fileName(number)), 'ax', 0o600), disk);
  }

  /** Goes on behind `length` bytes that are known to be good. */
  static resume(dir: string, number: number, length: number, disk: Disk): JournalFile {
    return new JournalFile(dir, number, length, openAtEnd(join(dir, fileName(number))), disk);
  }

  get length(): number {
    return this.#length;
  }

  /** Whether the last write failed; `condition()` must then come before the next. */
  get doubtful(): boolean {
    return this.#attempted !== undefined;
  }

  /**
   * All of it in one write, or nothing.
   * @throws the system's error, or one of its own where the disk took only a part
   */
  append(bytes: Buffer, offset: number, length: number): void {
    this.#attempted = length;
    const written = this.#disk.write(this.#fd, bytes, offset, length);
    if (written !== length) throw new Error(`only ${written} of ${length} bytes were written`);
    this.#attempted = undefined;
    this.#length += length;
  }

  /**
   * What has become of the file on disk; takes back what a failed write left.
   * @throws the system's error where that does not work
   */
  condition(): Condition {
    if (this.#attempted !== undefined && !this.#reopen()) return 'gone';
    const { ino, size } = fstatSync(this.#fd);
    const named = statSync(this.#path, { throwIfNoEntry: false });
    if (named?.ino !== ino || size < this.#length) return 'gone';
    const surplus = size - this.#length;
    if (surplus > (this.#attempted ?? 0)) return 'foreign';
    if (surplus > 0) ftruncateSync(this.#fd, this.#length);
    this.#attempted = undefined;
    return 'sound';
  }

  /** Puts what was written so far on the disk, and the file's name too. */
  async sync(): Promise<void> {
    const running = this.#sync();
    this.#syncing.add(running);
    try {
      await running;
    } finally {
      this.#syncing.delete(running);
    }
  }

  /** As `sync`, but nothing else happens meanwhile. */
  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#closeDescriptor();
  }

  async #sync(): Promise<void> {
    await this.#disk.sync(this.#fd);
    if (this.#folderSynced) return;
    await syncFolder(dirname(this.#path));
    this.#folderSynced = true;
  }

  /** False where the file is not there any more. A descriptor may be stale after a disk came back. */
  #reopen(): boolean {
    let fd: number;
    try {
      fd = openAtEnd(this.#path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw error;
    }
    void this.#closeDescriptor();
    this.#fd = fd;
    return true;
  }

  /** Once no sync uses its number any more, which could by then belong to another file. */
  async #closeDescriptor(): Promise<void> {
    const fd = this.#fd;
    await Promise.allSettled(this.#syncing);
    try {
      closeSync(fd);
    } catch {
      // Nothing is lost: every write was complete or has thrown.
    }
  }
}

/** Without O_CREAT: a file that was removed must be noticed. */
function openAtEnd(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_APPEND);
}

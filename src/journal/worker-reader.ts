import type { KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { blockPrefix, checkpointPrefix, eventPrefix, signatureHolds } from './chain.ts';
import { ChainCheck, FaultFound } from './chain-check.ts';
import { fileName, fileNumbers } from './files.ts';
import { LineReader } from './lines.ts';
import { readStart } from './start.ts';
import type { JoinedTo } from './worker-words.ts';

/** Event lines of whole blocks, without their line feeds, and where the chain stood behind them. */
export interface WorkerBlocks extends JoinedTo {
  readonly worker: string;
  readonly lines: readonly string[];
  /** There is more already. */
  readonly more: boolean;
}

/** A file that was read to its end, and its last line, a checkpoint. */
export interface ReadFile {
  readonly number: number;
  readonly line: string;
}

/** Reads the chain of a worker that may be writing, checks it, and gives back what was not joined before. */
export class WorkerReader {
  readonly name: string;
  readonly dir: string;
  readonly #joined: JoinedTo;
  readonly #check: ChainCheck;
  #number: number;
  #handle: FileHandle;
  #lines: LineReader;
  /** There is a newer file, so this one grows no more. */
  #final = false;
  #lastLine = '';
  #block: string[] = [];
  #found: string[] = [];
  #read: ReadFile[] = [];

  private constructor(it: {
    name: string;
    dir: string;
    joined: JoinedTo;
    check: ChainCheck;
    number: number;
    handle: FileHandle;
  }) {
    this.name = it.name;
    this.dir = it.dir;
    this.#joined = it.joined;
    this.#check = it.check;
    this.#number = it.number;
    this.#handle = it.handle;
    this.#lines = new LineReader(it.handle);
    it.check.beginFile(`${it.name}/${fileName(it.number)}`);
  }

  /**
   * @param journalDir the journal's own folder
   * @throws FaultFound where the chain does not begin as it should
   */
  static async open(
    journalDir: string,
    name: string,
    publicKey: KeyObject,
    joined: JoinedTo,
  ): Promise<WorkerReader> {
    const dir = join(journalDir, name);
    const start = await readStart(dir);
    const trusted =
      start === undefined || (start !== 'damaged' && signatureHolds(start.checkpoint, publicKey));
    const from = start === 'damaged' ? undefined : start;
    if (!trusted || (from !== undefined && from.checkpoint.block > joined.block)) {
      throw fault(name, 'its beginning is not what was joined');
    }
    const number = (await fileNumbers(dir)).find((each) => each >= (from?.number ?? 1));
    if (number === undefined) throw fault(name, 'its files are missing');
    const handle = await open(join(dir, fileName(number)), 'r');
    return new WorkerReader({
      name,
      dir,
      joined,
      check: new ChainCheck(publicKey, undefined, from, joined),
      number,
      handle,
    });
  }

  /**
   * What has been written since, as much as one read of the disk brings; undefined: nothing whole.
   * @throws FaultFound where it is not what the worker wrote
   */
  async next(): Promise<WorkerBlocks | undefined> {
    for (;;) {
      const lines = await this.#nextLines();
      if (lines === undefined && !(await this.#nextFile())) return undefined;
      for (const line of lines ?? []) this.#take(line);
      if (this.#found.length === 0) continue;
      const { block, hash } = this.#check.point;
      const more = this.#lines.full || (await this.#newerFile()) !== undefined;
      const found = { worker: this.name, block, hash, lines: this.#found, more };
      this.#found = [];
      return found;
    }
  }

  /** How far it was read, or joined before. */
  get point(): JoinedTo {
    const { block, hash } = this.#check.point;
    return block < this.#joined.block ? this.#joined : { block, hash };
  }

  /** Files that are not needed any more once all that `next` gave is on record and on the disk. */
  takeRead(): readonly ReadFile[] {
    const read = this.#read;
    this.#read = [];
    return read;
  }

  /** The worker is dead: how many bytes of a write were cut off. @throws FaultFound where joined blocks are missing */
  get cutBytes(): number {
    if (this.#check.point.block < this.#joined.block) throw fault(this.name, 'its end was cut');
    return this.#check.unfinishedBytes + this.#lines.rest.length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #nextLines(): Promise<Buffer[] | undefined> {
    // Reading takes a large buffer, and most of the time there is nothing.
    const { size } = await this.#handle.stat();
    return size > this.#lines.readBytes ? this.#lines.next() : undefined;
  }

  /** True where there is more to be read. */
  async #nextFile(): Promise<boolean> {
    const next = await this.#newerFile();
    if (next === undefined) return false;
    // Looked for once more: it may have been written to until the next one was made.
    if (!this.#final) return (this.#final = true);
    if (this.#lines.rest.length > 0 || this.#check.unfinished)
      throw fault(this.name, 'a file ends inside a block');
    if (this.#lastLine !== '') this.#read.push({ number: this.#number, line: this.#lastLine });
    await this.#handle.close();
    this.#handle = await open(join(this.dir, fileName(next)), 'r');
    this.#number = next;
    this.#lines = new LineReader(this.#handle);
    this.#final = false;
    this.#check.beginFile(`${this.name}/${fileName(next)}`);
    return true;
  }

  async #newerFile(): Promise<number | undefined> {
    return (await fileNumbers(this.dir)).find((number) => number > this.#number);
  }

  #take(line: Buffer): void {
    this.#check.line(line);
    const beginning = line.toString('latin1', 0, checkpointPrefix.length);
    this.#lastLine = beginning === checkpointPrefix ? line.toString('utf8') : '';
    if (beginning.startsWith(eventPrefix)) this.#block.push(line.toString('utf8', 0, line.length - 1));
    else if (beginning.startsWith(blockPrefix)) this.#endBlock();
  }

  #endBlock(): void {
    if (this.#check.point.block > this.#joined.block) this.#found.push(...this.#block);
    this.#block = [];
  }
}

function fault(name: string, reason: string): FaultFound {
  return new FaultFound({ file: name, block: 1, lines: [0, 0], reason });
}

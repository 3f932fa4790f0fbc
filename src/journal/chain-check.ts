import { createHash } from 'node:crypto';
import type { Hash, KeyObject } from 'node:crypto';
import type { EventType } from '../core/event.ts';
import {
  blockPrefix,
  checkpointPrefix,
  eventPrefix,
  genesisHash,
  parseBlock,
  parseCheckpoint,
  signatureHolds,
  stampOf,
} from './chain.ts';
import type { ChainPoint, Checkpoint } from './chain.ts';
import type { Start } from './start.ts';
import type { Torn } from './tail.ts';
import { ToldWorkers, workerWordIn } from './worker-words.ts';
import type { JoinedTo, WorkerWord } from './worker-words.ts';

/** The first thing that is wrong. */
export interface Fault {
  readonly file: string;
  /** The first block that cannot be trusted. */
  readonly block: number;
  /** First and last line of it, from 1; 0 and 0 where the file itself is missing. */
  readonly lines: readonly [number, number];
  readonly reason: string;
}

/** Thrown inside the check; `verifyJournal` returns what it holds. */
export class FaultFound extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.reason);
    this.fault = fault;
  }
}

/** What `journal.dropped` says, once the block that it stands in is good. */
export interface Drop {
  readonly file: string;
  readonly block: number;
  readonly hash: string;
  readonly events: number;
  readonly until: string;
  readonly keepMs: number;
  readonly config: string;
  /** When it was said, and in which block. */
  readonly time: string;
  readonly saidIn: number;
}

interface Leftover extends Torn {
  readonly fault: Fault;
}

/** Follows the chain line by line; keeps nothing of a line but its hash. */
export class ChainCheck {
  readonly #publicKey: KeyObject;
  readonly #head: Checkpoint | undefined;
  readonly #joined: JoinedTo | undefined;
  #point: ChainPoint | undefined;
  #hash: Hash = createHash('sha256');
  /** Checkpoint lines since the newest block. */
  #uncovered: Buffer[] = [];
  #file = '';
  #line = 0;
  #offset = 0;
  /** Where the newest block or checkpoint of this file ends. */
  #anchored = { line: 0, offset: 0 };
  #blocksInFile = 0;
  /** Events since the newest block or checkpoint. */
  #pending = 0;
  #pendingTime = '';
  /** The first thing wrong in the block that is being read; it is told once the block's end is known. */
  #wrong: string | undefined;
  /** Where what the newest good checkpoint does not cover begins. */
  #unsigned = { block: 0, file: '', line: 1 };
  #leftovers: Leftover[] = [];
  #attested = 0;
  #headSeen = false;
  #checkpoints = 0;
  /** Said in the block that is being read, and in those that were. */
  #dropping: Omit<Drop, 'saidIn'>[] = [];
  #drops: Drop[] = [];
  #words: WorkerWord[] = [];
  /** What good blocks say of workers. */
  readonly workers = new ToldWorkers();

  /**
   * @param start where the journal begins if older files were dropped; its signature holds
   * @param joined of a worker's chain: how far it was joined to the journal
   */
  constructor(publicKey: KeyObject, head: Checkpoint | undefined, start?: Start, joined?: JoinedTo) {
    this.#publicKey = publicKey;
    this.#head = head;
    this.#joined = joined;
    if (start === undefined) return;
    this.#point = start.checkpoint;
    this.#uncovered = [Buffer.from(start.line)];
    this.#unsigned = { block: start.checkpoint.block, file: '', line: 1 };
    this.#restart();
  }

  /** The signed word that everything up to this checkpoint was dropped; undefined where there is none. */
  dropOf({ block, hash }: ChainPoint): Drop | undefined {
    return this.#drops.find(
      (drop) => drop.block === block && drop.hash === hash && drop.saidIn <= this.#unsigned.block,
    );
  }

  get point(): ChainPoint {
    return this.#point ?? { block: 0, seq: 0, hash: genesisHash, time: '' };
  }

  get headSeen(): boolean {
    return this.#headSeen;
  }

  get checkpoints(): number {
    return this.#checkpoints;
  }

  /** Writes cut off by a crash, each attested by the block behind it. */
  get recovered(): number {
    return this.#attested;
  }

  /** Blocks that no checkpoint covers yet. */
  get unsigned(): number {
    return this.point.block - this.#unsigned.block;
  }

  /** Whether the file ends inside a block, going by what was read. */
  get unfinished(): boolean {
    return this.#offset > this.#anchored.offset;
  }

  /** How many bytes that are. */
  get unfinishedBytes(): number {
    return this.#offset - this.#anchored.offset;
  }

  /** Where a block would have to begin now. */
  get place(): Fault {
    const line = this.#line;
    return { file: this.#file, block: this.point.block + 1, lines: [line, line], reason: '' };
  }

  beginFile(file: string): void {
    this.#file = file;
    this.#line = 0;
    this.#offset = 0;
    this.#anchored = { line: 0, offset: 0 };
    this.#blocksInFile = 0;
  }

  /** @throws FaultFound */
  line(bytes: Buffer): void {
    this.#line++;
    this.#offset += bytes.length;
    if (startsWith(bytes, blockPrefix)) this.#block(text(bytes));
    else if (startsWith(bytes, checkpointPrefix)) this.#checkpoint(bytes);
    else this.#event(bytes);
  }

  /**
   * `digest` hashes what the file holds from an offset on.
   * @throws FaultFound
   */
  async endFile(
    rest: Buffer,
    digest: (from: number) => Promise<{ bytes: number; sha256: string }>,
  ): Promise<void> {
    this.#offset += rest.length;
    if (rest.length > 0) this.#line++;
    if (!this.unfinished) return;
    const fault: Fault = {
      file: this.#file,
      block: this.point.block + 1,
      lines: [this.#anchored.line + 1, this.#line],
      reason: this.#wrong ?? 'bytes behind the last block that no later block accounts for',
    };
    this.#leftovers.push({ file: this.#file, ...(await digest(this.#anchored.offset)), fault });
    this.#restart();
  }

  /** @throws FaultFound where something at the end of a file is not accounted for */
  end(): void {
    const [leftover] = this.#leftovers;
    if (leftover !== undefined) throw new FaultFound(leftover.fault);
  }

  #event(bytes: Buffer): void {
    if (this.#point === undefined) this.#fail('the journal does not begin with its first checkpoint');
    this.#hash.update(bytes);
    this.#pending++;
    const stamp = startsWith(bytes, eventPrefix) ? stampOf(bytes) : undefined;
    const seq = this.point.seq + this.#pending;
    if (stamp === undefined) this.#wrong ??= `line ${this.#line} is no event`;
    else if (stamp.seq !== seq)
      this.#wrong ??= `event ${seq} is missing: line ${this.#line} has ${stamp.seq}`;
    else if (stamp.time < this.#newestTime()) this.#wrong ??= `the time of event ${seq} goes backwards`;
    this.#pendingTime = stamp?.time ?? this.#pendingTime;
    if (this.#blocksInFile === 0) this.#recovery(bytes);
    const drop = eventIn<Omit<Drop, 'saidIn'>>('journal.dropped', bytes);
    if (drop !== undefined) this.#dropping.push(drop);
    const word = workerWordIn(bytes);
    if (word !== undefined) this.#words.push(word);
  }

  /** The first events of a file account for what crashes left at the end of those before it. */
  #recovery(bytes: Buffer): void {
    const leftover = this.#leftovers[0];
    const told = eventIn<Torn>('journal.recovered', bytes);
    if (leftover === undefined) {
      if (told !== undefined) this.#wrong ??= `${told.bytes} bytes at the end of ${told.file} are gone`;
      return;
    }
    const { file, bytes: count, sha256 } = leftover;
    const same = told?.file === file && told.bytes === count && told.sha256 === sha256;
    if (!same) throw new FaultFound(leftover.fault);
    this.#leftovers.shift();
    this.#attested++;
  }

  #block(line: string): void {
    const { point } = this;
    const block = parseBlock(line);
    if (this.#point === undefined) this.#fail('the journal does not begin with its first checkpoint');
    if (block === undefined) this.#fail('the line that ends the block is malformed');
    if (block.block > point.block + 1) this.#fail(missing(point.block + 1, block.block - 1));
    if (block.block <= point.block) this.#fail(`block ${block.block} stands here once more`);
    if (block.prev !== point.hash) this.#fail('it does not follow from the block before');
    if (this.#wrong !== undefined) this.#fail(this.#wrong);
    if (block.events !== this.#pending) this.#fail(`it has ${this.#pending} events, not ${block.events}`);
    if (block.hash !== this.#hash.digest('hex')) this.#fail('its content is not what was recorded');
    const [leftover] = this.#leftovers;
    if (leftover !== undefined) throw new FaultFound(leftover.fault);
    this.#point = {
      block: block.block,
      seq: point.seq + block.events,
      hash: block.hash,
      time: this.#pendingTime,
    };
    this.#blocksInFile++;
    if (this.#joined?.block === block.block && this.#joined.hash !== block.hash) {
      this.#fail('it is not what was joined to the journal');
    }
    for (const drop of this.#dropping) this.#drops.push({ ...drop, saidIn: block.block });
    for (const word of this.#words) this.workers.hear(word);
    this.#uncovered = [];
    this.#anchor();
    if (this.#head?.block === block.block && this.#head.hash !== block.hash) {
      this.#failUnsigned(`not what ${headWords} states for block ${block.block}`);
    }
  }

  #checkpoint(bytes: Buffer): void {
    const checkpoint = parseCheckpoint(text(bytes));
    if (checkpoint === undefined) this.#fail('a checkpoint is malformed');
    if (this.#pending > 0) this.#fail('a checkpoint stands inside a block');
    if (!signatureHolds(checkpoint, this.#publicKey))
      this.#failHere('the signature of a checkpoint does not hold');
    if (this.#point === undefined && checkpoint.block === 0) this.#point = checkpoint;
    const { block, seq, hash, time } = this.point;
    if (checkpoint.block > block) this.#failHere(missing(block + 1, checkpoint.block));
    const same = checkpoint.block === block && checkpoint.hash === hash;
    if (!same) this.#failUnsigned(`not what was signed for block ${checkpoint.block}`);
    if (checkpoint.seq !== seq || checkpoint.time !== time)
      this.#failUnsigned('numbers or times are not what was signed');
    this.#checkpoints++;
    this.#unsigned = { block, file: this.#file, line: this.#line + 1 };
    this.#headSeen ||= this.#head?.signature === checkpoint.signature;
    this.#uncovered.push(Buffer.from(bytes));
    this.#anchor();
  }

  #anchor(): void {
    this.#anchored = { line: this.#line, offset: this.#offset };
    this.#restart();
  }

  #restart(): void {
    this.#pending = 0;
    this.#pendingTime = this.point.time;
    this.#wrong = undefined;
    this.#dropping = [];
    this.#words = [];
    this.#hash = createHash('sha256').update(this.point.hash);
    for (const line of this.#uncovered) this.#hash.update(line);
  }

  #newestTime(): string {
    return this.#pendingTime === '' ? this.point.time : this.#pendingTime;
  }

  /** In the block that is being read. */
  #fail(reason: string): never {
    const lines: [number, number] = [this.#anchored.line + 1, this.#line];
    throw new FaultFound({ file: this.#file, block: this.point.block + 1, lines, reason });
  }

  /** In this very line, which is of the newest block. */
  #failHere(reason: string): never {
    const lines: [number, number] = [this.#line, this.#line];
    throw new FaultFound({ file: this.#file, block: this.point.block, lines, reason });
  }

  /** Anywhere since the newest good checkpoint: somebody who can hash, but not sign, has been here. */
  #failUnsigned(reason: string): never {
    const { block, file, line } = this.#unsigned;
    const lines: [number, number] = [file === this.#file ? line : 1, this.#line];
    throw new FaultFound({ file: this.#file, block: block + 1, lines, reason });
  }
}

const headWords = 'head.json';

function missing(from: number, to: number): string {
  return from === to ? `block ${from} is missing` : `blocks ${from} to ${to} are missing`;
}

function startsWith(bytes: Buffer, prefix: string): boolean {
  return bytes.toString('latin1', 0, prefix.length) === prefix;
}

function text(line: Buffer): string {
  return line.toString('utf8', 0, line.length - 1);
}

/** An event that the check itself needs; a text that looks like one is inside a string, where its quotes are escaped. */
function eventIn<T>(type: EventType, line: Buffer): T | undefined {
  if (!line.includes(`"type":"${type}"`)) return undefined;
  try {
    const event = JSON.parse(line.toString('utf8'));
    return event.type === type ? event : undefined;
  } catch {
    return undefined;
  }
}

import { createPublicKey, hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Clock, Journal } from '../core/ports.ts';
import { replaceFile } from '../files/whole-file.ts';
import { blockLine, checkpointLine, genesisHash, signatureHolds } from './chain.ts';
import type { ChainPoint } from './chain.ts';
import { fileName, numberOf, privateFolder } from './files.ts';
import { GroupSync } from './group-sync.ts';
import { Head, headName, publicKeyName, readHead } from './head.ts';
import { JournalFile, realDisk } from './journal-file.ts';
import type { Disk } from './journal-file.ts';
import { Queue } from './queue.ts';
import { firstStamp } from './read.ts';
import { findTail } from './tail.ts';
import type { Tail } from './tail.ts';

export interface JournalOptions {
  readonly dir: string;
  /** `write`: survives a kill of the process; `fsync`: a power loss too. */
  readonly durability: 'write' | 'fsync';
  readonly clock: Clock;
  /** Ed25519, from `journalKey`. */
  readonly signingKey: KeyObject;
  /** Failures of what nobody waits for: notes written by a timer, checkpoints, the head. */
  readonly onError: (error: unknown) => void;
  readonly fileBytesMax?: number;
  /** For how long one file is written, in milliseconds, asked anew each time; undefined: until it is full. */
  readonly fileMsMax?: () => number | undefined;
  readonly disk?: Disk;
}

const fileBytesMaxDefault = 256 * 1024 * 1024;
const scratchBytes = 256 * 1024;
/** More than a block line, a checkpoint line and `prev` take together. */
const frameBytesMax = 1024;
const checkpointBlocks = 1_000;
const checkpointMs = 10_000;
const noteMs = 100;
/** How long the timer leaves a disk alone that has failed, so that it fills no log. */
const noteRetryMs = 1_000;
/** How often the file is looked at: that it is still there, and written by nobody else. */
const lookMs = 1_000;

/** Event lines for one block. */
export interface Lines {
  readonly text: string;
  readonly events: number;
  /** Of the newest. */
  readonly time: string;
}

/** Lines of events that were recorded elsewhere, for places behind `seq` and times not before `time`. */
export type Elsewhere = (seq: number, time: string) => Lines;

/**
 * Opens the journal in `dir`, or begins one.
 * @throws SallyportError `journal_unavailable` where it was cut, is damaged, or is of another key
 */
export async function openJournal(options: JournalOptions): Promise<FileJournal> {
  const { dir, signingKey, clock, disk = realDisk } = options;
  await privateFolder(dir);
  const tail = (await checkedTail(dir, signingKey)) ?? (await begin(dir, signingKey, clock, disk));
  await replaceFile(join(dir, publicKeyName), 0o600, publicPem(signingKey));
  const clean = tail.torn.length === 0;
  const file = clean
    ? JournalFile.resume(dir, tail.number, tail.length, disk)
    : JournalFile.create(dir, tail.number + 1, disk);
  const begun = clean ? (await firstStamp(dir, tail.number))?.time : undefined;
  const journal = new FileJournal(options, {
    file,
    tail,
    begunMs: begun === undefined ? clock.now() : Date.parse(begun),
  });
  if (!clean) await journal.commit();
  return journal;
}

/** Undefined where there is no journal yet. A cut must not be healed by starting again, so it is refused. */
async function checkedTail(dir: string, signingKey: KeyObject): Promise<Tail | undefined> {
  const head = await readHead(dir);
  const tail = await findTail(dir);
  if (head === undefined && tail === undefined) return undefined;
  if (head === undefined) throw unusable(`${headName} is missing`);
  if (head === 'damaged') throw unusable(`${headName} is damaged`);
  if (!signatureHolds(head, createPublicKey(signingKey)))
    throw unusable(`${headName} was signed by another key`);
  if (tail === undefined && head.block === 0) return undefined;
  if (tail === undefined) throw unusable('its files are missing');
  const { point } = tail;
  if (point.block < head.block)
    throw unusable(`its end was cut: block ${head.block} was signed, ${point.block} is the last`);
  if (point.block === head.block && point.hash !== head.hash)
    throw unusable('its end is not what was signed');
  return tail;
}

/** Begins one for another process, which opens it. */
export async function beginJournal(dir: string, signingKey: KeyObject, clock: Clock): Promise<void> {
  await privateFolder(dir);
  await begin(dir, signingKey, clock, realDisk);
}

/** The head first: a journal without one counts as cut. */
async function begin(dir: string, signingKey: KeyObject, clock: Clock, disk: Disk): Promise<Tail> {
  const point = { block: 0, seq: 0, hash: genesisHash, time: new Date(clock.now()).toISOString() };
  const line = checkpointLine(point, signingKey);
  await replaceFile(join(dir, headName), 0o600, line);
  const file = JournalFile.create(dir, 1, disk);
  file.append(Buffer.from(line), 0, line.length);
  await file.close();
  return { point, uncovered: line, number: 1, length: line.length, torn: [] };
}

/** The record in files of one folder. */
export class FileJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #queue: Queue;
  readonly #head: Head;
  readonly #syncs: GroupSync;
  readonly #scratch = Buffer.allocUnsafe(scratchBytes);
  readonly #retiring = new Set<Promise<void>>();
  #file: JournalFile;
  #fileBegunMs: number;
  #point: ChainPoint;
  #uncovered: string;
  #losses = 0;
  /** Then only the timer tries: a flood of notes must not become a flood of failures. */
  #notesFailing = false;
  #blocksSinceCheckpoint = 0;
  #checkpointAtMs: number;
  #lookedAtMs: number;
  #noteTimer: NodeJS.Timeout | undefined;
  #checkpointTimer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `openJournal` makes it. */
  constructor(
    options: JournalOptions,
    { file, tail, begunMs }: { readonly file: JournalFile; readonly tail: Tail; readonly begunMs: number },
  ) {
    const now = options.clock.now();
    this.#options = options;
    this.#file = file;
    this.#fileBegunMs = begunMs;
    this.#point = tail.point;
    this.#uncovered = tail.uncovered;
    this.#checkpointAtMs = now;
    this.#lookedAtMs = now;
    this.#queue = new Queue(options.clock, tail.point.time);
    this.#head = new Head(options.dir, () => this.#sync(), options.onError);
    this.#syncs = new GroupSync(
      () => this.#sync(),
      () => this.#losses++,
    );
    for (const torn of tail.torn) this.#queue.note({ type: 'journal.recovered', ...torn });
  }

  /** `seq` of the newest event that is on record. */
  get newestSeq(): number {
    return this.#point.seq;
  }

  /** How often events queued by `append` were lost. Whoever appended before a change of it must not go on. */
  get losses(): number {
    return this.#losses;
  }

  append(event: Event): void {
    this.#queue.append(event);
  }

  note(event: Event): void {
    if (this.#closed) {
      this.#options.onError(new Error(`the journal is closed: ${event.type} is not on record`));
      return;
    }
    if (this.#queue.full && !this.#notesFailing) this.#writeNotes();
    this.#queue.note(event);
    this.#writeNotesLater();
  }

  commit(): void | Promise<void> {
    if (!this.#queue.empty) this.#writeOrDrop();
    if (this.#options.durability === 'write') return;
    return this.#syncs.join()?.catch((cause: unknown) => {
      throw unavailable(cause);
    });
  }

  /**
   * Writes events that were recorded elsewhere, behind what is queued and in one block with it.
   * @throws SallyportError `journal_unavailable`; none of them is on record then
   */
  join(elsewhere: Elsewhere): void {
    try {
      this.#write(elsewhere);
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /**
   * Signs where the chain ends; resolves once that is on the disk, in the journal and in its head.
   * @throws SallyportError `journal_unavailable`
   */
  async seal(): Promise<void> {
    try {
      if (this.#blocksSinceCheckpoint > 0) this.#checkpoint(this.#options.clock.now());
      await this.#sync();
      await this.#head.settled();
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /**
   * Writes what waits and signs where the chain ends. Nothing may be appended afterwards.
   * @throws SallyportError `journal_unavailable` where notes could not be written
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.commit();
      if (this.#blocksSinceCheckpoint > 0) this.#checkpoint(this.#options.clock.now());
    } finally {
      this.#closed = true;
      clearTimeout(this.#noteTimer);
      clearTimeout(this.#checkpointTimer);
      await this.#head.close();
      await Promise.allSettled([...this.#retiring, this.#file.close()]);
    }
  }

  #writeOrDrop(): void {
    try {
      this.#write();
    } catch (cause) {
      if (this.#queue.dropAppended()) this.#losses++;
      throw unavailable(cause);
    }
  }

  /** Nobody waits for it, so nobody's events are dropped where it fails: they are tried again. */
  #writeNotes(): void {
    if (this.#closed || this.#queue.empty) return;
    try {
      this.#write();
    } catch (error) {
      this.#options.onError(unavailable(error));
      this.#notesFailing = true;
      clearTimeout(this.#noteTimer);
      this.#noteTimer = undefined;
      this.#writeNotesLater(noteRetryMs);
    }
  }

  #writeNotesLater(afterMs = noteMs): void {
    this.#noteTimer ??= setTimeout(() => {
      this.#noteTimer = undefined;
      this.#writeNotes();
    }, afterMs).unref();
  }

  #write(elsewhere?: Elsewhere): void {
    if (this.#closed) throw new Error('the journal is closed');
    const now = this.#options.clock.now();
    this.#look(now);
    const block = this.#linesWith(elsewhere);
    if (this.#overfull(block.text.length) || this.#overaged(now)) this.#rotate(now);
    this.#writeBlock(block, this.#checkpointDue(now));
    this.#queue.written();
    this.#notesFailing = false;
  }

  #linesWith(elsewhere: Elsewhere | undefined): Lines {
    const { text, events } = this.#queue.lines(this.#point.seq);
    const time = this.#queue.newestTime;
    if (elsewhere === undefined) return { text, events, time };
    const joined = elsewhere(this.#point.seq + events, time);
    this.#queue.advance(joined.time);
    return { text: text + joined.text, events: events + joined.events, time: joined.time };
  }

  /** The hot path: one hash and one write, whatever the number of events. */
  #writeBlock({ text, events, time }: Lines, withCheckpoint: boolean): void {
    const prev = this.#point.hash;
    const buffer = this.#bufferFor(text);
    let end = buffer.write(prev, 0, 'latin1');
    end += buffer.write(this.#uncovered, end, 'latin1');
    const start = end;
    end += buffer.write(text, end, 'utf8');
    const digest = hash('sha256', buffer.subarray(0, end), 'hex');
    const block = this.#point.block + 1;
    const point = { block, seq: this.#point.seq + events, hash: digest, time };
    end += buffer.write(blockLine({ block, prev, hash: digest, events }), end, 'latin1');
    const checkpoint = withCheckpoint ? checkpointLine(point, this.#options.signingKey) : '';
    end += buffer.write(checkpoint, end, 'latin1');
    this.#file.append(buffer, start, end - start);
    this.#point = point;
    this.#uncovered = checkpoint;
    this.#syncs.wrote();
    this.#blocksSinceCheckpoint++;
    if (withCheckpoint) this.#checkpointed(checkpoint, this.#options.clock.now());
    else this.#checkpointTimer ??= this.#checkpointLater();
  }

  #bufferFor(text: string): Buffer {
    const frame = frameBytesMax + this.#uncovered.length;
    if (text.length * 3 + frame <= this.#scratch.length) return this.#scratch;
    return Buffer.allocUnsafe(Buffer.byteLength(text) + frame);
  }

  /** @throws whatever keeps the file from being written */
  #look(now: number): void {
    const recent = now >= this.#lookedAtMs && now < this.#lookedAtMs + lookMs;
    if (recent && !this.#file.doubtful) return;
    const condition = this.#file.condition();
    if (condition === 'foreign') throw new Error('another process writes to the journal');
    if (condition === 'gone') this.#replace();
    this.#lookedAtMs = now;
  }

  /** The file was removed or cut. The gap stays visible, for the chain goes on where it was. */
  #replace(): void {
    const { dir, disk = realDisk, signingKey } = this.#options;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const numbers = readdirSync(dir).map((name) => numberOf(name) ?? 0);
    const gone = this.#file;
    this.#file = JournalFile.create(dir, Math.max(gone.number, ...numbers) + 1, disk);
    void gone.close();
    writeFileSync(join(dir, publicKeyName), publicPem(signingKey), { mode: 0o600 });
    this.#queue.noteFirst({
      type: 'journal.replaced',
      file: fileName(gone.number),
      block: this.#point.block,
    });
  }

  #overfull(chars: number): boolean {
    const { fileBytesMax = fileBytesMaxDefault } = this.#options;
    return this.#file.length > 0 && this.#file.length + chars + frameBytesMax > fileBytesMax;
  }

  #overaged(now: number): boolean {
    const msMax = this.#options.fileMsMax?.();
    return msMax !== undefined && this.#file.length > 0 && now - this.#fileBegunMs > msMax;
  }

  #rotate(now: number): void {
    const { dir, disk = realDisk, durability, onError } = this.#options;
    if (this.#blocksSinceCheckpoint > 0) this.#checkpoint(now);
    const full = this.#file;
    if (durability === 'fsync') full.syncNow();
    this.#file = JournalFile.create(dir, full.number + 1, disk);
    this.#fileBegunMs = now;
    const retired = full
      .sync()
      .catch(onError)
      .then(() => full.close());
    this.#retiring.add(retired);
    void retired.finally(() => this.#retiring.delete(retired));
  }

  #checkpointDue(now: number): boolean {
    const sinceMs = now - this.#checkpointAtMs;
    return this.#blocksSinceCheckpoint + 1 >= checkpointBlocks || sinceMs >= checkpointMs || sinceMs < 0;
  }

  #checkpointLater(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#checkpointTimer = undefined;
      try {
        if (this.#blocksSinceCheckpoint > 0) this.#checkpoint(this.#options.clock.now());
      } catch (error) {
        this.#options.onError(unavailable(error));
        this.#checkpointTimer = this.#checkpointLater();
      }
    }, checkpointMs).unref();
  }

  /** One that does not ride with a block. */
  #checkpoint(now: number): void {
    this.#look(now);
    const line = checkpointLine(this.#point, this.#options.signingKey);
    this.#file.append(Buffer.from(line), 0, line.length);
    this.#uncovered += line;
    this.#syncs.wrote();
    this.#checkpointed(line, now);
  }

  #checkpointed(line: string, now: number): void {
    this.#blocksSinceCheckpoint = 0;
    this.#checkpointAtMs = now;
    this.#head.advance(line);
  }

  async #sync(): Promise<void> {
    const file = this.#file;
    if (this.#retiring.size > 0) await Promise.all(this.#retiring);
    await file.sync();
  }
}

function publicPem(signingKey: KeyObject): string {
  return createPublicKey(signingKey).export({ type: 'spki', format: 'pem' }).toString();
}

function unavailable(cause: unknown): SallyportError {
  if (cause instanceof SallyportError) return cause;
  return new SallyportError(
    'journal_unavailable',
    'Sallyport: the record cannot be written, so nothing may run',
    {
      hint: 'Nothing was sent. Try again later; whoever runs the gateway finds the cause (a full disk?) in its log.',
      cause,
    },
  );
}

function unusable(why: string): SallyportError {
  return new SallyportError('journal_unavailable', `the journal cannot be continued: ${why}`, {
    hint: 'Run "sallyport audit verify"; restore what is missing, or move the folder aside to begin a new journal.',
  });
}

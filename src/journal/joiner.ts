import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../core/event.ts';
import type { Clock } from '../core/ports.ts';
import { syncFolder } from '../files/whole-file.ts';
import { beginJournal } from './append.ts';
import type { FileJournal, Lines } from './append.ts';
import { stampOf } from './chain.ts';
import { fileName } from './files.ts';
import { writeStart } from './start.ts';
import { newWorkerName } from './worker-folder.ts';
import { WorkerReader } from './worker-reader.ts';
import type { WorkerBlocks } from './worker-reader.ts';
import { nothingJoined } from './worker-words.ts';
import type { JoinedTo } from './worker-words.ts';

export interface JoinerOptions {
  /** The journal's own folder. */
  readonly dir: string;
  readonly journal: FileJournal;
  readonly signingKey: KeyObject;
  readonly clock: Clock;
  /** Told of every event that was joined. */
  readonly observe?: (event: Event) => void;
  readonly report: (message: string, cause: unknown) => void;
  /** The chain of a worker that runs is not what it should be. */
  readonly onFault?: (worker: string) => void;
}

const everyMs = 50;

/**
 * Brings what workers record into the journal. A worker writes to a chain of its own, at once and before a command
 * goes on; here its blocks follow, so that whoever reads reads one journal. Up to where a chain was joined stands in
 * the same block as its events: a crash joins nothing twice and leaves nothing out.
 */
export class Joiner {
  readonly #it: JoinerOptions;
  readonly #publicKey: KeyObject;
  readonly #readers = new Map<string, WorkerReader>();
  /** Read, and not yet on record. */
  #unwritten: readonly WorkerBlocks[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(options: JoinerOptions) {
    this.#it = options;
    this.#publicKey = createPublicKey(options.signingKey);
  }

  /** From now on what is written is joined by itself. */
  start(): void {
    this.#timer ??= setInterval(() => void this.join(), everyMs).unref();
  }

  /** A chain for a new worker, on record before anything is in it; its name. */
  async begin(number: number): Promise<string> {
    const { dir, journal, signingKey, clock } = this.#it;
    const worker = newWorkerName(number);
    await beginJournal(join(dir, worker), signingKey, clock);
    journal.append({ type: 'worker.started', worker });
    await journal.commit();
    await this.resume(worker, nothingJoined);
    return worker;
  }

  /** Goes on with a chain of before. @throws FaultFound */
  async resume(worker: string, joined: JoinedTo): Promise<void> {
    const reader = await WorkerReader.open(this.#it.dir, worker, this.#publicKey, joined);
    this.#readers.set(worker, reader);
  }

  /** All that is there now. Never throws: what cannot be joined now is joined later. */
  join(): Promise<void> {
    return this.#inTurn(() => this.#joinAll());
  }

  /**
   * The worker is dead: joins the rest, says so, and removes the folder.
   * @throws FaultFound, or SallyportError `journal_unavailable`; the folder stays then
   */
  end(worker: string, lost: boolean): Promise<void> {
    return this.#inTurn(() => this.#end(worker, lost));
  }

  /** Before files are dropped: the rest of the journal must name every worker that there is. */
  async restate(): Promise<void> {
    await this.#inTurn(async () => {
      const { journal } = this.#it;
      this.#write();
      for (const { name, point } of this.#readers.values()) {
        journal.append({ type: 'worker.joined', worker: name, ...point, events: 0 });
      }
      await journal.commit();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last.catch(() => undefined);
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    this.#readers.clear();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act, act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #joinAll(): Promise<void> {
    try {
      while (await this.#joinSome());
      for (const reader of this.#readers.values()) await this.#dropRead(reader);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.#it.report('what workers have recorded cannot be joined to the journal', error);
      this.#failing = true;
    }
  }

  /** False: nothing more is there yet. What came while this was read waits for the next time, so that a write is for many. */
  async #joinSome(): Promise<boolean> {
    const late = this.#unwritten.length > 0;
    if (!late) {
      const read = await Promise.all([...this.#readers.values()].map((reader) => this.#read(reader)));
      this.#unwritten = read.filter((blocks) => blocks !== undefined);
    }
    const more = this.#unwritten.some((blocks) => blocks.more);
    this.#write();
    return late || more;
  }

  async #read(reader: WorkerReader): Promise<WorkerBlocks | undefined> {
    try {
      return await reader.next();
    } catch (error) {
      // The others go on; what this one has recorded stays where it is, for `verify` to find.
      this.#readers.delete(reader.name);
      await reader.close();
      this.#it.report(`the chain of worker ${reader.name} is not as it was written`, error);
      this.#it.onFault?.(reader.name);
      return undefined;
    }
  }

  #write(): void {
    const blocks = this.#unwritten;
    if (blocks.length === 0) return;
    this.#it.journal.join((seq, time) => joined(blocks, seq, time));
    this.#unwritten = [];
    const { observe } = this.#it;
    if (observe === undefined) return;
    for (const { lines } of blocks) for (const line of lines) observe(JSON.parse(line));
  }

  async #end(worker: string, lost: boolean): Promise<void> {
    const { journal, dir } = this.#it;
    const reader = this.#readers.get(worker);
    if (reader === undefined) return;
    do this.#write();
    while (await this.#takeOf(reader));
    const cut = reader.cutBytes;
    this.#readers.delete(worker);
    await reader.close();
    journal.append({ type: 'worker.ended', worker, lost, ...(cut === 0 ? {} : { cut }) });
    await journal.commit();
    await journal.seal();
    await rm(join(dir, worker), { recursive: true });
  }

  async #takeOf(reader: WorkerReader): Promise<boolean> {
    const blocks = await reader.next();
    this.#unwritten = blocks === undefined ? [] : [blocks];
    return blocks !== undefined;
  }

  /** Once they are on the disk here, files that were joined as a whole only take room. */
  async #dropRead(reader: WorkerReader): Promise<void> {
    const read = reader.takeRead();
    const last = read.at(-1);
    if (last === undefined) return;
    await this.#it.journal.seal();
    await writeStart(reader.dir, { number: last.number + 1, line: last.line });
    for (const { number } of read) await unlink(join(reader.dir, fileName(number)));
    await syncFolder(reader.dir);
  }
}

/** In the order in which they happened, whichever worker they are of. */
function joined(blocks: readonly WorkerBlocks[], seq: number, time: string): Lines {
  let at = seq;
  let text = '';
  for (const { worker, block, hash, lines } of blocks) {
    const event: Event = { type: 'worker.joined', worker, block, hash, events: lines.length };
    text += `{"seq":${++at},"time":"${time}",${JSON.stringify(event).slice(1)}\n`;
  }
  let newest = time;
  for (const { stamp, line } of inOrder(blocks)) {
    const late = stamp.time < newest ? `"at":"${stamp.time}",` : '';
    if (late === '') newest = stamp.time;
    text += `{"seq":${++at},"time":"${newest}",${late}${line.slice(stamp.length)}\n`;
  }
  return { text, events: at - seq, time: newest };
}

function inOrder(blocks: readonly WorkerBlocks[]) {
  const events = blocks.flatMap(({ lines }) => lines.map((line) => ({ line, stamp: stampIn(line) })));
  if (blocks.length === 1) return events;
  return events.toSorted((a, b) => (a.stamp.time < b.stamp.time ? -1 : Number(a.stamp.time > b.stamp.time)));
}

/** What the worker's chain put before the event itself, and how long that is. */
function stampIn(line: string): { readonly time: string; readonly length: number } {
  const stamp = stampOf(Buffer.from(line.slice(0, stampChars), 'latin1'));
  if (stamp === undefined) throw new Error('a line of a worker is no event');
  return { time: stamp.time, length: `{"seq":${stamp.seq},"time":"${stamp.time}",`.length };
}

/** More than any stamp is long. */
const stampChars = 80;

import { SallyportError } from '../../core/errors.ts';
import { FrontendType, checkEmpty, encodeSync } from '../../wire/postgres/frontend.ts';
import { FrameSplitter } from '../../wire/postgres/frames.ts';
import { frontendBytesMax } from '../../wire/postgres/limits.ts';
import { Batch } from './batch.ts';
import type { BatchParts } from './batch.ts';
import { Commands } from './commands.ts';
import type { CommandsParts } from './commands.ts';
import { CopyIn } from './copy-in.ts';
import { Knowledge } from './knowledge.ts';
import type { KnowledgeParts } from './knowledge.ts';
import type { Names } from './names.ts';
import { Order } from './order.ts';
import type { Wait } from './order.ts';
import type { Portal } from './portals.ts';
import type { Running } from './running.ts';

/** The largest Query, Parse or Bind: what must be kept whole to be decided on. */
const commandBytesMax = 64 * 1024 * 1024;

export interface GateParts
  extends CommandsParts, Omit<KnowledgeParts, 'skipping'>, Omit<BatchParts, 'wait' | 'halfCopied'> {
  /** A cancel request of the gateway's own is on its way: it must hit no later command. */
  stopping(): boolean;
  /** What kept the gate busy is over. */
  resumed(): void;
  /** The client says goodbye. */
  terminated(): void;
}

/** From the client to the upstream: every message is passed, answered, or made a command that is decided on. */
export class Gate {
  readonly #parts: GateParts;
  readonly #splitter: FrameSplitter;
  readonly #order: Order;
  readonly #knowledge: Knowledge;
  readonly #batch: Batch;
  readonly #commands: Commands;
  readonly #copyIn: CopyIn;
  /** The chunk at hand; its bytes stay as they are until the next flush, those of other buffers may not. */
  #chunk: Buffer | undefined;
  #waits = 0;
  /** The last of what kept it busy. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: GateParts, context: string) {
    this.#parts = parts;
    this.#knowledge = new Knowledge(
      {
        analyse: (text) => parts.analyse(text),
        catalog: (analysis) => parts.catalog(analysis),
        lineage: (analysis, catalog) => parts.lineage(analysis, catalog),
        schemaInFlux: () => parts.schemaInFlux(),
        skipping: () => this.#batch.skipping,
      },
      context,
    );
    this.#batch = new Batch({
      session: parts.session,
      outbox: parts.outbox,
      pending: parts.pending,
      abandoned: () => parts.abandoned(),
      failed: (error) => parts.failed(error),
      atEnd: (task) => parts.atEnd(task),
      wait: (work) => this.#wait(work),
      halfCopied: (lost) => this.#order.halfCopied(lost),
    });
    this.#order = new Order({
      pending: parts.pending,
      ended: parts.session.ended,
      stopping: () => parts.stopping(),
      hear: () => this.#batch.hear(),
    });
    this.#copyIn = new CopyIn({
      outbox: parts.outbox,
      order: this.#order,
      skipping: () => this.#batch.skipping,
    });
    this.#commands = new Commands(parts, this.#order, this.#knowledge, this.#batch);
    this.#splitter = new FrameSplitter({
      side: 'client',
      bytesMax: frontendBytesMax(commandBytesMax),
      streamed: (type) => type === FrontendType.CopyData,
    });
  }

  /** What names of portals stand for. */
  get portals(): Names<Portal> {
    return this.#knowledge.portals;
  }

  /** Waiting for an analysis, a catalog, a disk or a person. */
  get busy(): boolean {
    return this.#waits > 0;
  }

  /** Resolves once nothing keeps it busy. */
  async idle(): Promise<void> {
    while (this.busy) await this.#last;
  }

  /** What the client has sent and nobody has looked at yet. */
  get unreadBytes(): number {
    return this.#splitter.bufferedBytes;
  }

  /** The server has failed before the Sync that is still to come: it ignores the rest, and so do we. */
  skipToSync(): void {
    this.#batch.skipToSync();
    if (!this.#order.owesSync()) return;
    // It has come already, and was kept back because of the COPY that has failed now.
    this.#sync(encodeSync());
    this.#batch.flush();
  }

  /** ReadyForQuery has come. */
  ready(): void {
    this.#order.ready();
  }

  /** The server has answered something, or the session has ended. */
  answered(): void {
    this.#order.answered();
  }

  /**
   * `running` had more rows than it may, and the server has finished it all the same. Where nothing has gone on
   * behind it, an error can still undo it: true, and the refusal will be told in its turn.
   */
  refuseBehind(running: Running, refusal: SallyportError): boolean {
    if (this.#batch.skipping || !this.#order.isLast(running)) return false;
    this.#batch.refuse(refusal);
    this.#batch.flush();
    return true;
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#run(() => this.#splitter.push(chunk, this));
    this.#chunk = undefined;
  }

  /** @internal FrameSink */
  frame(type: number, buffer: Buffer, start: number, end: number): void | false {
    const stable = buffer === this.#chunk ? buffer : Buffer.from(buffer.subarray(start, end));
    const at = buffer === this.#chunk ? start : 0;
    const wait = this.#message(type, stable, at, at + (end - start));
    if (wait === undefined) return undefined;
    this.#wait(wait);
    return false;
  }

  /** @internal FrameSink: CopyData larger than a chunk. */
  piece(_type: number, bytes: Buffer, first: boolean): void {
    this.#copyIn.piece(bytes, first);
  }

  #run(step: () => void): void {
    try {
      step();
      if (this.busy) return;
      this.#batch.askToTell();
      this.#batch.flushSoon();
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** Several waits can overlap (a hold, and a disk that is slow with what came before it): all must be over. */
  #wait(wait: Promise<void>): void {
    this.#waits += 1;
    this.#last = wait
      .finally(() => (this.#waits -= 1))
      .then(() => {
        if (this.busy) return;
        this.#run(() => this.#splitter.resume(this));
        if (!this.busy) this.#parts.resumed();
      })
      .catch((error: unknown) => this.#parts.failed(error));
  }

  #message(type: number, buffer: Buffer, start: number, end: number): Wait {
    const { outbox, session } = this.#parts;
    session.ended.throwIfAborted();
    if (this.#batch.skipping && type !== FrontendType.Sync && type !== FrontendType.Terminate)
      return undefined;
    const turn = this.#order.turn(type);
    if (turn !== undefined) return turn.then(() => this.#message(type, buffer, start, end));
    if (type === FrontendType.Sync || type === FrontendType.Flush) this.#batch.heard();
    else this.#batch.endTimed();
    switch (type) {
      case FrontendType.Query:
        return this.#commands.query(buffer, start, end);
      case FrontendType.Parse:
        return this.#commands.parse(buffer, start, end);
      case FrontendType.Bind:
        return this.#commands.bind(buffer, start, end);
      case FrontendType.Describe:
        return this.#commands.describe(buffer, start, end);
      case FrontendType.Execute:
        return this.#commands.execute(buffer, start, end, () => this.#message(type, buffer, start, end));
      case FrontendType.Close:
        return this.#commands.close(buffer, start, end);
      case FrontendType.FunctionCall:
        return this.#commands.functionCall(buffer, start, end);
      case FrontendType.Sync:
        checkEmpty(type, buffer, start, end);
        if (!this.#order.keepsSync()) this.#sync(buffer, start, end);
        return undefined;
      case FrontendType.CopyDone:
        this.#copyIn.done();
        this.#order.copyEnds();
        outbox.pass(buffer, start, end);
        return undefined;
      case FrontendType.CopyFail:
        this.#order.copyEnds();
        outbox.pass(buffer, start, end);
        return undefined;
      case FrontendType.CopyData:
        this.#copyIn.data(buffer, start, end);
        return undefined;
      case FrontendType.Flush:
        outbox.pass(buffer, start, end);
        return undefined;
      case FrontendType.Terminate:
        outbox.pass(buffer, start, end);
        this.#parts.terminated();
        return undefined;
      default:
        throw new SallyportError('protocol', `Sallyport: unexpected message type ${type}`);
    }
  }

  #sync(buffer: Buffer, start = 0, end = buffer.length): void {
    this.#batch.sync();
    this.#knowledge.sync();
    this.#parts.pending.push({ kind: 'sync' });
    this.#order.synced();
    this.#parts.outbox.pass(buffer, start, end);
  }
}

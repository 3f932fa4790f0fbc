import { SallyportError } from '../../core/errors.ts';
import type { Journal } from '../../core/ports.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { Ranges } from '../../core/ranges.ts';
import type { Session } from '../../core/session.ts';
import { cleanFields, isLogged, withheldText } from '../../masking/error-text.ts';
import type { CopyMasker } from '../../masking/copy.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import type { Spool, Spools } from '../../transport/spool.ts';
import { WireError } from '../../wire/bytes.ts';
import {
  BackendType,
  decodeCommandComplete,
  decodeCopyResponse,
  decodeErrorFields,
  decodeNotification,
  decodeParameterDescription,
  decodeParameterStatus,
  decodeReadyForQuery,
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeNotificationResponse,
  encodeParameterDescription,
} from '../../wire/postgres/backend.ts';
import type { TransactionStatus } from '../../wire/postgres/backend.ts';
import { FrameSplitter, headerBytes } from '../../wire/postgres/frames.ts';
import { backendBytesMax } from '../../wire/postgres/limits.ts';
import type { Diversion, Frame } from './diversion.ts';
import type { Gate } from './gate.ts';
import { longCopyData, longRow } from './long-answer.ts';
import type { LongAnswer } from './long-answer.ts';
import { LongMessage } from './long-message.ts';
import { undo } from './pending.ts';
import type { PendingQueue } from './pending.ts';
import type { Running } from './running.ts';
import type { Shapes } from './shapes.ts';
import { errorFields, markedAsServers, sqlstateOf } from './sqlstate.ts';

/** A larger row is masked as it comes; one in which nothing is masked streams through whatever its size. */
const keptRowBytesMax = 1024 * 1024;

export interface AnswerParts {
  readonly session: Session;
  readonly gate: Gate;
  readonly pending: PendingQueue;
  readonly journal: Journal;
  readonly shapes: Shapes;
  /** What is hidden from this identity where no command's own plan says less. */
  readonly plan: () => MaskPlan;
  readonly detectors: (plan: MaskPlan) => DetectorSet | undefined;
  /** Writes to the client. */
  write(bytes: Buffer): void;
  /** The same, behind what was written. */
  writeSpool(spool: Spool): void;
  readonly spools: Spools;
  /** Asks the upstream to stop what runs. */
  cancel(): void;
  /** A command may have changed what names mean. */
  schemaChanged(): void;
  parameterChanged(name: string, value: string): void;
  /** The upstream failed before the Sync that is still to come. */
  failedMidway(): void;
}

/** From the upstream to the client: every answer is tied to its message; rows, errors and notices are masked. */
export class Answers {
  readonly #parts: AnswerParts;
  readonly #splitter: FrameSplitter;
  readonly #out = new Ranges();
  #chunk: Buffer | undefined;
  /** What the client has been told is over though the server goes on: nothing more until ReadyForQuery. */
  #muted = false;
  /** Of the row that is being given in pieces. */
  #hiddenRow = false;
  #midRow = false;
  #long: LongAnswer | undefined;
  #slipped: Buffer[] = [];
  #diversion: Diversion | undefined;
  /** The transaction under way has changed the schema, which others see once it is over. */
  #schemaTouched = false;
  status: TransactionStatus = 'I';

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#splitter = new FrameSplitter({
      side: 'upstream',
      bytesMax: backendBytesMax(),
      streamed: (type, total) =>
        isRow(type) &&
        (total > keptRowBytesMax || (this.#diversion === undefined && !this.#looksInside(type))),
    });
  }

  /** Until further notice what the upstream answers is for the gateway itself; undefined: for the client again. */
  divert(to: Diversion | undefined): void {
    this.#diversion = to;
  }

  /** Answers that were kept back, now that it is known what they belong to. @throws WireError as `push` */
  replay(frames: readonly Frame[]): void {
    for (const { type, bytes } of frames) this.#message(type, bytes, 0, bytes.length);
    this.#writeOut();
  }

  /** The command whose answer is being read. */
  get running(): Running | undefined {
    const head = this.#parts.pending.head;
    return head !== undefined && 'running' in head ? head.running : undefined;
  }

  /** @throws WireError where the upstream breaks the protocol; nothing of the chunk has reached the client then */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#splitter.push(chunk, this);
    this.#chunk = undefined;
    this.#writeOut();
  }

  /** Nobody looks at what was written any more. */
  written(): void {
    this.running?.masker?.rewind();
  }

  /** The session is over. */
  close(): void {
    this.#long?.message.drop();
  }

  #writeOut(): void {
    const bytes = this.#out.take();
    if (bytes !== undefined) this.#parts.write(bytes);
  }

  /** @internal FrameSink */
  frame(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#diversion !== undefined && !unasked.has(type)) {
      this.#diversion.take(type, Buffer.from(buffer.subarray(start, end)));
    } else if (buffer === this.#chunk) this.#message(type, buffer, start, end);
    else this.#message(type, Buffer.from(buffer.subarray(start, end)), 0, end - start);
  }

  /** @internal FrameSink: rows larger than a chunk in which nothing is masked, and very large ones. */
  piece(type: number, bytes: Buffer, first: boolean, last: boolean): void {
    if (this.#diversion !== undefined) return this.#diversion.drop();
    const running = type === BackendType.CopyData ? this.#copying(type) : this.#mustRun(type);
    if (first) {
      // The header tells the whole size before any of it goes on.
      this.#countRow(running, bytes.readInt32BE(1) + 1);
      // Once for all its pieces: half a message would take the client out of step.
      this.#hiddenRow = this.#hides(running);
      this.#long = this.#hiddenRow ? undefined : this.#beginLong(type, running, bytes);
    }
    this.#midRow = !last;
    if (this.#long !== undefined) this.#longPiece(this.#long, running, bytes, first, last);
    else if (!this.#hiddenRow) {
      running.bytes += bytes.length;
      this.#addPiece(bytes);
    }
    if (last) for (const message of this.#slipped.splice(0)) this.#out.add(message, 0, message.length);
  }

  /** What lies in the chunk at hand stays as it is; other bytes are the splitter's own. */
  #addPiece(bytes: Buffer): void {
    const chunk = this.#chunk;
    const start = bytes.byteOffset - (chunk?.byteOffset ?? 0);
    const isOfChunk = bytes.buffer === chunk?.buffer && start >= 0 && start + bytes.length <= chunk.length;
    if (isOfChunk) this.#out.add(chunk, start, start + bytes.length);
    else this.#out.add(Buffer.from(bytes), 0, bytes.length);
  }

  #beginLong(type: number, running: Running, header: Buffer): LongAnswer | undefined {
    const masker = type === BackendType.CopyData ? running.copyMasker : this.#maskerOf(running);
    if (masker === undefined) return undefined;
    const message = new LongMessage(type, this.#parts.spools, {
      write: (bytes) => this.#addPiece(bytes),
      spool: (spool) => {
        this.#writeOut();
        this.#parts.writeSpool(spool);
      },
    });
    return 'push' in masker ? longCopyData(masker, message) : longRow(masker, header, message);
  }

  #longPiece(long: LongAnswer, running: Running, bytes: Buffer, first: boolean, last: boolean): void {
    try {
      long.push(bytes, first);
      if (!last) return;
      running.masked += long.end();
      running.bytes += long.message.bytes;
    } catch (error) {
      // What cannot be masked, or has no room: the client has got nothing of this row.
      if (!(error instanceof SallyportError)) throw error;
      long.message.drop();
      this.#hiddenRow = true;
      this.#stop(running, error);
    }
    this.#long = undefined;
  }

  /** A message of the gateway's own to the client, between two of the upstream's. */
  slip(message: Buffer): void {
    if (this.#midRow) this.#slipped.push(message);
    else this.#parts.write(message);
  }

  /** The transaction under way may have changed the schema. */
  get schemaTouched(): boolean {
    return this.#schemaTouched;
  }

  #message(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#isOurs(type)) return;
    switch (type) {
      case BackendType.DataRow:
        return this.#row(buffer, start, end);
      case BackendType.BindComplete:
      case BackendType.ParseComplete:
        return this.#named(type, buffer, start, end);
      case BackendType.CloseComplete: {
        const head = this.#expect('close', type);
        head.done();
        return this.#pass(buffer, start, end);
      }
      case BackendType.ParameterDescription:
        return this.#parameters(buffer, start, end);
      case BackendType.RowDescription:
        return this.#shape(buffer, start, end);
      case BackendType.NoData:
        return this.#expect('describe', type).swallow ? undefined : this.#pass(buffer, start, end);
      case BackendType.CommandComplete:
        return this.#complete(decodeCommandComplete(buffer, start, end), type, buffer, start, end);
      case BackendType.EmptyQueryResponse:
        return this.#complete('', type, buffer, start, end);
      case BackendType.PortalSuspended:
        return this.#complete('PortalSuspended', type, buffer, start, end);
      case BackendType.ErrorResponse:
        return this.#error(decodeErrorFields(buffer, start, end), buffer, start, end);
      case BackendType.ReadyForQuery:
        return this.#ready(buffer, start, end);
      case BackendType.CopyInResponse:
        return this.#copyIn(buffer, start, end);
      case BackendType.CopyOutResponse:
        return this.#copyOut(buffer, start, end);
      case BackendType.CopyData:
        return this.#copyData(buffer, start, end);
      case BackendType.CopyDone:
        this.#copying(type).copyDone();
        return this.#pass(buffer, start, end);
      case BackendType.FunctionCallResponse:
        this.#mustRun(type);
        return this.#pass(buffer, start, end);
      case BackendType.NoticeResponse:
        return this.#notice(buffer, start, end);
      case BackendType.NotificationResponse:
        return this.#notification(buffer, start, end);
      case BackendType.ParameterStatus: {
        const { name, value } = decodeParameterStatus(buffer, start, end);
        this.#parts.parameterChanged(name, value);
        return this.#out.add(buffer, start, end);
      }
      default:
        // Authentication, BackendKeyData, CopyBothResponse …: nothing that a session in its course gets.
        throw unexpected(type);
    }
  }

  #pass(buffer: Buffer, start: number, end: number): void {
    if (!this.#muted && this.running?.withheld !== true) this.#out.add(buffer, start, end);
  }

  #named(type: number, buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.pending.head;
    if (type === BackendType.ParseComplete && head?.kind === 'parse') head.names.confirm(head.version);
    else if (type === BackendType.BindComplete && head?.kind === 'bind') head.names.confirm(head.version);
    else if (type === BackendType.BindComplete && head?.kind === 'rebind') {
      this.#parts.pending.shift();
      return;
    } else throw unexpected(type);
    this.#parts.pending.shift();
    this.#pass(buffer, start, end);
  }

  /** Answers to messages that the gateway has sent in the place of a Query, or before a Bind. */
  #isOurs(type: number): boolean {
    const head = this.#parts.pending.head;
    if (head?.kind === 'query') return head.unfolded === true && queryAnswers.has(type);
    return head?.kind === 'bind' && head.unfolded === true && bindAnswers.has(type);
  }

  #parameters(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.pending.head;
    if (head?.kind !== 'describe') throw unexpected(BackendType.ParameterDescription);
    const { added = 0 } = head;
    if (added === 0) return this.#pass(buffer, start, end);
    const types = decodeParameterDescription(buffer, start, end);
    const known = encodeParameterDescription(types.slice(0, Math.max(0, types.length - added)));
    this.#pass(known, 0, known.length);
  }

  /** What a Describe or a simple query's statement returns: from here on its rows can be masked. */
  #shape(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.pending.head;
    const { shapes } = this.#parts;
    if (head?.kind === 'describe') {
      this.#parts.pending.shift();
      if (head.portal !== undefined) head.portal.shape = shapes.fields(buffer, start, end);
      if (!head.swallow) this.#pass(buffer, start, end);
      return;
    }
    if (head?.kind !== 'query' || head.running === undefined) throw unexpected(BackendType.RowDescription);
    const { running } = head;
    const fields = shapes.fields(buffer, start, end);
    running.shaped(fields, (rows) => shapes.masker(fields, running.plan, rows));
    this.#pass(buffer, start, end);
  }

  #row(buffer: Buffer, start: number, end: number): void {
    const running = this.#mustRun(BackendType.DataRow);
    this.#countRow(running, end - start);
    if (this.#hides(running)) return;
    const masker = this.#maskerOf(running);
    if (masker === undefined) {
      running.keep(buffer, start, end);
      running.bytes += end - start;
      this.#out.add(buffer, start, end);
      return;
    }
    const before = masker.masked;
    masker.apply(buffer, start, end);
    running.masked += masker.masked - before;
    running.bytes += masker.outEnd - masker.outStart;
    running.keep(masker.out, masker.outStart, masker.outEnd, masker);
    this.#out.add(masker.out, masker.outStart, masker.outEnd);
  }

  #countRow(running: Running, bytes: number): void {
    if (running.withheld) return;
    const refusal =
      running.rows >= running.rowsMax ? tooManyRows(running.rowsMax) : running.allowance?.spend(bytes);
    if (refusal !== undefined) return this.#stop(running, refusal);
    running.rows += 1;
    this.#parts.session.rows += 1;
  }

  /** The client gets nothing more of it, and is told why in the server's turn. */
  #stop(running: Running, refusal: SallyportError): void {
    running.withheld = true;
    if (running.stopped !== undefined) return;
    running.stopped = refusal;
    this.#parts.cancel();
  }

  #hides(running: Running): boolean {
    return this.#muted || running.withheld;
  }

  #maskerOf(running: Running): Running['masker'] {
    if (running.masker !== undefined) return running.masker;
    const shape = running.portal === undefined ? running.shape : running.portal.shape;
    if (shape === undefined) {
      // Cannot happen: the gate asks for every shape that it must know. If it does, no row may pass.
      if (running.plan.hidden.size > 0 || running.plan.detect.length > 0)
        throw unexpected(BackendType.DataRow);
      return undefined;
    }
    if (running.shape !== shape) {
      running.shape = shape;
      running.masker = this.#parts.shapes.masker(shape, running.plan, running.rowsFrom);
    }
    return running.masker;
  }

  #copyIn(buffer: Buffer, start: number, end: number): void {
    const running = this.#mustRun(BackendType.CopyInResponse);
    // The client has been cut off and would never send the data that the server now waits for.
    if (running.withheld && running.stopped !== undefined) throw running.stopped;
    // Nobody waits for the end of a COPY that the text did not tell of.
    if (!running.copiesIn) throw unexpected(BackendType.CopyInResponse);
    running.copyIn = true;
    this.#pass(buffer, start, end);
  }

  #copyOut(buffer: Buffer, start: number, end: number): void {
    const running = this.#mustRun(BackendType.CopyOutResponse);
    const { format, columnFormats } = decodeCopyResponse(buffer, start, end);
    const { plan, rowsFrom } = running;
    running.copyOut = true;
    running.copyMasker = this.#parts.shapes.copyMasker(columnFormats.length, format === 1, plan, rowsFrom);
    this.#pass(buffer, start, end);
  }

  #copyData(buffer: Buffer, start: number, end: number): void {
    const running = this.#copying(BackendType.CopyData);
    this.#countRow(running, end - start);
    if (this.#hides(running)) return;
    const masker = running.copyMasker;
    if (masker === undefined) {
      running.bytes += end - start;
      return this.#out.add(buffer, start, end);
    }
    const before = masker.masked;
    const message = this.#maskedCopyData(running, masker, buffer.subarray(start + headerBytes, end));
    if (message === undefined) return;
    running.masked += masker.masked - before;
    running.bytes += message.length;
    // A part of a value that is not whole yet stays here.
    if (message.length > headerBytes) this.#out.add(message, 0, message.length);
  }

  #maskedCopyData(running: Running, masker: CopyMasker, data: Buffer): Buffer | undefined {
    try {
      return copyData(masker.push(data));
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      this.#stop(running, error);
      return undefined;
    }
  }

  #complete(tag: string, type: number, buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.pending.head;
    if (head === undefined || (head.kind !== 'execute' && head.kind !== 'query')) throw unexpected(type);
    const { running } = head;
    if (running === undefined) throw unexpected(type);
    running.completed(tag);
    if (running.changesSchema) this.#touchSchema();
    if (head.kind === 'query') {
      // The next statement of the same text has rows of its own shape.
      running.masker?.release();
      running.masker = undefined;
      running.shape = undefined;
      return this.#pass(buffer, start, end);
    }
    this.#parts.pending.shift();
    if (!running.withheld || running.stopped === undefined) {
      if (type === BackendType.PortalSuspended && running.portal !== undefined)
        running.portal.suspended = running;
      this.#result(running);
      return this.#pass(buffer, start, end);
    }
    // It was over before the cancel request came: the client is told all the same that it got not everything.
    this.#result(running, sqlstateOf(running.stopped));
    if (this.#parts.gate.refuseBehind(running, running.stopped)) return;
    this.#tell(running.stopped);
    this.#muted = true;
  }

  #error(fields: Map<string, string>, buffer: Buffer, start: number, end: number): void {
    const { pending, gate } = this.#parts;
    const head = pending.head;
    const { running } = this;
    if (head?.kind === 'refused') this.#tell(head.refusal);
    else if (head?.kind === 'query' && head.refusal !== undefined) this.#tell(head.refusal);
    else if (running?.stopped !== undefined) this.#tell(running.stopped);
    else this.#passError(fields, running?.plan, isRewritten(head), buffer, start, end);
    const { stopped } = running ?? {};
    const code = stopped === undefined ? (fields.get('C') ?? 'XX000') : sqlstateOf(stopped);
    if (head === undefined) return;
    if (head.kind === 'query' || head.kind === 'call') {
      if (head.running !== undefined) head.running.error = code;
      return;
    }
    const skipped = pending.skipToSync();
    for (const item of skipped) {
      undo(item);
      if (item.kind === 'execute') this.#result(item.running, item === head ? code : 'skipped');
    }
    if (pending.head === undefined) {
      gate.skipToSync();
      this.#parts.failedMidway();
    }
  }

  #passError(
    fields: Map<string, string>,
    plan: MaskPlan | undefined,
    rewritten: boolean,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#muted) return;
    const hidden = plan ?? this.#parts.plan();
    const clean = hidden.hidden.size === 0 && hidden.detect.length === 0;
    const marked = markedAsServers(fields);
    if (clean && !rewritten && marked === undefined) return this.#out.add(buffer, start, end);
    const said = marked ?? new Map(fields);
    const shown = clean ? said : cleanFields(said, hidden, this.#parts.detectors(hidden));
    // A place in a text that the client has not sent.
    if (rewritten) shown.delete('P');
    const bytes = encodeErrorResponse(shown);
    this.#out.add(bytes, 0, bytes.length);
  }

  #tell(refusal: SallyportError): void {
    if (this.#muted) return;
    const bytes = encodeErrorResponse(errorFields(refusal, 'ERROR'));
    this.#out.add(bytes, 0, bytes.length);
  }

  #ready(buffer: Buffer, start: number, end: number): void {
    const { pending, gate } = this.#parts;
    this.status = decodeReadyForQuery(buffer, start, end);
    const head = pending.head;
    if (head?.kind === 'query' || head?.kind === 'call') {
      if (head.running !== undefined) this.#finish(head.running);
      pending.shift();
    } else if (head?.kind === 'sync') {
      pending.shift();
    } else {
      throw unexpected(BackendType.ReadyForQuery);
    }
    if (head?.kind === 'call' && head.running.changesSchema) this.#touchSchema();
    if (this.status === 'I' && this.#schemaTouched) {
      this.#schemaTouched = false;
      this.#parts.schemaChanged();
    }
    // Portals end with their transaction.
    if (this.status === 'I' && pending.length === 0) gate.portals.clear();
    this.#muted = false;
    gate.ready();
    this.#out.add(buffer, start, end);
  }

  #touchSchema(): void {
    this.#schemaTouched = true;
    this.#parts.schemaChanged();
  }

  /** A whole Query or FunctionCall is over. */
  #finish(running: Running): void {
    const { stopped, withheld, error } = running;
    if (!withheld || stopped === undefined || error !== undefined) return this.#result(running, error);
    // The server had finished before the cancel request came.
    this.#result(running, sqlstateOf(stopped));
    this.#tell(running.writes ? finishedAllTheSame(stopped) : stopped);
  }

  #result(running: Running, error?: string): void {
    const { journal, session } = this.#parts;
    running.settled(error === undefined);
    running.masker?.release();
    const outcome = running.outcome(error);
    journal.note({ type: 'result', session: session.id, command: running.number, ...outcome });
  }

  #notice(buffer: Buffer, start: number, end: number): void {
    const plan = this.running?.plan ?? this.#parts.plan();
    const heard = decodeErrorFields(buffer, start, end);
    const marked = markedAsServers(heard);
    const clean = plan.hidden.size === 0 && plan.detect.length === 0;
    if (clean && marked === undefined) return this.#out.add(buffer, start, end);
    const said = marked ?? heard;
    // Even how many there are tells, as of a sort that takes more memory than it may.
    if (plan.hidden.size > 0 && isLogged(said)) return;
    const bytes = encodeNoticeResponse(cleanFields(said, plan, this.#parts.detectors(plan)));
    this.#out.add(bytes, 0, bytes.length);
  }

  #notification(buffer: Buffer, start: number, end: number): void {
    const plan = this.#parts.plan();
    const { processId, channel, payload } = decodeNotification(buffer, start, end);
    // Triggers like to send whole rows. An empty payload says nothing, and only wakes up.
    const hides = plan.hidden.size > 0 && payload !== '';
    const text = hides ? withheldText : (this.#parts.detectors(plan)?.apply(payload).text ?? payload);
    if (text === payload) return this.#out.add(buffer, start, end);
    const bytes = encodeNotificationResponse({ processId, channel, payload: text });
    this.#out.add(bytes, 0, bytes.length);
  }

  /** Rows of this kind are read as a whole, because something in them may have to change. */
  #looksInside(type: number): boolean {
    const { running } = this;
    if (running === undefined || !isRow(type)) return false;
    if (type === BackendType.CopyData) return running.copyMasker !== undefined;
    return this.#maskerOf(running) !== undefined;
  }

  #copying(type: number): Running {
    const running = this.#mustRun(type);
    if (!running.copyOut) throw unexpected(type);
    return running;
  }

  #mustRun(type: number): Running {
    const { running } = this;
    if (running === undefined) throw unexpected(type);
    return running;
  }

  #expect<K extends 'close' | 'describe'>(kind: K, type: number): Extract<PendingOf, { kind: K }> {
    const head = this.#parts.pending.head;
    if (head?.kind !== kind) throw unexpected(type);
    this.#parts.pending.shift();
    return head as Extract<PendingOf, { kind: K }>;
  }
}

type PendingOf = NonNullable<PendingQueue['head']>;

const bindAnswers: ReadonlySet<number> = new Set([BackendType.ParseComplete, BackendType.CloseComplete]);
const queryAnswers: ReadonlySet<number> = new Set([
  BackendType.ParseComplete,
  BackendType.BindComplete,
  BackendType.CloseComplete,
  BackendType.NoData,
]);

/** What a server says when it likes: it answers nothing. */
const unasked: ReadonlySet<number> = new Set([BackendType.NotificationResponse, BackendType.ParameterStatus]);

const isRow = (type: number): boolean => type === BackendType.DataRow || type === BackendType.CopyData;

function tooManyRows(rowsMax: number): SallyportError {
  return new SallyportError(
    'limit_rows',
    `Sallyport: more than the ${rowsMax} rows that one command may return here`,
    { hint: 'Add a LIMIT or a narrower WHERE.' },
  );
}

/** Whether the text that an answer is about is not the one that the client sent. */
function isRewritten(head: PendingQueue['head']): boolean {
  if (head === undefined) return false;
  if (head.kind === 'parse') return head.rewritten === true;
  if (head.kind === 'bind') return head.version.value.rewritten;
  return 'running' in head && head.running?.rewritten === true;
}

function finishedAllTheSame({ code, message, hint, detail }: SallyportError): SallyportError {
  const truth =
    'The server had finished it by then: what it changed stands, unless its transaction is rolled back.';
  return new SallyportError(code, message, { hint: `${truth} ${hint ?? ''}`.trimEnd(), detail });
}

/** An answer to nothing that was asked: the two sides have lost step, and no byte more can be trusted. */
function unexpected(type: number): WireError {
  return new WireError('upstream', `an unexpected message of type ${String.fromCharCode(type)}`);
}

/** `Byte1 'd' | Int32 length | bytes` */
function copyData(body: Buffer): Buffer {
  const message = Buffer.allocUnsafe(headerBytes + body.length);
  message.writeUInt8(BackendType.CopyData, 0);
  message.writeInt32BE(4 + body.length, 1);
  body.copy(message, headerBytes);
  return message;
}

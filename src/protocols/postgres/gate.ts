import type { Command, Parameter } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Governor, Permit, Ruling, Waiting } from '../../core/govern.ts';
import type { MaskPlan } from '../../core/mask.ts';
import type { Policy } from '../../core/ports.ts';
import {
  FrontendType,
  checkEmpty,
  decodeBind,
  decodeClose,
  decodeDescribe,
  decodeExecute,
  decodeFunctionCall,
  decodeParse,
  decodeQuery,
  encodeDescribe,
  encodeSync,
} from '../../wire/postgres/frontend.ts';
import { FrameSplitter } from '../../wire/postgres/frames.ts';
import { frontendBytesMax } from '../../wire/postgres/limits.ts';
import { formatOf } from '../../wire/postgres/message.ts';
import type { FormatCode } from '../../wire/postgres/message.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import { Batch } from './batch.ts';
import type { BatchParts } from './batch.ts';
import { notSure, onlyRefusals, syntaxFirst, tooEarly, tooManyNames, unknownName } from './gate-refusals.ts';
import { anyOf } from './interpret.ts';
import { Knowledge } from './knowledge.ts';
import type { KnowledgeParts, Understood } from './knowledge.ts';
import type { Names } from './names.ts';
import { Order } from './order.ts';
import type { Wait } from './order.ts';
import type { Portal, Statement } from './portals.ts';
import { Running } from './running.ts';
import type { RecordLimits, Settle } from './running.ts';

/** The largest Query, Parse or Bind: what must be kept whole to be decided on. */
const commandBytesMax = 64 * 1024 * 1024;

export interface GateParts extends Omit<KnowledgeParts, 'skipping'>, Omit<BatchParts, 'wait' | 'halfCopied'> {
  readonly governor: Governor;
  readonly policy: () => Policy;
  readonly record: RecordLimits;
  /** Told while a command is held. */
  waiting(): Waiting;
  /** A command went on; its limits count from now. */
  started(permit: Permit): void;
  /** A command was let on that the server will never look at. */
  skipped(permit: Permit): void;
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
  piece(_type: number, bytes: Buffer): void {
    this.#order.copyData();
    if (!this.#batch.skipping) this.#parts.outbox.pass(Buffer.from(bytes));
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
        return this.#query(buffer, start, end);
      case FrontendType.Parse:
        return this.#parse(buffer, start, end);
      case FrontendType.Bind:
        return this.#bind(buffer, start, end);
      case FrontendType.Describe:
        return this.#describe(buffer, start, end);
      case FrontendType.Execute:
        return this.#execute(buffer, start, end);
      case FrontendType.Close:
        return this.#close(buffer, start, end);
      case FrontendType.FunctionCall:
        return this.#functionCall(buffer, start, end);
      case FrontendType.Sync:
        checkEmpty(type, buffer, start, end);
        if (!this.#order.keepsSync()) this.#sync(buffer, start, end);
        return undefined;
      case FrontendType.CopyDone:
      case FrontendType.CopyFail:
        this.#order.copyEnds();
        outbox.pass(buffer, start, end);
        return undefined;
      case FrontendType.CopyData:
        this.#order.copyData();
        outbox.pass(buffer, start, end);
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

  /** Goes on once it is known that the server reads a text as the gateway does. */
  #whenSure(text: string, go: () => Wait): Wait {
    const sure = this.#order.whenSure(text);
    if (sure === undefined) return go();
    if (sure === 'never') return this.#batch.refuse(notSure());
    return sure.then(() => {
      this.#parts.session.ended.throwIfAborted();
      return this.#batch.skipping ? undefined : go();
    });
  }

  #query(buffer: Buffer, start: number, end: number): Wait {
    const text = decodeQuery(buffer, start, end);
    return this.#whenSure(text, () => this.#decideQuery(text, buffer, start, end));
  }

  #decideQuery(text: string, buffer: Buffer, start: number, end: number): Wait {
    return this.#knowledge.understand([text], [], this.#batch.refuseQuery, ([found]) => {
      if (found === undefined) return undefined;
      return this.#govern(found.command, (ruling) => {
        if (ruling instanceof SallyportError)
          return this.#batch.refuseQuery(syntaxFirst(ruling, found.analysis));
        const { command, analysis } = found;
        const running = this.#start(
          ruling,
          command,
          [analysis],
          undefined,
          this.#knowledge.remember(analysis, []),
        );
        this.#parts.pending.push({ kind: 'query', running, refusal: undefined });
        this.#order.began(running);
        this.#parts.outbox.send(ruling, buffer, start, end);
      });
    });
  }

  #parse(buffer: Buffer, start: number, end: number): Wait {
    const { name, query } = decodeParse(buffer, start, end);
    if (this.#knowledge.statements.full) return this.#batch.refuse(tooManyNames('prepared statements'));
    return this.#whenSure(query, () => this.#decideParse(name, query, buffer, start, end));
  }

  #decideParse(name: string, query: string, buffer: Buffer, start: number, end: number): Wait {
    return this.#knowledge.understand([query], [], this.#batch.refuse, ([found]) => {
      if (found === undefined) return;
      const doomed = this.#parts.governor.foredoomed(this.#parts.session, found.command);
      if (doomed !== undefined) return this.#batch.refuse(syntaxFirst(doomed, found.analysis));
      const version = this.#knowledge.statements.add(name, { analysis: found.analysis }, query.length);
      this.#parts.pending.push({ kind: 'parse', names: this.#knowledge.statements, version });
      this.#parts.outbox.pass(buffer, start, end);
    });
  }

  #bind(buffer: Buffer, start: number, end: number): Wait {
    const bind = decodeBind(buffer, start, end);
    const statements = this.#knowledge.statements.candidates(bind.statement);
    if (statements.length === 0) return this.#batch.refuse(unknownName('unknown_statement', bind.statement));
    if (this.#knowledge.portals.full) return this.#batch.refuse(tooManyNames('portals'));
    const portal: Portal = {
      statements,
      parameters: bind.parameters.map((value, index) => parameter(value, bind.parameterFormats, index)),
      resultFormats: bind.resultFormats,
      described: false,
      shape: undefined,
      running: undefined,
      begun: undefined,
      suspended: undefined,
    };
    const bound = (): void => {
      const version = this.#knowledge.portals.add(bind.portal, portal, end - start);
      this.#parts.pending.push({ kind: 'bind', names: this.#knowledge.portals, version });
    };
    const pass = (): void => {
      bound();
      this.#parts.outbox.pass(buffer, start, end);
    };
    if (!statements.some(callsFunctions)) {
      pass();
      return undefined;
    }
    return this.#knowledge.understand(
      statements.map(({ analysis }) => analysis),
      portal.parameters,
      this.#batch.refuse,
      (found) => {
        const command = anyOf(found.map((one) => one.command));
        // The planner runs functions that call themselves immutable: a command that calls a user's begins with Bind.
        if (command?.effects.some(({ kind }) => kind === 'execute' || kind === 'opaque') !== true)
          return pass();
        return this.#govern(command, (ruling) => {
          if (ruling instanceof SallyportError) return this.#batch.refuse(ruling);
          portal.begun = this.#begin(ruling, command, found, portal);
          bound();
          this.#parts.outbox.send(ruling, buffer, start, end);
        });
      },
    );
  }

  #describe(buffer: Buffer, start: number, end: number): Wait {
    const { kind, name } = decodeDescribe(buffer, start, end);
    const portal = kind === 'P' ? this.#knowledge.portals.candidates(name).at(-1) : undefined;
    if (portal !== undefined) portal.described = true;
    this.#parts.pending.push({ kind: 'describe', portal, swallow: false });
    this.#parts.outbox.pass(buffer, start, end);
    return undefined;
  }

  #close(buffer: Buffer, start: number, end: number): Wait {
    const { kind, name } = decodeClose(buffer, start, end);
    const done =
      kind === 'S' ? this.#knowledge.statements.closing(name) : this.#knowledge.portals.closing(name);
    this.#parts.pending.push({ kind: 'close', done });
    this.#parts.outbox.pass(buffer, start, end);
    return undefined;
  }

  #execute(buffer: Buffer, start: number, end: number): Wait {
    const { portal: name } = decodeExecute(buffer, start, end);
    const candidates = this.#knowledge.portals.candidates(name);
    const portal = candidates.at(-1);
    if (portal === undefined) return this.#batch.refuse(unknownName('unknown_portal', name));
    if (candidates.length > 1) return this.#batch.refuse(tooEarly(name));
    const { running } = portal;
    if (running?.answered === false) {
      // Whether this fetches on is known once the server has said that there is more.
      return this.#order
        .until(() => running.answered)
        .then(() => this.#message(FrontendType.Execute, buffer, start, end));
    }
    const ongoing = portal.suspended ?? portal.begun;
    portal.suspended = undefined;
    portal.begun = undefined;
    if (ongoing?.policyVersion === this.#parts.policy().version) {
      // Fetches on from a portal that is suspended, or goes on after its Bind: the same command.
      ongoing.answered = false;
      this.#describeFirst(name, portal, ongoing.plan);
      this.#executing(portal, ongoing);
      this.#parts.outbox.pass(buffer, start, end);
      return undefined;
    }
    const analyses = portal.statements.map(({ analysis }) => analysis);
    return this.#knowledge.understand(analyses, portal.parameters, this.#batch.refuse, (found) => {
      const command = anyOf(found.map((one) => one.command));
      if (command === undefined) return undefined;
      return this.#govern(command, (ruling) => {
        if (ruling instanceof SallyportError) return this.#batch.refuse(ruling);
        this.#describeFirst(name, portal, ruling.plan);
        const running = this.#begin(ruling, command, found, portal);
        this.#executing(portal, running);
        this.#parts.outbox.send(ruling, buffer, start, end);
      });
    });
  }

  #executing(portal: Portal, running: Running): void {
    portal.running = running;
    this.#batch.executing(running);
    this.#parts.pending.push({ kind: 'execute', running });
    this.#order.began(running);
  }

  #begin(permit: Permit, command: Command, found: readonly Understood[], portal: Portal): Running {
    const settles = found.map(({ analysis }) => this.#knowledge.remember(analysis, portal.parameters));
    const analyses = found.map(({ analysis }) => analysis);
    return this.#start(permit, command, analyses, portal, settles.length === 1 ? settles[0] : undefined);
  }

  /** Rows whose shape nobody asked for could not be masked: the gateway asks, and swallows the answer. */
  #describeFirst(name: string, portal: Portal, plan: MaskPlan): void {
    if (portal.described || (plan.hidden.size === 0 && plan.detect.length === 0)) return;
    portal.described = true;
    this.#parts.pending.push({ kind: 'describe', portal, swallow: true });
    this.#parts.outbox.pass(encodeDescribe({ kind: 'P', name }));
  }

  #functionCall(buffer: Buffer, start: number, end: number): Wait {
    const { functionOid } = decodeFunctionCall(buffer, start, end);
    const command: Command = {
      text: `FunctionCall ${functionOid}`,
      parameters: [{ bytes: Buffer.from(buffer.subarray(start, end)), format: 'binary' }],
      effects: [{ kind: 'execute', action: 'function_call', resource: String(functionOid) }],
      unbounded: false,
      uses: [],
      context: this.#knowledge.context,
      undisclosable: ({ hidden, detect }) =>
        hidden.size === 0 && detect.length === 0
          ? undefined
          : 'the result of a FunctionCall message cannot be masked',
    };
    return this.#govern(command, (ruling) => {
      if (ruling instanceof SallyportError) return this.#batch.refuseQuery(ruling);
      const running = this.#start(ruling, command, []);
      this.#parts.pending.push({ kind: 'call', running });
      this.#order.began(running);
      this.#parts.outbox.send(ruling, buffer, start, end);
    });
  }

  #govern(command: Command, go: (ruling: Ruling) => void): Wait {
    const ruling = this.#parts.governor.govern(this.#parts.session, command, () => {
      // What came before the held command goes on and is answered.
      this.#batch.hear();
      return this.#parts.waiting();
    });
    if (!(ruling instanceof Promise)) {
      go(ruling);
      return undefined;
    }
    return ruling.catch(onlyRefusals).then((ruled) => {
      if (!this.#batch.skipping) return go(ruled);
      // An earlier message failed meanwhile: the server ignores this one, and so do we.
      if (!(ruled instanceof SallyportError)) this.#parts.skipped(ruled);
    });
  }

  #start(
    permit: Permit,
    command: Command,
    texts: readonly Analysis[],
    portal?: Portal,
    settle?: Settle,
  ): Running {
    this.#parts.started(permit);
    const { record, policy } = this.#parts;
    const copiesIn = texts.some(({ statements }) => statements.some(({ copy }) => copy?.direction === 'in'));
    const policyVersion = policy().version;
    const more = settle === undefined ? {} : { settle };
    const running = new Running({ permit, command, record, portal, policyVersion, copiesIn, ...more });
    if (running.obscure && portal !== undefined) this.#order.obscured();
    return running;
  }
}

/** Whether any of it calls something, be it by an operator, whose code the catalog may know as a user's. */
function callsFunctions({ analysis }: Statement): boolean {
  return analysis.statements.some(({ functions, executes }) => functions.length > 0 || executes.length > 0);
}

/** Parameters are kept until the portal runs, so they are copied out of the chunk. */
function parameter(value: Buffer | null, formats: readonly FormatCode[], index: number): Parameter {
  const format = formatOf(formats, index) === 1 ? 'binary' : 'text';
  return { bytes: value === null ? null : Buffer.from(value), format };
}

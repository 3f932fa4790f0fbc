import type { Command, Parameter } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Governor, Permit, Ruling, Waiting } from '../../core/govern.ts';
import type { MaskPlan } from '../../core/mask.ts';
import type { Outbox } from '../../core/outbox.ts';
import type { Policy } from '../../core/ports.ts';
import type { Session } from '../../core/session.ts';
import {
  decodeBind,
  decodeClose,
  decodeDescribe,
  decodeExecute,
  decodeFunctionCall,
  decodeParse,
  decodeQuery,
  encodeBind,
  encodeDescribe,
  encodeFlush,
  encodeParse,
  encodeSync,
} from '../../wire/postgres/frontend.ts';
import type { Parse } from '../../wire/postgres/frontend.ts';
import { formatOf } from '../../wire/postgres/message.ts';
import type { FormatCode } from '../../wire/postgres/message.ts';
import type { StatementFacts } from '../../wire/sql/analyse.ts';
import type { Batch } from './batch.ts';
import { notSure, onlyRefusals, syntaxFirst, tooEarly, tooManyNames, unknownName } from './gate-refusals.ts';
import { HeldRun, isRunnable } from './held-run.ts';
import type { HeldRunParts, Runnable } from './held-run.ts';
import { anyOf } from './interpret.ts';
import type { Meaning } from './interpret.ts';
import type { Knowledge, Understood } from './knowledge.ts';
import type { Order, Wait } from './order.ts';
import type { PendingQueue } from './pending.ts';
import type { Portal, Statement } from './portals.ts';
import { Running } from './running.ts';
import type { RecordLimits, Settle } from './running.ts';
import { TokenCommands } from './token-commands.ts';
import type { TokenCommandsParts, Turned } from './token-commands.ts';
import { encodeRewritten } from './token-messages.ts';

export interface CommandsParts extends TokenCommandsParts {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly pending: PendingQueue;
  readonly governor: Governor;
  readonly policy: () => Policy;
  readonly record: RecordLimits;
  /** Told while a command is held. */
  waiting(): Waiting;
  readonly heldRun: HeldRunParts;
  /** Whether the transaction under way may have changed what names mean. */
  schemaInFlux(): boolean;
  /** A cancel request of the gateway's own is on its way. */
  stopping(): boolean;
  /** A command went on; its limits count from now. */
  started(permit: Permit): void;
  /** A command was let on that the server will never look at. */
  skipped(permit: Permit): void;
}

/** What to do once it is ruled. `kept`: it has run already, and has only to be committed. */
type Go = (ruling: Ruling, run: 'not run' | 'kept' | 'undone') => void;

/** The messages that ask the server for something. What runs something, or may, is a command that is decided on. */
export class Commands {
  readonly #parts: CommandsParts;
  readonly #order: Order;
  readonly #knowledge: Knowledge;
  readonly #batch: Batch;
  readonly #tokens: TokenCommands;

  constructor(parts: CommandsParts, order: Order, knowledge: Knowledge, batch: Batch) {
    this.#parts = parts;
    this.#order = order;
    this.#knowledge = knowledge;
    this.#batch = batch;
    this.#tokens = new TokenCommands(parts);
  }

  query(buffer: Buffer, start: number, end: number): Wait {
    const text = decodeQuery(buffer, start, end);
    return this.#whenSure(text, () => this.#decideQuery(text, buffer, start, end));
  }

  #decideQuery(text: string, buffer: Buffer, start: number, end: number): Wait {
    return this.#knowledge.understand([text], [], this.#batch.refuseQuery, ([found]) => {
      if (found === undefined) return undefined;
      const turned = this.#tokens.query(found);
      const sent = turned instanceof SallyportError ? undefined : turned;
      return this.#govern(
        refusedFor(found.command, turned),
        (ruling, run) => {
          if (ruling instanceof SallyportError)
            return this.#batch.refuseQuery(syntaxFirst(ruling, found.analysis));
          const settle = this.#knowledge.remember(found, []);
          const running = this.#start(ruling, found, [found], undefined, settle, sent !== undefined);
          const unfolded = run === 'kept' || sent?.unfolded === true;
          this.#parts.pending.push({ kind: 'query', running, refusal: undefined, unfolded });
          this.#order.began(running);
          this.#batch.queried();
          this.#send(ruling, run === 'kept' ? encodeSync() : sent?.message, buffer, start, end);
        },
        () => this.#heldQuery(text, found, sent),
      );
    });
  }

  /** A Query that may be run before it is approved; undefined: it may not. */
  #heldQuery(text: string, { analysis, command }: Understood, sent: Turned | undefined): HeldRun | undefined {
    if (!isRunnable(analysis, command)) return undefined;
    const unfolded = sent?.unfolded === true ? sent.message : encodeRewritten({ text, values: [] });
    return this.#heldRun({ messages: withoutSync(unfolded), endsItself: true, ready: () => this.#settled() });
  }

  #heldRun(what: Runnable): HeldRun {
    return new HeldRun(this.#parts.heldRun, what);
  }

  /** Whether whatever is run now is run by itself, once all that came before it is answered. */
  async #settled(): Promise<boolean> {
    const { pending, session } = this.#parts;
    this.#batch.hear();
    if (pending.length > 0) await this.#order.until(() => pending.length === 0);
    const { skipping, fresh } = this.#batch;
    const inFlux = this.#parts.schemaInFlux() || this.#parts.stopping();
    return !skipping && fresh && !inFlux && !session.ended.aborted;
  }

  parse(buffer: Buffer, start: number, end: number): Wait {
    const parse = decodeParse(buffer, start, end);
    const { query } = parse;
    if (this.#knowledge.statements.full) return this.#batch.refuse(tooManyNames('prepared statements'));
    return this.#whenSure(query, () => this.#decideParse(parse, buffer, start, end));
  }

  #decideParse(parse: Parse, buffer: Buffer, start: number, end: number): Wait {
    const { name, query, parameterTypes } = parse;
    return this.#knowledge.understand([query], [], this.#batch.refuse, ([found]) => {
      if (found === undefined) return;
      const turned = this.#tokens.parse(found, parameterTypes.length);
      const doomed = this.#foredoomed(refusedFor(found.command, turned));
      if (doomed !== undefined) return this.#batch.refuse(syntaxFirst(doomed, found.analysis));
      const rewritten = turned instanceof SallyportError ? undefined : turned;
      const version = this.#knowledge.statements.add(
        name,
        {
          analysis: found.analysis,
          types: parameterTypes,
          mayHaveTokens: rewritten !== undefined || this.#tokens.mayHave(query),
          ...(rewritten === undefined ? {} : { rewritten }),
        },
        query.length,
      );
      const { statements } = this.#knowledge;
      this.#parts.pending.push({
        kind: 'parse',
        names: statements,
        version,
        rewritten: rewritten !== undefined,
      });
      if (rewritten === undefined) return this.#parts.outbox.pass(buffer, start, end);
      this.#parts.outbox.pass(encodeParse({ ...parse, query: rewritten.text }));
    });
  }

  #foredoomed(command: Command): SallyportError | undefined {
    return this.#parts.governor.foredoomed(this.#parts.session, command);
  }

  bind(buffer: Buffer, start: number, end: number): Wait {
    const bind = decodeBind(buffer, start, end);
    const statements = this.#knowledge.statements.candidates(bind.statement);
    if (statements.length === 0) return this.#batch.refuse(unknownName('unknown_statement', bind.statement));
    if (this.#knowledge.portals.full) return this.#batch.refuse(tooManyNames('portals'));
    const portal: Portal = {
      statements,
      parameters: bind.parameters.map((value, index) => parameter(value, bind.parameterFormats, index)),
      boundTo: bind.statement,
      resultFormats: bind.resultFormats,
      rewritten: statements.some((statement) => statement.rewritten !== undefined),
      described: false,
      shape: undefined,
      running: undefined,
      begun: undefined,
      suspended: undefined,
    };
    const bound = (unfolded = false): void => {
      portal.rewritten ||= unfolded;
      const version = this.#knowledge.portals.add(bind.portal, portal, end - start);
      this.#parts.pending.push({ kind: 'bind', names: this.#knowledge.portals, version, unfolded });
    };
    const pass = (turned?: Turned): void => {
      bound(turned?.unfolded);
      if (turned === undefined) this.#parts.outbox.pass(buffer, start, end);
      else this.#parts.outbox.pass(turned.message);
    };
    const mayHaveTokens = this.#tokens.mayBind(statements, portal.parameters);
    if (!mayHaveTokens && !statements.some(callsFunctions)) {
      pass();
      return undefined;
    }
    return this.#knowledge.understand(
      statements.map(({ analysis }) => analysis),
      portal.parameters,
      this.#batch.refuse,
      (found) => {
        const meaning = anyOf(found);
        if (meaning === undefined) return undefined;
        const { command } = meaning;
        const turned = mayHaveTokens
          ? this.#tokens.bind(found, statements, bind, portal.parameters)
          : undefined;
        if (turned instanceof SallyportError) {
          const doomed = this.#foredoomed(refusedFor(command, turned)) ?? turned;
          return this.#batch.refuse(doomed);
        }
        // The planner runs functions that call themselves immutable: a command that calls a user's begins with Bind.
        const runs = command.effects.some(({ kind }) => kind === 'execute' || kind === 'opaque');
        if (!runs) return pass(turned);
        return this.#govern(command, (ruling) => {
          if (ruling instanceof SallyportError) return this.#batch.refuse(ruling);
          portal.begun = this.#begin(ruling, meaning, found, portal);
          bound(turned?.unfolded);
          this.#send(ruling, turned?.message, buffer, start, end);
        });
      },
    );
  }

  describe(buffer: Buffer, start: number, end: number): Wait {
    const { kind, name } = decodeDescribe(buffer, start, end);
    const portal = kind === 'P' ? this.#knowledge.portals.candidates(name).at(-1) : undefined;
    if (portal !== undefined) portal.described = true;
    const statement = kind === 'S' ? this.#knowledge.statements.candidates(name).at(-1) : undefined;
    const added = statement?.rewritten?.values.length ?? 0;
    this.#parts.pending.push({ kind: 'describe', portal, swallow: false, added });
    this.#parts.outbox.pass(buffer, start, end);
    return undefined;
  }

  close(buffer: Buffer, start: number, end: number): Wait {
    const { kind, name } = decodeClose(buffer, start, end);
    const done =
      kind === 'S' ? this.#knowledge.statements.closing(name) : this.#knowledge.portals.closing(name);
    this.#parts.pending.push({ kind: 'close', done });
    this.#parts.outbox.pass(buffer, start, end);
    return undefined;
  }

  /** `again`: looks at the message anew, once what kept it waiting is known. */
  execute(buffer: Buffer, start: number, end: number, again: () => Wait): Wait {
    const { portal: name, rowsMax } = decodeExecute(buffer, start, end);
    const candidates = this.#knowledge.portals.candidates(name);
    const portal = candidates.at(-1);
    if (portal === undefined) return this.#batch.refuse(unknownName('unknown_portal', name));
    if (candidates.length > 1) return this.#batch.refuse(tooEarly(name));
    const { running } = portal;
    if (running?.answered === false) {
      // Whether this fetches on is known once the server has said that there is more.
      return this.#order.until(() => running.answered).then(again);
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
      const meaning = anyOf(found);
      if (meaning === undefined) return undefined;
      return this.#govern(
        meaning.command,
        (ruling, run) => {
          if (ruling instanceof SallyportError) return this.#batch.refuse(ruling);
          if (run === 'undone') this.#rebind(name, portal);
          this.#describeFirst(name, portal, ruling.plan);
          const running = this.#begin(ruling, meaning, found, portal);
          this.#executing(portal, running);
          this.#send(ruling, run === 'kept' ? encodeFlush() : undefined, buffer, start, end);
        },
        () => {
          const [only, ...others] = found;
          if (only === undefined || others.length > 0 || rowsMax !== 0) return undefined;
          return this.#heldExecute(name, portal, only, Buffer.from(buffer.subarray(start, end)));
        },
      );
    });
  }

  /** An Execute that may be run before it is approved; undefined: it may not. */
  #heldExecute(
    name: string,
    portal: Portal,
    { analysis, command }: Understood,
    messages: Buffer,
  ): HeldRun | undefined {
    // Where it is undone, only what is bound here can be bound anew.
    if (!isRunnable(analysis, command) || !this.#canRebind(portal)) return undefined;
    const ready = async (): Promise<boolean> => {
      if (this.#knowledge.portals.size !== 1) return false;
      // Its rows are looked at before anybody knows what is hidden in them.
      if (!portal.described) this.#describe(name, portal);
      return this.#settled();
    };
    return this.#heldRun({ messages, endsItself: false, ready });
  }

  /**
   * Where it is undone, it must be bound anew to what it was bound to: a name may stand for another statement since,
   * which nobody has agreed to.
   */
  #canRebind({ statements, boundTo, rewritten }: Portal): boolean {
    const [only, ...others] = statements;
    const named = this.#knowledge.statements.candidates(boundTo);
    return !rewritten && others.length === 0 && named.length === 1 && named[0] === only;
  }

  /** The same portal, which went with the transaction that it was made in. */
  #rebind(portal: string, { boundTo, parameters, resultFormats }: Portal): void {
    const parameterFormats = parameters.map(({ format }): FormatCode => (format === 'binary' ? 1 : 0));
    const values = parameters.map(({ bytes }) => bytes);
    this.#parts.pending.push({ kind: 'rebind' });
    this.#parts.outbox.pass(
      encodeBind({ portal, statement: boundTo, parameterFormats, parameters: values, resultFormats }),
    );
  }

  /** A message, or what goes in its place. */
  #send(permit: Permit, turned: Buffer | undefined, buffer: Buffer, start: number, end: number): void {
    if (turned === undefined) this.#parts.outbox.send(permit, buffer, start, end);
    else this.#parts.outbox.send(permit, turned, 0, turned.length);
  }

  #executing(portal: Portal, running: Running): void {
    portal.running = running;
    this.#batch.executing(running);
    this.#parts.pending.push({ kind: 'execute', running });
    this.#order.began(running);
  }

  #begin(permit: Permit, meaning: Meaning, found: readonly Understood[], portal: Portal): Running {
    const settles = found.map((one) => this.#knowledge.remember(one, portal.parameters));
    const settle = settles.length === 1 ? settles[0] : undefined;
    return this.#start(permit, meaning, found, portal, settle, portal.rewritten);
  }

  /** Rows whose shape nobody asked for could not be masked: the gateway asks, and swallows the answer. */
  #describeFirst(name: string, portal: Portal, plan: MaskPlan): void {
    if (portal.described || (plan.hidden.size === 0 && plan.detect.length === 0)) return;
    this.#describe(name, portal);
  }

  #describe(name: string, portal: Portal): void {
    portal.described = true;
    this.#parts.pending.push({ kind: 'describe', portal, swallow: true });
    this.#parts.outbox.pass(encodeDescribe({ kind: 'P', name }));
  }

  functionCall(buffer: Buffer, start: number, end: number): Wait {
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
      const running = this.#start(ruling, { command, rows: [] }, []);
      this.#parts.pending.push({ kind: 'call', running });
      this.#order.began(running);
      this.#parts.outbox.send(ruling, buffer, start, end);
    });
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

  /** `runnable`: what of it may be run before it is approved. `go` is told what has become of that. */
  #govern(command: Command, go: Go, runnable?: () => HeldRun | undefined): Wait {
    let held: HeldRun | undefined;
    const ruling = this.#parts.governor.govern(this.#parts.session, command, () => {
      // What came before the held command goes on and is answered.
      this.#batch.hear();
      held = runnable?.();
      return this.#waiting(held);
    });
    if (!(ruling instanceof Promise)) {
      go(ruling, 'not run');
      return undefined;
    }
    return ruling.catch(onlyRefusals).then((ruled) => this.#ruled(ruled, go, held));
  }

  #waiting(held: HeldRun | undefined): Waiting {
    const waiting = this.#parts.waiting();
    if (held === undefined) return waiting;
    return {
      ...waiting,
      preview: (command, keptMs, recorded) => held.begin(command, keptMs, recorded, waiting.signal),
    };
  }

  async #ruled(ruled: Ruling, go: Go, held: HeldRun | undefined): Promise<void> {
    const refused = ruled instanceof SallyportError;
    if (!refused && held?.keep() === true) return this.#commit(() => go(ruled, 'kept'), held);
    await held?.undo();
    if (!this.#batch.skipping) return go(ruled, held?.wasUndone === true ? 'undone' : 'not run');
    // An earlier message failed meanwhile: the server ignores this one, and so do we.
    if (!refused) this.#parts.skipped(ruled);
  }

  /** That it was approved is on record before what commits it goes on. */
  async #commit(go: () => void, held: HeldRun): Promise<void> {
    const { pending } = this.#parts;
    go();
    const own = pending.head;
    await this.#batch.flush();
    await held.deliver(pending.head !== own);
  }

  #start(
    permit: Permit,
    { command, rows }: Pick<Meaning, 'command' | 'rows'>,
    texts: readonly Understood[],
    portal?: Portal,
    settle?: Settle,
    rewritten = false,
  ): Running {
    this.#parts.started(permit);
    const { record, policy } = this.#parts;
    const copiesIn = texts.some(({ analysis }) => analysis.statements.some(isCopyIn));
    const copyTokens = copiesIn ? this.#tokens.copied(texts, rewritten) : undefined;
    const policyVersion = policy().version;
    const running = new Running({
      permit,
      command,
      rows,
      record,
      portal,
      policyVersion,
      copiesIn,
      rewritten,
      ...(copyTokens === undefined ? {} : { copyTokens }),
      ...(settle === undefined ? {} : { settle }),
    });
    if (portal !== undefined) this.#batch.began();
    if (running.obscure && portal !== undefined) this.#order.obscured();
    return running;
  }
}

function isCopyIn({ copy }: StatementFacts): boolean {
  return copy?.direction === 'in';
}

/** The Sync that stands at their end. */
function withoutSync(messages: Buffer): Buffer {
  return messages.subarray(0, messages.length - encodeSync().length);
}

/** The command, refused where its tokens may not be turned back. */
function refusedFor(command: Command, turned: unknown): Command {
  return turned instanceof SallyportError ? { ...command, refusal: turned } : command;
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

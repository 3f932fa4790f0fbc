import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import type { Estimate } from '../../core/approvals.ts';
import type { Command } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Inquiry, Permit, Waiting } from '../../core/govern.ts';
import { identityKey } from '../../core/identity.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { Outbox } from '../../core/outbox.ts';
import type { HoldTicket, Lease } from '../../core/ports.ts';
import type { Session } from '../../core/session.ts';
import type { PostgresTarget } from '../../core/target.ts';
import { compileDetectors } from '../../masking/detect.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import { cleanFields } from '../../masking/error-text.ts';
import { MaskKeys } from '../../masking/keys.ts';
import { unknownRows } from '../../masking/rows-from.ts';
import { TokensBack } from '../../masking/tokens-back.ts';
import { free, freedBytesMin } from '../../transport/free.ts';
import { encodeAuthenticationOk, encodeBackendKeyData } from '../../wire/postgres/backend-login.ts';
import {
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../wire/postgres/backend.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import type { StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import { Answers } from './answers.ts';
import type { CancelKey } from './cancels.ts';
import { checkSensitive } from './catalogs.ts';
import type { LoadedCatalog } from './catalog.ts';
import { estimateOn, isPlannable } from './estimate.ts';
import { Gate } from './gate.ts';
import type { HeldRunParts } from './held-run.ts';
import type { Introduction } from './login.ts';
import { Outflow } from './outflow.ts';
import { PendingQueue } from './pending.ts';
import { sampleOf } from './preview-sample.ts';
import type { Running } from './running.ts';
import type { Shared } from './shared.ts';
import { Shapes } from './shapes.ts';
import { asRefusal, errorFields } from './sqlstate.ts';
import { TokensIn } from './tokens-in.ts';
import { closeUpstream, connectUpstream, queryUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/** What a client may send ahead while its command is being looked at; then reading stops. */
const unreadBytesMax = 256 * 1024;
/** The same while a command is held: reading must go on, or nobody would notice that the client has left. */
const heldBytesMax = 4 * 1024 * 1024;
/** How long the upstream may take to finish what a client sent before it said goodbye. */
const goodbyeMs = 5_000;
/** A name that the catalog does not know makes it be read anew, but not more often than this. */
const rereadMs = 1_000;
/** Chunks that are given back as soon as they are written; V8 collects what is beyond. */
const passingMax = 16;
/** How long a held command waits for what the planner expects of it. */
const estimateMs = 2_000;

/** A session in its course: two sockets, a gate one way and answers the other. */
export class Relay {
  readonly #shared: Shared;
  readonly #client: Socket;
  readonly #outflow: Outflow;
  readonly #session: Session<PostgresTarget>;
  readonly #lease: Lease;
  readonly #upstream: Upstream;
  readonly #pending = new PendingQueue();
  readonly #outbox: Outbox;
  readonly #shapes: Shapes;
  readonly #gate: Gate;
  readonly #answers: Answers;
  readonly #key: CancelKey;
  readonly #detectors = new WeakMap<MaskPlan, { set: DetectorSet | undefined }>();
  readonly #keys: MaskKeys;
  /** As it came in. */
  readonly #settings: ReadonlyMap<string, string>;
  readonly #context: string;
  #catalog: LoadedCatalog;
  #catalogAtMs: number;
  /** What the session last asked aside; settled, never failed. */
  #asked: Promise<unknown> = Promise.resolve();
  #held: AbortController | undefined;
  #timed: Running | undefined;
  /** Large chunks of the upstream's of which something may still wait to be written. */
  readonly #passing: Buffer[] = [];
  /** Cancel requests of the gateway's own that are under way. */
  #stopping = 0;
  #leaving = false;

  constructor(
    shared: Shared,
    client: Introduction,
    session: Session<PostgresTarget>,
    lease: Lease,
    upstream: Upstream,
    catalog: LoadedCatalog,
  ) {
    const { parts } = shared;
    this.#shared = shared;
    this.#client = client.socket;
    this.#outflow = new Outflow(client.socket);
    this.#session = session;
    this.#lease = lease;
    this.#upstream = upstream;
    this.#catalog = catalog;
    this.#settings = client.settings;
    this.#context = JSON.stringify([...client.settings].filter(([name]) => name !== 'application_name'));
    this.#catalogAtMs = parts.clock.now();
    this.#keys = new MaskKeys(parts.maskKey, session.target.name);
    this.#key = shared.cancels.add(client.minor >= 2 ? 'long' : 'short', () => this.#cancel());
    const outbox = new Outbox(parts.journal, { write: (bytes) => this.#toUpstream(bytes) });
    this.#outbox = outbox;
    const plan = (): MaskPlan => parts.masking.plan(session.target, []);
    const detectors = (of: MaskPlan): DetectorSet | undefined => this.#detectorsOf(of);
    this.#shapes = new Shapes({ detectors, keys: this.#keys, catalog: () => this.#catalog });
    this.#gate = new Gate(
      {
        session,
        outbox,
        governor: parts.governor,
        policy: parts.policy,
        pending: this.#pending,
        record: parts.record,
        analyse: (text) =>
          shared.analyst.analyse(text, identityKey(session.identity), this.#catalog.lineageData),
        catalog: (analysis) => this.#catalogFor(analysis),
        lineage: (analysis, catalog) => this.#lineageOf(analysis, catalog),
        tokens: new TokensIn(new TokensBack(session.target.sensitive, this.#keys)),
        schemaInFlux: () => this.#answers.schemaTouched || this.#pending.changesSchema,
        waiting: () => this.#waiting(),
        heldRun: this.#heldRunParts(),
        started: (permit) => this.#started(permit),
        atEnd: (task) => shared.turn.atEnd(task),
        resumed: () => this.#resumed(),
        terminated: () => (this.#leaving = true),
        skipped: ({ command }) => this.#noteSkipped(command),
        abandoned: () => this.#held?.abort(),
        stopping: () => this.#stopping > 0,
        failed: (error) => session.end(asRefusal(error)),
      },
      this.#context,
    );
    this.#answers = new Answers({
      session,
      plan,
      detectors,
      gate: this.#gate,
      pending: this.#pending,
      journal: parts.journal,
      shapes: this.#shapes,
      spools: parts.spools,
      write: (bytes) => this.#toClient(this.#outflow.write(bytes)),
      writeSpool: (spool) => this.#toClient(this.#outflow.spool(spool)),
      cancel: () => void this.#stop(),
      schemaChanged: () => shared.catalogs.stale(session.target),
      parameterChanged: (name, value) => this.#parameterChanged(name, value),
      failedMidway: () => this.#held?.abort(),
    });
  }

  /** Tells the client that it is in, and starts both directions. */
  start(): void {
    const { live } = this.#shared.parts;
    live.add(this.#session, () => this.#overdue());
    this.#session.ended.addEventListener('abort', () => this.#ending(), { once: true });
    const { socket } = this.#upstream;
    this.#client.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    this.#client.on('drain', () => this.#drained());
    this.#client.once('end', () => this.#left('the client left'));
    this.#client.once('close', () => this.#left('the client left'));
    socket.on('data', (chunk: Buffer) => this.#fromUpstream(chunk));
    socket.on('drain', () => this.#resumed());
    socket.once('close', () => this.#upstreamGone());
    if (this.#client.destroyed) return this.#left('the client left');
    this.#client.write(
      Buffer.concat([
        encodeAuthenticationOk(),
        ...[...this.#upstream.parameters].map(([name, value]) => encodeParameterStatus({ name, value })),
        encodeBackendKeyData(this.#key),
        encodeReadyForQuery('I'),
      ]),
    );
    this.#client.resume();
    socket.resume();
  }

  #fromClient(chunk: Buffer): void {
    this.#session.lastActiveAtMs = this.#shared.parts.clock.now();
    this.#gate.push(chunk);
    const { busy, unreadBytes } = this.#gate;
    if (this.#held !== undefined && unreadBytes > heldBytesMax) this.#session.end(tooFarAhead());
    else if (this.#held === undefined && busy && unreadBytes > unreadBytesMax) this.#client.pause();
    this.#time();
  }

  #fromUpstream(chunk: Buffer): void {
    if (this.#session.ended.aborted) return;
    this.#session.lastActiveAtMs = this.#shared.parts.clock.now();
    this.#heard(() => this.#answers.push(chunk));
    if (chunk.length >= freedBytesMin) this.#passing.push(chunk);
    this.#free();
  }

  #heard(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#session.end(asRefusal(error));
    }
    this.#gate.answered();
    this.#time();
  }

  /** Once the kernel has all that was written, so that a client that reads slowly leaves nothing lying about either. */
  #free(): void {
    if (this.#outflow.written) {
      this.#answers.written();
      for (const chunk of this.#passing) free(chunk);
    }
    if (this.#outflow.written || this.#passing.length > passingMax) this.#passing.length = 0;
  }

  #toUpstream(bytes: Uint8Array): void {
    if (!this.#upstream.socket.write(bytes)) this.#client.pause();
  }

  #toClient(takesMore: boolean): void {
    if (!takesMore) this.#upstream.socket.pause();
  }

  /** The client has read what it was sent. */
  #drained(): void {
    if (this.#session.ended.aborted) return;
    this.#session.lastActiveAtMs = this.#shared.parts.clock.now();
    const takesMore = this.#outflow.flow();
    this.#free();
    if (takesMore) this.#upstream.socket.resume();
  }

  #resumed(): void {
    // Also called when the upstream takes bytes again, while a command may still be held.
    if (!this.#gate.busy) this.#held = undefined;
    this.#session.lastActiveAtMs = this.#shared.parts.clock.now();
    const { busy, unreadBytes } = this.#gate;
    const full = this.#held === undefined && busy && unreadBytes > unreadBytesMax;
    if (!full && !this.#upstream.socket.writableNeedDrain) this.#client.resume();
    this.#time();
  }

  /** A held command: tell the client where, and listen for its leaving. */
  #waiting(): Waiting {
    const held = new AbortController();
    this.#held = held;
    this.#client.resume();
    this.#time();
    return {
      signal: AbortSignal.any([held.signal, this.#session.ended]),
      held: (ticket) => this.#answers.slip(encodeNoticeResponse(holdNotice(ticket))),
      estimate: (command, recorded) => this.#estimate(command, recorded),
    };
  }

  /** Never throws, and never waits long: an approver can do without. */
  async #estimate(command: Command, recorded: () => Promise<Inquiry>): Promise<Estimate | undefined> {
    // Where names could mean something else on another connection, the plan would be of something else.
    const elsewhere = command.context !== this.#context || this.#answers.schemaTouched;
    if (elsewhere || !isPlannable(command)) return undefined;
    const asked = this.#aside(async (aside) => estimateOn(aside, command, await recorded()), this.#settings);
    return Promise.race([asked.catch(() => undefined), pause(estimateMs, undefined, { ref: false })]);
  }

  #heldRunParts(): HeldRunParts {
    const { parts, previewing } = this.#shared;
    const { clock, journal } = parts;
    const nothingRevealed = (): MaskPlan => parts.masking.plan(this.#session.target, []);
    return {
      session: this.#session,
      outbox: this.#outbox,
      clock,
      journal,
      status: () => this.#answers.status,
      divert: (to) => this.#answers.divert(to),
      replay: (frames) => this.#heard(() => this.#answers.replay(frames)),
      stop: () => this.#stop(),
      sample: (changed, within) =>
        sampleOf(
          { ...changed, processId: this.#upstream.processId },
          {
            within,
            aside: (ask) => this.#aside(ask),
            masker: (fields) => this.#shapes.masker(fields, nothingRevealed(), unknownRows),
          },
        ),
      cleanError: (fields) => {
        const plan = nothingRevealed();
        const clean = cleanFields(fields, plan, this.#detectorsOf(plan));
        return `${clean.get('C') ?? 'XX000'}: ${clean.get('M') ?? 'it failed'}`;
      },
      reserve: () => {
        const place = JSON.stringify([this.#session.target.name, identityKey(this.#session.identity)]);
        if (previewing.has(place)) return undefined;
        previewing.add(place);
        return () => void previewing.delete(place);
      },
    };
  }

  #noteSkipped(command: number): void {
    const nothing = { rows: 0, bytes: 0, masked: 0 };
    const { journal } = this.#shared.parts;
    journal.note({ type: 'result', session: this.#session.id, command, error: 'skipped', ...nothing });
  }

  #started({ limits }: Permit): void {
    this.#held = undefined;
    this.#shared.parts.live.limit(this.#session, limits);
  }

  /** The statement limit counts from when the command's turn comes at the upstream. */
  #time(): void {
    const { live, clock } = this.#shared.parts;
    const { running } = this.#pending;
    live.busy(this.#session, running !== undefined || this.#held !== undefined);
    if (running === this.#timed) return;
    this.#timed = running;
    const at = running?.statementMs === undefined ? undefined : clock.now() + running.statementMs;
    live.deadline(this.#session, at);
  }

  #overdue(): void {
    const running = this.#timed;
    if (running === undefined || running.stopped !== undefined) return;
    const seconds = (running.statementMs ?? 0) / 1000;
    running.stopped = new SallyportError(
      'limit_statement',
      `Sallyport: a command may take ${seconds} s here`,
      {
        hint: 'Ask for less at once, or for a rule with a longer "statement" limit.',
      },
    );
    void this.#stop();
  }

  /** The client's CancelRequest: what it has asked for last may be held while something before it still runs. */
  #cancel(): void {
    this.#held?.abort();
    if (this.#pending.length > 0) void this.#cancelUpstream();
  }

  /** Stops what runs for the gateway's own reasons; nothing new begins before that has reached the server. */
  #stop(): Promise<void> {
    this.#stopping += 1;
    return this.#cancelUpstream().then(() => {
      this.#stopping -= 1;
      this.#gate.answered();
    });
  }

  #cancelUpstream(): Promise<void> {
    return this.#upstream.cancel().catch((error: unknown) => {
      this.#shared.parts.log.warn(
        { err: error, session: this.#session.id },
        'a cancel request was not delivered',
      );
    });
  }

  #catalogFor(analysis: Analysis): LoadedCatalog | Promise<LoadedCatalog> {
    const { catalogs, parts } = this.#shared;
    const { target } = this.#session;
    const fresh = catalogs.fresh(target);
    if (fresh !== undefined && (fresh === this.#catalog || this.#take(fresh))) {
      if (catalogs.due(target)) this.#confirm();
      const young = parts.clock.now() - this.#catalogAtMs < rereadMs;
      if (young || knowsAll(analysis, fresh)) return fresh;
    }
    const ask = (sql: string): Promise<(string | null)[][]> => this.#askAside(sql);
    const catalog = fresh === undefined ? catalogs.confirm(target, ask) : catalogs.load(target, ask);
    return catalog.then((found) => {
      this.#take(found);
      return found;
    });
  }

  /** Nobody waits for this while what is known is good. */
  #confirm(): void {
    const { catalogs, parts } = this.#shared;
    catalogs
      .confirm(this.#session.target, (sql) => this.#askAside(sql))
      .catch((error: unknown) => {
        // Its role goes with the session; who needs the answer asks by themselves.
        if (this.#session.ended.aborted) return;
        parts.log.warn({ err: error }, 'a target did not say whether its schema changed');
      });
  }

  #lineageOf(
    { text }: Analysis,
    { lineageData }: LoadedCatalog,
  ): readonly StatementLineage[] | Promise<readonly StatementLineage[]> {
    if (lineageData === undefined) return [];
    return this.#shared.analyst.lineage(text, lineageData, identityKey(this.#session.identity));
  }

  #take(catalog: LoadedCatalog): true {
    checkSensitive(this.#session.target, catalog);
    this.#catalog = catalog;
    this.#catalogAtMs = this.#shared.parts.clock.now();
    return true;
  }

  /** A question of the gateway's own, on a connection of its own: the session's is the client's. */
  #askAside(sql: string): Promise<(string | null)[][]> {
    // One after the other: a minted role may have few connections.
    const asked = this.#asked.then(() => this.#aside((aside) => queryUpstream(aside, sql)));
    this.#asked = asked.catch(() => undefined);
    return asked;
  }

  async #aside<T>(ask: (aside: Upstream) => Promise<T>, like?: ReadonlyMap<string, string>): Promise<T> {
    const settings = new Map([...(like ?? []), ['application_name', 'sallyport']]);
    const aside = await connectUpstream(this.#session.target.address, this.#lease, settings);
    aside.socket.on('error', () => aside.socket.destroy());
    try {
      return await ask(aside);
    } finally {
      await closeUpstream(aside);
    }
  }

  #detectorsOf(plan: MaskPlan): DetectorSet | undefined {
    let known = this.#detectors.get(plan);
    if (known === undefined) {
      const set = plan.detect.length === 0 ? undefined : compileDetectors(plan.detect, this.#keys);
      this.#detectors.set(plan, (known = { set }));
    }
    return known.set;
  }

  /** A function or a role's setting may change how the server reads SQL; the gateway then cannot follow. */
  #parameterChanged(name: string, value: string): void {
    const odd =
      (name === 'standard_conforming_strings' && value !== 'on') ||
      (name === 'client_encoding' && value !== 'UTF8' && value !== 'SQL_ASCII');
    if (!odd) return;
    this.#session.end(
      new SallyportError('denied', `Sallyport: ${name} = ${value} would change how SQL is read`),
    );
  }

  #left(why: string): void {
    if (this.#leaving && !this.#session.ended.aborted && !this.#upstream.socket.destroyed) {
      // It said goodbye: what it sent before still runs to its end, as it would without a gateway.
      setTimeout(() => this.#session.end(new SallyportError('closed', why)), goodbyeMs).unref();
      return;
    }
    this.#session.end(new SallyportError('closed', why));
  }

  #upstreamGone(): void {
    const why = this.#leaving ? 'the client left' : 'Sallyport: the target closed the connection';
    this.#session.end(new SallyportError('closed', why));
  }

  #ending(): void {
    const { ending, parts } = this.#shared;
    const { code, cause } = this.#session.ended.reason as SallyportError;
    // The client is told to look there.
    if (code === 'internal') parts.log.error({ err: cause, session: this.#session.id }, 'a session failed');
    const end = this.#end()
      .catch((error: unknown) =>
        parts.log.error({ err: error, session: this.#session.id }, 'a session ended badly'),
      )
      .finally(() => ending.delete(end));
    ending.add(end);
  }

  async #end(): Promise<void> {
    const { parts, cancels } = this.#shared;
    const reason = this.#session.ended.reason as SallyportError;
    cancels.remove(this.#key);
    this.#held?.abort();
    this.#answers.close();
    this.#gate.answered();
    if (!this.#client.destroyed) {
      const farewell = reason.code === 'closed' && this.#leaving;
      // An error in the middle of a row would be read as a part of it.
      if (!farewell && this.#outflow.empty)
        this.#client.write(encodeErrorResponse(errorFields(reason, 'FATAL')));
      this.#client.end();
      // Whoever does not read its last words is cut off all the same.
      setTimeout(() => this.#client.destroy(), 500).unref();
    }
    this.#outflow.close();
    if (this.#pending.length > 0) void this.#cancelUpstream();
    this.#upstream.socket.destroy();
    for (const item of this.#pending.drain()) {
      if (item.kind !== 'execute' && item.kind !== 'query') continue;
      if (item.running === undefined) continue;
      const outcome = item.running.outcome('session ended');
      parts.journal.note({
        type: 'result',
        session: this.#session.id,
        command: item.running.number,
        ...outcome,
      });
    }
    await this.#gate.idle();
    await this.#lease.end();
    const { id, commands, rows } = this.#session;
    parts.journal.note({ type: 'session.closed', session: id, reason: reason.message, commands, rows });
    await parts.book.closed(this.#session, reason.code);
  }
}

function tooFarAhead(): SallyportError {
  return new SallyportError(
    'too_large',
    `Sallyport: more than ${heldBytesMax} bytes were sent ahead while a command is held`,
    { hint: 'It did not run. Wait for its answer before sending more.' },
  );
}

const known = new WeakMap<LoadedCatalog, WeakSet<Analysis>>();

/** A name that is new to the catalog may be of a relation that was made a moment ago. */
function knowsAll(analysis: Analysis, catalog: LoadedCatalog): boolean {
  let ofCatalog = known.get(catalog);
  if (ofCatalog === undefined) known.set(catalog, (ofCatalog = new WeakSet()));
  if (ofCatalog.has(analysis)) return true;
  const knows = analysis.statements.every(({ effects }) =>
    effects.every(
      (effect) =>
        !('relation' in effect) ||
        effect.kind === 'schema' ||
        catalog.knows(effect.relation.schema, effect.relation.name),
    ),
  );
  if (knows) ofCatalog.add(analysis);
  return knows;
}

function holdNotice(ticket: HoldTicket): Record<string, string> {
  return {
    S: 'NOTICE',
    V: 'NOTICE',
    C: '00000',
    M: `Sallyport: held until somebody approves it: ${ticket.url}`,
    D: JSON.stringify({ approval: ticket.id, url: ticket.url, wait_ms: ticket.waitMs }),
    H: `The connection waits up to ${ticket.waitMs / 1000} s. Approve with: sallyport approve ${ticket.id}`,
  };
}

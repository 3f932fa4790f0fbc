import type { Preview } from '../../core/approvals.ts';
import type { Command } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Inquiry } from '../../core/govern.ts';
import type { Outbox } from '../../core/outbox.ts';
import type { Clock, Journal } from '../../core/ports.ts';
import type { Session } from '../../core/session.ts';
import {
  BackendType,
  decodeCommandComplete,
  decodeErrorFields,
  decodeReadyForQuery,
} from '../../wire/postgres/backend.ts';
import type { TransactionStatus } from '../../wire/postgres/backend.ts';
import { encodeFlush, encodeSync } from '../../wire/postgres/frontend.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import { rejectedParse } from './batch.ts';
import { Diversion } from './diversion.ts';
import type { Frame } from './diversion.ts';
import { isPlannable } from './estimate.ts';
import { noSample } from './preview-sample.ts';
import type { Changed, Sample } from './preview-sample.ts';

/** What runs for longer than this, or waits for others' locks, is not kept: nobody has agreed to it yet. */
const runMsMax = 5_000;
/** Messages that end the answer to one Execute. */
const executed = new Set<number>([
  BackendType.CommandComplete,
  BackendType.EmptyQueryResponse,
  BackendType.PortalSuspended,
  BackendType.ErrorResponse,
]);
const ready = new Set<number>([BackendType.ReadyForQuery]);
const undoing = Buffer.concat([rejectedParse, encodeSync()]);

export interface HeldRunParts {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The server's, as of its last ReadyForQuery. */
  status(): TransactionStatus;
  divert(to: Diversion | undefined): void;
  /** Gives the client answers that were kept back. */
  replay(frames: readonly Frame[]): void;
  /** Asks the server to stop what runs. Resolves once that has reached it. */
  stop(): Promise<void>;
  /** @throws where the target does not tell */
  sample(
    changed: Omit<Changed, 'processId'>,
    within: (messages: Buffer) => Promise<readonly Frame[]>,
  ): Promise<Sample>;
  /** An error of the server's, as somebody may see it to whom nothing is revealed. */
  cleanError(fields: ReadonlyMap<string, string>): string;
  /** The identity's only one on this target at a time; undefined: there is one already. */
  reserve(): (() => void) | undefined;
}

/** What is to be run. */
export interface Runnable {
  /** Messages that ask for it, without the Sync that would commit it. */
  readonly messages: Buffer;
  /** Its Sync comes from the gateway, for the client has sent a Query. */
  readonly endsItself: boolean;
  /** Resolves once nothing of the session is under way; false: then it cannot be run on its own. */
  ready(): Promise<boolean>;
}

/**
 * A held command that runs before it is approved. The server takes messages of the extended protocol in one
 * transaction up to a Sync: it gets the command and no Sync. An approval brings the Sync; a refusal brings a message
 * that the grammar rejects, and then the Sync. Whatever ends the connection undoes it, too.
 */
export class HeldRun {
  readonly #parts: HeldRunParts;
  readonly #what: Runnable;
  readonly #diversion: Diversion;
  #state: 'not run' | 'running' | 'open' | 'kept' | 'undone' = 'not run';
  #kept: readonly Frame[] = [];
  #undoing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;

  constructor(parts: HeldRunParts, what: Runnable) {
    this.#parts = parts;
    this.#what = what;
    this.#diversion = new Diversion(parts.session.ended);
  }

  /** It has run, and nothing of it is left: not even what was bound before it. */
  get wasUndone(): boolean {
    return this.#state === 'undone';
  }

  /** Undefined where it could not be run. Never throws. */
  async begin(
    command: Command,
    keptMs: number,
    recorded: () => Promise<Inquiry>,
    signal: AbortSignal,
  ): Promise<Preview | undefined> {
    try {
      if (!(await this.#what.ready()) || this.#parts.status() !== 'I' || signal.aborted) return undefined;
      this.#release = this.#parts.reserve();
      if (this.#release === undefined) return undefined;
      return await this.#begin(command, keptMs, await recorded(), signal);
    } catch {
      // It is held all the same, with what the planner expects.
      await this.undo();
      return undefined;
    } finally {
      if (this.#state === 'not run') this.#release?.();
    }
  }

  async #begin(
    command: Command,
    keptMs: number,
    leave: Inquiry,
    signal: AbortSignal,
  ): Promise<Preview | undefined> {
    const { outbox, divert, clock } = this.#parts;
    outbox.ask(leave, Buffer.concat([this.#what.messages, encodeFlush()]));
    this.#state = 'running';
    divert(this.#diversion);
    await outbox.flush();
    const frames = await this.#answered(signal);
    const last = frames.at(-1);
    if (last === undefined || last.type === BackendType.ErrorResponse) {
      await this.undo();
      return { rows: 0, ...noSample, failed: this.#failure(last), keptUntil: null };
    }
    this.#kept = frames;
    this.#state = 'open';
    const rows = rowsIn(decodeCommandComplete(last.bytes, 0, last.bytes.length));
    const sample = rows === 0 ? noSample : await this.#sample(command);
    // An answer of which a part is missing cannot be given to the client.
    if (this.#diversion.overflowed) await this.undo();
    if (this.#state !== 'open') return { rows, ...sample, failed: null, keptUntil: null };
    this.#timer = setTimeout(() => void this.undo(), keptMs);
    return { rows, ...sample, failed: null, keptUntil: clock.now() + keptMs };
  }

  /** Up to the end of the answer to an Execute, which is stopped where that takes long or nobody waits any more. */
  async #answered(signal?: AbortSignal): Promise<readonly Frame[]> {
    let stopped: Promise<void> | undefined;
    const stop = (): void => void (stopped ??= this.#parts.stop());
    const timer = setTimeout(stop, runMsMax);
    signal?.addEventListener('abort', stop);
    try {
      return await this.#diversion.next(executed);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      // It must hit nothing that comes later.
      await stopped;
    }
  }

  #failure(last: Frame | undefined): string {
    const fields = last === undefined ? new Map() : decodeErrorFields(last.bytes, 0, last.bytes.length);
    if (fields.get('C') === '57014') return `it was not done within ${runMsMax / 1000} s`;
    return this.#parts.cleanError(fields);
  }

  /** What cannot be shown is left out; where asking for it has failed within, the run is undone. */
  async #sample({ effects }: Command): Promise<Sample> {
    const writes = effects.filter(({ kind }) => kind === 'write');
    const relation = writes[0]?.resource ?? '';
    const actions = new Set(writes.map(({ action }) => action));
    return this.#parts
      .sample({ relation, actions }, (messages) => this.#within(messages))
      .catch(() => noSample);
  }

  async #within(messages: Buffer): Promise<readonly Frame[]> {
    const { outbox } = this.#parts;
    outbox.pass(Buffer.concat([messages, encodeFlush()]));
    await outbox.flush();
    const frames = await this.#answered();
    if (frames.at(-1)?.type !== BackendType.ErrorResponse) return frames;
    await this.undo();
    throw new Error('the transaction has failed');
  }

  /** It is to be committed. False: it is undone by now, or was never run. */
  keep(): boolean {
    if (this.#state !== 'open') return false;
    clearTimeout(this.#timer);
    this.#state = 'kept';
    return true;
  }

  /**
   * What is to commit it has gone on, and its answer is the first of those pending: the client gets it. `lost`: it has
   * not gone on after all, for it could not be recorded.
   */
  async deliver(lost: boolean): Promise<void> {
    const { divert, replay } = this.#parts;
    try {
      const more = lost || !this.#what.endsItself ? [] : await this.#diversion.next(ready);
      divert(undefined);
      if (!lost) replay(answered(this.#kept, more));
    } finally {
      this.#over(lost ? 'undone' : 'kept');
    }
  }

  /** Nothing of it is left once this resolves. For one that is kept or was not run, it does nothing. Never throws. */
  undo(): Promise<void> {
    if (this.#state === 'running' || this.#state === 'open') this.#undoing ??= this.#undo();
    return this.#undoing ?? Promise.resolve();
  }

  async #undo(): Promise<void> {
    const { outbox, divert, session } = this.#parts;
    clearTimeout(this.#timer);
    this.#state = 'undone';
    try {
      // Whether or not anything can be recorded: rows must not stay locked.
      if (!session.ended.aborted) outbox.writeRejected(undoing);
      const last = (await this.#diversion.next(ready)).at(-1);
      const isOver = last !== undefined && decodeReadyForQuery(last.bytes, 0, last.bytes.length) === 'I';
      if (!isOver) throw new Error('a run was not undone');
    } catch (error) {
      // Then the end of the connection undoes it.
      session.end(
        new SallyportError('upstream_protocol', 'Sallyport: a run could not be undone', { cause: error }),
      );
    } finally {
      divert(undefined);
      this.#over('undone');
    }
  }

  #over(outcome: 'kept' | 'undone'): void {
    const { journal, session } = this.#parts;
    this.#release?.();
    journal.note({ type: 'preview.ended', session: session.id, outcome });
  }
}

const verbs: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Whether it is one statement that changes rows of one table, and runs nothing of users' making by what is known. */
export function isRunnable({ statements }: Analysis, command: Command): boolean {
  const [only, ...others] = statements;
  if (only === undefined || others.length > 0 || !verbs.has(only.tag)) return false;
  const written = command.effects.filter(({ kind }) => kind === 'write').map(({ resource }) => resource);
  // The name goes into questions of the gateway's own, where a backslash may mean something.
  const [relation = ''] = written;
  return isPlannable(command) && new Set(written).size === 1 && !relation.includes('\\');
}

/** `UPDATE 7`, `INSERT 0 7` */
function rowsIn(tag: string): number {
  return Number(/\d+$/.exec(tag)?.[0] ?? 0);
}

const answersRows: ReadonlySet<number> = new Set([
  BackendType.RowDescription,
  BackendType.DataRow,
  BackendType.CommandComplete,
]);

/** What was kept and what came of committing it. Where that has failed, nothing was done, as for any Query. */
function answered(kept: readonly Frame[], more: readonly Frame[]): readonly Frame[] {
  const failed = more.some(({ type }) => type === BackendType.ErrorResponse);
  return [...kept.filter(({ type }) => !failed || !answersRows.has(type)), ...more];
}

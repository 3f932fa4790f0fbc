import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { SallyportError } from '../core/errors.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { News, Notices } from '../core/ports.ts';
import type { Session } from '../core/session.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { Assignment, CancelElsewhere, FromWorker, ToWorker } from './messages.ts';
import { fromSent } from './sent-error.ts';
import { WorkerSessions } from './worker-sessions.ts';

export interface PoolOptions {
  /** What a worker runs. */
  readonly program: string;
  readonly count: number;
  /** Makes place for a new worker in record and store, by its number from 0. */
  readonly assign: (number: number) => Promise<Assignment>;
  /** A worker is dead: what it left is cleaned up. `lost`: nobody had told it to end. Never throws. */
  readonly gone: (
    assignment: Assignment,
    lost: { readonly sessions: readonly Session[] } | undefined,
  ) => Promise<void>;
  readonly live: LiveSessions;
  readonly targets: () => ReadonlyMap<string, UpstreamTarget>;
  readonly notices: Notices;
  readonly report: (message: string, cause: unknown) => void;
}

interface Running {
  readonly assignment: Assignment;
  readonly process: Worker;
  readonly sessions: WorkerSessions;
  readonly startedAtMs: number;
  readonly dead: Promise<void>;
}

/** How long a worker may take to end its sessions and drop their roles when the gateway stops. */
const stopMs = 10_000;
/** One that dies sooner than this after its start is followed by the next after a pause. */
const soonMs = 5_000;
const pauseMs = 1_000;

/**
 * Processes that take the clients of one port. A worker that dies is followed by another.
 */
export class WorkerPool {
  readonly #it: PoolOptions;
  readonly #running = new Map<string, Running>();
  /** Of those, who take clients. */
  readonly #serving = new Set<Running>();
  readonly #replacing = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  private constructor(options: PoolOptions) {
    this.#it = options;
  }

  /** @throws SallyportError where a worker does not come up */
  static async start(options: PoolOptions): Promise<WorkerPool> {
    // Whatever the environment says: left to the kernel, one worker gets most of the few connections that there are.
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ exec: options.program, args: [], execArgv: [], serialization: 'advanced' });
    const pool = new WorkerPool(options);
    try {
      await Promise.all(Array.from({ length: options.count }, (_, number) => pool.#start(number)));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Brings news of this process to all workers. */
  publish(news: News): void {
    this.#tellAll({ kind: 'news', news });
  }

  /** Another configuration is in force. */
  configure(text: string): void {
    this.#tellAll({ kind: 'config', text });
  }

  /** Ends a worker that must not go on. */
  kill(name: string): void {
    this.#running.get(name)?.process.process.kill('SIGKILL');
  }

  /** Of those that take clients, as the system knows them. */
  get processIds(): readonly number[] {
    return [...this.#serving].flatMap(({ process: { process } }) => process.pid ?? []);
  }

  /** Ends all, with their sessions. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#tellAll({ kind: 'stop' });
    const timer = setTimeout(() => {
      for (const name of this.#running.keys()) this.kill(name);
    }, stopMs);
    await Promise.all([...this.#running.values()].map(({ dead }) => dead));
    await Promise.all(this.#replacing);
    clearTimeout(timer);
  }

  async #start(number: number): Promise<void> {
    const assignment = await this.#it.assign(number);
    const worker = cluster.fork();
    const { live, targets } = this.#it;
    const sessions = new WorkerSessions({
      live,
      targets,
      end: (session, error) => send(worker, { kind: 'end', session, error }),
    });
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    const running: Running = {
      assignment,
      process: worker,
      sessions,
      startedAtMs: performance.now(),
      dead: new Promise((done) => {
        worker.once('exit', () => {
          reject(new SallyportError('internal', `worker ${assignment.name} did not come up`));
          done(this.#buried(number, running));
        });
      }),
    };
    this.#running.set(assignment.name, running);
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'failed') reject(fromSent(message.error));
      else if (message.kind === 'ready') resolve();
      else this.#hear(running, message);
    });
    worker.on('error', (error) =>
      this.#it.report(`worker ${assignment.name} cannot be told anything`, error),
    );
    send(worker, { kind: 'begin', assignment });
    await ready;
    this.#serving.add(running);
  }

  #hear(from: Running, message: Exclude<FromWorker, { kind: 'ready' | 'failed' }>): void {
    switch (message.kind) {
      case 'opened':
        return from.sessions.opened(message.session);
      case 'counted':
        return from.sessions.counted(message.sessions);
      case 'closed':
        return from.sessions.closed(message.session);
      case 'notice':
        return this.#it.notices.tell(message.notice);
      case 'cancel':
        return this.#cancel(message.number, message.key);
    }
  }

  /** Whether the secret fits is looked at where the session is. */
  #cancel(number: number, key: CancelElsewhere): void {
    const running = [...this.#running.values()].find(({ assignment }) => assignment.number === number);
    if (running !== undefined) send(running.process, { kind: 'cancel', key });
  }

  async #buried(number: number, dead: Running): Promise<void> {
    const { assignment, sessions, startedAtMs } = dead;
    this.#running.delete(assignment.name);
    this.#serving.delete(dead);
    const stopping = this.#stopping.signal.aborted;
    const lost = sessions.lost();
    if (!stopping) this.#it.report(`worker ${assignment.name} died, with ${lost.length} sessions`, undefined);
    await this.#it.gone(assignment, stopping ? undefined : { sessions: lost });
    if (stopping) return;
    const replaced = this.#replace(number, performance.now() - startedAtMs < soonMs ? pauseMs : 0);
    this.#replacing.add(replaced);
    void replaced.finally(() => this.#replacing.delete(replaced));
  }

  async #replace(number: number, afterMs: number): Promise<void> {
    const { signal } = this.#stopping;
    await delay(afterMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    // What keeps it from coming up ends its process, too, and that starts the next.
    await this.#start(number).catch((error: unknown) => this.#it.report('a worker did not come up', error));
  }

  #tellAll(message: ToWorker): void {
    for (const { process } of this.#running.values()) send(process, message);
  }
}

/** Who is dead already hears nothing, and need not. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

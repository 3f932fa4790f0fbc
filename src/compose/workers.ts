import { createPublicKey, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { InForce } from '../config/in-force.ts';
import type { Event } from '../core/event.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { Journal, Notices } from '../core/ports.ts';
import type { Session } from '../core/session.ts';
import type { Reaper } from '../credentials/reaper.ts';
import type { StoredHolds } from '../holds/stored-holds.ts';
import type { FileJournal } from '../journal/append.ts';
import { Joiner } from '../journal/joiner.ts';
import { joinLeftBehind } from '../journal/left-behind.ts';
import type { Store } from '../store/store.ts';
import type { Assignment } from '../workers/messages.ts';
import { WorkerPool } from '../workers/pool.ts';
import { clock } from './clock.ts';

type Report = (message: string, cause: unknown) => void;

export interface JoinerParts {
  /** The journal's own folder. */
  readonly dir: string;
  readonly journal: FileJournal;
  readonly signingKey: KeyObject;
  readonly observe: (event: Event) => void;
  readonly report: Report;
  readonly onFault: (worker: string) => void;
}

/** With what workers of a gateway that died have recorded already joined. */
export async function openJoiner(it: JoinerParts): Promise<Joiner> {
  const joiner = new Joiner({ ...it, clock });
  await joinLeftBehind({ dir: it.dir, joiner, publicKey: createPublicKey(it.signingKey) });
  return joiner;
}

export interface WorkersParts {
  readonly count: number;
  readonly inForce: InForce;
  /** Of PostgreSQL, as configured. */
  readonly port: number;
  readonly httpPort: number | undefined;
  readonly joiner: Joiner;
  readonly journal: Journal;
  readonly store: Store;
  readonly holds: StoredHolds;
  readonly live: LiveSessions;
  readonly reaper: Reaper;
  readonly notices: Notices;
  readonly report: Report;
}

/** How often workers are said to be alive: what they are is known here. */
const beatMs = 60_000;
/** Beside this file: the source in a checkout, what was built in a package. */
const program = fileURLToPath(new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url));

/** The same for all of them, and for those that follow; 0 would be another one each time that all have died. */
async function portFor(host: string, configured: number): Promise<number> {
  if (configured !== 0) return configured;
  const server = createServer().listen({ host, port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Processes that take PostgreSQL's clients, and what the first process does for them. */
export class Workers {
  readonly pool: WorkerPool;
  readonly port: number;
  readonly #beats: NodeJS.Timeout;

  private constructor(pool: WorkerPool, port: number, beats: NodeJS.Timeout) {
    this.pool = pool;
    this.port = port;
    this.#beats = beats;
  }

  static async start(it: WorkersParts): Promise<Workers> {
    const { store, inForce, count, httpPort, joiner } = it;
    const { host } = inForce.config.listen;
    const port = await portFor(host, it.port);
    const listen = { host, port };
    const instances = new Set<string>();
    const beat = async (): Promise<void> => {
      for (const instance of instances) await store.instances.beat(instance, clock.now());
    };
    const pool = await WorkerPool.start({
      program,
      count,
      live: it.live,
      targets: () => inForce.config.targets,
      notices: it.notices,
      report: it.report,
      async assign(number) {
        const instance = randomUUID();
        instances.add(instance);
        await beat();
        const name = await joiner.begin(number + 1);
        // Last: what comes into force after this is sent to it.
        const { file, text } = inForce.config;
        return {
          listen,
          name,
          instance,
          file,
          text,
          workers: count,
          number,
          ...(httpPort === undefined ? {} : { httpPort }),
        };
      },
      async gone(assignment, lost) {
        instances.delete(assignment.instance);
        await bury(it, assignment, lost?.sessions);
      },
    });
    const failed = (error: unknown): void => it.report('workers could not be said to be alive', error);
    return new Workers(pool, port, setInterval(() => void beat().catch(failed), beatMs).unref());
  }

  async close(): Promise<void> {
    clearInterval(this.#beats);
    await this.pool.close();
  }
}

/** Its record is joined, its sessions are closed in the book, its roles are dropped. Never throws. */
async function bury(
  { joiner, journal, store, holds, reaper, report }: WorkersParts,
  { name, instance }: Assignment,
  lost: readonly Session[] | undefined,
): Promise<void> {
  const reason = 'worker_lost';
  const tries: readonly (() => Promise<unknown>)[] = [
    () => joiner.end(name, lost !== undefined),
    async () => {
      for (const { id, commands, rows } of lost ?? []) {
        journal.note({ type: 'session.closed', session: id, reason, commands, rows });
      }
    },
    () => store.instances.remove(instance),
    async () =>
      store.sessions.closeAbandoned(await store.instances.live(clock.now()), { atMs: clock.now(), reason }),
    () => holds.withdrawAllWaiting(),
  ];
  for (const attempt of tries) {
    await attempt().catch((error: unknown) =>
      report(`what worker ${name} left could not be cleaned up`, error),
    );
  }
  void reaper.sweep();
}

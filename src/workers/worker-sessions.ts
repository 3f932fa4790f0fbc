import { SallyportError } from '../core/errors.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import { Session } from '../core/session.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { SentError, SessionCount, WorkerSession } from './messages.ts';
import { toSent } from './sent-error.ts';

export interface WorkerSessionsOptions {
  readonly live: LiveSessions;
  readonly targets: () => ReadonlyMap<string, UpstreamTarget>;
  /** Ends a session where it is served. */
  readonly end: (session: string, error: SentError) => void;
}

/**
 * The sessions of one worker, as the first process sees them: each stands among its live sessions, so that whoever
 * lists, kills or revokes there does it with these as well.
 */
export class WorkerSessions {
  readonly #it: WorkerSessionsOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: WorkerSessionsOptions) {
    this.#it = options;
  }

  opened({ id, identity, target: name, client, openedAtMs }: WorkerSession): void {
    const { live, targets, end } = this.#it;
    const target = targets().get(name);
    if (target === undefined)
      return end(id, toSent(new SallyportError('revoked', 'Sallyport: this target was removed')));
    const session = new Session({ id, identity, target, client, nowMs: openedAtMs });
    this.#sessions.set(id, session);
    live.add(session, () => undefined);
    session.ended.addEventListener('abort', () => {
      // Still here: it did not end there.
      if (this.#sessions.has(id)) end(id, toSent(session.ended.reason));
    });
  }

  counted(counts: readonly SessionCount[]): void {
    for (const { id, commands, rows } of counts) {
      const session = this.#sessions.get(id);
      if (session !== undefined) Object.assign(session, { commands, rows });
    }
  }

  closed(count: SessionCount): void {
    this.counted([count]);
    const session = this.#sessions.get(count.id);
    this.#sessions.delete(count.id);
    session?.end(new SallyportError('closed', 'Sallyport: the session has ended'));
  }

  /** The worker is dead, and they with it. */
  lost(): readonly Session[] {
    const lost = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of lost) session.end(new SallyportError('closed', 'Sallyport: its worker has died'));
    return lost;
  }
}

import type { Session } from '../core/session.ts';
import type { SessionCount } from './messages.ts';
import type { Post } from './post.ts';

/** Tells the first process of the sessions of this one. */
export class Announcer {
  readonly #post: Post;
  /** How many commands and rows of each were told. */
  readonly #told = new Map<Session, SessionCount>();

  constructor(post: Post) {
    this.#post = post;
  }

  opened(session: Session): void {
    const { id, identity, target, client, openedAtMs } = session;
    this.#told.set(session, countOf(session));
    this.#post.tell({ kind: 'opened', session: { id, identity, target: target.name, client, openedAtMs } });
    session.ended.addEventListener('abort', () => {
      this.#told.delete(session);
      this.#post.tell({ kind: 'closed', session: countOf(session) });
    });
  }

  /** To be called every so often. */
  count(): void {
    const changed = [...this.#told].filter(
      ([{ commands, rows }, told]) => commands !== told.commands || rows !== told.rows,
    );
    if (changed.length === 0) return;
    const sessions = changed.map(([session]) => countOf(session));
    for (const [session] of changed) this.#told.set(session, countOf(session));
    this.#post.tell({ kind: 'counted', sessions });
  }
}

function countOf({ id, commands, rows }: Session): SessionCount {
  return { id, commands, rows };
}

import { SallyportError } from './errors.ts';
import type { Identity } from './identity.ts';
import type { Limits } from './rule.ts';
import type { Session } from './session.ts';

interface Live {
  readonly session: Session;
  /** The strictest idle and session limits of the rules that have let commands in so far. */
  limits: Limits;
  /** What they were last narrowed by: most commands of a session bring the same. */
  narrowedBy: Limits | undefined;
  /** When the running command must be over, or undefined while none runs under a limit. */
  deadlineMs: number | undefined;
  /** A command runs or is held: the session does not rest. */
  busy: boolean;
  readonly overdue: () => void;
}

/** Every session of this process, so that it can be listed, killed, revoked and held to its limits. */
export class LiveSessions {
  readonly #live = new Map<string, Live>();
  readonly #onAdd: (session: Session) => void;

  /** @param onAdd told of every session that is added, before it can end */
  constructor(onAdd: (session: Session) => void = () => undefined) {
    this.#onAdd = onAdd;
  }

  get size(): number {
    return this.#live.size;
  }

  list(): Session[] {
    return [...this.#live.values()].map(({ session }) => session);
  }

  get(id: string): Session | undefined {
    return this.#live.get(id)?.session;
  }

  /** `overdue` is called when the running command is past its `statement` limit. */
  add(session: Session, overdue: () => void): void {
    this.#live.set(session.id, {
      session,
      limits: {},
      narrowedBy: undefined,
      deadlineMs: undefined,
      busy: false,
      overdue,
    });
    session.ended.addEventListener('abort', () => this.#live.delete(session.id), { once: true });
    this.#onAdd(session);
  }

  /** Narrows the limits that hold for the whole session. */
  limit(session: Session, limits: Limits): void {
    const live = this.#live.get(session.id);
    if (live === undefined || live.narrowedBy === limits) return;
    live.narrowedBy = limits;
    const idleMs = strictest(live.limits.idleMs, limits.idleMs);
    const sessionMs = strictest(live.limits.sessionMs, limits.sessionMs);
    live.limits = {
      ...(idleMs === undefined ? {} : { idleMs }),
      ...(sessionMs === undefined ? {} : { sessionMs }),
    };
  }

  deadline(session: Session, atMs: number | undefined): void {
    const live = this.#live.get(session.id);
    if (live !== undefined) live.deadlineMs = atMs;
  }

  /** While a command runs or is held, the idle limit does not count. */
  busy(session: Session, busy: boolean): void {
    const live = this.#live.get(session.id);
    if (live !== undefined) live.busy = busy;
  }

  kill(id: string, by: string): boolean {
    const session = this.get(id);
    session?.end(new SallyportError('revoked', `Sallyport: ${by} ended this session`));
    return session !== undefined;
  }

  /** Ends every session in which `matches` holds for the identity or anybody it acts for or through. */
  revoke(matches: (identity: Identity) => boolean): number {
    const found = this.list().filter(({ identity }) => chain(identity).some(matches));
    for (const session of found) {
      session.end(
        new SallyportError('revoked', 'Sallyport: this identity was revoked', {
          hint: 'Ask whoever watches the gateway to restore it.',
        }),
      );
    }
    return found.length;
  }

  /** Ends every session for which `over` holds; how many there were. */
  endIf(over: (session: Session) => boolean, why: () => SallyportError): number {
    const found = this.list().filter(over);
    for (const session of found) session.end(why());
    return found.length;
  }

  /** Called every so often: ends what is over its idle or session limit, or whose proof has expired. */
  sweep(nowMs: number): void {
    for (const live of this.#live.values()) {
      if (live.deadlineMs !== undefined && nowMs >= live.deadlineMs) {
        live.deadlineMs = undefined;
        live.overdue();
      }
      const over = overLimit(live, nowMs);
      if (over !== undefined) live.session.end(over);
    }
  }

  endAll(reason: SallyportError): void {
    for (const session of this.list()) session.end(reason);
  }
}

/** The identity and everybody who acts through it. */
export function chain(identity: Identity): Identity[] {
  return identity.actor === undefined ? [identity] : [identity, ...chain(identity.actor)];
}

/** Why a session ends whose ticket was ended. */
export function ticketEnded(): SallyportError {
  return new SallyportError('revoked', 'Sallyport: the ticket of this session was ended', {
    hint: 'Connect again with another.',
  });
}

function overLimit({ session, limits, busy }: Live, nowMs: number): SallyportError | undefined {
  if (nowMs >= session.identity.expiresAtMs) {
    return new SallyportError('revoked', 'Sallyport: your proof of identity has expired', {
      hint: 'Connect again with a fresh token.',
    });
  }
  if (limits.sessionMs !== undefined && nowMs - session.openedAtMs >= limits.sessionMs) {
    return new SallyportError(
      'limit_session',
      `Sallyport: a session may last ${limits.sessionMs / 1000} s here`,
      {
        hint: 'Connect again.',
      },
    );
  }
  if (!busy && limits.idleMs !== undefined && nowMs - session.lastActiveAtMs >= limits.idleMs) {
    return new SallyportError('limit_idle', `Sallyport: idle for ${limits.idleMs / 1000} s`, {
      hint: 'Connect again.',
    });
  }
  return undefined;
}

function strictest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

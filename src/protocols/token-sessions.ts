import { hash } from 'node:crypto';
import { SallyportError } from '../core/errors.ts';
import { Session } from '../core/session.ts';
import type { UpstreamTarget } from '../core/target.ts';
import { compileDetectors, type DetectorSet } from '../masking/detect.ts';
import type { MaskKeys } from '../masking/keys.ts';
import {
  admit,
  newSessionId,
  recordClosing,
  recordOpening,
  revoked,
  type ProtocolName,
  type TargetOf,
} from './admission.ts';
import type { ProtocolParts } from './protocol.ts';

/** A session without requests ends after this time, where no rule says less. */
const idleMs = 600_000;
/** One process's; more are refused until some end. */
const sessionsMax = 100_000;

/** Who asks for what, and from where. */
export interface Asking {
  readonly token: string;
  readonly target: string;
  /** The client's address. */
  readonly client: string;
  readonly application?: string;
}

/** A session, and what a protocol keeps with it. */
export type Kept<P extends ProtocolName, More> = More & {
  readonly session: Session<TargetOf<P>>;
  /** Requests under way. */
  active: number;
};

/** HTTP has no login: all requests by one token on one target are one session. These are one protocol's on one port. */
export class TokenSessions<P extends ProtocolName, More extends object> {
  readonly #parts: ProtocolParts;
  readonly #protocol: P;
  readonly #more: (session: Session<TargetOf<P>>) => Promise<More>;
  readonly #open = new Map<string, Promise<Kept<P, More>>>();
  readonly #closing = new Set<Promise<void>>();

  /** `more`: what is kept with a session that is on record as opened; where it throws, the session ends. */
  constructor(parts: ProtocolParts, protocol: P, more: (session: Session<TargetOf<P>>) => Promise<More>) {
    this.#parts = parts;
    this.#protocol = protocol;
    this.#more = more;
  }

  /** @throws SallyportError where this token lets nobody in */
  async of(it: Asking): Promise<Kept<P, More>> {
    // The token itself is not kept.
    const key = `${hash('sha256', it.token, 'base64')} ${it.target}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    if (this.#open.size >= sessionsMax) {
      throw new SallyportError('shutting_down', 'Sallyport: too many sessions are open', {
        hint: 'Try again later.',
      });
    }
    const opening = this.#begin(it, () => this.#open.delete(key));
    this.#open.set(key, opening);
    opening.catch(() => this.#open.delete(key));
    return opening;
  }

  /** When the last one is on record as closed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#open.values());
    await Promise.all(this.#closing);
  }

  async #begin(it: Asking, ended: () => void): Promise<Kept<P, More>> {
    const parts = this.#parts;
    const session = await this.#admit(it);
    await recordOpening(parts, session, this.#protocol, it.application);
    session.ended.addEventListener('abort', () => {
      ended();
      this.#closes(session);
    });
    try {
      const more = await this.#more(session);
      if (parts.revoked(session.identity)) throw revoked();
      parts.live.add(session, () => undefined);
      parts.live.limit(session, { idleMs });
      return { ...more, session, active: 0 };
    } catch (error) {
      session.end(
        error instanceof SallyportError ? error : new SallyportError('internal', 'Sallyport: no session'),
      );
      throw error;
    }
  }

  /** Who is refused here has no session: it is on record all the same. */
  async #admit({ token, target: name, client }: Asking): Promise<Session<TargetOf<P>>> {
    const { verifier, clock, journal } = this.#parts;
    try {
      const identity = await verifier.verify(token);
      const target = admit(this.#parts, identity, this.#protocol, name);
      const from = identity.errand?.client ?? client;
      return new Session({ id: newSessionId(), identity, target, client: from, nowMs: clock.now() });
    } catch (error) {
      if (error instanceof SallyportError) {
        const { message: reason } = error;
        journal.note({ type: 'identity.refused', protocol: this.#protocol, client, target: name, reason });
      }
      throw error;
    }
  }

  #closes(session: Session): void {
    const reason: unknown = session.ended.reason;
    const why =
      reason instanceof SallyportError ? reason : new SallyportError('closed', 'Sallyport: it ended');
    const closing = recordClosing(this.#parts, session, why).catch((error: unknown) => {
      this.#parts.log.error({ err: error }, 'the end of a session could not be kept');
    });
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

/** What is made of a target, as long as it stays as it is. */
export function boundTo<T extends UpstreamTarget, Made>(
  session: Session<T>,
  make: (target: T) => Made,
): () => Made {
  let of = session.target;
  let made = make(of);
  return () => {
    if (of !== session.target) made = make((of = session.target));
    return made;
  };
}

/** What looks over answers; made anew where a reload has changed it. */
export function detectorsOf(session: Session, keys: MaskKeys): () => DetectorSet | undefined {
  let of = session.target.detect;
  let set = compileDetectors(of, keys);
  return () => {
    if (of !== session.target.detect) set = compileDetectors((of = session.target.detect), keys);
    return set;
  };
}

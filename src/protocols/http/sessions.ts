import { createHash } from 'node:crypto';
import { SallyportError } from '../../core/errors.ts';
import type { SessionCredential } from '../../core/ports.ts';
import { Session } from '../../core/session.ts';
import type { HttpTarget } from '../../core/target.ts';
import { AnswerMasks } from '../../masking/answer.ts';
import { compileDetectors, type DetectorSet } from '../../masking/detect.ts';
import { MaskKeys } from '../../masking/keys.ts';
import { RequestTokens } from '../../masking/request-tokens.ts';
import { admit, newSessionId, recordClosing, recordOpening, revoked } from '../admission.ts';
import type { ProtocolParts } from '../protocol.ts';

/** A session without requests ends after this time, where no rule says less. */
const idleMs = 600_000;
/** One process's; more are refused until some end. */
const sessionsMax = 100_000;

/** A session, and what its requests need. HTTP has no login: all requests by one token on one target are one session. */
export interface HttpSession {
  readonly session: Session<HttpTarget>;
  readonly credential: SessionCredential;
  /** Made anew where a reload has changed what is sensitive; so are the others. */
  readonly masks: () => AnswerMasks;
  readonly tokens: () => RequestTokens;
  /** What looks over answers. */
  readonly detect: () => DetectorSet | undefined;
  /** Requests under way. */
  active: number;
}

/** All sessions of the HTTP port, by token and target. */
export class HttpSessions {
  readonly #parts: ProtocolParts;
  readonly #open = new Map<string, Promise<HttpSession>>();
  readonly #closing = new Set<Promise<void>>();

  constructor(parts: ProtocolParts) {
    this.#parts = parts;
  }

  /** @throws SallyportError where this token lets nobody in */
  async of(it: {
    token: string;
    target: string;
    client: string;
    application?: string;
  }): Promise<HttpSession> {
    // The token itself is not kept.
    const key = createHash('sha256')
      .update(JSON.stringify([it.token, it.target]))
      .digest('base64');
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

  async #begin(
    {
      token,
      target: name,
      client,
      application,
    }: { token: string; target: string; client: string; application?: string },
    ended: () => void,
  ): Promise<HttpSession> {
    const parts = this.#parts;
    const { session, identity } = await this.#admit(token, name, client);
    await recordOpening(parts, session, 'http', application);
    session.ended.addEventListener('abort', () => {
      ended();
      this.#closes(session);
    });
    try {
      const credential = await parts.requestCredentials.of(session.target);
      if (parts.revoked(identity)) throw revoked();
      parts.live.add(session, () => undefined);
      parts.live.limit(session, { idleMs });
      const keys = new MaskKeys(parts.maskKey, session.target.name);
      const detect = detectorsOf(session, keys);
      return {
        session,
        credential,
        masks: boundTo(session, ({ valueLabels }) => new AnswerMasks(keys, valueLabels)),
        tokens: boundTo(
          session,
          ({ sensitive, valueLabels }) => new RequestTokens(sensitive, valueLabels, keys),
        ),
        detect,
        active: 0,
      };
    } catch (error) {
      session.end(
        error instanceof SallyportError ? error : new SallyportError('internal', 'Sallyport: no session'),
      );
      throw error;
    }
  }

  /** Who is refused here has no session: it is on record all the same. */
  async #admit(
    token: string,
    name: string,
    client: string,
  ): Promise<{
    session: Session<HttpTarget>;
    identity: Session['identity'];
  }> {
    const { verifier, clock, journal } = this.#parts;
    try {
      const identity = await verifier.verify(token);
      const target = admit(this.#parts, identity, 'http', name);
      const session = new Session({ id: newSessionId(), identity, target, client, nowMs: clock.now() });
      return { session, identity };
    } catch (error) {
      if (error instanceof SallyportError) {
        journal.note({
          type: 'identity.refused',
          protocol: 'http',
          client,
          target: name,
          reason: error.message,
        });
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
function boundTo<T>(session: Session<HttpTarget>, make: (target: HttpTarget) => T): () => T {
  let of = session.target;
  let made = make(of);
  return () => {
    if (of !== session.target) made = make((of = session.target));
    return made;
  };
}

function detectorsOf(session: Session<HttpTarget>, keys: MaskKeys): () => DetectorSet | undefined {
  let of = session.target.detect;
  let set = compileDetectors(of, keys);
  return () => {
    if (of !== session.target.detect) set = compileDetectors((of = session.target.detect), keys);
    return set;
  };
}

import type { Approvals } from '../../core/approvals.ts';
import type { ChannelSpec } from '../../core/channel.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Callback, Callbacks } from '../../core/notice.ts';
import type { Clock, Journal } from '../../core/ports.ts';
import type { ChannelParts } from './channel.ts';
import { Seen } from './signed.ts';
import { slackCall } from './slack-callback.ts';
import { teamsCall } from './teams-callback.ts';

export interface CallbackParts extends Pick<ChannelParts, 'resolveSecret'> {
  readonly channels: () => readonly ChannelSpec[];
  readonly approvals: Approvals;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Whether this identity was shut out. */
  readonly revoked: (identity: Identity) => boolean | Promise<boolean>;
  /** What could not be told back to a chat. */
  readonly report: (message: string, cause: unknown) => void;
}

/** What somebody pressed or said in a chat: verified, but not yet known to be anybody who may decide. */
export interface Answered {
  readonly approval: string;
  readonly decision: 'approve' | 'deny';
  /** The chat's own id of whoever it was. */
  readonly user: string;
  /** Whom the configuration says that this is; undefined: nobody it knows. */
  readonly identity: Identity | undefined;
}

/** Decisions that come back from chats. They go the same way as all others, and count for no more. */
export class ChatCallbacks implements Callbacks {
  readonly #parts: CallbackParts;
  readonly #seen = new Seen();

  constructor(parts: CallbackParts) {
    this.#parts = parts;
  }

  async receive(callback: Callback): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      return await this.#receive(callback);
    } catch (error) {
      if (error instanceof SallyportError) {
        const { kind: protocol, client } = callback;
        this.#parts.journal.note({
          type: 'identity.refused',
          protocol,
          client,
          target: 'sallyport',
          reason: error.message,
        });
      }
      throw error;
    }
  }

  #receive(callback: Callback): Promise<Readonly<Record<string, unknown>> | undefined> {
    const spec = this.#parts.channels().find(({ name }) => name === callback.channel);
    const way = spec?.way;
    const context = {
      parts: this.#parts,
      seen: this.#seen,
      answer: (it: Answered) => this.#answer(callback, it),
    };
    if (way?.kind === 'slack' && callback.kind === 'slack') return slackCall(way, callback, context);
    if (way?.kind === 'teams' && callback.kind === 'teams') return teamsCall(way, callback, context);
    throw new SallyportError('not_found', 'Sallyport: there is no such channel');
  }

  /** What came of it, in a sentence for whoever pressed the button. */
  async #answer({ channel }: Callback, it: Answered): Promise<string> {
    const { approval, decision, user } = it;
    const outcome = await this.#decide(it).catch((error: unknown) => {
      if (error instanceof SallyportError) return error;
      throw error;
    });
    const refused = outcome instanceof SallyportError ? outcome : undefined;
    this.#parts.journal.note({
      type: 'notice.answered',
      channel,
      user,
      approval,
      decision,
      ...(it.identity === undefined ? {} : { subject: it.identity.subject }),
      outcome: refused === undefined ? String(outcome) : refused.code,
    });
    if (refused === undefined) return `Approval ${approval} is ${String(outcome)}.`;
    return [refused.message, refused.hint].filter((part) => part !== undefined).join('. ');
  }

  async #decide({ approval, decision, identity }: Answered): Promise<string> {
    const { approvals, revoked } = this.#parts;
    if (identity === undefined) {
      throw new SallyportError('denied', 'Sallyport does not know who you are', {
        hint: 'Decide behind the link, or have yourself named in sallyport.yaml (users)',
      });
    }
    if (await revoked(identity)) throw new SallyportError('revoked', 'Sallyport: this identity was revoked');
    // Who may not see it must not learn that it is there.
    const { id } = await approvals.get(approval, identity);
    return approvals.decide({ approvalId: id, by: identity, decision });
  }
}

/** What a verified callback may use. */
export interface CallbackContext {
  readonly parts: CallbackParts;
  readonly seen: Seen;
  readonly answer: (it: Answered) => Promise<string>;
}

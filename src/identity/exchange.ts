import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import type { Clock, Journal, Policy, Verifier } from '../core/ports.ts';
import { eventIdentity } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import type { IssuedTicket, TicketRequest, TicketTerms } from '../core/tickets.ts';
import { actingFor, narrowed } from './narrow.ts';
import { isTicket, newTicketId, ticketMsMax } from './tickets.ts';
import type { Tickets } from './tickets.ts';

const ticketMsDefault = 3_600_000;
/** A crew starts many agents; more than these at once nobody needs, and each is a row in the store. */
const ticketsMax = 1_000;
/** How many exchanges may lie behind a ticket. */
const originsMax = 16;
/** Of a purpose and of a task: people read them in lists. */
const saidCharsMax = 500;

export interface ExchangeParts {
  readonly verifier: Verifier;
  readonly tickets: Tickets;
  readonly revoked: (identity: Identity) => boolean;
  readonly policy: () => Policy;
  /** Everything a ticket can be for, the gateway itself among it. */
  readonly targets: () => readonly Target[];
  readonly journal: Journal;
  readonly clock: Clock;
}

interface Proven {
  readonly identity: Identity;
  /** Ids of the tickets it comes from. */
  readonly from: readonly string[];
}

/** Tokens become tickets: the same identity, narrower if asked, with who acts for it if there is one. Never wider. */
export class Exchange {
  readonly #parts: ExchangeParts;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /**
   * @throws SallyportError `unauthenticated`, `revoked`: a token does not hold; `unknown_target`, `denied`: it is
   *   narrower than what is asked for; `protocol`: nobody can have such a ticket; `limit_requests`: too many are
   *   live; `journal_unavailable`
   */
  async issue(request: TicketRequest): Promise<IssuedTicket> {
    return this.#issue(await this.#proven(request), request);
  }

  /** The same for somebody who is known without a token, by the login of a browser. @throws as `issue` */
  async issueTo(identity: Identity, terms: TicketTerms): Promise<IssuedTicket> {
    if (this.#parts.revoked(identity)) throw revoked();
    return this.#issue({ identity, from: [] }, terms);
  }

  async #issue({ identity, from }: Proven, terms: TicketTerms): Promise<IssuedTicket> {
    this.#mustOpen(identity, terms);
    const ticket = this.#narrow(identity, terms);
    await this.#mustHaveRoom(ticket);
    await this.#record(ticket, terms);
    const issued = await this.#parts.tickets.issue({ id: ticket.ticket, identity: ticket, from });
    // Whoever was shut out while this went on gets none.
    if (issued !== undefined && !this.#parts.revoked(ticket)) return issued;
    await this.#parts.tickets.end([ticket.ticket]);
    throw revoked();
  }

  /** Whom the tokens stand for, and the tickets among them. */
  async #proven({ subjectToken, actorToken }: TicketRequest): Promise<Proven> {
    const subject = await this.#parts.verifier.verify(subjectToken);
    const actor = actorToken === undefined ? undefined : await this.#parts.verifier.verify(actorToken);
    const identity = actor === undefined ? subject : actingFor(subject, actor);
    if (this.#parts.revoked(identity)) throw revoked();
    const origins = [subjectToken, actorToken].filter((token) => token !== undefined && isTicket(token));
    const from = new Set<string>();
    for (const token of origins) {
      for (const id of await this.#parts.tickets.lineage(token ?? '')) from.add(id);
    }
    if (from.size > originsMax) {
      throw new SallyportError('protocol', `Sallyport: a ticket comes from ${originsMax} others at most`, {
        hint: 'Begin from a token of the issuer.',
      });
    }
    return { identity, from: [...from] };
  }

  #mustOpen(identity: Identity, { targets, rules }: TicketTerms): void {
    const policy = this.#parts.policy();
    const all = this.#parts.targets();
    for (const name of targets ?? []) {
      const target = all.find((one) => one.name === name);
      const opens =
        target !== undefined && chain(identity).every((one) => policy.opening(one, target).length > 0);
      if (!opens) throw noSuchTarget(name, identity);
    }
    const within = all.filter(({ name }) => targets?.includes(name) ?? true);
    for (const name of rules ?? []) {
      const counts = within.some((target) =>
        chain(identity).some((one) => policy.opening(one, target).includes(name)),
      );
      if (!counts) throw noSuchRule(name, identity);
    }
  }

  #narrow(identity: Identity, terms: TicketTerms): Identity & { readonly ticket: string } {
    const { targets, rules, lifetimeMs = ticketMsDefault, purpose, task } = terms;
    if (!(lifetimeMs > 0 && lifetimeMs <= ticketMsMax)) {
      throw new SallyportError(
        'protocol',
        `Sallyport: a ticket lives for ${ticketMsMax / 3_600_000} h at most`,
      );
    }
    const ticket = newTicketId();
    const asked = this.#parts.clock.now() + lifetimeMs;
    const narrow = narrowed(identity, {
      ticket,
      expiresAtMs: Math.min(asked, ...chain(identity).map((one) => one.expiresAtMs)),
      ...(targets === undefined ? {} : { targets }),
      ...(rules === undefined ? {} : { rules }),
      ...(purpose === undefined ? {} : { purpose: said('purpose', purpose) }),
      ...(task === undefined ? {} : { task: said('task', task) }),
    });
    return { ...narrow, ticket };
  }

  async #mustHaveRoom(identity: Identity): Promise<void> {
    if ((await this.#parts.tickets.count(identity)) < ticketsMax) return;
    throw new SallyportError(
      'limit_requests',
      `Sallyport: ${identity.subject} has ${ticketsMax} live tickets already`,
      { hint: 'Use one of them, end some (sallyport token end ID), or ask for shorter lifetimes.' },
    );
  }

  /** Before there is one: a ticket that is not on record is none. */
  async #record(
    identity: Identity & { readonly ticket: string },
    { client, targets, rules }: TicketTerms,
  ): Promise<void> {
    const { journal } = this.#parts;
    journal.append({
      type: 'ticket.issued',
      ticket: identity.ticket,
      client,
      identity: eventIdentity(identity),
      ...(targets === undefined ? {} : { targets }),
      ...(rules === undefined ? {} : { rules }),
      expires: new Date(identity.expiresAtMs).toISOString(),
    });
    await journal.commit();
  }
}

function said(name: string, text: string): string {
  // Nothing that a terminal would obey, or that turns the direction of what an approver reads.
  const shown =
    text !== '' &&
    text.length <= saidCharsMax &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
  if (shown) return text;
  throw new SallyportError(
    'protocol',
    `Sallyport: ${name} is no text of 1 to ${saidCharsMax} visible characters`,
  );
}

/** The same whether there is no such target or none for them: which there are is not told to everybody. */
function noSuchTarget(name: string, { subject, actor }: Identity): SallyportError {
  const both = actor === undefined ? subject : `${subject} and ${actor.subject}`;
  return new SallyportError('unknown_target', `Sallyport: there is no target "${name}" for ${both}`, {
    hint: 'Ask for targets that the tokens open by themselves: GET /api/v1/targets lists them.',
  });
}

function noSuchRule(name: string, { subject }: Identity): SallyportError {
  return new SallyportError('denied', `Sallyport: no rule "${name}" lets ${subject} in there`, {
    hint: 'Name rules as sallyport.yaml does; a ticket keeps some of those that count for its token, and gets no others.',
  });
}

function revoked(): SallyportError {
  return new SallyportError('revoked', 'Sallyport: this identity was revoked', {
    hint: 'Ask whoever watches the gateway to restore it.',
  });
}

import { SallyportError } from '../../core/errors.ts';
import { identityKey } from '../../core/identity.ts';
import type { Identity } from '../../core/identity.ts';
import { chain, ticketEnded } from '../../core/live-sessions.ts';
import { isOwn } from '../../core/own.ts';
import { eventIdentity } from '../../core/session.ts';
import type { TicketRecord } from '../../core/tickets.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { TicketBody } from '../contract/schemas/tickets.ts';
import { onRecord } from '../on-record.ts';
import { iso } from '../wire.ts';

export const listTickets = answering(routes.listTickets, async (parts, { caller, all, query: { limit } }) => {
  const live = await parts.tickets.list();
  const found = all ? live : live.filter((ticket) => isTheirs(ticket, caller));
  return { tickets: found.slice(0, limit).map(ticketBody) };
});

/** A page cannot show the cookie to a program, and must not: so it gets a ticket, for less and for a while. */
export const issueTicket = answering(
  routes.issueTicket,
  async (parts, { caller, login, client, body: { targets, rules, lifetimeMs, purpose, task } }) => {
    if (login === undefined) throw noLogin();
    const issued = await parts.issueTicket(caller, {
      client,
      targets,
      ...(rules === undefined ? {} : { rules }),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(task === undefined ? {} : { task }),
    });
    return { id: issued.id, ticket: issued.secret, expiresAt: iso(issued.expiresAtMs) };
  },
);

export const endTicket = answering(routes.endTicket, async (parts, { caller, all, params: { id } }) => {
  const found = (await parts.tickets.list()).find((ticket) => ticket.id === id);
  if (found === undefined || !(all || isTheirs(found, caller))) throw noTicket();
  await onRecord(parts.journal, { type: 'ticket.ended', ticket: id, by: eventIdentity(caller) });
  const ended = await parts.tickets.end([id]);
  const sessions = parts.live.endIf(
    ({ identity: { ticket } }) => ticket !== undefined && ended.includes(ticket),
    ticketEnded,
  );
  return { tickets: ended.length, sessions };
});

/**
 * With a token: those one is in, acting or acted for; of who acts for a person, those in which the same do. With a
 * ticket: itself, and what came from it.
 */
function isTheirs({ id, from, identity }: TicketRecord, caller: Identity): boolean {
  if (caller.ticket !== undefined) return [id, ...from].includes(caller.ticket);
  if (caller.actor !== undefined) return isOwn(eventIdentity(identity), caller);
  return chain(identity).some((one) => identityKey(one) === identityKey(caller));
}

function ticketBody({ id, identity, createdAtMs, expiresAtMs }: TicketRecord): TicketBody {
  const { targets, rules } = identity.within ?? {};
  return {
    id,
    identity: eventIdentity(identity),
    ...(targets === undefined ? {} : { targets }),
    ...(rules === undefined ? {} : { rules }),
    createdAt: iso(createdAtMs),
    expiresAt: iso(expiresAtMs),
  };
}

function noLogin(): SallyportError {
  return new SallyportError('denied', 'Sallyport: only who is signed in by browser gets a ticket here', {
    hint: 'With a token: POST /oauth/token, or sallyport token exchange.',
  });
}

function noTicket(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: there is no live ticket of this id that you may see', {
    hint: 'GET /api/v1/tickets lists them; a ticket that has ended is not among them.',
  });
}

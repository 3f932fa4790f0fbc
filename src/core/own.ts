import type { EventIdentity } from './event.ts';
import type { Identity } from './identity.ts';
import { chain } from './live-sessions.ts';

/**
 * Whether what somebody did is the caller's own to look at. A ticket that was narrowed, or by which one acts for
 * another, shows what came with it alone: the rest was done with more, or without the agent.
 */
export function isOwn(done: EventIdentity, caller: Identity): boolean {
  if (seesItsTicketAlone(caller)) return caller.ticket !== undefined && done.ticket === caller.ticket;
  return done.subject === caller.subject && done.issuer === caller.issuer;
}

export function seesItsTicketAlone(caller: Identity): boolean {
  return caller.actor !== undefined || isNarrowed(caller);
}

/** Whether a ticket leaves out anything that the identity, or whoever acts for it, may do otherwise. */
export function isNarrowed(identity: Identity): boolean {
  return chain(identity).some(({ within }) => within !== undefined);
}

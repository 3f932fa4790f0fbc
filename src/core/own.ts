import type { EventActor, EventIdentity } from './event.ts';
import type { Identity } from './identity.ts';
import { chain } from './live-sessions.ts';

/**
 * Whether what somebody did is the caller's own to look at. A narrowed ticket shows what came with it alone, as the
 * rest was done with more. Who acts for a person sees what the same have done for them, and not what the person did
 * alone; a person sees both.
 */
export function isOwn(done: EventIdentity, caller: Identity): boolean {
  if (isNarrowed(caller)) return caller.ticket !== undefined && done.ticket === caller.ticket;
  return isSame(done, caller) && (caller.actor === undefined || sameActors(done.actor, caller.actor));
}

function sameActors(done: EventActor | undefined, actor: Identity | undefined): boolean {
  if (done === undefined || actor === undefined) return done === actor;
  return isSame(done, actor) && sameActors(done.actor, actor.actor);
}

function isSame(one: EventActor, other: Identity): boolean {
  return one.subject === other.subject && one.issuer === other.issuer;
}

/** Whether the rest of what the person has, and did, is none of the caller's business. */
export function seesItsTicketAlone(caller: Identity): boolean {
  return caller.actor !== undefined || isNarrowed(caller);
}

/** Whether a ticket leaves out anything that the identity, or whoever acts for it, may do otherwise. */
export function isNarrowed(identity: Identity): boolean {
  return chain(identity).some(({ within }) => within !== undefined);
}

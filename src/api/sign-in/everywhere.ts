import { SallyportError } from '../../core/errors.ts';
import { identityKey } from '../../core/identity.ts';
import type { Identity } from '../../core/identity.ts';
import { eventIdentity } from '../../core/session.ts';
import { onRecord } from '../on-record.ts';
import type { ApiParts } from '../parts.ts';

export interface Ended {
  readonly logins: number;
  readonly tickets: number;
  readonly sessions: number;
}

/** Signs somebody out everywhere: browsers, command lines, and the sessions that live on their tickets. */
export async function endAllOf(parts: ApiParts, identity: Identity): Promise<Ended> {
  const logins = await parts.signIn.logins.list(identity);
  for (const login of logins) await parts.signIn.logins.end(login, 'signed_out');
  // Not those in which somebody acts for them, or they for somebody: signing out ends what one does oneself.
  const own = (await parts.tickets.list()).filter(
    (ticket) => ticket.identity.actor === undefined && identityKey(ticket.identity) === identityKey(identity),
  );
  const by = eventIdentity(identity);
  for (const { id } of own) await onRecord(parts.journal, { type: 'ticket.ended', ticket: id, by });
  const tickets = own.length === 0 ? [] : await parts.tickets.end(own.map(({ id }) => id));
  const sessions = parts.live.endIf(
    ({ identity: { ticket } }) => ticket !== undefined && tickets.includes(ticket),
    () => new SallyportError('revoked', 'Sallyport: you signed out everywhere', { hint: 'Sign in again.' }),
  );
  return { logins: logins.length, tickets: tickets.length, sessions };
}

import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { eventIdentity } from '../../core/session.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { onRecord } from '../on-record.ts';
import { revocationBody } from '../wire.ts';

export const listRevocations = answering(routes.listRevocations, async (parts) => ({
  revocations: (await parts.revocations.list()).map(revocationBody),
}));

export const revoke = answering(
  routes.revoke,
  async (parts, { caller, body: { subject, issuer, because } }) => {
    const by = eventIdentity(caller);
    await onRecord(parts.journal, {
      type: 'identity.revoked',
      subject,
      ...(issuer === undefined ? {} : { issuer }),
      by,
      ...(because === undefined ? {} : { because }),
    });
    const added = parts.revocations.add({
      subject,
      issuer: issuer ?? null,
      atMs: parts.clock.now(),
      by,
      ...(because === undefined ? {} : { because }),
    });
    await added.catch(() => undefined);
    // Whatever the store said: those who are here now must go. Only then is its failure told.
    const isShutOut = (one: Identity): boolean =>
      one.subject === subject && (issuer === undefined || one.issuer === issuer);
    const ended = parts.live.revoke(isShutOut);
    await added;
    // Tickets and logins do not come back with whoever is let in again.
    await parts.tickets.endOf(isShutOut);
    await parts.signIn.logins.revoke(subject, issuer);
    return { ended };
  },
);

export const restore = answering(routes.restore, async (parts, { caller, params: { subject }, query }) => {
  const issuer = query.issuer ?? null;
  const known = (await parts.revocations.list()).some(
    (one) => one.subject === subject && one.issuer === issuer,
  );
  if (!known) throw notRevoked();
  await onRecord(parts.journal, {
    type: 'identity.restored',
    subject,
    ...(issuer === null ? {} : { issuer }),
    by: eventIdentity(caller),
  });
  if (!(await parts.revocations.remove(subject, issuer))) throw notRevoked();
  return { restored: true as const };
});

function notRevoked(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: no such revocation is in force', {
    hint: 'Name the issuer exactly if one was named when it was revoked: GET /api/v1/revocations lists them.',
  });
}

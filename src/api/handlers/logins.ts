import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Login } from '../../core/login.ts';
import { seesItsTicketAlone } from '../../core/own.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { LoginBody } from '../contract/schemas/logins.ts';
import type { ApiParts } from '../parts.ts';
import { endAllOf } from '../sign-in/everywhere.ts';
import { iso } from '../wire.ts';

export const listLogins = answering(routes.listLogins, async (parts, { caller, login }) => ({
  logins: (await ownLogins(parts, caller)).map((one) => loginBody(one, login)),
}));

export const endLogin = answering(routes.endLogin, async (parts, { caller, params: { id } }) => {
  const found = (await ownLogins(parts, caller)).find((one) => one.id === id);
  if (found === undefined) throw new SallyportError('not_found', 'Sallyport: you have no such login');
  await parts.signIn.logins.end(found, 'signed_out');
  return { ended: 1 };
});

export const endLogins = answering(routes.endLogins, async (parts, { caller }) => {
  if (seesItsTicketAlone(caller)) {
    throw new SallyportError('denied', 'Sallyport: a narrowed ticket signs nobody out', {
      hint: 'Sign in yourself, or end this ticket alone: DELETE /api/v1/tickets/ID.',
    });
  }
  return endAllOf(parts, caller);
});

/** An agent that acts for somebody has no business with their browsers. */
async function ownLogins({ signIn }: ApiParts, caller: Identity): Promise<readonly Login[]> {
  return seesItsTicketAlone(caller) ? [] : signIn.logins.list(caller);
}

function loginBody(one: Login, current: Login | undefined): LoginBody {
  const { id, via, client, agent, createdAtMs, seenAtMs, expiresAtMs } = one;
  return {
    id,
    current: id === current?.id,
    via,
    client,
    agent,
    createdAt: iso(createdAtMs),
    seenAt: iso(seenAtMs),
    expiresAt: iso(expiresAtMs),
  };
}

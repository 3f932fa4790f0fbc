import { timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { SallyportError } from '../../core/errors.ts';
import type { Login } from '../../core/login.ts';
import type { ApiEnv } from '../env.ts';
import type { ApiParts } from '../parts.ts';
import { loginSecret } from './cookies.ts';

/** The header that a page sends along with whatever changes something. */
export const csrfHeader = 'sallyport-csrf';

/** Who is signed in at this browser, if anybody is. */
export async function loginOf(
  { signIn }: Pick<ApiParts, 'signIn'>,
  context: Context<ApiEnv>,
): Promise<Login | undefined> {
  const secret = loginSecret(context);
  return secret === undefined ? undefined : signIn.logins.find(secret);
}

/**
 * What a cookie comes with proves nothing about who made the request, as browsers send it along with any. So a request
 * that changes something must come from a page of the gateway's own, and that page must know the login's token.
 * @param sent the token, from the header or a form
 * @throws SallyportError `denied`
 */
export function mustComeFromOwnPage(
  context: Context<ApiEnv>,
  { csrf }: Login,
  sent: string | undefined,
): void {
  const site = context.req.header('sec-fetch-site');
  if (site !== 'same-origin' && site !== 'none') throw notFromHere();
  const [given, expected] = [Buffer.from(sent ?? ''), Buffer.from(csrf)];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw notFromHere();
}

/**
 * Reading changes nothing, but what another site's page asks for is none of a login's business. Following a link from
 * there is: the answer is a page of its own then.
 * @throws SallyportError `denied`
 */
export function mustNotComeFromElsewhere(context: Context<ApiEnv>): void {
  const asked = (name: string) => context.req.header(`sec-fetch-${name}`);
  const isLink = asked('mode') === 'navigate' && asked('dest') === 'document';
  const site = asked('site');
  if ((site === 'cross-site' || site === 'same-site') && !isLink) throw notFromHere();
}

function notFromHere(): SallyportError {
  return new SallyportError('denied', 'Sallyport: this request did not come from a page of the gateway', {
    hint: `With a cookie, changes need Sec-Fetch-Site: same-origin and the header ${csrfHeader}, as GET /api/v1/me tells it; or send a bearer token.`,
  });
}

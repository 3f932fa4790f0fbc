import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Context } from 'hono';
import type { ApiEnv } from '../env.ts';

// All are `__Host-` cookies (RFC 6265bis §4.1.3.2): of this very host, over TLS, for every path, never readable by a page.

type Asked = Context<ApiEnv>;

const loginName = 'sallyport';
const flowPrefix = 'sallyport-flow-';
const host = { prefix: 'host', path: '/', secure: true, httpOnly: true } as const;

/** Sign-ins that one browser may have under way, in tabs; each is a cookie, and headers are bounded. */
const flowsMax = 4;
const statePattern = /^[\w-]{22}$/;

/** The secret of this browser's login. */
export function loginSecret(context: Asked): string | undefined {
  return getCookie(context, loginName, 'host');
}

/** Lax, not Strict: whoever comes from the provider's page, or by a link in a notice, comes from elsewhere. */
export function keepLogin(context: Asked, secret: string, lifetimeMs: number): void {
  setCookie(context, loginName, secret, {
    ...host,
    sameSite: 'Lax',
    maxAge: Math.max(0, Math.floor(lifetimeMs / 1_000)),
  });
}

export function forgetLogin(context: Asked): void {
  setCookie(context, loginName, '', { ...host, sameSite: 'Lax', maxAge: 0 });
}

/** @param fromElsewhere the answer comes as a form that another site posts, which Lax cookies stay away from */
export function keepFlow(
  context: Asked,
  it: {
    readonly state: string;
    readonly sealed: string;
    readonly fromElsewhere: boolean;
    readonly forMs: number;
  },
): void {
  const known = Object.keys(getCookie(context)).filter((name) => name.startsWith(`__Host-${flowPrefix}`));
  // Or a page elsewhere could begin sign-ins until this browser's requests are too long.
  for (const name of known.length < flowsMax ? [] : known) forgetFlow(context, name.slice(-22));
  setCookie(context, `${flowPrefix}${it.state}`, it.sealed, {
    ...host,
    sameSite: it.fromElsewhere ? 'None' : 'Lax',
    maxAge: Math.floor(it.forMs / 1_000),
  });
}

/** What this browser kept of the sign-in with this state; empty: nothing. */
export function keptFlow(context: Asked, state: string): string {
  if (!statePattern.test(state)) return '';
  return getCookie(context, `${flowPrefix}${state}`, 'host') ?? '';
}

export function forgetFlow(context: Asked, state: string): void {
  if (statePattern.test(state)) deleteCookie(context, `${flowPrefix}${state}`, host);
}
